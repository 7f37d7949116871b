"""`direct` writes who speaks; `plan` and `make` take it back."""

from pathlib import Path

import pytest

from pipeline.config import BookJob, Layer, settings_of
from pipeline.planning import Plan, plan_of
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from tests.crash.console import Ended, here

BOOK = """---
title: The Mouse
---

# Down

“Sit down,” said the Mouse. They all sat down at once, in a large ring, with the Mouse in the middle.

“Are you all ready?” asked the Mouse, and looked about. Nobody said a word, for nobody was.

# Up

“What is a caucus-race?” said Alice. [sic]

It was not that she wanted much to know.
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mouse.md"
    path.write_text(BOOK, "utf-8")
    return path


ALL_NARRATED = ("--set", "direction.confidence=1")
"""Nobody is as sure as that, so the file has no speakers but those a test writes into it."""


@pytest.fixture
def script(book: Path) -> Path:
    """The direction file, with everything the narrator's."""
    ended = here("direct", book, *ALL_NARRATED)
    assert (ended.code, ended.out) == (0, "The Mouse.direction.md\n"), ended.err
    return Path(ended.out.strip())


def edit(script: Path, *changes: tuple[str, str]) -> None:
    text = script.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    script.write_text(text, "utf-8")


def test_the_path_is_on_stdout_and_a_count_on_stderr(book: Path) -> None:
    ended = here("direct", book, "--out", "deep/mine.md", "--chapters", "2", *ALL_NARRATED)
    assert (ended.code, ended.out) == (0, "deep/mine.md\n")
    [line] = ended.lines
    assert line.startswith("1 chapter, 0 speakers beside the narrator, ")
    assert Path("deep/mine.md").read_text("utf-8").count("\n# ") == 1


def test_a_file_that_is_there_is_overwritten_when_that_is_asked_for_alone(book: Path, script: Path) -> None:
    edit(script, ("“Sit", "**Mouse**: “Sit"))
    ended = here("direct", book)
    assert (ended.code, ended.out) == (2, "")
    assert "is there already" in ended.err
    assert "**Mouse**: “Sit" in script.read_text("utf-8")
    assert here("direct", book, "--force", *ALL_NARRATED).code == 0
    assert "**Mouse**: “Sit" not in script.read_text("utf-8")


def test_several_books_do_not_go_into_one_file(book: Path) -> None:
    ended = here("direct", book, book, "--out", "one.md")
    assert (ended.code, Path("one.md").exists()) == (2, False)


def plan_text(*arguments: str | Path) -> Ended:
    return here("plan", *arguments, "--text", "--engine", "espeak")


def test_a_file_as_it_was_written_changes_nothing(book: Path, script: Path) -> None:
    assert plan_text(book, "--script", script).out == plan_text(book).out


def test_changed_words_are_shown_and_end_with_2(book: Path, script: Path) -> None:
    edit(script, ("at once", "slowly"), ("caucus-race", "race"))
    ended = here("plan", book, "--script", script)
    assert (ended.code, ended.out) == (2, "")
    first, second, last = ended.lines
    assert "[at once → slowly]" in first
    assert "[caucus- → nothing]" in second
    assert "not the book's in 2 places" in last
    assert last.endswith("`--allow-changes`")


