"""Whole runs of a tiny book: the same bytes whatever happened on the way, and nothing rendered twice."""

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

import pipeline.outcome
import pipeline.run
from pipeline.atomic import write_atomic
from pipeline.errors import MachineError, PaymentRequired, PipelineError
from pipeline.planning import Plan
from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.report.schema import RunReport
from pipeline.speech.profiles import DEFAULT_PAID_MODEL
from pipeline.takes.store import TakeStore
from pipeline.times import Timeline
from tests.assemble.movie import Movie
from tests.assemble.pictures import png
from tests.assemble.sounds import decoded
from tests.corpus import made
from tests.crash.console import Argument, Ended, here

RATE = 24_000


def make(book: Path, folder: Path, *more: Argument) -> Ended:
    """Make a book under `folder` with chunks of a sentence or so, in the embedded voice; `more` wins."""
    small = ("--set", "script.target_seconds=5")
    return here(
        book, "--takes", folder / "takes", "--out", folder / "out", "--engine", "espeak", "--json", *small, *more
    )


def report_of(ended: Ended) -> Any:
    assert ended.code == 0, ended.err
    return ended.data["books"][0]


def delivered(folder: Path) -> dict[str, bytes]:
    """The audio under `folder`, by name."""
    files = (path for path in (folder / "out").rglob("*") if path.suffix in (".m4b", ".mp3"))
    return {path.name: path.read_bytes() for path in files}


