"""A plain EPUB 3 of a book that was read from something else, with anchors into its pages. A page is a chapter."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path

from pipeline.book import Anchor, Block, Book, Chapter, Kind, Omission, count_chars
from pipeline.ingest.contents import Entry
from pipeline.ingest.package import CONTAINER
from pipeline.readalong.archive import NewArchive
from pipeline.readalong.upgrade import nav_page
from pipeline.script.labels import LABEL, STAGE

_STYLE = """body { margin: 5%; }
.verse, .item, .row { margin: 0; text-indent: 0; }
.note, .caption { font-size: smaller; }
.left-out { color: #767676; }
"""

_CONTAINER_PAGE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)

_UNSEEN = frozenset({"markup", "invisible", "ornament", "hidden", "navigation", "table-header"})
"""Rules of what no reader of the source sees, or sees elsewhere on the page."""

_SEEN_ONLY = {LABEL: ("<b>", "</b>"), STAGE: ("<em>", "</em>")}

_ELEMENTS = {
    Kind.QUOTE: ("<blockquote><p>", "</p></blockquote>"),
    Kind.VERSE: ('<p class="verse">', "</p>"),
    Kind.LIST_ITEM: ('<p class="item">', "</p>"),
    Kind.TABLE_ROW: ('<p class="row">', "</p>"),
    Kind.CODE: ("<pre>", "</pre>"),
    Kind.CAPTION: ('<p class="caption">', "</p>"),
    Kind.NOTE: ('<p class="note">', "</p>"),
    Kind.STAGE_DIRECTION: ("<p><em>", "</em></p>"),
}
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


def write_plain_epub(path: Path, book: Book) -> Book:
    """Write the book's text as an EPUB; the same book, anchored in that."""
    language = book.metadata.language.replace("_", "-") or "und"
    chapters: list[Chapter] = []
    with NewArchive(path) as archive:
        archive.add("mimetype", "application/epub+zip", stored=True)
        archive.add(CONTAINER, _CONTAINER_PAGE)
        archive.add("EPUB/style.css", _STYLE)
        for number, chapter in enumerate(book.chapters, start=1):
            file = _file(number)
            archive.add(file, _page(chapter, language))
            chapters.append(replace(chapter, blocks=tuple(_anchored(chapter, file))))
        entries = [
            Entry(chapter.title, "", _file(number), depth=chapter.depth)
            for number, chapter in enumerate(book.chapters, start=1)
        ]
        archive.add("EPUB/nav.xhtml", nav_page("EPUB/nav.xhtml", book.metadata.title, language, entries))
        if book.cover:
            archive.add(f"EPUB/cover.{_SUFFIXES.get(book.cover.media_type, 'jpg')}", book.cover.data)
        archive.add("EPUB/package.opf", _package(book, language))
    return replace(book, chapters=tuple(chapters))


def _file(number: int) -> str:
    return f"EPUB/chapter-{number:03}.xhtml"


def _page(chapter: Chapter, language: str) -> str:
    lines = "\n".join(_element(block) for block in chapter.blocks if _is_seen(block))
    tag = escape(language)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" lang="{tag}" xml:lang="{tag}">\n'
        f"<head><title>{escape(chapter.title) or '…'}</title>"
        '<link rel="stylesheet" type="text/css" href="style.css"/></head>\n'
        f"<body>\n{lines}\n</body>\n</html>\n"
    )


def _is_seen(block: Block) -> bool:
    return block.kind is Kind.SCENE_BREAK or (bool(block.text) and block.rule not in _UNSEEN)


def _element(block: Block) -> str:
    if block.kind is Kind.SCENE_BREAK:
        return "<hr/>"
    if block.rule:
        return f'<p class="left-out">{escape(block.text)}</p>'
    text = _text(block)
    if block.kind is Kind.HEADING:
        level = min(6, max(1, block.level))
        return f"<h{level}>{text}</h{level}>"
    before, after = _ELEMENTS.get(block.kind, ("<p>", "</p>"))
    return f"{before}{text}{after}"


def _text(block: Block) -> str:
    """The text of a block, with the names and stage directions that are not heard where they stood."""
    parts: list[str] = []
    read = 0
    for omission in block.omissions:
        if omission.rule in _SEEN_ONLY:
            before, after = _SEEN_ONLY[omission.rule]
            parts += (escape(block.text[read : omission.at]).strip(), f"{before}{escape(omission.text)}{after}")
            read = omission.at
    return " ".join(filter(None, (*parts, escape(block.text[read:]).strip())))


def _seen_only(block: Block) -> tuple[Omission, ...]:
    return tuple(omission for omission in block.omissions if omission.rule in _SEEN_ONLY and not block.rule)


def _anchored(chapter: Chapter, file: str) -> Iterator[Block]:
    position = 0
    for block in chapter.blocks:
        seen = _seen_only(block)
        chars = count_chars(block.text) + sum(count_chars(omission.text) for omission in seen)
        end = position + (chars if _is_seen(block) else 0)
        yield replace(block, anchor=Anchor(file, "", position, end), omissions=seen)
        position = end


def _package(book: Book, language: str) -> str:
    metadata = book.metadata
    identifier = metadata.identifier or f"{', '.join(metadata.creators)}: {metadata.title}"
    statements = [
        f'<dc:identifier id="id">{escape(identifier)}</dc:identifier>',
        f"<dc:title>{escape(metadata.title)}</dc:title>",
        f"<dc:language>{escape(language)}</dc:language>",
        *(f"<dc:creator>{escape(creator)}</dc:creator>" for creator in metadata.creators),
        *(f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in _optional(book) if value),
    ]
    items = [
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        '<item id="style" href="style.css" media-type="text/css"/>',
    ]
    if book.cover:
        name = f"cover.{_SUFFIXES.get(book.cover.media_type, 'jpg')}"
        items.append(f'<item id="cover" href="{name}" media-type="{book.cover.media_type}" properties="cover-image"/>')
    order = []
    for number in range(1, len(book.chapters) + 1):
        href = _file(number).rpartition("/")[2]
        items.append(f'<item id="chapter-{number}" href="{href}" media-type="application/xhtml+xml"/>')
        order.append(f'<itemref idref="chapter-{number}"/>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n' + "\n".join(statements) + "\n</metadata>\n"
        "<manifest>\n" + "\n".join(items) + "\n</manifest>\n<spine>\n" + "\n".join(order) + "\n</spine>\n</package>\n"
    )


def _optional(book: Book) -> Iterator[tuple[str, str]]:
    yield "description", book.metadata.description
    yield "publisher", book.metadata.publisher
    yield "date", book.metadata.date
