"""Who says what in a book, from its text alone. Pure, linear in the text."""

from collections.abc import Sequence

from pipeline.dialogue.dashes import dashed_spans
from pipeline.dialogue.duets import settle
from pipeline.dialogue.lines import Told, told
from pipeline.dialogue.marks import Convention, Span, convention_of, dash_length, marked_spans
from pipeline.dialogue.people import Roster, roster_of
from pipeline.dialogue.plays import has_labels, heard_in_play, labels_of, recurring_labels
from pipeline.dialogue.records import Heard, Passage, Quote
from pipeline.dialogue.scene import Verdict
from pipeline.dialogue.turns import carry, lines_with_verdicts, scenes_of
from pipeline.dialogue.words import Words, words_of


def heard(passages: Sequence[Passage], *, language: str) -> list[Heard]:
    """What is said in each passage of one chapter, and by whom as far as it can be known from the chapter alone."""
    return heard_in_book([passages], language=language)[0]


def heard_in_book(chapters: Sequence[Sequence[Passage]], *, language: str) -> list[list[Heard]]:
    """The same for every chapter of a book: names, genders and conventions are learned from all of it."""
    words = words_of(language)
    labels = recurring_labels(chapters)
    play_labels = [labels_of(passages, labels) for passages in chapters]
    is_play = [bool(found) or has_labels(passages) for found, passages in zip(play_labels, chapters, strict=True)]
    novels = [passages for passages, plays in zip(chapters, is_play, strict=True) if not plays]
    texts = (passage.text for passages in novels for passage in passages if not passage.is_break)
    convention = convention_of(texts, language=words.language)
    read = [_told(passages, convention, words) for passages in novels]
    roster = roster_of((passage for chapter in read for passage in chapter), words)
    told_chapters = iter(read)
    return [
        heard_in_play(passages, found) if plays else _heard(passages, next(told_chapters), roster)
        for passages, found, plays in zip(chapters, play_labels, is_play, strict=True)
    ]


def _told(passages: Sequence[Passage], convention: Convention, words: Words) -> list[Told]:
    """Each passage with what is said in it. A dash begins speech where the book does that; headings say nothing."""
    texts = ["" if passage.is_break else passage.text for passage in passages]
    marked = marked_spans(texts, convention.pair)
    return [
        told(text, _spans(text, spans, convention, words), words) for text, spans in zip(texts, marked, strict=True)
    ]


def _spans(text: str, marked: list[Span], convention: Convention, words: Words) -> list[Span]:
    if convention.has_dashes and dash_length(text):
        return dashed_spans(text, words)
    return marked


def _heard(passages: Sequence[Passage], chapter: Sequence[Told], roster: Roster) -> list[Heard]:
    found = [Heard(asides=passage.asides) for passage in passages]
    for turns in scenes_of(chapter, [passage.is_break for passage in passages], roster):
        settle(turns, roster.genders)
        for turn in carry(turns):
            quotes = (
                Quote(line.span.start, line.span.end, verdict.speaker, _rounded(verdict), verb)
                for line, verdict, verb in lines_with_verdicts(turn, chapter[turn.index])
            )
            found[turn.index] = Heard(tuple(quotes), asides=passages[turn.index].asides)
    return found


def _rounded(verdict: Verdict) -> float:
    return round(verdict.confidence, 3) if verdict.speaker else 0.0
