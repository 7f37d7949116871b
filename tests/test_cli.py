"""The face: what stands on stdout and stderr, and the exit code of every failure."""

import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.recording import PIPELINE_FORMAT
from pipeline.report.plan_data import PlanReport
from tests.corpus import made
from tests.crash.console import Argument, Ended, here, run, running


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", made.TINY)


Here = Callable[..., Ended]


@pytest.fixture
def here_under(tmp_path: Path) -> Here:
    """`here` with folders of the test's own, which later flags may change."""

    def invoke(source: Path, *more: Argument) -> Ended:
        return here(source, "--takes", tmp_path / "takes", "--out", tmp_path / "out", *more)

    return invoke


def failure(ended: Ended, code: int) -> str:
    """The one line a failure leaves, after checking that it is one and nothing else was said."""
    assert ended.code == code, ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert "a bug" not in ended.err
    [line] = ended.lines
    assert "→" in line
    return line


def test_stdout_is_paths_and_stderr_is_talk(book: Path, tmp_path: Path) -> None:
    ended = run(book, "--takes", tmp_path / "takes", "--out", tmp_path / "out")
    assert ended.code == 0
    assert ended.paths == [tmp_path / "out" / "Ann Author" / "A Tiny Book" / "A Tiny Book.m4b"]
    assert ended.paths[0].is_file()
    assert ended.lines[0].startswith("no OPENROUTER_API_KEY is set, so the embedded voice speaks")
    assert ended.lines[-1].startswith("✓ A Tiny Book")
    assert len(ended.lines) == 2


def test_make_is_the_default_command(book: Path, tmp_path: Path, here_under: Here) -> None:
    ended = here("make", book, "--takes", tmp_path / "takes", "--out", tmp_path / "out")
    assert ended.paths == here_under(book).paths


def test_quiet_says_nothing(book: Path, here_under: Here) -> None:
    ended = here_under(book, "--quiet")
    assert (ended.code, ended.err, len(ended.paths)) == (0, "", 1)


def test_verbose_says_each_chapter(book: Path, here_under: Here) -> None:
    ended = here_under(book, "-v", "--engine", "espeak")
    assert sum(line.startswith("chapter ") for line in ended.lines) == len(made.TINY)


def test_json_is_one_object_on_stdout_and_events_on_stderr(book: Path, here_under: Here) -> None:
    ended = here_under(book, "--json", "--engine", "espeak")
    assert ended.data["exit_code"] == 0
    assert ended.events("BookPlanned")[0]["chapters"] == len(made.TINY)
    assert len(ended.events("TakeStored")) == ended.data["books"][0]["rendered"]
    assert [event["files"] for event in ended.events("BookDelivered")] == [ended.data["books"][0]["files"]]
    assert ended.lines[-1].startswith("✓")


def test_version_and_help() -> None:
    assert re.fullmatch(r"run-pipeline, version \d+\.\d+\.\d+", here("--version").out.strip())
    ended = run("--help")
    assert (ended.code, ended.err) == (0, "")
    for name in ("make", "plan", "direct", "check", "voices", "takes", "rehearse", "schema", "doctor"):
        assert re.search(rf"^  {name}\b", ended.out, flags=re.MULTILINE)


def test_no_arguments_show_the_help_and_are_a_usage_error() -> None:
    ended = here()
    assert (ended.code, ended.out) == (2, "")
    assert "Usage:" in ended.err


# -- every failure is one line and a code


