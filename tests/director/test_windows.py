"""How a book is shown to a director: pieces where somebody else may begin, windows that an edit does not move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Kind
from pipeline.director.windows import pieces_of, windows_of
from tests.director.books import small_book
from tests.fakes.books import book_of, paragraphs


def shown(text: str) -> list[str]:
    return [text[start:end] for start, end in pieces_of(text, language="en")]


@pytest.mark.parametrize(
    "pieces",
    [
        ["“Oh dear!", "Oh dear!”", "said Alice.", "“I shall be late—”", "She ran."],
        ['"Yes,"', "he said,", '"no."'],
        ["'Tis the voice of the Lobster.", "'Well,'", "said he,", "'I don't.'"],
        ["« Bonjour »", ", dit-il.", "« Ça va ? »"],
        ["„Hallo“", ", sagte er.", "»Nein«"],
        ["– Привет,", "– сказал он.", "– Как дела?"],
        ["He went — as ever — home.", "It rained."],
        ["先生は", "「こんにちは」", "と言った。"],
    ],
)
def test_pieces_end_where_somebody_else_may_begin(pieces: list[str]) -> None:
    glue = "" if "先" in pieces[0] else " "
    text = glue.join(pieces).replace(" ,", ",")
    assert shown(text) == pieces


@given(st.text(st.sampled_from("ab “”„«»‹›\"'‘’—–.,!?「」\u00a0\u2028é"), max_size=60))
def test_pieces_hold_every_word_once_and_in_order(text: str) -> None:
    spans = pieces_of(text, language="en")
    assert "".join("".join(text[start:end].split()) for start, end in spans) in "".join(text.split())
    assert sum(char.isalnum() for start, end in spans for char in text[start:end]) == sum(map(str.isalnum, text))
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
    assert all(any(map(str.isalnum, text[start:end])) for start, end in spans)


def story(count: int) -> list[Block]:
    return paragraphs(
        *(f"In the year {1700 + n} nothing of note was seen, it is said. " * (n % 5 + 1) for n in range(count))
    )


@given(st.integers(1, 60), st.integers(500, 5_000))
def test_windows_hold_every_spoken_block_once(count: int, window_chars: int) -> None:
    left_out = Block(Kind.PARAGRAPH, "Copyright 1865.", rule="front-matter:copyright")
    windows = windows_of(book_of([left_out, *story(count)]), language="en", window_chars=window_chars)
    assert [block.index for window in windows for block in window.blocks] == list(range(1, count + 1))
    sizes = [sum(len(block.text) for block in window.blocks) for window in windows]
    assert all(size <= window_chars * 1.5 for size in sizes)
    assert all(size > window_chars / 2 for size in sizes[:-1])


def test_a_paragraph_put_in_changes_the_windows_around_it() -> None:
    before = windows_of(book_of(story(200)), language="en", window_chars=2_000)
    edited = [*story(200)[:20], *paragraphs("An afterthought of the author, put in late."), *story(200)[20:]]
    after = windows_of(book_of(edited), language="en", window_chars=2_000)

    def texts(windows: list) -> set[tuple[str, ...]]:
        return {tuple(block.text for block in window.blocks) for window in windows}

    assert len(before) > 12
    assert len(texts(after) - texts(before)) <= 3


def test_chapters_are_asked_about_apart_or_not_at_all() -> None:
    windows = windows_of(small_book(), language="en", window_chars=2_000)
    assert [(window.chapter, len(window.numbered)) for window in windows] == [(1, 3), (2, 2)]
    picked = windows_of(small_book(), language="en", window_chars=2_000, picked={2})
    assert picked == windows[1:]


def test_windows_know_what_is_around_them() -> None:
    first, second, *_ = windows_of(book_of(story(40)), language="en", window_chars=1_000)
    assert second.before[-1] == first.blocks[-1].text
    assert first.after[0] == second.blocks[0].text
