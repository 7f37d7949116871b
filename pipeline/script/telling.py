"""A passage of a book that tells what a voice makes of it. Pure: equal scripts give equal passages.

For a voice that is to read all of it: narration and speech, as many whole blocks as asked for or, where blocks are too
long, whole sentences, from where the book gets going. For one of the cast: that part's own longest speeches.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby

from pipeline import dialogue
from pipeline.book import Block, Kind, Sound
from pipeline.recording import Boundary
from pipeline.script.chunks import OURS, Line, ScriptChapter
from pipeline.script.direction import Cue, Tag
from pipeline.script.measure import speech_seconds
from pipeline.script.passage import Passage, Said, seconds_of
from pipeline.script.sentences import Span, sentence_spans
from pipeline.speech.cast import NARRATOR

LEAST, MOST = 0.6, 1.5
"""A passage is so many times as long as asked for, where the book has one."""

_REAL_S = 60.0
"""Seconds of prose from which on a chapter is one, and no title page, dedication or epigraph."""

_FIRST_CHAPTERS = 3
"""Real chapters that are looked through first: what comes later gives the story away."""

_MIXED = 0.3
"""Share of speech, or of narration, from which on a passage counts as holding both."""

_CLEARLY = 0.5
"""Of that share: with less, a quoted word in a preface would be speech."""

_MOST_SPEECHES = 6
"""Short speeches that make one passage: more of them tell of nothing but greetings."""

_OPENING = tuple('“"«»„‘「『')

_PROSE = frozenset({Kind.PARAGRAPH, Kind.QUOTE, Kind.VERSE, Kind.TABLE_ROW, Kind.STAGE_DIRECTION})
_ALL_BUT_HEADINGS = frozenset(Kind) - {Kind.HEADING}


@dataclass(frozen=True)
class _Unit:
    """Characters `start` to `end` of a block, and which parts of the whole block are speech."""

    whole: Said
    start: int
    end: int
    speech: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        return self.whole.text[self.start : self.end]

    @cached_property
    def seconds(self) -> float:
        return speech_seconds(self.text)

    @cached_property
    def speech_s(self) -> float:
        within = ((max(start, self.start), min(end, self.end)) for start, end in self.speech)
        return sum(speech_seconds(self.whole.text[start:end]) for start, end in within if start < end)


_Run = Sequence[_Unit]

_Lines = tuple[Line, ...]
"""Those of one block."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Units that might make a passage, how well they do, and the title of their chapter."""

    units: _Run
    score: float
    is_mixed: bool
    title: str


def telling_passage(chapters: Sequence[ScriptChapter], *, seconds: float, language: str) -> Passage | None:
    """About `seconds` of the narrator's reading that hold both narration and speech; None where there are but headings.

    Never longer than `MOST` times that, unless one sentence is.
    """
    prose = [(chapter.title, list(_runs(chapter, _PROSE))) for chapter in chapters]
    is_prose = any(runs for _, runs in prose)
    book = prose if is_prose else [(chapter.title, list(_runs(chapter, _ALL_BUT_HEADINGS))) for chapter in chapters]
    real = [one for one in book if _length_s(one[1]) >= _REAL_S] or book
    found = _best(_heard(real[:_FIRST_CHAPTERS], language), seconds, language)
    if found is None or not found.is_mixed:
        later = _best(_heard(real[_FIRST_CHAPTERS:], language), seconds, language)
        found = later if later is not None and (found is None or later.is_mixed) else found
    return None if found is None else Passage(_joined(found.units), found.title)


def own_passage(chapters: Sequence[ScriptChapter], speaker: str, *, seconds: float, language: str) -> Passage | None:
    """The longest speech of one of the cast, or several; cut after a sentence where it is too long. None for none."""
    speeches = [
        (chapter.title, tuple(_parts(lines)))
        for chapter in chapters
        for name, lines in groupby(_book_lines(chapter), lambda line: line.speaker)
        if name == speaker
    ]
    if not speeches:
        return None
    best_first = sorted(range(len(speeches)), key=lambda i: (-_worth(speeches[i][1], seconds), i))
    picked = best_first[:1]
    for i in best_first[1:_MOST_SPEECHES]:
        length = sum(seconds_of(speeches[one][1]) for one in picked)
        if length < LEAST * seconds and length + seconds_of(speeches[i][1]) <= MOST * seconds:
            picked.append(i)
    said = [one for i in sorted(picked) for one in speeches[i][1]]
    return Passage(_shortened(said, seconds, language), speeches[picked[0]][0])


