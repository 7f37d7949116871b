"""A first cast for a book."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casting import cast_file, company_lines, company_of, spread, with_voices
from pipeline.cli import main
from pipeline.config import Layer, settings_of
from pipeline.script.direction import Cue
from pipeline.speech.cast import NOBODY, cast_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.voices import voice_characters
from tests.fakes.books import book_of, paragraphs

PAID = load_profiles({})[DEFAULT_PAID_MODEL]
BOOK = book_of(
    paragraphs("“Sit down, all of you, and listen,” said the Mouse.", "“Why?” asked Alice.", "“Ahem!” said the Mouse."),
    paragraphs("“Oh dear!” cried Alice.", "“Hm,” said a Crab."),
)
CUES = {
    (1, 0): (Cue(0, 36, "Mouse"),),
    (1, 1): (Cue(0, 6, "Alice"),),
    (1, 2): (Cue(0, 7, "Mouse"),),
    (2, 0): (Cue(0, 10, "Alice"),),
    (2, 1): (Cue(0, 5, "Crab"),),
}


def test_who_speaks_stands_by_how_much_and_an_only_line_is_the_narrators():
    company = company_of(BOOK, CUES, NOBODY)
    assert [(part.name, part.lines, part.first_chapter) for part in company.parts] == [("Mouse", 2, 1), ("Alice", 2, 1)]
    assert [part.name for part in company.minor] == ["Crab"]
    whole = sum(len(block.text) for block in BOOK.blocks())
    assert company.seconds == pytest.approx(whole / 15, rel=0.02)  # all of it is somebody's, once
    assert [part.name for part in company_of(BOOK, CUES, NOBODY, most=1).parts] == ["Mouse"]


def test_voices_are_unlike_each_other_and_the_narrators():
    company = with_voices(company_of(BOOK, CUES, NOBODY), PAID, NOBODY, narrator="Charon")
    voices = [part.voice for part in (company.narrator, *company.parts)]
    assert len({voice_characters()[voice] for voice in voices}) == len(voices)
    order = spread(PAID.voices)
    assert sorted(order) == sorted(PAID.voices)
    kinds = len({voice_characters()[voice] for voice in order})
    assert len({voice_characters()[voice] for voice in order[:kinds]}) == kinds


def test_who_is_cast_already_keeps_name_and_voice():
    cast = cast_of({"Alice Liddell": {"voice": "Leda", "aliases": ["Alice"], "character": "Curious"}}, {})
    company = with_voices(company_of(BOOK, CUES, cast), PAID, cast, narrator="Charon")
    assert {part.name: part.voice for part in company.parts}["Alice Liddell"] == "Leda"
    assert [part.voice for part in company.parts].count("Leda") == 1


def test_the_file_is_a_cast_that_a_job_takes():
    company = with_voices(company_of(BOOK, CUES, NOBODY), PAID, NOBODY, narrator="Charon")
    text = cast_file(company, title='A "book"', source="a b.md", cast=NOBODY)
    table = tomllib.loads(text)
    assert list(table["cast"]) == ["narrator", "Mouse", "Alice"]
    cast = settings_of([Layer("a test", table)]).company
    assert cast.named("mouse") == "Mouse"
    assert "Crab (1)" in text
    assert not [line for line in text.splitlines() if line.endswith(" ")]


def test_a_name_is_one_part_however_the_page_spells_it():
    cues = {(1, 0): (Cue(0, 36, "MOUSE"),), (1, 1): (Cue(0, 6, "Narrator"),), (1, 2): (Cue(0, 7, "Mouse"),)}
    company = company_of(BOOK, cues, NOBODY)
    assert [(part.name, part.lines) for part in company.parts] == [("MOUSE", 2)]
    assert not company.minor
    told = cast_of({"narrator": {"aliases": ["Mouse"]}}, {})
    assert not company_of(BOOK, cues, told).parts


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
    st.fixed_dictionaries(
        {"name": st.text(st.characters(exclude_categories=["Cs"])), "embedded": st.just({"pitch": 80, "voice": "en"})}
    ),
)
def test_what_is_cast_already_stands_in_the_file_whatever_its_name(name, part):
    table = {name: {"voice": "Leda", "language": "fr", "aliases": ['O\'B "x"'], **part}}
    cast = cast_of(table, {})
    cues = {(1, 0): (Cue(0, 36, name),)}
    company = with_voices(company_of(BOOK, cues, cast), PAID, cast, narrator="Charon")
    again = cast_of(tomllib.loads(cast_file(company, title="x", source="y", cast=cast))["cast"], {})
    assert again.role(cast.named(name)) == cast.role(cast.named(name))


def test_the_table_for_people_names_everybody_and_what_is_left():
    company = with_voices(company_of(BOOK, CUES, NOBODY), PAID, NOBODY, narrator="Charon")
    lines = list(company_lines(company, unsure=7))
    assert [line.split()[0] for line in lines] == ["narrator", "Mouse", "Alice", "1", "7"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[object, str, str]]:
    def command(*args: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def test_cast_writes_a_file_once_and_the_book_is_planned_with_it(run, tmp_path: Path):
    book, out = tmp_path / "talk.md", tmp_path / "talk.cast.toml"
    book.write_text("# Talk\n\n" + "\n\n".join(block.text for block in BOOK.blocks()), "utf-8")
    assert run("cast", book, "--out", out)[:2] == (0, f"{out}\n")
    code, _, err = run("cast", book, "--out", out)
    assert code == 2
    assert "--force" in err
    code, said, _ = run("plan", book, "--cast", out, "--engine", "espeak")
    assert code == 0
    assert "Mouse" in said
    code, said, _ = run("cast", book, "--json")
    assert code == 0
    assert '"name": "Mouse"' in said
