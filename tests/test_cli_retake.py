"""`retake` from the command line: one request, one chapter encoded anew, a choice that stays, and a way back."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html

from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.server import RehearsalOptions, RunningServer, server_in_thread
from tests.corpus import made
from tests.crash.console import Argument, Ended, here

CHAPTERS = {"The Road": ["He came to Loughborough on foot."], "The Sea": ["It was a cold day, and nobody went out."]}

MODEL = "google/gemini-3.1-flash-tts-preview"

Done = Callable[..., Ended]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", CHAPTERS)


@pytest.fixture
def done(book: Path, tmp_path: Path) -> Done:
    """A command about the book, with folders of the test's own."""

    def ran(command: str, *more: Argument) -> Ended:
        return here(command, book, *folders(tmp_path), *more)

    return ran


def folders(tmp_path: Path) -> list[Argument]:
    return ["--takes", tmp_path / "takes", "--out", tmp_path / "out"]


def folder(tmp_path: Path) -> Path:
    return tmp_path / "out" / "Ann Author" / "A Tiny Book"


def sounds(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder(tmp_path).glob("*.m??"))}


def keys(done: Done, *flags: Argument) -> dict[str, str]:
    """The short key of every chunk, by its words."""
    lines = [line for line in done("plan", "--text", *flags).out.splitlines() if line and not line.startswith("#")]
    return {words: line.rsplit("  ", 1)[1] for words, line in zip(lines[::2], lines[1::2], strict=True)}


def choices(tmp_path: Path) -> dict[str, object]:
    return tomllib.loads((folder(tmp_path) / "choices.toml").read_text("utf-8"))


def service(server: RunningServer) -> list[Argument]:
    address = f"speech.base_url={server.base_url}"
    return ["--model", MODEL, "--format", "mp3", "--set", address, "--set", "pace.speedup=20"]


def asked(log: Path) -> int:
    return len(log.read_text("utf-8").splitlines()) if log.exists() else 0


def test_a_paid_retake_is_one_request_and_one_chapter_and_can_be_undone(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    log = tmp_path / "log.jsonl"
    script = script_from({"fault": [{"kind": "silent", "attempts": [6]}]}, where="test")
    with server_in_thread(RehearsalOptions(log=log, workers=1), script=script) as server:
        flags = service(server)
        assert done("make", *flags, "--yes").code == 0
        old = sounds(tmp_path)
        assert (len(old), asked(log)) == (2, 4)
        key = keys(done, *flags)[CHAPTERS["The Road"][0]]
        respelt = ("--chunk", key, "--text", "He came to Luff-burra on foot, [slowly].")

        unasked = done("retake", *flags, *respelt)
        assert (unasked.code, asked(log)) == (2, 4)
        assert "this run would cost about" in unasked.err

        first = done("retake", *flags, *respelt, "--yes")
        assert (first.code, asked(log)) == (0, 5), first.err
        assert first.lines[0].startswith("1 retake: 1 request, about ")
        assert [path.name for path in first.paths[:3]] == [f"{key} own take.wav", f"{key} retake 1.wav", "retakes.html"]
        new = sounds(tmp_path)
        assert [name for name in old if new[name] != old[name]] == ["001 - The Road.mp3"]
        assert [path.name for path in first.paths[3:]] == list(old)

        again = done("make", *flags, "--json")
        assert (again.code, asked(log), sounds(tmp_path)) == (0, 5, new)
        [retaken] = again.data["books"][0]["retakes"]
        assert retaken["words"] == CHAPTERS["The Road"][0]
        assert retaken["said"] == "He came to Luff-burra on foot, (slowly)."
        assert "Luff-burra" not in (folder(tmp_path) / "timeline.json").read_text("utf-8")

        failed = done("retake", *flags, "--chunk", key, "--yes")
        assert (failed.code, asked(log), sounds(tmp_path)) == (4, 6, new)
        assert "retake 2 failed its checks" in failed.err
        assert [(one["use"], len(one["retake"])) for one in choices(tmp_path)["chunk"]] == [(1, 2)]

        undone = done("retake", *flags, "--undo", key)
        assert (undone.code, asked(log), sounds(tmp_path)) == (0, 6, old)
        assert undone.lines[0] == f"{key} in The Road, “He came to Loughborough on foot.”: its own take speaks it"

        (folder(tmp_path) / "choices.toml").unlink()
        cut_off = done("retake", *flags, *respelt, "--keep", "old")
        assert (cut_off.code, asked(log), sounds(tmp_path)) == (0, 6, old)
        assert cut_off.lines[0] == "1 retake, which arrived before: they cost nothing"
    assert "sk-or" not in first.err + failed.err


def test_the_embedded_voice_needs_a_change_and_the_takes_are_compared_listed_and_chosen(
    done: Done, tmp_path: Path
) -> None:
    flags = ("--engine", "espeak", "--format", "m4b")
    assert done("make", *flags).code == 0
    old = sounds(tmp_path)
    key = keys(done, *flags)[CHAPTERS["The Sea"][0]]
    same = done("retake", *flags, "--chunk", key)
    assert same.code == 2
    assert "says the same words in the same way every time → have something changed: `--voice" in same.err

    ended = done("retake", *flags, "--chunk", key[:6], "--voice", "en-us+f3", "--with", "rate_wpm=120", "--json")
    assert ended.code == 0, ended.err
    [chunk] = ended.data["chunks"]
    assert (chunk["kept"], chunk["new"]["says"]) == ("new", "voice en-US+f3, rate_wpm 120")
    assert chunk["new"]["seconds"] > chunk["old"]["seconds"]
    assert ended.data["book"]["files"] == [str(folder(tmp_path) / name) for name in old]
    page = html.fromstring((folder(tmp_path) / "retakes" / "retakes.html").read_text("utf-8"))
    assert len(page.xpath("//audio[@src]")) == 2
    assert page.xpath("//tr[.//*[text()='yes']]/th/text()") == ["New"]

    new = sounds(tmp_path)
    shown = done("retake", *flags, "--list")
    assert shown.out.splitlines()[1:] == ["    0  its own take", "  * 1  voice en-US+f3, rate_wpm 120"]
    assert done("retake", *flags, "--chunk", chunk["new"]["key"][:12], "--choose", "0").code == 0
    assert sounds(tmp_path) == old
    assert here("takes", "prune", tmp_path / "tiny.md", *folders(tmp_path), *flags, "--yes").code == 0
    back = done("retake", *flags, "--undo", key, "--json")
    assert (sounds(tmp_path), back.data["book"]["rendered"]) == (new, 0)
    elsewhere = done("plan", "--engine", "espeak", "--voice", "fr").out
    assert "choices of chunks that it does not have as planned, which are kept: 1" in elsewhere