def _worth(said: Sequence[Said], seconds: float) -> float:
    """Longer is better up to what is asked for; then what need not be cut, and what has some life in it."""
    length = seconds_of(said)
    is_whole = length <= MOST * seconds
    return round(min(length, seconds) / seconds + 0.1 * is_whole + 0.05 * any(_is_lively(one.text) for one in said), 6)


def _shortened(said: Sequence[Said], seconds: float, language: str) -> tuple[Said, ...]:
    """Its first sentences, at least one, where all of it is too long."""
    if seconds_of(said) <= MOST * seconds:
        return tuple(said)
    kept: list[_Unit] = []
    for unit in _sentences((_Unit(one, 0, len(one.text)) for one in said), language):
        if kept and sum(one.seconds for one in kept) + unit.seconds > MOST * seconds:
            break
        kept.append(unit)
    return _joined(kept)


def _best(blocks: Sequence[tuple[str, _Run]], seconds: float, language: str) -> _Choice | None:
    """Whole blocks, or else whole sentences; the longest there is where all of it is too short."""
    sentences = ((title, tuple(_sentences(run, language))) for title, run in blocks)
    least_s = LEAST * seconds
    return (
        _best_of(blocks, seconds, least_s=least_s)
        or _best_of(sentences, seconds, least_s=least_s)
        or _best_of(blocks, seconds, least_s=0)
        or _first_sentence(blocks, language)
    )


def _first_sentence(blocks: Sequence[tuple[str, _Run]], language: str) -> _Choice | None:
    """For a book of nothing but sentences too long."""
    for title, run in blocks:
        for unit in _sentences(run, language):
            return _Choice((unit,), 0.0, False, title)
    return None


def _best_of(runs: Iterable[tuple[str, _Run]], seconds: float, *, least_s: float) -> _Choice | None:
    choices = (
        _choice(run[start:end], seconds, title)
        for title, run in runs
        for start, end in _windows(run, least_s=least_s, most_s=MOST * seconds)
    )
    return max(choices, key=lambda choice: choice.score, default=None)  # of equals the first


def _windows(run: _Run, *, least_s: float, most_s: float) -> Iterator[tuple[int, int]]:
    for start in range(len(run)):
        length_s = 0.0
        for end in range(start, len(run)):
            length_s += run[end].seconds
            if length_s > most_s:
                break
            if length_s >= least_s:
                yield start, end + 1


def _choice(units: _Run, seconds: float, title: str) -> _Choice:
    """Both narration and speech count most, then the length, then a question or a cry in it."""
    length_s = sum(unit.seconds for unit in units)
    share = sum(unit.speech_s for unit in units) / length_s if length_s else 0.0
    mixed = min(1.0, min(share, 1 - share) / _MIXED)
    fit = 1 - abs(length_s - seconds) / seconds
    score = 2 * mixed + fit + 0.25 * any(_is_lively(unit.text) for unit in units)
    return _Choice(units, round(score, 6), mixed >= _CLEARLY, title)


def _runs(chapter: ScriptChapter, kinds: frozenset[Kind]) -> Iterator[list[_Lines]]:
    """What a chapter has of some kinds, block by block; another scene parts it, as what is of another kind does."""
    lines: list[Line] = []
    for chunk in chapter.chunks:
        for line in chunk.lines:
            if line.block != OURS and line.kind in kinds:
                lines.append(line)
            elif lines:
                yield _by_block(lines)
                lines = []
        if chunk.after is Boundary.SCENE and lines:
            yield _by_block(lines)
            lines = []
    if lines:
        yield _by_block(lines)


