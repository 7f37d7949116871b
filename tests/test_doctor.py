"""Every thing the doctor looks for is taken away once; it says what is missing and what to type."""

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import espeakng_loader
import pytest

from pipeline.config import settings_of
from pipeline.doctor import Finding, examine
from pipeline.installation import installing_command, mending_command
from tests.crash.console import here

PIP = f"{sys.executable} -m pip install"


def found() -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings_of([]))}


def without(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, *, raising: Exception) -> None:
    def gone(*_: object) -> object:
        raise raising

    monkeypatch.setattr(place, name, gone)


def test_nothing_is_missing_here() -> None:
    assert all(finding.ok or finding.optional for finding in found().values())
    assert all(finding.command == "" for finding in found().values() if finding.ok)


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "soxr":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    finding = found()["library"]
    assert (finding.ok, finding.says) == (False, "soxr is missing")
    assert finding.command.startswith(f"{PIP} 'soxr>=")


def test_a_library_in_another_version_than_the_one_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.9" if name == "sentencex" else real(name))
    finding = found()["library"]
    assert finding.says.startswith("sentencex is 0.9, and 1.")
    assert finding.command.startswith(f"{PIP} 'sentencex==")


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    finding = found()["encoders"]
    assert (finding.ok, finding.optional) == (False, False)
    assert finding.says.startswith("av cannot be loaded")
    assert finding.command == f"{PIP} --force-reinstall run-pipeline"


@pytest.mark.parametrize(("codec", "form"), [("aac", "M4B"), ("libmp3lame", "MP3"), ("libopus", "Opus")])
def test_an_encoder_that_is_not_built_in(monkeypatch: pytest.MonkeyPatch, codec: str, form: str) -> None:
    monkeypatch.setattr(av, "codecs_available", av.codecs_available - {codec})
    finding = found()[f"encoder {codec}"]
    assert not finding.ok
    assert f"no {form} without" in finding.says
    assert finding.command == f"{PIP} --force-reinstall av"


def test_an_embedded_voice_without_its_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(tmp_path / "gone.so"))
    finding = found()["embedded voice"]
    assert (finding.ok, finding.says) == (False, "the embedded voice is not installed")
    assert finding.command == f"{PIP} --force-reinstall espeakng-loader"


def test_an_embedded_voice_for_another_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.so").write_bytes(b"MZ, and not ELF")
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(tmp_path / "other.so"))
    finding = found()["embedded voice"]
    assert not finding.ok
    assert finding.says.startswith("its library cannot be loaded: ")
    assert finding.command


def test_an_embedded_voice_without_its_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, espeakng_loader, "get_data_path", raising=RuntimeError("data path not exists"))
    finding = found()["embedded voice"]
    assert not finding.ok
    assert "it has no voices" in finding.says
    assert finding.command


def test_a_folder_nobody_may_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path and real(path, mode))
    finding = found()["deliveries"]
    assert not finding.ok
    assert finding.says == "audiobooks cannot be written: choose another folder with --out"


def test_a_disk_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", ["total", "used", "free"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**9, 10**9))
    finding = found()["take store"]
    assert not finding.ok
    assert finding.says.endswith(
        "1 GB free; a ten-hour book wants 3 GB: free some, or choose another folder with --takes"
    )


def test_a_key_that_is_not_set() -> None:
    finding = found()["paid service"]
    assert (finding.ok, finding.optional) == (False, True)
    assert finding.command == "export OPENROUTER_API_KEY=…"


def test_an_extra_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else real(name))
    finding = found()["rehearsal server"]
    assert (finding.ok, finding.optional) == (False, True)
    assert finding.command == f"{PIP} 'run-pipeline[rehearsal]'"


@pytest.mark.parametrize(
    ("system", "command"), [("Linux", "sudo apt install pandoc"), ("Darwin", "brew install pandoc")]
)
def test_pandoc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, command: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.system", lambda: system)
    assert (found()["pandoc"].optional, found()["pandoc"].command) == (True, command)
    (tmp_path / "pandoc").touch(mode=0o755)
    assert (found()["pandoc"].ok, found()["pandoc"].command) == (True, "")


@pytest.mark.parametrize(
    ("prefix", "commands"),
    [
        (
            "/home/ann/.local/share/pipx/venvs/run-pipeline",
            (
                "pipx inject run-pipeline 'soxr'",
                "pipx install --force 'run-pipeline[rehearsal]'",
                "pipx reinstall run-pipeline",
            ),
        ),
        (
            "/home/ann/.local/share/uv/tools/run-pipeline",
            (
                "uv tool install run-pipeline --with 'soxr'",
                "uv tool install --force 'run-pipeline[rehearsal]'",
                "uv tool install --reinstall run-pipeline",
            ),
        ),
        (
            "/work/.venv",
            (f"{PIP} 'soxr'", f"{PIP} 'run-pipeline[rehearsal]'", f"{PIP} --force-reinstall run-pipeline"),
        ),
    ],
)
def test_the_command_is_that_of_what_installed_this_program(prefix: str, commands: Sequence[str]) -> None:
    assert commands == (
        installing_command("soxr", prefix=prefix),
        installing_command("run-pipeline[rehearsal]", prefix=prefix),
        mending_command(prefix=prefix),
    )


def test_the_command_stands_under_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = here("doctor", "--takes", tmp_path / "takes")
    assert ended.code == 0, "what is optional stops nothing"
    lines = ended.out.splitlines()
    assert next(line for line in lines if "pandoc:" in line).startswith("-   pandoc: not installed")
    assert lines[-1].startswith("      → ")


def test_a_missing_library_is_a_line_in_any_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text("# One\n\nThe lamp was lit.\n", "utf-8")
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    for name in [name for name in sys.modules if name.startswith("pipeline.ingest.markdown")]:
        monkeypatch.delitem(sys.modules, name)
    ended = here("plan", tmp_path / "book.md")
    assert ended.code == 7
    assert ended.lines[-1] == f"run-pipeline: markdown_it is not installed → {mending_command()}"
