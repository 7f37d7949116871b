"""How little is loaded before a person has said what they want. Modules are counted, not milliseconds."""

import subprocess
import sys

import pytest

from tests.crash.console import environment

HEAVY = (
    *("asyncio", "httpx", "numpy", "av", "soxr", "pydub", "pydantic", "lxml", "jinja2", "tqdm", "tiktoken", "ebooklib"),
    *("tinycss2", "markdown_it", "sentencex", "espeakng_loader", "starlette", "uvicorn"),
)
"""What a run needs, and no page of help and no shell that waits for a completion."""

SOUND = ("av", "soxr", "pydub")
"""What speaks and encodes: a plan of a book does neither."""


def loaded(*arguments: str, **variables: str) -> set[str]:
    """The top-level modules that are there when a command has ended."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from pipeline.cli import main\n"
        f"main({list(arguments)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(**variables), capture_output=True, text=True, check=True
    )
    assert done.stdout
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("arguments", [("--help",), ("make", "--help"), ("--version",), ("completion", "zsh")])
def test_help_loads_none_of_the_libraries(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments).isdisjoint(HEAVY)


@pytest.mark.parametrize("words", ["run-pipeline plan --voice K", "run-pipeline plan --engine espeak --voice en"])
def test_a_word_is_completed_without_them(words: str) -> None:
    place = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    assert loaded(_RUN_PIPELINE_COMPLETE="bash_complete", **place).isdisjoint(HEAVY)


def test_a_plan_needs_no_library_of_sound(tmp_path_factory: pytest.TempPathFactory) -> None:
    book = tmp_path_factory.mktemp("plan") / "book.md"
    book.write_text("# One\n\nThe lamp was lit.\n", "utf-8")
    assert loaded("plan", str(book)).isdisjoint(SOUND)