def test_changed_words_that_are_allowed_are_spoken_counted_and_told(book: Path, script: Path) -> None:
    edit(script, ("at once", "slowly"), ("\n\nIt was not that she wanted much to know.", ""))
    ended = here("plan", book, "--script", script, "--allow-changes", "--json", "--engine", "espeak")
    [plan] = ended.data["books"]
    assert plan["coverage"]["excluded_chars"]["edited"] == len("atonceItwasnotthatshewantedmuchtoknow.")
    assert plan["coverage"]["total_chars"] == plan["coverage"]["spoken_chars"] + sum(
        plan["coverage"]["excluded_chars"].values()
    )
    assert f"{script} has other words than the book, which are spoken: 11 of them, places: 2" in plan["notes"]
    page = plan_text(book, "--script", script, "--allow-changes").out
    assert "They all sat down ⟦edited: at once⟧slowly, in a large ring" in page
    assert "⟦edited: It was not that she wanted much to know.⟧" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("# 2. Up", "# 7. Up"), "there is no chapter 7 in the book → it has chapters 1 to 2"),
        (("“Sit", "**Mouse** “Sit"), "not a line of a speaker: '**Mouse** “Sit down"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(book: Path, script: Path, change, says: str) -> None:
    edit(script, change)
    ended = here("plan", book, "--script", script)
    assert ended.code == 2
    assert ended.err.startswith(f"run-pipeline: {script} line ")
    assert says in ended.err


def test_there_is_a_word_for_a_file_that_is_not_there(book: Path) -> None:
    ended = here("plan", book, "--script", "no.md")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert ended.err.startswith("run-pipeline: no.md: no such direction file → ")


def test_chapters_that_are_not_picked_may_be_missing(book: Path, script: Path) -> None:
    script.write_text(script.read_text("utf-8").partition("# 2.")[0], "utf-8")
    assert "chapter 2, 'Up', is missing" in plan_text(book, "--script", script).err
    assert plan_text(book, "--script", script, "--chapters", "1").code == 0


CAST = {"cast": {"Mouse": {"voice": "Puck"}, "Alice": {"voice": "Leda"}}}


def planned(book: Path, script: Path) -> Plan:
    settings = settings_of([Layer("a test", {**CAST, "direction": {"script": str(script)}})])
    return plan_of(BookJob(book, settings), load_profiles({})[DEFAULT_PAID_MODEL])


def said(plan: Plan) -> dict[str, tuple[str, str]]:
    """The key of each chunk, with what it says and by whom."""
    chunks = [planned for chapter in plan.chapters for planned in chapter.chunks]
    return {item.order.key: (item.chunk.speakers[0], item.chunk.text) for item in chunks}


def test_changed_direction_renders_the_lines_it_touches_and_no_others(book: Path, script: Path) -> None:
    edit(
        script,
        ("“Sit down,” ", "**Mouse**: “Sit down,”\n"),
        ("“What is a caucus-race?” ", "**Alice**: “What is a caucus-race?”\n"),
    )
    before = said(planned(book, script))
    edit(script, ("**Mouse**: “Sit", "**Mouse** (hushed): “Sit"))
    after = said(planned(book, script))
    assert {after[key] for key in after.keys() - before.keys()} == {("Mouse", "“Sit down,”")}
    assert len(after) == len(before)


PLAY = """---
title: A Play
---

# Act I

**Algernon:** Did you hear what I was playing, Lane? *(Sits down.)* Come.

**Lane:** I didn't think it polite to listen, sir.

**Algernon:** I'm sorry for that, for your sake.

**Lane:** Yes, sir.
"""


@pytest.mark.parametrize("labels", ["auto", "speak", "skip"])
def test_names_before_speeches_are_in_the_file_and_spoken_as_the_job_says(book: Path, labels: str) -> None:
    book.write_text(PLAY, "utf-8")
    job = book.with_suffix(".toml")
    direction = f'[direction]\nspeaker_labels = "{labels}"\nstage_directions = "skip"\n'
    job.write_text(f'{direction}[cast.Lane]\n[[book]]\nsource = "mouse.md"\n')
    [script] = here("direct", book).paths
    text = script.read_text("utf-8")
    assert "\nAlgernon:  \n**Algernon**: Did you hear what I was playing, Lane?" in text
    assert plan_text(job, "--script", script).out == plan_text(job).out


def test_a_director_is_asked_with_a_yes_and_never_twice(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "any")
    with server_in_thread(RehearsalOptions(voice="tone", workers=1)) as server:
        model = ["--set", "director.model=google/gemini-2.5-flash", "--set", f"director.base_url={server.base_url}"]
        asked = ["direct", book, "--takes", "takes", *model]
        refused = here(*asked)
        assert (refused.code, refused.out, server.max_in_flight) == (2, "", 0)
        assert "2 questions to google/gemini-2.5-flash would cost" in refused.lines[-1]
        ended = here(*asked, "--budget", "1")
        assert (ended.code, ended.out) == (0, "The Mouse.direction.md\n"), ended.err
        assert any("lines in 2 of 2 stretches" in line for line in ended.lines)
        spent = server.service.key()["usage"]
        assert spent > 0
        again = here(*asked, "--force")
        assert (again.code, server.service.key()["usage"]) == (0, spent)
    assert "\n**Mouse**: “Sit down,”  \n" in Path("The Mouse.direction.md").read_text("utf-8")
    page = here("plan", book, "--takes", "takes", *model)
    assert "2 questions, 2 answered already" in page.out
