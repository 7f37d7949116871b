"""What an edit costs: random edits of a book, and how many chunks each would have rendered anew.

    python -m tests.bench.edits [BOOK] [--edits 400] [--seed 1]

Exact and free: a chunk is rendered anew when its key is not among those of the book as it was. Targets: a changed word
costs one chunk and a paragraph inserted near a chapter's start at most three, for all but an edit in ten, whose
words stand at a cut.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pipeline.book import Block, Book, Chapter, Kind
from pipeline.config import Settings, flag_layer, settings_of
from pipeline.ingest import read_book
from pipeline.planning import chosen_profile
from pipeline.script import script_of
from pipeline.scripting import limits_of
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import NOBODY
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import Key, key_of
from pipeline.speech.settings import voice_for
from tests.bench.books import SAMPLE

_LONG_CHARS = 6_000
_NEAR_START = 3
_MOST_OF_ALL = 0.9

Blocks = tuple[Block, ...]
Edit = Callable[[Blocks, random.Random], Blocks]


@dataclass(frozen=True)
class Cutter:
    """A book's chapters as keys, in the settings a default run has."""

    book: Book
    settings: Settings
    profile: ModelProfile
    voice: str

    @classmethod
    def of(cls, path: Path) -> "Cutter":
        settings = settings_of([flag_layer("--engine", "speech.engine", "openrouter")])
        book, profile = read_book(path), chosen_profile(settings)
        return cls(book, settings, profile, voice_for(settings.speech, profile, language=book.metadata.language))

    def keys(self, chapters: Sequence[Chapter]) -> set[Key]:
        book = replace(self.book, chapters=tuple(chapters))
        script = script_of(book, self.settings.script, limits_of(self.profile), language=book.metadata.language)
        asker = Asker(self.settings.speech, self.profile, self.voice, NOBODY)
        return {key_of(asker.request([Speech(chunk.text)])) for chunk in script.chunks()}


def changed_word(blocks: Blocks, chance: random.Random) -> Blocks:
    """Some word in the middle half of the chapter becomes another."""
    texts = [i for i, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH and len(block.text.split()) > 2]
    at = chance.choice(texts[len(texts) // 4 : -len(texts) // 4] or texts)
    words = blocks[at].text.split(" ")
    words[chance.randrange(len(words))] = chance.choice(["lamp", "harbour", "unreasonably", "an", "snow"])
    return (*blocks[:at], replace(blocks[at], text=" ".join(words)), *blocks[at + 1 :])


def inserted_paragraph(blocks: Blocks, chance: random.Random) -> Blocks:
    """A paragraph of some other place of the chapter's, slightly changed, among the first of them."""
    first = next(i for i, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH)
    at = first + chance.randrange(_NEAR_START + 1)
    model = chance.choice([block for block in blocks if block.kind is Kind.PARAGRAPH])
    return (*blocks[:at], replace(model, text=f"Moreover, {model.text}"), *blocks[at:])


def removed_paragraph(blocks: Blocks, chance: random.Random) -> Blocks:
    at = chance.choice([i for i, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH])
    return (*blocks[:at], *blocks[at + 1 :])


class Kindness(NamedTuple):
    """An edit and the chunks it may cost."""

    name: str
    edit: Edit
    target: int


EDITS = (
    Kindness("a changed word", changed_word, 1),
    Kindness("an inserted paragraph", inserted_paragraph, 3),
    Kindness("a removed paragraph", removed_paragraph, 3),
)


def costs(cutter: Cutter, edit: Edit, *, edits: int, seed: int) -> list[int]:
    """Chunks rendered anew for each of `edits` random edits of the book's long chapters that are spoken."""
    chance = random.Random(seed)
    spoken = [chapter for chapter in cutter.book.chapters if cutter.keys([chapter])]
    long = [chapter for chapter in spoken if sum(len(block.text) for block in chapter.blocks) > _LONG_CHARS]
    before = cutter.keys(cutter.book.chapters)
    found = []
    for _ in range(edits):
        chapter = chance.choice(long)
        edited = replace(chapter, blocks=edit(chapter.blocks, chance))
        found.append(len(cutter.keys([edited]) - before))
    return found


def main(book: Path, edits: int, seed: int) -> int:
    cutter = Cutter.of(book)
    missed = 0
    print(f"{book.name}: {len(cutter.keys(cutter.book.chapters))} chunks")
    print(f"{'edit':24} {'edits':>6} {'mean':>6} {'worst':>6} {'target':>7} {'within it':>10}")
    for name, edit, target in EDITS:
        found = costs(cutter, edit, edits=edits, seed=seed)
        within = sum(count <= target for count in found) / len(found)
        print(f"{name:24} {edits:6} {sum(found) / len(found):6.2f} {max(found):6} {target:7} {within:10.1%}")
        missed += within < _MOST_OF_ALL
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What an edit costs.")
    parser.add_argument("book", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--edits", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(1 if main(given.book, given.edits, given.seed) else 0)
