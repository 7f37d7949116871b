"""`audition` from the command line: sounds and a page, its price first, and nothing paid twice."""

import re
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html

from pipeline.assemble.checking import check_file
from pipeline.assemble.targets import targets
from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.server import RehearsalOptions, RunningServer, server_in_thread
from tests.corpus import made
from tests.crash.console import Argument, Ended, here, running

CHAPTERS = {
    "The Road": ["“Who is there?” asked the old man, and he put down his lamp.", "“Nobody,” said the girl. “Go home!”"],
    "The Sea": ["It was a cold day, and nobody went out."],
}


Held = Callable[..., Ended]

MODEL = "google/gemini-3.1-flash-tts-preview"

TRIALS = ["01 - en.wav", "02 - en-US+f3.wav", "03 - en-GB-scotland.wav"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", CHAPTERS)


@pytest.fixture
def audition(book: Path, tmp_path: Path) -> Held:
    """`run-pipeline audition` of the book, with folders of the test's own."""

    def held(*more: Argument) -> Ended:
        return here("audition", book, "--takes", tmp_path / "takes", "--out", tmp_path / "out", *more)

    return held


def folder(tmp_path: Path) -> Path:
    return tmp_path / "out" / "Ann Author" / "A Tiny Book" / "audition"


def failure(ended: Ended, code: int) -> str:
    assert (ended.code, ended.out) == (code, ""), ended.err
    return ended.lines[-1]


def test_three_embedded_voices_are_heard_equally_loud(audition: Held, tmp_path: Path) -> None:
    ended = audition("--engine", "espeak", "--voices", "en,en-us+f3,en-gb-scotland", "--seconds", "6")
    assert ended.code == 0, ended.err
    assert ended.paths == [folder(tmp_path) / name for name in (*TRIALS, "audition.html")]
    said = "audition of 3 voices, about 6 s each: 3 requests, 3 of them still to be asked for, for free"
    assert ended.lines[0] == said
    assert [line[:4] for line in ended.lines[1:]] == ["✓ en"] * 3
    loudness = [check_file(path, targets()["personal"]).measured.lufs for path in ended.paths[:3]]
    assert max(loudness) - min(loudness) < 0.5
    page = ended.paths[3].read_text("utf-8")
    assert "Who is there?" in page
    assert [unquote(source) for source in re.findall(r'src="([^"]+)"', page)] == TRIALS
    again = audition("--engine", "espeak", "--voices", "en", "--seconds", "6")
    assert again.lines[0].endswith("all of their takes are there: it costs nothing")
    left = {path.name for path in folder(tmp_path).iterdir()}
    assert left == {"01 - en.wav", "audition.html", "audition.json", ".ignore"}


def test_trials_are_no_part_of_the_delivered_book(audition: Held, tmp_path: Path) -> None:
    audition("--engine", "espeak", "--voices", "en", "--text", "Good day.")
    assert "there is no file of sound" in failure(here("check", tmp_path / "out"), 3)
    assert here("check", folder(tmp_path)).code == 0


def service(server: RunningServer) -> list[Argument]:
    address = f"speech.base_url={server.base_url}"
    return ["--model", MODEL, "--set", address, "--set", "pace.speedup=20", "--seconds", "6"]


def asked(log: Path) -> int:
    return len(log.read_text("utf-8").splitlines()) if log.exists() else 0


def test_a_paid_audition_says_its_price_and_is_paid_once(
    audition: Held,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    log = tmp_path / "log.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=1)) as server:
        flags = ["--voices", "kore,Puck", *service(server)]
        unasked = audition(*flags)
        assert "would cost about $0.01 for 2 chunks" in failure(unasked, 2)
        assert "2 requests, 2 of them still to be asked for, about $0.01" in unasked.err
        assert asked(log) == 0
        first = audition(*flags, "--yes")
        assert [path.name for path in first.paths] == ["01 - Kore.wav", "02 - Puck.wav", "audition.html"]
        assert asked(log) == 2
        second = audition(*flags, "--json")
        assert (second.code, asked(log)) == (0, 2)
    kore, _ = second.data["trials"]
    assert (kore["voice"], kore["character"], kore["choose"]) == ("Kore", "Firm", "--voice Kore")
    assert 0 < kore["cost_usd"] < kore["book_cost_usd"]
    assert second.events("TakeStored") == []
    assert len(second.events("TrackFinished")) == 2
    assert "sk-or" not in first.err + second.err


def test_one_voice_that_fails_loses_no_other(
    audition: Held,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    script = script_from({"fault": [{"kind": "status", "status": 400, "attempts": [2]}]}, where="test")
    names = ("retakes=0", "suspect_retakes=0", "split=false")
    once = [flag for name in names for flag in ("--set", f"acceptance.{name}")]
    with server_in_thread(RehearsalOptions(workers=1), script=script) as server:
        ended = audition("--voices", "Kore,Puck,Leda", *service(server), "--budget", "1", *once)
    assert ended.code == 4
    [failed] = [line for line in ended.lines if line.startswith("✗")]
    spoken = [line.split(":")[0].removeprefix("✓ ") for line in ended.lines if line.startswith("✓")]
    assert len(spoken) == 2
    assert [path.stem[5:] for path in ended.paths[:-1]] == spoken
    assert "400" in failed
    page = html.fromstring(ended.paths[-1].read_text("utf-8"))
    assert [failed.endswith(said.text) for said in page.xpath("//*[@class='bad']")] == [True]


def test_a_budget_stops_it_cleanly(
    audition: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    with server_in_thread(RehearsalOptions(workers=1)) as server:
        ended = audition("--voices", "Kore,Puck,Leda", *service(server), "--budget", "0.000001")
    assert ended.code == 5
    assert [path.name for path in ended.paths] == ["audition.html"]
    assert "budget" in ended.lines[-1]


def test_an_interrupted_audition_keeps_what_arrived(book: Path, tmp_path: Path) -> None:
    script = script_from({"fault": [{"kind": "hang", "attempts": [3]}]}, where="test")
    folders = ("--takes", tmp_path / "takes", "--out", tmp_path / "out")
    with server_in_thread(RehearsalOptions(workers=1), script=script) as server:
        flags = (
            "--voices",
            "Kore,Puck,Leda",
            *service(server),
            "--yes",
            "--set",
            "pace.grace_s=0.5",
            "--set",
            "pace.speedup=1",
        )
        with running("audition", book, *folders, *flags, OPENROUTER_API_KEY="sk-or-v1-not-to-be-seen") as process:
            process.wait_for(2, "TrackFinished")
            process.process.send_signal(signal.SIGINT)
            ended = process.ended()
    assert ended.code == 130, ended.err
    assert "Traceback" not in ended.err
    assert len(list((tmp_path / "takes" / "takes").glob("??/*.json"))) == 2
    assert sorted(trial["exit_code"] for trial in ended.data["trials"]) == [0, 0, 130]
    assert len(list(folder(tmp_path).glob("*.wav"))) == 2


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ((), 2, "whom is it to hear?"),
        (("--voices", "en", "--cast"), 2, "two auditions"),
        (("--cast",), 2, "nobody but the narrator has a part"),
        (("--voices", "xx"), 2, "'xx'"),
        (("--voices", "en", "--chapter", "7"), 3, "chapter 7 is not spoken → it has chapters 1 to 2"),
    ],
)
def test_what_cannot_be_heard_is_said_in_a_line(audition: Held, flags: tuple[str, ...], code: int, said: str) -> None:
    assert said in failure(audition("--engine", "espeak", *flags), code)


def test_a_book_taken_for_the_file_of_a_cast_is_missed(book: Path) -> None:
    assert "put the book first" in failure(here("audition", "--cast", book), 2)
    assert failure(here("audition"), 2).endswith("which book? → see `run-pipeline --help` [usage-error]")


def test_a_cast_of_a_file_is_heard_part_by_part(audition: Held, tmp_path: Path) -> None:
    cast = tmp_path / "cast.toml"
    cast.write_text('[cast.narrator]\n[cast."Old Man"]\nembedded.voice = "en+m3"\n')
    ended = audition("--engine", "espeak", "--cast", cast, "--seconds", "6", "--json")
    narrator, old_man = ended.data["trials"]
    assert (narrator["name"], old_man["name"], old_man["voice"]) == ("narrator", "Old Man", "en+m3")
    assert old_man["choose"] == '[cast."Old Man".embedded]\nvoice = "en+m3"'


def test_voices_are_listed_with_their_characters() -> None:
    assert "Kore (Firm), Fenrir (Excitable)" in here("voices", "--engine", "openrouter").out
    assert "any other name" in here("voices").out
    models = here("voices", "--json").data["models"]
    assert next(one for one in models if one["name"] == MODEL)["characters"]["Leda"] == "Youthful"
