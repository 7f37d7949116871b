"""Which links are note marks and which blocks are notes: by what they say they are, or by linking back alone. Pure."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, takewhile

from lxml import etree

from pipeline.ingest.content import Page
from pipeline.ingest.elements import (
    BLOCKS,
    HEADING_TAGS,
    all_text,
    block_of,
    classes,
    identifiers,
    is_inside,
    is_inside_any,
    local_name,
    types,
)
from pipeline.ingest.links import Link, Place, links_in, shown_block, targets_of
from pipeline.ingest.note_marks import (
    begins_alike,
    declared_marks,
    has_text_before,
    is_arrow,
    is_declared_mark,
    is_mark,
    is_no_word,
    is_raised,
    signs_of,
    whole_mark,
)
from pipeline.ingest.rulings import NOTE_TYPES

MAX_BACK_CHARS = 30  # "↩", "[12]", "Return to text"
MAX_NOTE_CHARS = 8_000  # of a note known by its links alone
MAX_NOTES_CLIMB = 6  # how far around a note's first block its wrapper may be
_MANY = frozenset({"footnotes", "endnotes", "rearnotes", "doc-endnotes"})
_NOTE_CLASSES = frozenset({"footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes"})
_NOTE_WORDS = NOTE_TYPES | _NOTE_CLASSES


@dataclass(slots=True)
class Notes:
    """`marks` tells for each element that is a note mark the key of its note ("" if it has none), `bodies` for each
    element that is a note its key; `collections` hold notes, `headings` only announce them.
    """

    marks: dict[etree._Element, str] = field(default_factory=dict)
    bodies: dict[etree._Element, str] = field(default_factory=dict)
    collections: set[etree._Element] = field(default_factory=set)
    headings: set[etree._Element] = field(default_factory=set)


def find_notes(pages: Sequence[Page], locate: Callable[[str, str], Place]) -> Notes:
    """The notes of a book's pages. `locate` resolves an address as written in a file to a place."""
    return _Finder(pages, locate).found()