@dataclass(frozen=True)
class Finished:
    """A book that was made once; tests work on copies of it."""

    book: Path
    folder: Path
    report: Any
    audio: dict[str, bytes]

    def copy(self, folder: Path) -> Path:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return folder

    @property
    def chunks(self) -> int:
        return int(self.report["chunks"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    book = made.epub(folder.parent / "tiny.epub", made.TINY, cover=png(60, 90))
    report = report_of(make(book, folder, "--format", "m4b,mp3"))
    return Finished(book, folder, report, delivered(folder))


def make_again(finished: Finished, folder: Path, *more: Argument) -> Ended:
    return make(finished.book, folder, "--format", "m4b,mp3", *more)


def test_a_book_is_delivered_with_all_that_belongs_to_it(finished: Finished) -> None:
    folder = Path(finished.report["folder"])
    assert folder == finished.folder / "out" / "Ann Author" / "A Tiny Book"
    names = {path.name for path in folder.iterdir()}
    beside = {"A Tiny Book.m3u8", "cover.jpg", "metadata.json", "report.html", "report.json", "timeline.json"}
    subtitles = {str(Path(name).with_suffix(".vtt")) for name in finished.audio}
    assert names == set(finished.audio) | beside | subtitles
    assert sorted(finished.audio) == [
        "001 - The Lamp.mp3",
        "002 - The Letter.mp3",
        "003 - The Boat.mp3",
        "A Tiny Book.m4b",
    ]
    assert [str(path) for path in folder.glob("*.m4b")] == finished.report["files"][:1]


def test_the_timeline_is_that_of_the_sound(finished: Finished) -> None:
    folder = Path(finished.report["folder"])
    timeline = Timeline.model_validate_json((folder / "timeline.json").read_text("utf-8"))
    assert timeline.frames == len(decoded(folder / "A Tiny Book.m4b"))
    assert timeline.chapters[0].start_frame == 0
    assert all(chapter.end_frame == following.start_frame for chapter, following in pairwise(timeline.chapters))
    assert timeline.chapters[-1].end_frame == timeline.frames
    for chapter in timeline.chapters:
        places = [chapter.start_frame, *(at for clip in chapter.clips for at in (clip.start_frame, clip.end_frame))]
        assert places == sorted(places)
        for clip in chapter.clips:
            ends = [sentence.end_frame for sentence in clip.sentences]
            starts = [sentence.start_frame for sentence in clip.sentences]
            assert (starts[0], ends[-1]) == (clip.start_frame, clip.end_frame)
            assert starts[1:] == ends[:-1]


def test_the_timelines_sentences_are_the_books_words(finished: Finished) -> None:
    folder = Path(finished.report["folder"])
    timeline = json.loads((folder / "timeline.json").read_text("utf-8"))
    spoken = [
        sentence["text"]
        for chapter in timeline["chapters"]
        for clip in chapter["clips"]
        for sentence in clip["sentences"]
    ]
    meant = " ".join(f"{title} {' '.join(texts)}" for title, texts in made.TINY.items())
    assert " ".join(spoken).split() == meant.split()


def test_marks_stand_in_the_file_as_in_the_report(finished: Finished) -> None:
    with av.open(finished.report["files"][0]) as container:
        chapters = container.chapters()
    assert [chapter["metadata"]["title"] for chapter in chapters] == list(made.TINY)
    for chapter, said in zip(chapters, finished.report["chapters"], strict=True):
        assert float(chapter["start"] * chapter["time_base"]) == pytest.approx(said["start_s"], abs=0.001)


def test_a_second_run_renders_nothing_and_changes_nothing(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path)
    report = report_of(make_again(finished, folder))
    assert (report["rendered"], report["reused"]) == (0, finished.chunks)
    assert all(chapter["reused"] for chapter in report["chapters"])
    assert delivered(folder) == finished.audio


def test_deliveries_that_were_deleted_come_back_the_same(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path)
    shutil.rmtree(folder / "out")
    assert report_of(make_again(finished, folder))["rendered"] == 0
    assert delivered(folder) == finished.audio


def test_so_do_encoded_chapters(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path)
    shutil.rmtree(folder / "takes" / "tracks")
    report = report_of(make_again(finished, folder))
    assert report["rendered"] == 0
    assert not any(chapter["reused"] for chapter in report["chapters"])
    assert delivered(folder) == finished.audio


@pytest.mark.parametrize(
    "speed",
    [
        {"run.workers": 1, "pace.max_concurrency": 1},
        {"run.workers": 3, "pace.max_concurrency": 32, "pace.timeout_base_s": 99.0, "retry.attempts": 2},
    ],
    ids=["one at a time", "many at once"],
)
def test_a_run_from_nothing_gives_the_same_bytes_at_any_speed(
    finished: Finished, tmp_path: Path, speed: Mapping[str, float]
) -> None:
    settings = [part for key, value in speed.items() for part in ("--set", f"{key}={value}")]
    report = report_of(make_again(finished, tmp_path, *settings))
    assert report["rendered"] == finished.chunks
    assert delivered(tmp_path) == finished.audio


def test_one_changed_word_is_one_chunk(finished: Finished, tmp_path: Path) -> None:
    changed = {
        title: [text.replace("beside the lamp", "beside the fire") for text in made.TINY[title]] for title in made.TINY
    }
    book = made.epub(tmp_path / "tiny.epub", changed, cover=png(60, 90))
    ended = make(book, finished.copy(tmp_path / "copy"), "--format", "m4b,mp3")
    report = report_of(ended)
    assert (report["rendered"], report["reused"]) == (1, finished.chunks - 1)
    assert [chapter["reused"] for chapter in report["chapters"]] == [True, False, True]
    before, after = (packets_of_chapters(Path(each["files"][0])) for each in (finished.report, report))
    assert {title for title in before if before[title] != after[title]} == {"The Letter"}


def packets_of_chapters(m4b: Path) -> dict[str, list[bytes]]:
    """The sound of each chapter, as it is stored; the packet before the first frame is nobody's."""
    movie = Movie(m4b)
    _, *packets = movie.track(b"soun").samples()
    return {title: packets[start // 1_024 : end // 1_024] for start, end, title in movie.chapters}


def test_an_inserted_paragraph_is_its_neighbourhood(finished: Finished, tmp_path: Path) -> None:
    first, *rest = made.TINY["The Letter"]
    inserted = {**made.TINY, "The Letter": [first, "It had been raining since the Sunday before, too.", *rest]}
    book = made.epub(tmp_path / "tiny.epub", inserted, cover=png(60, 90))
    report = report_of(make(book, finished.copy(tmp_path / "copy")))
    assert 1 <= report["rendered"] <= 3


def test_only_the_chapters_asked_for_are_made(finished: Finished, tmp_path: Path) -> None:
    report = report_of(make(finished.book, finished.copy(tmp_path), "--chapters", "3,1"))
    assert [chapter["title"] for chapter in report["chapters"]] == ["The Lamp", "The Boat"]
    assert report["rendered"] == 0


@pytest.mark.parametrize("part", ["wav", "json"])
def test_a_damaged_take_is_rendered_again(finished: Finished, tmp_path: Path, part: str) -> None:
    folder = finished.copy(tmp_path)
    shutil.rmtree(folder / "takes" / "tracks")
    victim = sorted((folder / "takes" / "takes").glob(f"??/*.{part}"))[3]
    data = victim.read_bytes()
    victim.write_bytes(data[:-100] + bytes(byte ^ 85 for byte in data[-100:]))
    ended = make_again(finished, folder)
    assert report_of(ended)["rendered"] == 1
    assert ended.keys("TakeStored") == {victim.stem}
    assert part == "json" or ended.keys("TakeDamaged") == {victim.stem}
    assert delivered(folder) == finished.audio
    assert list((folder / "takes" / "damaged").glob(f"{victim.stem}.*"))


def test_two_damaged_takes_of_one_chapter_are_both_rendered_again(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path)
    shutil.rmtree(folder / "takes" / "tracks")
    for take in (folder / "takes" / "takes").glob("??/*.wav"):
        take.write_bytes(take.read_bytes()[:-2] + b"zz")
    assert report_of(make_again(finished, folder))["rendered"] == finished.chunks
    assert delivered(folder) == finished.audio


@pytest.mark.parametrize("cover", [png(60, 90)[:60], b"\xff\xd8\xff\xe0 nothing more"], ids=["png", "jpeg"])
def test_a_cover_that_does_not_decode_is_left_out_and_noted(tmp_path: Path, cover: bytes) -> None:
    book = made.epub(tmp_path / "tiny.epub", {"One": ["One line."]}, cover=cover)
    report = report_of(make(book, tmp_path))
    assert "cover" in " ".join(report["notes"])
    assert not (Path(report["folder"]) / "cover.jpg").exists()


def job_file(folder: Path, *sources: str) -> Path:
    path = folder / "shelf.toml"
    books = "".join(f'[[book]]\nsource = "{source}"\n' for source in sources)
    path.write_text(f'[run]\nout = "out"\ntakes = "takes"\n[speech]\nengine = "espeak"\n{books}', "utf-8")
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Three books, the second of them broken."""
    made.markdown(tmp_path / "one.md", {"One": ["The first book."]}, title="First")
    (tmp_path / "two.epub").write_bytes(b"this is no archive")
    made.markdown(tmp_path / "three.md", {"One": ["The third book."]}, title="Third")
    return job_file(tmp_path, "one.md", "two.epub", "three.md")


def test_a_broken_book_does_not_keep_the_others(shelf: Path) -> None:
    ended = here(shelf)
    assert ended.code == 3
    assert [path.name for path in ended.paths] == ["First.m4b", "Third.m4b"]
    assert all(path.is_file() for path in ended.paths)
    [line] = [line for line in ended.lines if line.startswith("✗")]
    assert "two.epub" in line
    assert sum(line.startswith("✓") for line in ended.lines) == 2


def test_the_same_as_data(shelf: Path) -> None:
    ended = here(shelf, "--json")
    report = RunReport.model_validate(ended.data)
    assert (ended.code, report.exit_code) == (3, 3)
    assert [book.exit_code for book in report.books] == [0, 3, 0]
    assert [bool(book.files) for book in report.books] == [True, False, True]
    assert "two.epub" in report.books[1].error
    assert [event["exit_code"] for event in ended.events("BookFailed")] == [3]


def test_a_refused_book_whose_folder_cannot_be_written_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(plans: Sequence[Plan], *_: object, **__: object) -> list[PipelineError | None]:
        return [PaymentRequired("no credit") if plan.title == "First" else None for plan in plans]

    monkeypatch.setattr(pipeline.run, "refusals", refused)
    (tmp_path / "file").write_bytes(b"")
    for name, title in {"one.md": "First", "two.md": "Second"}.items():
        made.markdown(tmp_path / name, {"One": [f"In {name}."]}, title=title)
    job = job_file(tmp_path, "one.md", "two.md")
    job.write_text(job.read_text().replace('source = "one.md"', 'source = "one.md"\nrun.out = "file/below"'))
    ended = here(job, "--json")
    assert [book["exit_code"] for book in ended.data["books"]] == [7, 0]
    assert [book["title"] for book in ended.data["books"]] == ["First", "Second"]


def test_a_report_that_cannot_be_written_is_its_books_failure(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *pieces: bytes | str) -> None:
        if path.name == "report.json" and "First" in str(path):
            raise MachineError("cannot write: disk full", where=str(path))
        write_atomic(path, *pieces)

    monkeypatch.setattr(pipeline.outcome, "write_atomic", full)
    ended = here(shelf, "--json")
    first, _, third = ended.data["books"]
    assert (ended.code, first["exit_code"], third["exit_code"]) == (7, 7, 0)
    assert first["files"], "it was delivered all the same"
    assert "disk full" in first["error"]


@pytest.mark.parametrize("preflight", ["true", "false"])
def test_a_book_without_its_key_does_not_keep_the_free_ones(tmp_path: Path, preflight: str) -> None:
    for name, title in {"one.md": "First", "two.md": "Second"}.items():
        made.markdown(tmp_path / name, {"One": [f"In {name}."]}, title=title)
    job = job_file(tmp_path, "one.md", "two.md")
    job.write_text(job.read_text().replace('source = "one.md"', 'source = "one.md"\nspeech.engine = "openrouter"'))
    ended = here(job, "--json", "--set", f"speech.preflight={preflight}")
    assert [book["exit_code"] for book in ended.data["books"]] == [6, 0]
    assert "OPENROUTER_API_KEY" in ended.data["books"][0]["error"]
    assert ended.code == 6


def test_two_books_that_would_overwrite_each_other_are_refused(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        made.markdown(tmp_path / name, {"One": [f"In {name}."]})
    ended = here(job_file(tmp_path, "a.md", "b.md"))
    assert (ended.code, ended.out) == (2, "")
    assert not (tmp_path / "out").exists()


LONG = {f"Chapter {number}": made.paragraphs(number, 36) for number in range(1, 4)}

FAULTS = {
    "seed": 5,
    "fault": [
        {"kind": "status", "status": 429, "probability": 0.05},
        {"kind": "status", "status": 500, "probability": 0.03},
        {"kind": "cut", "probability": 0.02},
        {"kind": "hang", "probability": 0.01, "attempts": [40]},
    ],
}

PAID = (
    *("--engine", "openrouter", "--set", "script.target_seconds=5"),
    *("--set", "retry.attempts=12", "--set", "retry.first_wait_s=0.01", "--set", "retry.longest_wait_s=0.05"),
)

NO_WAIT = f'models."{DEFAULT_PAID_MODEL}".wait_per_audio_s=0'
"""So that a time-out is `pace.timeout_base_s` and no longer."""


def log_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def digests(store: Path) -> dict[str, str]:
    takes = TakeStore(store)
    return {key: takes.record(key)["digest"] for key in takes.all_keys()}


def buy(book: Path, folder: Path, base_url: str, *more: Argument) -> Ended:
    """Make a book through a service."""
    places = ("--takes", folder / "takes", "--out", folder / "out", "--json")
    return here(book, *places, *PAID, "--set", f"speech.base_url={base_url}", *more)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    return "sk-or-v1-not-to-be-seen"


@pytest.mark.slow
def test_faults_of_the_service_leave_no_trace_in_the_book(tmp_path: Path, key: str) -> None:
    """In fast time: a service that refuses for no reason is found out after two minutes of its own."""
    book = made.markdown(tmp_path / "long.md", LONG)
    log = tmp_path / "requests.jsonl"
    options = RehearsalOptions(log=log, max_concurrency=16, workers=2, speedup=60)
    with server_in_thread(options, script=script_from(FAULTS, where="test")) as server:
        fast = ("--set", "pace.speedup=60", "--set", "pace.timeout_base_s=150", "--set", NO_WAIT)
        ended = buy(book, tmp_path / "faulty", server.base_url, "--yes", "--set", "pace.max_concurrency=16", *fast)
        most = server.max_in_flight
    report = report_of(ended)
    attempts = log_of(log)
    faults = Counter(line["fault"] for line in attempts)
    assert set(faults) == {None, "429", "500", "cut", "hang"}
    assert max(Counter(line["body_sha256"] for line in attempts if line["answered"]).values()) == 1
    assert sum(line["answered"] for line in attempts) == report["rendered"] == report["chunks"] > 100
    assert max(most, *(line["in_flight"] for line in attempts)) <= 16
    assert report["retries"] == len(attempts) - report["chunks"]
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        undisturbed = buy(book, tmp_path / "calm", server.base_url, "--yes", "--set", "pace.max_concurrency=3")
    assert report_of(undisturbed)["retries"] == 0
    assert digests(tmp_path / "faulty" / "takes") == digests(tmp_path / "calm" / "takes")
    assert delivered(tmp_path / "faulty") == delivered(tmp_path / "calm")
    assert key not in ended.err + ended.out + log.read_text("utf-8")


def test_a_budget_stops_the_run_and_the_next_one_buys_only_the_rest(tmp_path: Path, key: str) -> None:
    book = made.markdown(tmp_path / "book.md", {"One": made.paragraphs(1, 12)})
    log = tmp_path / "requests.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=2)) as server:
        first = buy(book, tmp_path, server.base_url, "--budget", "0.02")
        bought = digests(tmp_path / "takes")
        second = buy(book, tmp_path, server.base_url, "--budget", "5")
    assert first.code == 5
    assert "budget" in first.data["books"][0]["error"]
    assert 0 < len(bought) < first.data["books"][0]["chunks"]
    report = report_of(second)
    assert report["rendered"] == report["chunks"] - len(bought)
    assert report["reused"] == len(bought)
    assert max(Counter(line["body_sha256"] for line in log_of(log)).values()) == 1


def test_a_paid_run_with_nobody_to_ask_spends_nothing(tmp_path: Path, key: str) -> None:
    book = made.markdown(tmp_path / "book.md", made.TINY)
    log = tmp_path / "requests.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=1)) as server:
        ended = buy(book, tmp_path, server.base_url)
    assert (ended.code, ended.out, len(ended.lines)) == (2, "", 1)
    assert "--budget" in ended.err
    assert log_of(log) == []


CURSED = {"fault": [{"kind": "status", "status": 400, "text": "burned all night"}]}


def test_a_sentence_the_service_refuses_fails_its_book_and_is_reported(tmp_path: Path, key: str) -> None:
    book = made.markdown(tmp_path / "book.md", made.TINY)
    with server_in_thread(RehearsalOptions(workers=1), script=script_from(CURSED, where="test")) as server:
        ended = buy(book, tmp_path, server.base_url, "--yes")
    report = ended.data["books"][0]
    assert (ended.code, report["exit_code"], report["files"]) == (4, 4, [])
    assert [failed["chapter"] for failed in report["failed"]] == ["The Lamp"]
    assert "burned all night" in report["failed"][0]["text"]
    assert report["remaining"]["chunks"] == 1, "its neighbours were had all the same"
    assert not delivered(tmp_path)


def test_another_model_speaks_the_sentence_that_the_first_refuses(tmp_path: Path, key: str) -> None:
    book = made.markdown(tmp_path / "book.md", made.TINY)
    second = ("--set", "speech.fallback_model=espeak-ng", "--set", "script.target_seconds=60")
    with server_in_thread(RehearsalOptions(workers=1), script=script_from(CURSED, where="test")) as server:
        report = report_of(buy(book, tmp_path, server.base_url, "--yes", *second))
        again = report_of(buy(book, tmp_path, server.base_url, "--yes", *second))
    assert (again["rendered"], again["reused"]) == (0, report["chunks"] + 1)
    timeline = json.loads((Path(report["folder"]) / "timeline.json").read_text("utf-8"))
    clips = [clip for chapter in timeline["chapters"] for clip in chapter["clips"]]
    assert len(clips) == report["chunks"] + 1, "one chunk was halved"
    models = Counter(TakeStore(tmp_path / "takes").record(clip["key"])["request"]["model"] for clip in clips)
    assert models["espeak-ng"] == 1
    spoken = " ".join(sentence["text"] for clip in clips for sentence in clip["sentences"])
    assert spoken.split() == " ".join(f"{title} {' '.join(texts)}" for title, texts in made.TINY.items()).split()


def test_a_key_that_is_refused_stops_at_once(tmp_path: Path, key: str) -> None:
    book = made.markdown(tmp_path / "book.md", made.TINY)
    with server_in_thread(RehearsalOptions(workers=1, api_key="another")) as server:
        ended = buy(book, tmp_path, server.base_url, "--yes", "--set", "pace.max_concurrency=1")
    assert ended.code == 6
    assert "401" in ended.data["books"][0]["error"]
    assert key not in ended.err + ended.out


def test_one_file_a_format_is_as_long_as_the_timeline_in_each(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path)
    shutil.rmtree(folder / "out")
    report = report_of(make(finished.book, folder, "--format", "m4b,mp3,opus", "--set", "delivery.mp3=one"))
    assert report["rendered"] == 0
    timeline = Timeline.model_validate_json(Path(report["folder"], "timeline.json").read_text("utf-8"))
    assert [Path(file).name for file in report["files"]] == [f"A Tiny Book.{each}" for each in ("m4b", "mp3", "opus")]
    for file in map(Path, report["files"]):
        heard = decoded(file)
        assert len(heard) == timeline.frames * (2 if file.suffix == ".opus" else 1)
        with av.open(str(file)) as container:
            starts = [chapter["start"] * chapter["time_base"] for chapter in container.chapters()]
        assert starts == [Fraction(chapter.start_frame, RATE) for chapter in timeline.chapters]


def test_files_of_chapters_lose_nothing(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path)
    shutil.rmtree(folder / "out")
    report = report_of(make(finished.book, folder, "--format", "flac,wav"))
    flacs, wavs = (sorted(Path(report["folder"]).glob(f"*.{each}")) for each in ("flac", "wav"))
    assert len(flacs) == len(wavs) == len(made.TINY)
    for flac, wav in zip(flacs, wavs, strict=True):
        assert (decoded(flac) == decoded(wav)).all()