def test_what_is_no_zip(tmp_path: Path, here_under: Here) -> None:
    source = tmp_path / "book.epub"
    source.write_text("this is no archive")
    assert "book.epub" in failure(here_under(source), 3)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Through a process: nothing but the line, not even a warning."""
    ended = run(tmp_path / "gone.epub", "--takes", tmp_path / "takes")
    assert "gone.epub" in failure(ended, 3)


def test_a_format_nobody_reads(tmp_path: Path, here_under: Here) -> None:
    source = tmp_path / "book.pdf"
    source.write_bytes(b"%PDF")
    assert "'.pdf'" in failure(here_under(source), 3)


def test_a_protected_book(tmp_path: Path, here_under: Here) -> None:
    line = failure(here_under(made.protected(tmp_path / "drm.epub")), 3)
    assert "drm.epub" in line
    assert "DRM" in line


def test_nothing_to_speak(tmp_path: Path, here_under: Here) -> None:
    source = tmp_path / "empty.md"
    source.write_text("---\ntitle: Nothing\n---\n")
    assert "empty.md" in failure(here_under(source), 3)


def test_chapters_that_are_not_there(book: Path, here_under: Here) -> None:
    assert "1-3" in failure(here_under(book, "--chapters", "9"), 3)


def test_no_list_of_chapters(book: Path, here_under: Here) -> None:
    assert "--chapters" in failure(here_under(book, "--chapters", "one"), 2)


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("speech.voize=x", "speech.voice"),
        ("pace.concurrency=3", "pace.max_concurrency"),
        ("nonsense", "section.key=value"),
        ("pace.max_concurrency=0", "--set"),
        ("sound.head_ms=soon", "'soon'"),
        ("delivery.formats=['aiff']", "delivery.formats"),
    ],
)
def test_settings_that_cannot_be_used(book: Path, here_under: Here, assignment: str, said: str) -> None:
    assert said in failure(here_under(book, "--set", assignment), 2)


def test_an_unknown_voice(book: Path, here_under: Here) -> None:
    assert "Nobody" in failure(here_under(book, "--engine", "espeak", "--voice", "Nobody"), 2)


def test_an_unknown_voice_of_the_paid_model(book: Path, here_under: Here) -> None:
    line = failure(here_under(book, "--engine", "openrouter", "--voice", "Nobody"), 2)
    assert "Nobody" in line
    assert "Charon" in line


def test_an_unknown_model(book: Path, here_under: Here) -> None:
    assert "gemini-99" in failure(here_under(book, "--model", "gemini-99"), 2)


def test_an_unknown_engine(book: Path, here_under: Here) -> None:
    assert "festival" in failure(here_under(book, "--engine", "festival"), 2)


def test_the_paid_engine_without_a_key(book: Path, here_under: Here) -> None:
    line = failure(here_under(book, "--engine", "openrouter", "--yes"), 6)
    assert "OPENROUTER_API_KEY" in line


@pytest.mark.parametrize("place", ["--out", "--takes"])
def test_a_folder_that_cannot_be_written(book: Path, tmp_path: Path, here_under: Here, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    line = failure(here_under(book, place, tmp_path / "file" / "below", "--engine", "espeak"), 7)
    assert str(tmp_path / "file") in line


def test_an_unknown_option(book: Path, here_under: Here) -> None:
    assert "--fast" in failure(here_under(book, "--fast"), 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[speech\n", "line 1"),
        ("[speech]\nengine = 'espeak'\n", "[[book]]"),
        ("[[book]]\nsorce = 'x.md'\n", "source"),
        ("[pace]\nmax_concurency = 3\n[[book]]\nsource = 'x.md'\n", "line 2"),
        ("[pace]\nmax_concurrency = 'many'\n[[book]]\nsource = 'x.md'\n", "line 2"),
    ],
)
def test_a_job_file_that_cannot_be_used(tmp_path: Path, here_under: Here, text: str, said: str) -> None:
    job = tmp_path / "job.toml"
    job.write_text(text)
    line = failure(here_under(job), 2)
    assert "job.toml" in line
    assert said in line


def test_a_job_file_that_is_not_there(tmp_path: Path, here_under: Here) -> None:
    assert "gone.toml" in failure(here_under(tmp_path / "gone.toml"), 2)


# -- plan


def plan(source: Path, tmp_path: Path, *more: Argument) -> Ended:
    return here("plan", source, "--takes", tmp_path / "takes", *more)


def test_a_plan_needs_no_key_and_leaves_nothing_behind(book: Path, tmp_path: Path) -> None:
    ended = plan(book, tmp_path, "--engine", "openrouter", "--json")
    [planned] = PlanReport.model_validate(ended.data).books
    assert (ended.code, ended.err) == (0, "")
    assert planned.cost_usd > 0
    assert planned.missing_chunks == planned.chunks == sum(chapter.chunks for chapter in planned.chapters)
    assert [chapter.title for chapter in planned.chapters] == list(made.TINY)
    assert planned.coverage.spoken_chars + sum(planned.coverage.excluded_chars.values()) == planned.coverage.total_chars
    assert not (tmp_path / "takes").exists()


def test_a_plan_tells_what_is_there_already(book: Path, tmp_path: Path, here_under: Here) -> None:
    here_under(book, "--engine", "espeak", "--chapters", "2")
    [planned] = plan(book, tmp_path, "--engine", "espeak", "--json").data["books"]
    assert [chapter["missing_chunks"] == 0 for chapter in planned["chapters"]] == [False, True, False]
    assert planned["cost_usd"] == 0


def test_a_plan_for_people(book: Path, tmp_path: Path) -> None:
    ended = plan(book, tmp_path, "--engine", "openrouter")
    assert ended.code == 0
    for title in made.TINY:
        assert title in ended.out
    assert "$" in ended.out
    assert "in all" in ended.out


def test_the_text_of_a_plan_is_the_books(book: Path, tmp_path: Path) -> None:
    text = plan(book, tmp_path, "--text").out
    for title, paragraphs in made.TINY.items():
        assert f". {title}\n" in text
        assert all(paragraph in text for paragraph in paragraphs)


def test_a_plan_of_a_broken_book_and_a_good_one(book: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.epub"
    broken.write_bytes(b"PK")
    ended = here("plan", broken, book, "--json", "--takes", tmp_path / "takes")
    assert ended.code == 3
    assert [planned["title"] for planned in ended.data["books"]] == ["A Tiny Book"]
    assert "broken.epub" in failure(Ended(ended.code, "", ended.err), 3)


# -- the other commands


def test_voices_as_data() -> None:
    data = here("voices", "--json").data
    models = {model["name"]: model for model in data["models"]}
    assert {"whispers", "short pause"} <= set(data["tags"])
    assert "Charon" in models["google/gemini-3.1-flash-tts-preview"]["voices"]
    assert {"de", "ru", "ja"} <= set(models["espeak-ng"]["languages"])


def test_voices_of_one_engine_for_people() -> None:
    ended = here("voices", "--engine", "espeak")
    assert ended.out.startswith("espeak-ng")
    assert "audio tags: ⟦whispers⟧" in ended.out
    assert "openrouter" not in ended.out


def test_voices_of_no_engine() -> None:
    assert "festival" in failure(here("voices", "--engine", "festival"), 2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take store with a few takes in it."""
    folder = tmp_path_factory.mktemp("store")
    source = made.markdown(folder / "tiny.md", made.TINY)
    ended = here(source, "--takes", folder / "takes", "--out", folder / "out", "--engine", "espeak")
    assert ended.code == 0
    return folder / "takes"