class _Finder:
    """Its work grows with the pages and with the links, not with how deep they nest."""

    def __init__(self, pages: Sequence[Page], locate: Callable[[str, str], Place]) -> None:
        self._pages = pages
        self._links = list(links_in(pages, locate))
        self._targets = targets_of(pages, {link.target for link in self._links})
        self._linked = {shown_block(target) for target in self._targets.values()}
        self._marked = {
            shown_block(self._targets[link.target])
            for link in self._links
            if link.target in self._targets and is_mark(signs_of(link.element))
        }
        self._extents: dict[etree._Element, etree._Element] = {}
        self._may_be_note = cache(_may_be_note)
        self._leads_to: dict[etree._Element, set[etree._Element]] = defaultdict(set)
        self._blocks = {link.element: block_of(link.element) for link in self._links}
        for link in self._links:
            target = self._targets.get(link.target)
            if target is not None and len(all_text(link.element).strip()) <= MAX_BACK_CHARS:
                for around in _around(self._blocks[link.element]):
                    self._leads_to[around].add(shown_block(target))

    def found(self) -> Notes:
        notes = Notes()
        for page in self._pages:
            if not _NOTE_WORDS.isdisjoint(page.words):
                self._take_declared(page, notes)
        for link in self._links:
            self._judge(link, notes)
        self._judge_unlinked(notes)
        for body in notes.collections:
            del notes.bodies[body]
        _judge_labels(notes)
        self._judge_ways_back(notes)
        notes.headings = _headings_of(notes)
        return notes

    def _judge(self, link: Link, notes: Notes) -> None:
        if is_inside_any(link.element, notes.bodies):
            return
        text = signs_of(link.element)
        is_marked = is_declared_mark(link.element)
        if not text or not (is_mark(text) or (is_marked and is_no_word(text))):
            return
        target = self._targets.get(link.target)
        declared = None if target is None else _declared_around(target, notes.bodies)
        if declared is not None and target is not None:
            notes.marks[whole_mark(link.element)] = self._key_in(declared, target, link, notes)
        elif target is not None and self._is_note(link, target):
            body = self._extent(target)
            key = _key(link.target[0], body)
            notes.bodies[body] = key
            notes.marks[whole_mark(link.element)] = key
        elif is_marked:
            notes.marks[whole_mark(link.element)] = ""

    def _take_declared(self, page: Page, notes: Notes) -> None:
        """Notes that say they are. One that holds notes, or two blocks or more that marks lead to, is a collection."""
        declared = _declared(page)
        targets, others = (_counts_inside(page.body, declared, counted) for counted in (self._marked, declared))
        for body, key in declared.items():
            holds_targets = targets[body] > 1
            if holds_targets and _is_called_one(body):
                continue  # one wrapper around many notes, and who knows what else: their links will tell
            notes.bodies[body] = key
            if holds_targets or others[body] or _is_called_many(body):
                notes.collections.add(body)

    def _key_in(self, declared: etree._Element, target: etree._Element, link: Link, notes: Notes) -> str:
        """The key of the note in a declared one or, in a collection of notes, of the block the link leads to."""
        if declared not in notes.collections or shown_block(target) is declared:
            return notes.bodies[declared]
        body = self._extent(target)
        return notes.bodies.setdefault(body, _key(link.target[0], body))

    def _is_note(self, link: Link, target: etree._Element) -> bool:
        """Whether mark and target link to each other, the target as a note does: first or last thing in its block.

        A raised or bracketed mark needs no link back where the target begins with it too.
        """
        here, there = self._blocks[link.element], shown_block(target)
        if here is there or local_name(there) in HEADING_TAGS or local_name(here) in HEADING_TAGS | {"body", "nav"}:
            return False
        if local_name(there) in ("body", "html", "section", "article"):
            return False
        if here not in self._leads_to[there] and not (is_raised(link.element) and begins_alike(link.element, there)):
            return False
        return has_text_before(link.element, here) and not is_inside(here, there) and self._may_be_note(there)

    def _extent(self, target: etree._Element) -> etree._Element:
        """The note's block, or the wrapper that holds it and what follows of the note."""
        body = shown_block(target)
        if body not in self._extents:
            self._extents[body] = self._wrapper(body)
        return self._extents[body]

    def _wrapper(self, body: etree._Element) -> etree._Element:
        for _ in range(MAX_NOTES_CLIMB):
            around = body.getparent()
            if around is None or local_name(around) not in ("div", "li", "aside", "blockquote", "dd", "td"):
                break
            if next((child for child in around), None) is not body or (around.text or "").strip():
                break
            if not self._may_be_note(around) or any(
                is_inside(other, around) and not is_inside(other, body) for other in self._noted(around)
            ):
                break
            body = around
        return body

    def _noted(self, around: etree._Element) -> Iterator[etree._Element]:
        """Blocks inside `around` that links lead to."""
        for element in around.iter(etree.Element):
            if element in self._linked:
                yield element

    def _judge_ways_back(self, notes: Notes) -> None:
        """A few words at a note's end that lead back to its mark: "Back", "Return to text"."""
        for link in self._links:
            target = self._targets.get(link.target)
            if target is None or not is_inside_any(link.element, notes.bodies):
                continue
            is_last = (link.element.tail or "").strip() in ("", ".", "]", ")") and link.element.getnext() is None
            if is_last and target in notes.marks and len(all_text(link.element).strip()) <= MAX_BACK_CHARS:
                notes.marks.setdefault(whole_mark(link.element), "")

    def _judge_unlinked(self, notes: Notes) -> None:
        """Marks that say they are, and lead nowhere."""
        for page in self._pages:
            for element in declared_marks(page):
                if not any(inside in notes.marks for inside in element.iter()):
                    notes.marks.setdefault(element, "")


def _may_be_note(block: etree._Element) -> bool:
    return len(all_text(block)) <= MAX_NOTE_CHARS and not any(local_name(one) in HEADING_TAGS for one in block.iter())


