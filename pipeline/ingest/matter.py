"""What of a book is not the book: licences, printed contents, copyright pages, by structure and shape. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from lxml import etree

from pipeline.book import single_spaced
from pipeline.ingest.content import Page
from pipeline.ingest.elements import BLOCKS, HEADING_TAGS, all_text, block_texts, classes, local_name, plain_text

MAX_COPYRIGHT_CHARS = 8_000  # the longest imprint pages; a chapter that cites a copyright line is longer or lacks one
MAX_LISTED_CHARS = 240  # a line of a printed contents list
MIN_LISTED = 3
MAX_HEADER_SHARE = 0.5  # a START line behind this share of a file is not a header's end

_GUTENBERG_HEADER = frozenset({"pg-header", "pg-machine-header", "pg-start-separator"})
_GUTENBERG_FOOTER = frozenset({"pg-footer", "pg-machine-footer", "pg-end-separator"})
_GUTENBERG_CLASS = "pg-boilerplate"
_GUTENBERG = _GUTENBERG_HEADER | _GUTENBERG_FOOTER | {_GUTENBERG_CLASS}
_START = re.compile(r"\*{3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)", re.IGNORECASE)
_END = re.compile(r"\*{3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)", re.IGNORECASE)
_ISBN = re.compile(r"\bISBN\b[^\d]{0,20}(?:97[89][ -]?)?[\d][\d -]{7,16}[\dXx]", re.IGNORECASE)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|℗|copyright|copr\.)\s*(?:©|\(c\)|by\b)?[^.;]{0,80}?\b(?:1[5-9]|20)\d\d\b", re.IGNORECASE
)
_YEARS = (
    re.compile(r"1[5-9]\d\d"),
    re.compile(r"20\d\d"),
)  # of copyright lines; apart, each is found by its first sign
_LICENCE_URL = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/|gutenberg\.org/license", re.IGNORECASE)
_ITEMS = frozenset({"li", "p", "tr", "div", "dt", "dd"})
_CONTENTS_NAMES = frozenset(
    """contents|table of contents|list of contents|inhalt|inhaltsverzeichnis|inhoud|inhoudsopgave|table des matières
    |table|sommaire|índice|indice|contenido|sommario|sumário|содержание|оглавление|зміст|spis treści|obsah|tartalom
    |innehåll|innehållsförteckning|indhold|innhold|sisällys|sisältö|içindekiler|cuprins|περιεχόμενα|目次|目录|目錄|차례|목차
    """.replace("\n", "")
    .replace("    |", "|")
    .strip()
    .split("|")
)
"""What the heading over a contents list says; the list itself is known by its links."""
_GAPS = frozenset({"hr", "br", "a", "span", "img"})


def boilerplate(page: Page) -> Iterator[tuple[etree._Element, str]]:
    """Project Gutenberg's header and licence: by their ids and classes, else by their START and END lines."""
    found = [] if _GUTENBERG.isdisjoint(page.words) else list(_by_structure(page.body))
    yield from found
    if not found and "***" in page.text and "PROJECT GUTENBERG" in page.text.upper():
        yield from _by_lines(page.body)


