"""What a shell is offered, asked the way click's scripts ask, and once through a real bash."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from pipeline.assemble.formats import Format, ReadAlong
from pipeline.cli import cli
from pipeline.cli.completion import COMPLETE_VARIABLE, ENGINES, FORMATS, READ_ALONG
from pipeline.speech.espeak import embedded_voices
from pipeline.speech.profiles import load_profiles
from tests.crash.console import environment, here


def offered(line: str) -> list[CompletionItem]:
    """For a command line; what stands after its last space is the word half typed."""
    *words, typed = line.split(" ")
    return ShellComplete(cli, {}, "run-pipeline", COMPLETE_VARIABLE).get_completions(words[1:], typed)


def values(line: str) -> list[str]:
    return [item.value for item in offered(line)]


def kinds(line: str) -> set[str]:
    return {item.type for item in offered(line)}


def test_what_is_offered_is_what_the_program_takes() -> None:
    """The lists are written down twice, since reading the first ones would load pydantic."""
    assert get_args(Format) == FORMATS
    assert (*get_args(ReadAlong), "none") == READ_ALONG
    assert set(ENGINES) == {profile.engine for profile in load_profiles({}).values()}


def test_commands_and_their_options() -> None:
    assert values("run-pipeline ma") == ["make"]
    assert set(values("run-pipeline ")) == {name for name, command in cli.commands.items() if not command.hidden}
    assert values("run-pipeline takes ex") == ["export"]
    assert values("run-pipeline plan --eng") == ["--engine"]


def test_a_first_word_that_is_no_command_is_a_book() -> None:
    assert kinds("run-pipeline samples/al") == {"file"}
    assert kinds("run-pipeline plan ") == {"file"}
    assert values("run-pipeline book.epub --eng") == ["--engine"]
    assert values("run-pipeline --engine esp") == ["espeak"]


@pytest.mark.parametrize("option", ["--cast", "--script"])
def test_files(option: str) -> None:
    assert kinds(f"run-pipeline plan book.epub {option} x") == {"file"}


@pytest.mark.parametrize("option", ["--out", "--takes"])
def test_folders(option: str) -> None:
    assert kinds(f"run-pipeline plan book.epub {option} x") == {"dir"}


def test_models_are_those_of_the_engine() -> None:
    models = {profile.name: profile.engine for profile in load_profiles({}).values()}
    assert values("run-pipeline plan --model ") == list(models)
    assert values("run-pipeline plan --engine openai --model ") == [
        name for name, engine in models.items() if engine == "openai"
    ]


def test_voices_are_those_of_the_model_with_what_they_are_like() -> None:
    assert [(item.value, item.help) for item in offered("run-pipeline plan --voice ko")] == [("Kore", "Firm")]
    assert values("run-pipeline plan --model gpt-4o-mini-tts --voice ") == list(
        load_profiles({})["gpt-4o-mini-tts"].voices
    )
    everyone = {voice.identifier for voice in embedded_voices()}
    assert set(values("run-pipeline plan --engine espeak --voice ")) == everyone
    assert "Sulafat" in values("run-pipeline plan --model google/gemini-3.8-flash-tts --voice ")


def test_lists_go_on_after_a_comma() -> None:
    assert values("run-pipeline plan --format m4b,m") == ["m4b,mp3"]
    assert "m4b" not in {item.rpartition(",")[2] for item in values("run-pipeline plan --format m4b,")}
    assert values("run-pipeline plan --read-along vtt,ep") == ["vtt,epub"]
    assert values("run-pipeline audition book.epub --voices Kore,char") == ["Kore,Charon"]


def test_targets_and_settings() -> None:
    assert values("run-pipeline check x.m4b --target a") == ["acx"]
    assert values("run-pipeline plan --target libri") == ["librivox"]
    assert values("run-pipeline plan --set speech.two") == ["speech.two_speakers="]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    ended = here("completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert COMPLETE_VARIABLE in ended.out
    assert "run-pipeline" in ended.out


def test_a_shell_nobody_knows_is_a_usage_error() -> None:
    assert here("completion", "tcsh").code == 2


def test_bash_takes_the_script(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    program = tmp_path / "run-pipeline"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n', "utf-8")
    program.chmod(0o755)
    (tmp_path / "script").write_text(here("completion", "bash").out, "utf-8")
    asked = (
        'COMP_WORDS=(run-pipeline plan --voice Ko) COMP_CWORD=3; _run_pipeline_completion "$1"; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [bash, "-c", f"source {tmp_path / 'script'}; {asked}", "bash", str(program)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("Kore\n", "")