def test_takes_are_listed(store: Path) -> None:
    ended = here("takes", "ls", "--takes", store)
    assert (ended.code, len(ended.lines)) == (0, 1)
    assert ended.lines[0].startswith(f"{len(ended.out.splitlines())} takes")
    assert "The lamp was lit." in ended.out
    listed = here("takes", "ls", "--takes", store, "--json").data["takes"]
    assert [record["key"][:16] for record in listed] == [line[:16] for line in ended.out.splitlines()]
    assert all(record["rate"] == PIPELINE_FORMAT.rate for record in listed)


def test_whole_takes_verify(store: Path) -> None:
    ended = here("takes", "verify", "--takes", store, "--json")
    assert ended.code == 0
    assert ended.data["damaged"] == []


def test_a_damaged_take_is_found_and_set_aside(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "takes"
    shutil.copytree(store, copy)
    victim = next((copy / "takes").glob("??/*.wav"))
    victim.write_bytes(victim.read_bytes()[:-2] + b"zz")
    ended = here("takes", "verify", "--takes", copy)
    assert ended.code == 4
    assert ended.out.startswith(f"take {victim.stem[:12]}")
    assert (copy / "damaged" / victim.name).is_file()
    assert here("takes", "verify", "--takes", copy).code == 0


def test_pruning_keeps_the_takes_of_the_voice_that_is_named(tmp_path: Path) -> None:
    source = made.markdown(tmp_path / "tiny.md", made.TINY)
    folders, voice = ("--takes", tmp_path / "takes"), ("--engine", "espeak", "--voice", "de")
    assert here(source, *folders, "--out", tmp_path / "out", *voice, "--chapters", "2").code == 0
    before = sorted((tmp_path / "takes").rglob("??/*"))
    pruned = here("takes", "prune", source, *folders, *voice, "--chapters", "2", "--yes", "--json")
    assert (pruned.code, pruned.data["files"]) == (0, 0)
    assert sorted((tmp_path / "takes").rglob("??/*")) == before
    other = here("takes", "prune", source, *folders, "--engine", "espeak", "--dry-run", "--json")
    assert other.data["takes"] > 0


def test_pruning_asks_for_the_voice_rather_than_for_a_key_in_the_shell(store: Path) -> None:
    ended = here("takes", "prune", store.parent / "tiny.md", "--takes", store, "--yes")
    assert "tiny.md" in failure(ended, 2)
    assert "--engine" in ended.err


def test_the_store_that_is_pruned_is_that_of_the_books(store: Path, tmp_path: Path) -> None:
    job = tmp_path / "shelf.toml"
    job.write_text(
        f'[run]\ntakes = "{store}"\n[speech]\nengine = "espeak"\n[[book]]\nsource = "{store.parent / "tiny.md"}"\n'
    )
    ended = here("takes", "prune", job, "--dry-run", "--json")
    assert (ended.data["files"], ended.data["left_bytes"] > 0) == (0, True)


def test_books_of_several_stores_are_not_pruned_at_once(store: Path, tmp_path: Path) -> None:
    job = tmp_path / "shelf.toml"
    books = "".join(f'[[book]]\nsource = "{store.parent / "tiny.md"}"\nrun.takes = "{name}"\n' for name in "ab")
    job.write_text(f'[speech]\nengine = "espeak"\n{books}')
    assert "--takes" in failure(here("takes", "prune", job, "--yes"), 2)


def test_a_books_takes_are_exported_with_the_flags_it_was_made_with(tmp_path: Path) -> None:
    source = made.markdown(tmp_path / "tiny.md", made.TINY)
    folders, voice = ("--takes", tmp_path / "takes"), ("--engine", "espeak", "--voice", "de")
    assert here(source, *folders, "--out", tmp_path / "out", *voice).code == 0
    archive = tmp_path / "takes.tar"
    none = here("takes", "export", source, *folders, "--engine", "espeak", "--to", archive)
    assert "espeak-ng" in failure(none, 2)
    assert not archive.exists()
    ended = here("takes", "export", source, *folders, *voice, "--to", archive)
    assert (ended.code, ended.paths) == (0, [archive])
    brought = here("takes", "import", archive, "--takes", tmp_path / "other", "--json")
    assert brought.data["added"] == len(list((tmp_path / "takes" / "takes").glob("??/*.json")))


def test_an_empty_store_is_no_error(tmp_path: Path) -> None:
    ended = here("takes", "ls", "--takes", tmp_path / "none")
    assert (ended.code, ended.out) == (0, "")
    assert not (tmp_path / "none").exists()


def test_the_doctor_as_data(tmp_path: Path) -> None:
    ended = here("doctor", "--takes", tmp_path / "takes", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(ended.out)}
    assert findings["embedded voice"]["ok"]
    assert findings["encoder aac"]["ok"]
    assert findings["paid service"]["optional"]
    assert ended.code == (0 if all(each["ok"] or each["optional"] for each in findings.values()) else 7)


def test_the_doctor_names_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    ended = here("doctor", "--takes", tmp_path / "file" / "takes")
    assert ended.code == 7
    assert "NO  take store" in ended.out


# -- interruption

SLOW = ("--engine", "espeak", "--set", "run.workers=1", "--set", "script.target_seconds=5")


@pytest.fixture(scope="module")
def long_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that one worker needs a while for."""
    folder = tmp_path_factory.mktemp("long")
    return made.markdown(folder / "long.md", {"One": made.paragraphs(1, 20), "Two": made.paragraphs(2, 20)})


@pytest.fixture(scope="module")
def undisturbed(long_book: Path) -> bytes:
    folder = long_book.parent
    return here(long_book, "--takes", folder / "takes", "--out", folder / "out", *SLOW).paths[0].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_arrived_and_goes_on(
    long_book: Path, undisturbed: bytes, tmp_path: Path, number: signal.Signals
) -> None:
    folders = ("--takes", tmp_path / "takes", "--out", tmp_path / "out")
    with running(long_book, *folders, *SLOW) as process:
        process.wait_for(4, "TakeStored")
        process.process.send_signal(number)
        ended = process.ended()
    [stopped] = ended.data["books"]
    assert (ended.code, stopped["exit_code"], stopped["files"]) == (130, 130, [])
    assert "Traceback" not in ended.err
    kept = {path.stem for path in (tmp_path / "takes" / "takes").glob("??/*.json")}
    assert 4 <= len(kept) < stopped["chunks"]
    more = here(long_book, *folders, *SLOW, "--json")
    [finished] = more.data["books"]
    assert (more.code, finished["rendered"]) == (0, stopped["chunks"] - len(kept))
    assert not more.keys("TakeStored") & kept
    assert Path(finished["files"][0]).read_bytes() == undisturbed


def test_target_and_what_to_read_along_with_have_flags_of_their_own(tmp_path: Path) -> None:
    book = made.markdown(tmp_path / "tiny.md", {"One": ["Only this."]})
    folders = ("--takes", tmp_path / "takes", "--out", tmp_path / "out", "--engine", "espeak")
    ended = here(book, *folders, "--json", "--target", "podcast", "--read-along", "srt, chapters")
    assert ended.data["books"][0]["target"] == "podcast"
    names = {path.suffix for path in Path(ended.data["books"][0]["folder"]).iterdir()}
    assert ".srt" in names
    assert ".vtt" not in names
    none = here(book, *folders, "--json", "--out", tmp_path / "none", "--read-along", "none")
    assert not [path for path in Path(none.data["books"][0]["folder"]).iterdir() if path.suffix in (".vtt", ".srt")]
    wrong = here(book, *folders, "--target", "audible")
    assert wrong.code == 2
    assert "personal, acx, librivox, podcast" in wrong.err