def _around(block: etree._Element) -> Iterator[etree._Element]:
    """A block and the wrappers around it that may be one note."""
    yield block
    for number, ancestor in enumerate(block.iterancestors()):
        if number == MAX_NOTES_CLIMB or local_name(ancestor) in ("body", "section", "article", "main"):
            break
        yield ancestor


def _declared(page: Page) -> dict[etree._Element, str]:
    """The page's notes that say they are, in its order, and the key of each: by the first id in it."""
    keys: dict[etree._Element, str] = {}
    waiting: list[etree._Element] = []  # notes that are open and have met no id yet
    for event, element in etree.iterwalk(page.body, events=("start", "end")):
        if event == "end":
            if waiting and waiting[-1] is element:
                waiting.pop()
        elif element.attrib:
            if _is_declared_note(element):
                keys[element] = f"{page.file}#"
                waiting.append(element)
            own = next(identifiers(element), "") if waiting else ""
            if own:
                keys.update((one, f"{page.file}#{own}") for one in waiting)
                waiting.clear()
    return keys


def _counts_inside(
    root: etree._Element, around: Container[etree._Element], counted: Container[etree._Element]
) -> dict[etree._Element, int]:
    """For each of the elements `around` how many of those `counted` are inside it, in one walk."""
    counts: dict[etree._Element, int] = {}
    so_far = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            so_far += element in counted
            if element in around:
                counts[element] = -so_far
        elif element in around:
            counts[element] += so_far
    return counts


def _is_declared_note(element: etree._Element) -> bool:
    if local_name(element) not in BLOCKS or local_name(element) in HEADING_TAGS:
        return False
    return not NOTE_TYPES.isdisjoint(types(element)) or not _NOTE_CLASSES.isdisjoint(classes(element))


def _declared_around(target: etree._Element, bodies: Mapping[etree._Element, str]) -> etree._Element | None:
    """The innermost declared note the target is in, or all that it holds."""
    shown = shown_block(target)
    for element in (shown, *shown.iterancestors()):
        if element in bodies:
            return element
    only = next(iter(shown), None)  # counting thousands of children for each link would take for ever
    return only if only is not None and only in bodies and only.getnext() is None else None


def _key(file: str, body: etree._Element) -> str:
    own = next((identifier for inside in body.iter(etree.Element) for identifier in identifiers(inside)), "")
    return f"{file}#{own}"


def _is_called_one(body: etree._Element) -> bool:
    """Whether an element is a note by its class alone, and a single one."""
    return NOTE_TYPES.isdisjoint(types(body)) and _MANY.isdisjoint(classes(body))


def _is_called_many(body: etree._Element) -> bool:
    return not _MANY.isdisjoint(types(body)) or not _MANY.isdisjoint(classes(body))


def _judge_labels(notes: Notes) -> None:
    """A note's own number and its way back, where they are links, are marks too."""
    for body in notes.bodies:
        for link in body.iter("{*}a"):
            text = signs_of(link)
            if text and (is_arrow(text) or (link.get("href") and is_mark(text))):
                notes.marks.setdefault(whole_mark(link), "")


def _headings_of(notes: Notes) -> set[etree._Element]:
    """Headings that stand over nothing but notes: what follows them, to the next heading, is notes."""
    bodies = {*notes.bodies, *notes.collections}
    outermost = [one for one in notes.collections if not is_inside_any(one, notes.collections)]
    inside = chain.from_iterable(collection.iter(etree.Element) for collection in outermost)
    headings = {one for one in inside if local_name(one) in HEADING_TAGS and not is_inside_any(one, notes.bodies)}
    for body in bodies:
        before = body.getprevious()
        if before is None or before in headings or local_name(before) not in HEADING_TAGS:
            continue
        under = takewhile(lambda one: local_name(one) not in HEADING_TAGS, before.itersiblings())
        if all(one in bodies or not all_text(one).strip() for one in under):
            headings.add(before)
    return headings
