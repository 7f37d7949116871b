"""The manual: its pages can be had in a terminal, their links lead somewhere, and their commands are ours."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from pipeline import manual
from pipeline.cli import cli
from pipeline.config import Layer, settings_of
from tests.crash.console import here

ROOT = Path(__file__).parent.parent
PAGES = {page.name: page for page in manual.pages()}


def test_the_pages_are_listed_guides_first() -> None:
    ended = here("help")
    listed = [line.split()[0] for line in ended.out.splitlines()]
    assert listed == list(PAGES)
    assert listed[0] == "first-book"
    assert all(page.title for page in PAGES.values())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_plain_in_a_terminal(name: str) -> None:
    text = here("help", name).out
    assert "```" not in text
    assert "**" not in text
    assert "|---" not in text
    assert here("help", name, "--markdown").out == PAGES[name].text


def test_marks_links_items_and_code() -> None:
    text = "# A *page*\n\nOne **bold** word,\nand [a link](moving-takes.md#at-home).\n\n- an item\n  of two lines\n\n"
    text += "```sh\n# x  y\n```\n\n| a | b |\n|---|---|\n| long | *c* |\n"
    assert manual.plain(text, columns=40).splitlines() == [
        "A page",
        "======",
        "",
        "One bold word, and a link (run-pipeline",
        "help moving-takes#at-home).",
        "",
        "- an item of two lines",
        "",
        "    # x  y",
        "",
        "a     b",
        "long  c",
    ]


def test_an_entry_ends_where_the_next_begins_and_code_has_no_headings() -> None:
    page = "# T\n\n## One\n\n```sh\n# comment\n```\n\n### Below\n\n## Two: *three*\n\nlast\n"
    assert manual.entry(page, "one").endswith("### Below\n")
    assert manual.entry(page, "two-three") == "## Two: *three*\n\nlast\n"
    assert manual.entry(page, "comment") == ""


def test_help_knows_errors_commands_and_nothing_else() -> None:
    assert here("help", "machine-error").out.startswith("[machine-error]\n")
    assert here("help", "[machine-error]").out == here("help", "machine-error").out
    assert here("help", "voices").out.startswith("Usage: run-pipeline voices")
    assert here("help", "errors#passing").out == here("help", "passing").out
    assert here("help", "nothing").code == 2


def _targets(text: str) -> list[str]:
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


@pytest.mark.parametrize("name", PAGES)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    for target in _targets(PAGES[name].text):
        assert manual.found(target.replace(".md", "")), target
    for topic in re.findall(r"run-pipeline help ([\w#-]+)", PAGES[name].text):
        assert manual.found(topic) or topic in cli.commands, topic


def test_the_readmes_links_lead_somewhere() -> None:
    for target in _targets((ROOT / "README.md").read_text("utf-8")):
        file, _, heading = target.partition("#")
        assert not file or (ROOT / file).exists(), target
        if heading:
            assert manual.entry((ROOT / (file or "README.md")).read_text("utf-8"), heading), target


@pytest.mark.parametrize("name", PAGES)
def test_every_job_file_in_the_pages_is_valid_settings(name: str) -> None:
    for text in re.findall(r"^```toml\n(.*?)^```$", PAGES[name].text, flags=re.MULTILINE | re.DOTALL):
        table = tomllib.loads(text)
        for book in table.pop("book", [{}]):
            own = {key: value for key, value in book.items() if key not in ("source", "chapters")}
            settings_of([Layer("page", table), Layer("[[book]]", own)])


def parsed(line: str) -> click.Context:
    """The command of a line, parsed down to its last group; raises what click raises for one that is none of ours."""
    context: click.Context | None = None
    command: click.Command = cli
    words = _without_redirections(shlex.split(line, comments=True))[1:]
    while True:
        context = command.make_context(command.name or "run-pipeline", list(words), parent=context)
        if not isinstance(command, click.Group):
            return context
        name, found, words = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None, name
        command = found


def _without_redirections(words: list[str]) -> list[str]:
    """What the program sees: nothing of a pipe, a redirection or the `&` behind it."""
    ends = [number for number, word in enumerate(words) if word in ("|", "&", "&&", ">", "2>", "<", ";")]
    return words[: ends[0]] if ends else words


def _examples(text: str) -> list[str]:
    """Lines of code that call the program, continued ones joined, whatever prompt stands before them."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```$", text.replace("\\\n", " "), flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("run-pipeline ")]


@pytest.mark.parametrize("name", [*PAGES, "README"])
def test_every_command_in_the_documents_parses(name: str) -> None:
    text = PAGES[name].text if name in PAGES else (ROOT / "README.md").read_text("utf-8")
    for line in _examples(text):
        parsed(line)


def _commands(group: click.Group, path: str = "run-pipeline") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        is_group = isinstance(command, click.Group)
        found |= _commands(command, f"{path} {name}") if is_group else {f"{path} {name}": command}
    return found


COMMANDS = _commands(cli)


@pytest.mark.parametrize("path", COMMANDS)
def test_the_help_of_every_command_has_examples_that_parse(path: str) -> None:
    _, _, blocks = (COMMANDS[path].help or "").partition("\b\n")
    lines = [line.strip() for line in blocks.splitlines() if line.strip().startswith("run-pipeline ")]
    examples = [re.split(r" {2,}", line)[0] for line in lines]  # what comes after is what it does
    assert COMMANDS[path] in [parsed(line).command for line in examples]
