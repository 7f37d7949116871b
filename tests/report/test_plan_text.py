"""A plan as people read it, in a pipe and on terminals of all widths."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.plan_data import (
    DirectorPlan,
    ExcludedRule,
    OtherEngine,
    PronunciationUse,
    SkippedChapter,
    VoiceUse,
)
from pipeline.report.plan_text import SHOWN_PARTS, budget_line, director_line, other_line, plan_lines, report_lines
from pipeline.report.typeset import Ink, Sheet, columns_of
from tests.report.plans import chapter, plan_of, report_of

PARTS = [
    VoiceUse(speaker="Lady Bracknell", voice="Gacrux", chunks=103, seconds=1_060.0, cost_usd=0.69),
    VoiceUse(speaker="Lane", voice="Iapetus", chunks=21, seconds=56.0, cost_usd=0.001),
]
TITLES = st.lists(st.text(alphabet="ab 草枕\u0301👩\x1b\n", max_size=50), min_size=1, max_size=5)


def test_a_plan_is_a_table_under_the_books_name() -> None:
    assert list(plan_lines(plan_of("One", "A longer title", cost_usd=1.5))) == [
        "Kim by Rudyard Kipling, B",
        "  google/gemini, voice en; language en",
        "  from x.epub",
        "  #  chapter         length  chunks  to buy   cost",
        "  1  One               1:30       2       1  $1.50",
        "  2  A longer title    1:30       2       1  $1.50",
        "     in all            3:00       4       2  $3.00",
        "  chunks       2 of 4 are there; to buy: 2, 1:30 of speech, $3.00, retakes aside",
        "  instead      `--engine espeak`: espeak-ng, a draft for nothing",
        "  spoken       8 of 10 characters (80.0%)",
        "  left out     note         2  footnotes",
        "               `--text` shows each where it stood",
        "  notes        a cover was left out",
    ]


def test_what_costs_nothing_has_no_prices() -> None:
    lines = list(plan_lines(plan_of("One")))
    assert lines[3].split() == ["#", "chapter", "length", "chunks", "to", "render"]
    assert lines[6] == "  chunks       1 of 2 are there; to render: 1, 0:45 of speech, for nothing"
    assert not any("$" in line for line in lines)


@pytest.mark.parametrize(("missing", "said"), [(0, "all 2 are there; nothing to buy"), (2, "none of 2 is there yet; ")])
def test_what_is_there_is_said_plainly(missing: int, said: str) -> None:
    plan = plan_of("One", cost_usd=1.0).model_copy(update={"missing_chunks": missing})
    [line] = [line for line in plan_lines(plan) if line.startswith("  chunks")]
    assert said in line


def test_what_it_will_cost_is_a_range_under_the_column() -> None:
    lines = list(plan_lines(plan_of("One", "Two", cost_usd=10.0, spread=0.1)))
    assert lines[6].split()[-1] == "$18.00-$22.00"
    assert lines[4].split()[-1] == "$10.00"
    assert len({len(line) for line in lines[3:7]}) == 1


def test_a_chapter_left_out_whole_stands_in_its_place() -> None:
    plan = plan_of("One", "", "Three")
    skipped = [SkippedChapter(number=2, title="Imprint", rules=["front-matter:imprint", "image"])]
    plan = plan.model_copy(update={"chapters": [plan.chapters[0], plan.chapters[2]], "skipped": skipped})
    lines = list(plan_lines(plan))
    assert [line.split()[:2] for line in lines[4:7]] == [["1", "One"], ["2", "Imprint"], ["3", "Three"]]
    assert lines[5].endswith("left out: front-matter:imprint, image")


def test_a_cast_has_a_line_a_part_and_a_narrator_alone_none() -> None:
    lines = list(plan_lines(plan_of("One", cost_usd=1.0).model_copy(update={"voices": PARTS})))
    assert lines[8:11] == [
        "  voices       speaker         voice      length  chunks  to render again",
        "               Lady Bracknell  Gacrux      17:40     103            $0.69",
        "               Lane            Iapetus      0:56      21           <$0.01",
    ]
    free = list(plan_lines(plan_of("One").model_copy(update={"voices": PARTS})))
    assert free[9] == "               Lady Bracknell  Gacrux      17:40     103"
    alone = list(plan_lines(plan_of("One").model_copy(update={"voices": PARTS[:1]})))
    assert alone == list(plan_lines(plan_of("One")))


def test_of_very_many_parts_those_who_speak_most_are_shown() -> None:
    parts = [PARTS[1].model_copy(update={"speaker": f"Page {n}", "seconds": 1.0 * n}) for n in range(50)]
    lines = list(plan_lines(plan_of("One").model_copy(update={"voices": parts})))
    assert sum("Page" in line for line in lines) == SHOWN_PARTS
    assert any("Page 49 " in line for line in lines)
    assert f"               … and {50 - SHOWN_PARTS} more parts" in lines


def test_chapters_of_another_run_are_counted() -> None:
    plan = plan_of("One").model_copy(update={"not_chosen": 3})
    assert "  not chosen   3 chapters of the book" in plan_lines(plan)


def test_a_pronunciation_has_its_price() -> None:
    uses = [PronunciationUse(words="Kim", chunks=1, cost_usd=0.5)]
    plan = plan_of("One", cost_usd=1.0).model_copy(update={"pronunciations": uses})
    assert "  says         “Kim”: 1 chunk, $0.50 to render again" in plan_lines(plan)


@pytest.mark.parametrize(
    ("budget_usd", "said"),
    [(22.0, "$22.00: enough"), (20.0, "$20.00: may not be enough"), (10.0, "$10.00: not enough")],
)
def test_a_budget_is_held_against_the_plan(budget_usd: float, said: str) -> None:
    book = plan_of("One", "Two", cost_usd=10.0, spread=0.1)
    assert budget_line(budget_usd, book).startswith(said)
    [line] = [line for line in report_lines(report_of([book], budget_usd=budget_usd)) if "budget" in line]
    assert said in line
    [line] = [line for line in plan_lines(book.model_copy(update={"budget_usd": budget_usd})) if "may cost" in line]
    assert said in line


def test_a_run_says_when_it_stops_and_what_would_speak_instead() -> None:
    lines = list(report_lines(report_of([plan_of("One")], stop_at="07:00")))
    assert "  stops at     07:00, whatever is left" in lines
    paid = OtherEngine(engine="openrouter", model="google/gemini", cost_usd=6.2)
    plan = plan_of("One").model_copy(update={"other": paid})
    assert other_line(plan) == "`--engine openrouter`: google/gemini, about $6.20 for the whole book"


def test_a_director_is_a_line() -> None:
    director = DirectorPlan(model="m", windows=1, kept=0, expected_usd=0.001, most_usd=0.04)
    asked = "by m: 1 question, 0 answered already; `run-pipeline direct`"
    assert director_line(director) == f"{asked} asks the rest for about <$0.01, at most $0.04"
    kept = director.model_copy(update={"kept": 1})
    assert director_line(kept).endswith("writes them down for nothing")
    unpriced = director.model_copy(update={"most_usd": None})
    assert director_line(unpriced).endswith("at the service's price")


def test_what_a_rule_means_is_wrapped_beside_it_or_after_it_where_there_is_no_room() -> None:
    rule = ExcludedRule(rule="speaker-label", chars=6_351, meaning="names before speeches whose speakers have voices")
    book = plan_of("One").model_copy(update={"excluded": [rule]})
    wide, narrow = list(plan_lines(book, Sheet(80))), list(plan_lines(book, Sheet(50)))
    assert "  left out     speaker-label     6,351  names before speeches whose speakers" in wide
    assert "                                        have voices" in wide
    assert "  left out     speaker-label 6,351 names before" in narrow


def test_several_books_end_in_a_table_of_all() -> None:
    books = [plan_of("One", "Two", cost_usd=1.0), plan_of("One", cost_usd=2.0)]
    lines = list(report_lines(report_of(books, budget_usd=10.0)))
    assert lines.count("Kim by Rudyard Kipling, B") == 2
    assert lines[lines.index("All 2 books") :] == [
        "All 2 books",
        "  #  book    length  chunks  to buy   cost",
        "  1  Kim       3:00       4       2  $2.00",
        "  2  Kim       1:30       2       1  $2.00",
        "     in all    4:30       6       3  $4.00",
        "  budget       $10.00: enough for what is missing",
    ]


# -- on a terminal


def plain(lines: Iterator[str]) -> list[str]:
    return [re.sub(r"\x1b\[\d+m", "", line) for line in lines]


@given(TITLES, st.integers(30, 200))
def test_no_line_is_wider_than_the_terminal_whatever_is_in_it(titles: list[str], columns: int) -> None:
    voices = [part.model_copy(update={"speaker": titles[0]}) for part in PARTS]
    updates = {"voices": voices, "notes": titles, "creators": titles, "title": titles[-1], "source": titles[0]}
    book = plan_of(*titles, cost_usd=10.0, spread=0.2).model_copy(update=updates)
    lines = plain(report_lines(report_of([book, book], budget_usd=1.0), Sheet(columns, Ink(True), folds=True)))
    assert [line for line in lines if columns_of(line) > columns] == []
    assert not any("\x1b" in line for line in lines)


def test_the_columns_of_a_table_stand_under_one_another_whatever_the_script() -> None:
    book = plan_of("草枕", "re\u0301sume\u0301", "Kim", "👨\u200d👩\u200d👧", cost_usd=1.0)
    lines = list(plan_lines(book, Sheet(80)))[3:8]
    assert len({columns_of(line) for line in lines}) == 1


def test_a_narrow_terminal_leaves_the_chunks_out_and_wraps_what_is_said() -> None:
    book = plan_of("A title of more than forty characters, as they come", cost_usd=1.5, spread=0.1)
    lines = list(plan_lines(book, Sheet(60)))
    assert lines[3].split() == ["#", "chapter", "length", "to", "buy", "cost"]
    assert "…" in lines[4]
    assert "  left out     note         2  footnotes" in lines
    assert "  chunks       1 of 2 are there; to buy: 1, 0:45 of speech," in lines


def test_colours_change_nothing_but_colours() -> None:
    book = plan_of("One", cost_usd=1.0)
    inked = list(plan_lines(book, Sheet(80, Ink(True))))
    assert any("\x1b" in line for line in inked)
    short = inked_plan(budget_usd=0.1)
    assert "\x1b[33m$0.10: not enough" in short
    assert "\x1b[33m" not in inked_plan(budget_usd=9.0)
    assert plain(iter(inked)) == list(plan_lines(book, Sheet(80)))


def inked_plan(*, budget_usd: float) -> str:
    return "\n".join(
        report_lines(report_of([plan_of("One", cost_usd=1.0)], budget_usd=budget_usd), Sheet(80, Ink(True)))
    )


def long_book() -> list[str]:
    """300 chapters, the first half of which is there, one of them edited, and 20 of an appendix that are not read."""
    chapters = [chapter(number, f"Chapter {number}", missing=0 if number <= 150 else 2) for number in range(1, 281)]
    chapters[99] = chapter(100, "Chapter 100", missing=1)
    skipped = [SkippedChapter(number=number, title="Notes", rules=["note"]) for number in range(281, 301)]
    book = plan_of("One").model_copy(update={"chapters": chapters, "skipped": skipped})
    return list(plan_lines(book, Sheet(100, folds=True)))


def test_a_very_long_book_folds_what_is_alike_and_shows_what_was_edited() -> None:
    lines = long_book()
    assert len(lines) <= 42, "a screen or so"
    folds = [line.split() for line in lines if "more like these" in line]
    assert [fold[1] for fold in folds] == ["93", "44", "124", "14"]
    assert [fold[-3:] for fold in folds[:3]] == [
        ["2:19:30", "186", "0"],
        ["1:06:00", "88", "0"],
        ["3:06:00", "248", "248"],
    ]
    assert any("Chapter 100 " in line for line in lines)
    assert "               `--all` shows every chapter" in lines


def test_nothing_is_folded_in_a_pipe() -> None:
    book = plan_of(*(f"Chapter {number}" for number in range(300)))
    assert sum("Chapter" in line for line in plan_lines(book)) == 300
