"""The direction file: the whole script of a book as Markdown that a person reads and edits. Pure.

A chapter is a heading with its number; a paragraph is a block, each of its lines what one voice says. Reading finds the
book's characters again by the words alone, so paragraphs may be split and merged, and nothing else in the file needs to
be kept.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.book import Book, Chapter, Kind
from pipeline.errors import CoverageError, SettingsError, WordsChanged
from pipeline.script.direction import Cue, Cues, Place, Tag, is_plain, tiled
from pipeline.script.notation import Said, escaped, said_line
from pipeline.script.pages import Page, pages_of, scene_line
from pipeline.script.rewording import ChapterText, coverage_of_edits, is_spoken, reworded, text_of
from pipeline.script.wording import WordChange, change_between, differences, wording_of

_HEADER = r"""
<!-- A direction file of run-pipeline: who speaks in a book, and how. Edit it, then give it back by `--script`.
**Name** (how): these words are said by Name, in that manner; a line without a name is the narrator's.
[whispers] is an audio tag. [[scene: where it is, in which mood]] holds until the next one, or [[scene]], or the end of
the chapter. The words must stay the book's own; a bracket or asterisk of the book's has a backslash before it. -->
""".strip()


@dataclass(frozen=True, slots=True)
class Taken:
    """A direction file as it is used: the book (in the file's words where these are allowed to differ) and its cues."""

    book: Book
    cues: Cues
    changes: tuple[WordChange, ...] = ()


# -- written


def written(book: Book, cues: Cues, *, chapters: Collection[int] | None = None) -> str:
    """The script of the book, or of `chapters` of it: everything that is spoken, by whom and how."""
    paragraphs = [_HEADER]
    for number, chapter in enumerate(book.chapters, start=1):
        if any(map(is_spoken, chapter.blocks)) and (chapters is None or number in chapters):
            paragraphs.append(f"# {number}. {escaped(chapter.title)}".rstrip())
            paragraphs += _paragraphs(number, chapter, cues)
    return "\n\n".join(paragraphs) + "\n"


def _paragraphs(number: int, chapter: Chapter, cues: Cues) -> Iterator[str]:
    scene = ""
    stanza: list[str] = []
    for index, block in enumerate(chapter.blocks):
        if block.kind is not Kind.VERSE and stanza:
            yield _paragraph(stanza)
            stanza = []
        if block.kind is Kind.SCENE_BREAK and not block.rule:
            yield "* * *"
        if not is_spoken(block):
            continue
        own = tiled(block.text, cues.get((number, index), ()))
        if own and own[0].scene != scene and not stanza:
            scene = own[0].scene
            yield scene_line(scene)
        lines = list(_lines(block.text, own, scene))
        scene = own[-1].scene if own else scene
        if block.kind is Kind.VERSE:
            stanza += lines
        else:
            yield _paragraph(lines)
    if stanza:
        yield _paragraph(stanza)


def _paragraph(lines: Sequence[str]) -> str:
    return "  \n".join(lines)  # two spaces: a viewer keeps the lines apart


def _lines(text: str, cues: Sequence[Cue], scene: str) -> Iterator[str]:
    for cue, following in zip(cues, [*cues[1:], None], strict=True):
        if cue.scene != scene:
            scene = cue.scene
            yield scene_line(scene)
        tags = tuple(Tag(tag.at - cue.start, tag.words) for tag in cue.tags)
        is_glued = following is not None and _is_inside_word(text, cue.end, following.start)
        yield said_line(Said(text[cue.start : cue.end], cue.speaker, cue.style, tags, is_glued=is_glued))


def _is_inside_word(text: str, end: int, start: int) -> bool:
    return end == start and len(wording_of(text[end - 1 : end + 1]).words) == 1


# -- read


def read(
    text: str, book: Book, *, where: str, allow_changes: bool = False, chapters: Collection[int] | None = None
) -> Taken:
    """The book as the direction file `text` has it; of the book's chapters it may lack those not in `chapters`.

    Raises `SettingsError` for what cannot be understood, with the line of the file, and for a chapter that is missing
    or is not the book's; `WordsChanged` where words differ, unless `allow_changes`.
    """
    pages = pages_of(text, where=where)
    _check_chapters(pages, book, where=where, chapters=chapters)
    read_chapters = [_ReadChapter(book.chapters[number - 1], pages[number]) for number in sorted(pages)]
    changes = tuple(change for one in read_chapters for change in one.changes)
    if changes and not allow_changes:
        raise WordsChanged(_summary(changes), where=where, details=tuple(map(str, changes)))
    taken = list(book.chapters)
    cues: dict[Place, tuple[Cue, ...]] = {}
    for one in read_chapters:
        taken[one.page.number - 1], own = one.taken()
        cues.update(own)
    reworded_book = replace(book, chapters=tuple(taken))
    coverage = book.coverage + coverage_of_edits(book.blocks(), reworded_book.blocks())
    return Taken(replace(reworded_book, coverage=coverage), cues, changes)


def _summary(changes: Sequence[WordChange]) -> str:
    places = "1 place" if len(changes) == 1 else f"{len(changes)} places"
    return f"the words are not the book's in {places}, the first in {changes[0]}"


def _check_chapters(pages: Mapping[int, Page], book: Book, *, where: str, chapters: Collection[int] | None) -> None:
    for number, page in pages.items():
        if not 1 <= number <= len(book.chapters):
            raise SettingsError(
                f"there is no chapter {number} in the book",
                where=f"{where} line {page.line}",
                remedy=f"it has chapters 1 to {len(book.chapters)}; take it out, or mend its number",
            )
    for number, chapter in enumerate(book.chapters, start=1):
        is_needed = (chapters is None or number in chapters) and any(map(is_spoken, chapter.blocks))
        if is_needed and number not in pages:
            raise SettingsError(
                f"chapter {number}, {chapter.title!r}, is missing",
                where=where,
                remedy=f"write it again by `run-pipeline direct --chapters {number}`, or pick others by `--chapters`",
            )


class _ReadChapter:
    """A chapter of the book beside its page in the file."""

    def __init__(self, chapter: Chapter, page: Page) -> None:
        self.page = page
        self._chapter = chapter
        self._text = text_of(chapter)
        self._differences = list(differences(self._text.wording.words, page.wording.words))

    @property
    def changes(self) -> Iterator[WordChange]:
        for found in self._differences:
            first = self.page.wording.gap(found.new_start, found.new_end)
            starts = self.page.wording.starts
            at = starts[found.new_start] if found.new_start < len(starts) else first[0]
            line = self.page.line_at(at)
            yield change_between(self._text.wording, self.page.wording, found, chapter=self.page.number, line=line)

    def taken(self) -> tuple[Chapter, dict[Place, tuple[Cue, ...]]]:
        """The chapter in the words of the file, and its cues."""
        if not self._differences:
            return self._chapter, _cues_of(self._chapter, self._text, self.page)
        chapter = reworded(self._chapter, self._differences, self.page.wording)
        text = text_of(chapter)
        if text.wording.words != self.page.wording.words:
            raise CoverageError("an edit was not taken as it stands", where=f"chapter {self.page.number}")
        return chapter, _cues_of(chapter, text, self.page)


def _cues_of(chapter: Chapter, own: ChapterText, page: Page) -> dict[Place, tuple[Cue, ...]]:
    """Where the entries of a page stand in the chapter, which has the same words."""
    found: dict[int, list[Cue]] = {}
    for start, entry in zip(page.starts, page.entries, strict=True):
        for index, cue in _placed(entry.said, start, entry.scene, own, page):
            found.setdefault(index, []).append(cue)
    tiles = {index: tiled(chapter.blocks[index].text, cues) for index, cues in found.items()}
    return {(page.number, index): cues for index, cues in tiles.items() if not is_plain(cues)}


def _placed(said: Said, first: int, scene: str, own: ChapterText, page: Page) -> Iterator[tuple[int, Cue]]:
    """What is said from character `first` of the page on, as cues of the blocks it stands in."""
    start, end = _place(first, own, page), _place(first + len(said.text), own, page, is_end=True)
    tags = [Tag(min(_place(first + tag.at, own, page), end), tag.words) for tag in said.tags]
    for place in range(own.block_at(start), own.block_at(end - 1) + 1):
        opens, closes = own.extent(place)
        begin, stop = max(start, opens), min(end, closes)
        inside = tuple(
            Tag(tag.at - opens, tag.words) for tag in tags if begin <= tag.at < stop or tag.at == stop == end
        )
        yield own.indices[place], Cue(begin - opens, stop - opens, said.speaker, said.style, scene, inside)


def _place(at: int, own: ChapterText, page: Page, *, is_end: bool = False) -> int:
    """Where character `at` of the page stands in the chapter; between words the next, or the end of the last."""
    ours, theirs = own.wording, page.wording
    if is_end:
        word = bisect_left(theirs.starts, at) - 1
        return ours.starts[word] + min(at, theirs.ends[word]) - theirs.starts[word]
    word = bisect_right(theirs.ends, at)
    if word == len(theirs.words):
        return len(ours.text)
    return ours.starts[word] + max(0, at - theirs.starts[word])
