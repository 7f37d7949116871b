"""A small edit costs a small re-buy: random edits of a novel, and how many chunks each changes."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.book import Block, Chapter, Kind
from pipeline.ingest import read_book
from pipeline.script import script_of
from tests.fakes.books import book_of, default_script_settings, paid_limits

ALICE = Path(__file__).parents[2] / "samples" / "alice.epub"

Edit = Callable[[list[Block], random.Random, Sequence[str]], None]


def _change_word(blocks: list[Block], chance: random.Random, words: Sequence[str]) -> None:
    number = chance.choice([i for i, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH])
    own = blocks[number].text.split()
    at = chance.randrange(len(own))
    own[at] = chance.choice([word for word in words if word != own[at]])
    blocks[number] = replace(blocks[number], text=" ".join(own))


def _insert_paragraph(blocks: list[Block], chance: random.Random, words: Sequence[str]) -> None:
    number = chance.choice([i for i, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH])
    text = " ".join(chance.choices(words, k=chance.randint(4, 90)))
    blocks.insert(number, Block(Kind.PARAGRAPH, f"{text}."))


def _delete_paragraph(blocks: list[Block], chance: random.Random, words: Sequence[str]) -> None:
    del blocks[chance.choice([i for i, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH])]


def _chunks_of(blocks: Sequence[Block]) -> Counter[str]:
    script = script_of(book_of(blocks), default_script_settings(), paid_limits(), language="en")
    return Counter(chunk.text for chunk in script.chunks())


def _rebought(blocks: Sequence[Block], edit: Edit, *, edits: int, seed: int) -> list[int]:
    """For each of so many edits of the same text, the chunks that were not there before."""
    chance, before = random.Random(seed), _chunks_of(blocks)
    words = sorted({word for block in blocks for word in block.text.split()})
    counts = []
    for _ in range(edits):
        edited = list(blocks)
        edit(edited, chance, words)
        counts.append((_chunks_of(edited) - before).total())
    return counts


def _table(what: str, counts: list[int]) -> str:
    spread = ", ".join(f"{chunks}: {times}" for chunks, times in sorted(Counter(counts).items()))
    return f"{what}: {len(counts)} edits, worst {max(counts)}, mean {sum(counts) / len(counts):.3f} chunks ({spread})"


@pytest.fixture(scope="module")
def chapters() -> list[Chapter]:
    return sorted(read_book(ALICE).chapters, key=lambda chapter: sum(len(b.text) for b in chapter.blocks))


@pytest.fixture(scope="module")
def novel(chapters: list[Chapter]) -> list[Block]:
    """The whole of Alice as one chapter without a heading: nothing but the cuts keeps an edit from spreading."""
    return [block for chapter in chapters for block in chapter.blocks if block.kind is not Kind.HEADING]


def test_one_changed_word_costs_one_chunk(chapters, novel):
    counts = _rebought(chapters[-1].blocks, _change_word, edits=400, seed=1)
    counts += _rebought(novel, _change_word, edits=30, seed=2)
    print(_table("a word changed", counts))
    assert min(counts) >= 1
    assert max(counts) <= 4
    assert sum(counts) / len(counts) <= 1.15


def test_an_inserted_paragraph_costs_its_neighbourhood(chapters, novel):
    counts = _rebought(chapters[-1].blocks, _insert_paragraph, edits=400, seed=3)
    counts += _rebought(novel, _insert_paragraph, edits=30, seed=4)
    print(_table("a paragraph inserted", counts))
    assert min(counts) >= 1
    assert sum(counts) / len(counts) <= 2.2
    assert sum(count <= 3 for count in counts) >= 0.95 * len(counts)


def test_a_deleted_paragraph_costs_no_more(chapters):
    counts = _rebought(chapters[-1].blocks, _delete_paragraph, edits=150, seed=5)
    print(_table("a paragraph deleted", counts))
    assert sum(counts) / len(counts) <= 2.2
    assert sum(count <= 3 for count in counts) >= 0.95 * len(counts)


def test_a_chapter_moved_costs_nothing(chapters):
    script = [_chunks_of(chapter.blocks) for chapter in chapters]
    book = book_of(*(chapter.blocks for chapter in reversed(chapters)))
    script_after = script_of(book, default_script_settings(), paid_limits(), language="en")
    moved = Counter(chunk.text for chunk in script_after.chunks())
    assert moved == sum(script, Counter())