def _by_structure(body: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    for element in body.iter("{*}div", "{*}section", "{*}p", "{*}pre"):
        identifier = element.get("id", "")
        if identifier in _GUTENBERG_HEADER:
            yield element, "front-matter:licence"
        elif identifier in _GUTENBERG_FOOTER or _GUTENBERG_CLASS in classes(element):
            yield element, "back-matter:licence"


def _by_lines(body: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    start = next((element for element in _lines(body) if _START.search(plain_text(element))), None)
    if start is not None:
        above = list(_beside(start, body, preceding=True))
        if sum(len(all_text(element)) for element in above) <= MAX_HEADER_SHARE * len(all_text(body)):
            yield from ((element, "front-matter:licence") for element in [*above, start])
    end = next((element for element in _lines(body) if _END.search(plain_text(element))), None)
    if end is not None:
        yield from ((element, "back-matter:licence") for element in [end, *_beside(end, body, preceding=False)])


def _lines(body: etree._Element) -> Iterator[etree._Element]:
    """Blocks without a block in them."""
    for element in body.iter(etree.Element):
        if local_name(element) in BLOCKS and not any(local_name(inside) in BLOCKS for inside in element):
            yield element


def _beside(element: etree._Element, body: etree._Element, *, preceding: bool) -> Iterator[etree._Element]:
    """All elements before, or after, `element` in the body, each whole."""
    while element is not body:
        yield from element.itersiblings(preceding=preceding)
        parent = element.getparent()
        if parent is None:
            break
        element = parent


def page_rule(page: Page) -> str:
    """The rule for a whole page that shows by its shape what it is: a copyright page, by ISBN and copyright line."""
    if "/" not in page.text and not any(years.search(page.text) for years in _YEARS):
        return ""  # of the signs there is then no address and no year, so not two of the three
    text = single_spaced(" ".join(block_texts(page.body)))
    if len(text) > MAX_COPYRIGHT_CHARS:
        return ""
    signs = sum(bool(sign.search(text)) for sign in (_ISBN, _COPYRIGHT, _LICENCE_URL))
    return "front-matter:copyright" if signs >= 2 else ""


def printed_contents(
    body: etree._Element, file: str, order: Mapping[str, int], locate: Callable[[str, str], tuple[str, str]]
) -> Iterator[tuple[etree._Element, str]]:
    """Lists of three links or more that lead on through the book in reading order: a table of contents on paper.

    Its heading goes with it where nothing else stands under it.
    """
    reach = _Reach(body, file, order, locate)
    for parent in _parents(body):
        for run in _runs(parent, reach):
            yield from ((element, "navigation") for element in run)
            heading = _heading_over(run)
            if heading is not None:
                yield heading, "navigation"


class _Reach:
    """Where links lead, as positions that grow along the book."""

    def __init__(
        self, body: etree._Element, file: str, order: Mapping[str, int], locate: Callable[[str, str], tuple[str, str]]
    ) -> None:
        self._file, self._order, self._locate = file, order, locate
        self._ids: dict[str, int] = {}
        self._numbers: dict[etree._Element, int] = {}
        links = [link for link in body.iter("{*}a") if link.get("href")]
        if len(links) >= MIN_LISTED:
            for number, element in enumerate(body.iter(etree.Element)):
                if local_name(element) == "a":
                    self._numbers[element] = number
                for attribute in ("id", "name"):
                    if element.get(attribute):
                        self._ids.setdefault(element.get(attribute, ""), number)

    def of(self, link: etree._Element) -> tuple[int, int] | None:
        """Later in the book than the link itself, or None."""
        file, fragment = self._locate(link.get("href", ""), self._file)
        if file not in self._order:
            return None
        if file != self._file:
            return self._order[file], -1
        place = self._ids.get(fragment, -1)
        return (self._order[file], place) if place > self._numbers.get(link, 0) else None


def _parents(body: etree._Element) -> list[etree._Element]:
    """Elements that hold links further down, outermost first, each once."""
    parents: dict[etree._Element, None] = {}
    for link in body.iter("{*}a"):
        if link.get("href"):
            for number, ancestor in enumerate(link.iterancestors()):
                parents.setdefault(ancestor)
                if ancestor is body or number > 6:
                    break
    return list(parents)


def _runs(parent: etree._Element, reach: _Reach) -> Iterator[list[etree._Element]]:
    """Stretches of an element's children that are lines of a contents list, in the book's order."""
    run: list[etree._Element] = []
    places: list[tuple[int, int]] = []
    for child in parent:
        found = _listed(child, reach)
        if found and (not places or found[0] >= places[-1]):
            run.append(child)
            places += found
        elif not run or plain_text(child) or local_name(child) not in _GAPS | _ITEMS:
            if _is_list(run):
                yield run
            run, places = ([child], list(found)) if found else ([], [])
    if _is_list(run):
        yield run


def _is_list(run: Sequence[etree._Element]) -> bool:
    return len({link.get("href") for line in run for link in line.iter("{*}a")} - {None}) >= MIN_LISTED


def _listed(element: etree._Element, reach: _Reach) -> list[tuple[int, int]]:
    """Where the links of a contents line lead, in order; nothing if the element is no such line."""
    name = local_name(element)
    if name in ("ul", "ol", "table", "tbody", "dl", "nav"):
        return _all_listed(element, reach)
    return _item_listed(element, name, reach) if name in _ITEMS else []


def _item_listed(element: etree._Element, name: str, reach: _Reach) -> list[tuple[int, int]]:
    nested = [child for child in element if local_name(child) in ("ul", "ol")]
    links = [link for link in element.iter("{*}a") if link.get("href") and not _is_in(link, nested)]
    own = len(plain_text(element)) - sum(len(plain_text(child)) for child in nested)
    if (
        not links
        or own > MAX_LISTED_CHARS * len(links)
        or any(local_name(inside) in HEADING_TAGS for inside in element)
    ):
        return []
    linked = sum(len(plain_text(link)) for link in links)
    if name != "tr" and 2 * linked < own:
        return []
    places = [reach.of(link) for link in links]
    if any(place is None for place in places):
        return []
    found = [place for place in places if place is not None]
    inner = [_all_listed(child, reach) for child in nested]
    found += [place for places in inner for place in places]
    return found if all(inner) and found == sorted(found) else []


def _all_listed(container: etree._Element, reach: _Reach) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for child in container:
        inner = _listed(child, reach)
        if not inner and plain_text(child):
            return []
        found += inner
    return found if found == sorted(found) else []


def _is_in(element: etree._Element, containers: Sequence[etree._Element]) -> bool:
    return bool(containers) and any(ancestor in containers for ancestor in element.iterancestors())


def _heading_over(run: Sequence[etree._Element]) -> etree._Element | None:
    """The heading just over a contents list, if what follows the list is not its text too."""
    before = run[0].getprevious()
    while before is not None and not plain_text(before):
        before = before.getprevious()
    after = run[-1].getnext()
    while after is not None and not plain_text(after) and local_name(after) != "hr":
        after = after.getnext()
    if before is None or local_name(before) not in HEADING_TAGS:
        return None
    if plain_text(before).strip(" .:").casefold() not in _CONTENTS_NAMES:
        return None  # a part's own title, over the list of its chapters
    return before if after is None or local_name(after) in HEADING_TAGS | {"hr"} else None
