"""Who speaks, as far as the text says it: quotations and speeches as cues. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.book import Block, Book, Kind
from pipeline.dialogue import Heard, Passage, Quote, heard_in_book
from pipeline.languages import primary_subtag
from pipeline.script.direction import Cue, Cues, Place, Tag
from pipeline.script.labels import Labelled
from pipeline.speech.tags import tag_for_verb

_BREAKS = (Kind.HEADING, Kind.SCENE_BREAK)


@dataclass(frozen=True, slots=True)
class Attribution:
    """What was heard in each block that has a voice besides the narrator's; `language` is the book's."""

    heard: Mapping[Place, Heard]
    language: str

    def cues(self, *, confidence: float, tags_from_verbs: bool = False) -> Cues:
        """Cues for what somebody says, as they are called in the book; what is less certain stays the narrator's."""
        found: dict[Place, tuple[Cue, ...]] = {}
        for place, heard in self.heard.items():
            sure = [quote for quote in heard.quotes if _is_sure(quote, confidence)]
            if sure:
                found[place] = tuple(self._cue(quote, is_tagged=tags_from_verbs) for quote in sure)
        return found

    def labels(self) -> dict[Place, Labelled]:
        """The names before speeches, and the stage directions in these, as far as the text alone tells them."""
        return {
            place: Labelled(heard.quotes[0].speaker if heard.quotes else "", heard.label_chars, heard.asides)
            for place, heard in self.heard.items()
            if heard.label_chars or heard.asides
        }

    def unsure(self, *, confidence: float) -> int:
        """Quotations that stay with the narrator for want of confidence."""
        quotes = (quote for heard in self.heard.values() for quote in heard.quotes)
        return sum(not _is_sure(quote, confidence) for quote in quotes)

    def _cue(self, quote: Quote, *, is_tagged: bool) -> Cue:
        words = tag_for_verb(quote.verb, self.language) if is_tagged and quote.verb else ""
        tags = (Tag(quote.start, words),) if words else ()
        return Cue(quote.start, quote.end, quote.speaker, tags=tags)


SILENCE = Attribution({}, "")
"""Nothing was listened to."""


def _is_sure(quote: Quote, confidence: float) -> bool:
    return bool(quote.speaker) and quote.confidence >= confidence


def attributed(book: Book, *, language: str) -> Attribution:
    """Who says what in the book; each chapter is heard by itself, its people are known from all of them.

    A book that does not say its language is heard as English, in which it would be read as well.
    """
    language = language or "en"
    chapters = [_spoken(chapter.blocks) for chapter in book.chapters]
    passages = [[_passage(block) for _, block in blocks] for blocks in chapters]
    found = heard_in_book(passages, language=language)
    heard = {
        (number, index): one
        for number, (blocks, chapter) in enumerate(zip(chapters, found, strict=True), start=1)
        for (index, _), one in zip(blocks, chapter, strict=True)
        if one.quotes or one.label_chars or one.asides
    }
    return Attribution(heard, primary_subtag(language))


def _spoken(blocks: Sequence[Block]) -> list[tuple[int, Block]]:
    """What may be somebody's words, with its place; stage directions are nobody's."""
    return [(i, block) for i, block in enumerate(blocks) if not block.rule and block.kind is not Kind.STAGE_DIRECTION]


def _passage(block: Block) -> Passage:
    return Passage(block.text, block.label, block.asides, is_break=block.kind in _BREAKS)