def _by_block(lines: Sequence[Line]) -> list[_Lines]:
    return [tuple(group) for _, group in groupby(lines, lambda line: line.block)]


def _length_s(runs: Sequence[Sequence[_Lines]]) -> float:
    return sum(speech_seconds(line.text) for run in runs for lines in run for line in lines)


def _heard(book: Sequence[tuple[str, Sequence[Sequence[_Lines]]]], language: str) -> list[tuple[str, _Run]]:
    """The runs of some chapters, with what is speech in them: the cast's by the lines, else what sounds like it."""
    said = [[[_narrated(lines) for lines in run] for run in runs] for _, runs in book]
    between = dialogue.Passage("", is_break=True)
    asked = [
        [one for run in runs for one in [*(dialogue.Passage(each.text) for each in run), between]] for runs in said
    ]
    found = chain.from_iterable(dialogue.heard_in_book(asked, language=language))
    units: list[tuple[str, _Run]] = []
    for (title, runs), chapter in zip(book, said, strict=True):
        for run, texts in zip(runs, chapter, strict=True):
            heard = [next(found) for _ in texts]
            units.append((title, tuple(map(_unit, texts, run, heard))))
            next(found)  # of what lies between
    return units


def _narrated(lines: _Lines) -> Said:
    """A block as the narrator would say all of it."""
    return _said(lines, Cue(0, 0, scene=lines[0].voicing.scene))


def _unit(whole: Said, lines: _Lines, heard: dialogue.Heard) -> _Unit:
    first = lines[0].start
    theirs = tuple((line.start - first, line.end - first) for line in lines if line.speaker != NARRATOR)
    quotes = tuple((quote.start, quote.end) for quote in heard.quotes)
    return _Unit(whole, 0, len(whole.text), theirs or quotes)


def _book_lines(chapter: ScriptChapter) -> Iterator[Line]:
    return (line for chunk in chapter.chunks for line in chunk.lines if line.block != OURS)


def _parts(lines: Iterable[Line]) -> Iterator[Said]:
    """What one of the cast says in a row, each part of it in the style and scene it has in the book."""
    for (_, voicing), group in groupby(lines, lambda line: (line.block, line.voicing)):
        yield _said(tuple(group), Cue(0, 0, voicing.speaker, voicing.style, voicing.scene))


def _said(lines: tuple[Line, ...], cue: Cue) -> Said:
    """Lines of a block, joined by what stood between them."""
    text = ""
    sounds: tuple[Sound, ...] = ()
    tags: tuple[Tag, ...] = ()
    last = lines[0].start
    for line in lines:
        text += " " * (line.start - last)
        sounds += tuple(replace(one, start=one.start + len(text), end=one.end + len(text)) for one in line.sounds)
        tags += tuple(replace(tag, at=tag.at + len(text)) for tag in line.tags)
        text += line.text
        last = line.end
    block = Block(lines[0].kind, text, language=lines[0].language, sounds=sounds)
    return Said(block, replace(cue, end=len(text), tags=tags))


def _sentences(units: Iterable[_Unit], language: str) -> Iterator[_Unit]:
    for unit in units:
        for start, end in _spans(unit.whole.text, language):
            yield replace(unit, start=start, end=end)


def _spans(text: str, language: str) -> list[Span]:
    """Sentences, also those of a speech that is all of a text: between quotation marks it would count as one."""
    found = sentence_spans(text, language=language)
    if len(found) > 1 or text[:1] not in _OPENING:
        return found
    inner = [(start + 1, end + 1) for start, end in sentence_spans(text[1:], language=language)]
    return [(0, inner[0][1]), *inner[1:]] if inner else found


def _joined(units: _Run) -> tuple[Said, ...]:
    """The sentences of a block as one again."""
    groups = [tuple(group) for _, group in groupby(units, lambda unit: id(unit.whole))]
    return tuple(group[0].whole.part(group[0].start, group[-1].end) for group in groups)


def _is_lively(text: str) -> bool:
    return any(mark in text for mark in "?!？！")
