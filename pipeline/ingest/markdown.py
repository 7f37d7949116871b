"""From a Markdown file to a Book: rendered to XHTML, then read by the same walk as an EPUB's texts."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from pipeline.book import Block, Book, Image, Kind, Metadata
from pipeline.errors import DamagedBook, UnsafeBook
from pipeline.ingest.binding import bind
from pipeline.ingest.chapters import heading_openings
from pipeline.ingest.dialects import add_dialects
from pipeline.ingest.document import Document
from pipeline.ingest.elements import HTML_BLOCKS
from pipeline.ingest.frontmatter import Fields, head_of, metadata_of, parse_fields
from pipeline.ingest.metadata import raster_type
from pipeline.ingest.outline import outlined
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.ingest.xhtml import read_xhtml

MAX_FILE_BYTES = 32 * 2**20
MAX_COVER_BYTES = 32 * 2**20
MAX_NESTING = 100  # of quotes and lists; the XML parser's own limit is 256
MAX_OPEN_BRACKETS = 5_000  # in all paragraphs together; a book has none, or a few that a pen forgot
LONG_LINE_CHARS = 160  # nobody wraps prose by hand this wide: such a line is a paragraph

_HTML_TAGS = HTML_BLOCKS.union(
    """a abbr audio b bdi bdo big br button canvas cite code col colgroup data del dfn em embed font hr i iframe img
    input ins kbd label link map mark math meta noscript object picture q rp rt ruby s samp script select small source
    span strike strong style sub sup svg td template textarea th time track tt u var video wbr
    """.split()  # noqa: SIM905  a word list reads better than eighty quoted strings
)
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_LISTS = frozenset({"bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"})
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_BRACKET = re.compile(r"[\[\]]")
_HEADING_FIELD = re.compile(r"(title|author|year|date|language)\s*:\s+(\S.*)", re.IGNORECASE)


def read_markdown(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`. Raises DamagedBook, UnsafeBook, EmptyBook or CoverageError."""
    page = read_file(path, path.name, settings=settings)
    cover, cover_notes = cover_of(page.fields, path.parent)
    metadata = completed(page.metadata, page.document)
    outline = outlined(page.document, settings.chapter_level)
    notes = (*page.notes, *cover_notes, *outline.notes)
    return bind(path, metadata, [outline.document], outline.entries, cover=cover, notes=notes, settings=settings)


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """One Markdown file, read: its text, its front matter, and what deserves a word."""

    document: Document
    fields: Fields
    notes: tuple[str, ...] = ()

    @property
    def metadata(self) -> Metadata:
        return metadata_of(self.fields)


def read_file(path: Path, name: str, *, settings: ReadingSettings, book_language: str = "") -> MarkdownPage:
    """The file in `path`, called `name` in anchors and notes. Raises DamagedBook or UnsafeBook."""
    head, text = head_of(read_text(path))
    text, notes = _one_paragraph_a_line(text)
    page, fields = render(text)
    fields = {**head, **fields}
    language = book_language or metadata_of(fields).language
    document, repairs = read_xhtml(page.encode(), name, book_language=language, settings=settings)
    return MarkdownPage(document, fields, (*notes, *repairs))


def render(text: str) -> tuple[str, Fields]:
    """Markdown as one XHTML page, its notes marked as notes, and the fields of its front matter."""
    parser = _parser()
    tokens = _parsed(text)
    fields = parse_fields(next((token.content for token in tokens if token.type == "front_matter"), "").splitlines())
    body = parser.renderer.render([token for token in tokens if token.type != "front_matter"], parser.options, {})
    return f"<html><body>{body}</body></html>", fields


class Link(NamedTuple):
    """A link of a summary; depth 1 is the top, each list inside a list is one deeper; a heading above begins a part."""

    title: str
    href: str
    depth: int
    begins_part: bool = False


def links_of(text: str) -> list[Link]:
    """The links of a summary in their order, the first of each line."""
    depth = 0
    begins_part = False
    links: list[Link] = []
    for token in _parsed(text):
        depth += token.nesting * (token.type in _LISTS)
        begins_part |= token.type == "heading_open"
        children = token.children or []
        start = next((index for index, child in enumerate(children) if child.type == "link_open"), None)
        if start is not None:
            end = next(index for index in range(start, len(children)) if children[index].type == "link_close")
            title = " ".join("".join(child.content for child in children[start:end]).split())
            links.append(Link(title, str(children[start].attrs["href"]), max(1, depth), begins_part))
            begins_part = False
    return links


def _parsed(text: str) -> list[Token]:
    """The tokens of the text. Raises UnsafeBook where the parser would drop text, or take for ever."""
    tokens = _parser().parse(text)
    if max((token.level for token in tokens), default=0) >= MAX_NESTING - 1:
        raise UnsafeBook("lists or quotes are nested too deep to be text; the parser would drop what is inside")
    return tokens


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"xhtmlOut": True, "maxNesting": MAX_NESTING})
    parser.core.ruler.before("inline", "open_brackets", _refuse_open_brackets)
    parser.use(front_matter_plugin).use(footnote_plugin).use(deflist_plugin)
    add_dialects(parser)
    parser.add_render_rule("footnote_ref", _note_reference)
    parser.add_render_rule("footnote_block_open", _notes_open)
    parser.add_render_rule("html_inline", _html)
    parser.add_render_rule("html_block", _html)
    return parser


def _refuse_open_brackets(state: StateCore) -> None:
    """For each bracket that opens, the parser looks through the rest of the paragraph for the one that closes it."""
    paragraphs = (token.content for token in state.tokens if token.type == "inline" and "[" in token.content)
    if sum(map(_open_brackets, paragraphs)) > MAX_OPEN_BRACKETS:
        raise UnsafeBook("thousands of brackets are opened and not closed; that is no text")


def _open_brackets(paragraph: str) -> int:
    """How many brackets are open at once, at most."""
    return max(accumulate((1 if sign == "[" else -1 for sign in _BRACKET.findall(paragraph)), _depth_after))


def _depth_after(depth: int, step: int) -> int:
    return max(0, depth + step)


def _note_reference(_: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    number = int(tokens[index].meta["id"]) + 1
    return f'<a role="doc-noteref" href="#fn{number}">[{number}]</a>'


def _notes_open(*_: object) -> str:
    return '<section role="doc-endnotes"><ol>\n'


def _html(_: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    """A tag of HTML as it is; `<Enter>` in a sentence is a word in angle brackets and stays one."""
    source = tokens[index].content
    name = _TAG_NAME.match(source)
    if name is not None and name.group(1).lower() not in _HTML_TAGS:
        return html.escape(source)
    return source


def read_text(path: Path) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnsafeBook(f"the file is larger than {MAX_FILE_BYTES:,} bytes", where=path.name)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedBook(
            f"not UTF-8 text: byte {error.start}", where=path.name, remedy="save the file as UTF-8 and run again"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _one_paragraph_a_line(text: str) -> tuple[str, tuple[str, ...]]:
    """Plain text with a paragraph on every line gets the blank lines Markdown wants between them."""
    lines = text.split("\n")
    filled = [line for line in lines if line.strip()]
    touching = sum(bool(line.strip() and below.strip()) for line, below in pairwise(lines))
    long_chars = sum(len(line) for line in filled if len(line) > LONG_LINE_CHARS)
    if not filled or 2 * touching < len(filled) or 2 * long_chars < len(text) or any(map(_FENCE.match, lines)):
        return text, ()
    return "\n\n".join(lines), ("a paragraph stands on every line of the file; each line was read as a paragraph",)


def completed(metadata: Metadata, document: Document) -> Metadata:
    """What the front matter does not say, from headings before the first chapter ("Author: …") or the first of them."""
    headings = [block for block in _front(document.blocks) if block.kind is Kind.HEADING]
    named = metadata_of(parse_fields([block.text for block in headings if _HEADING_FIELD.match(block.text)]))
    title = metadata.title or named.title or next((block.text for block in headings if block.level == 1), "")
    return replace(
        metadata,
        title=title,
        creators=metadata.creators or named.creators,
        language=metadata.language or named.language,
        date=metadata.date or named.date,
    )


def _front(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks before the first chapter's heading; all where no heading makes a chapter."""
    openings = heading_openings(blocks)
    return blocks[: openings[0].position] if openings else blocks


def cover_of(fields: Fields, folder: Path) -> tuple[Image | None, tuple[str, ...]]:
    """The picture the front matter names, if it lies in the book's own folder."""
    name = next(iter(fields.get("cover") or fields.get("cover_image") or ()), "")
    if not name:
        return None, ()
    folder = folder.resolve()
    picture = (folder / name).resolve()
    if not picture.is_relative_to(folder):
        return None, (f"cover {name} lies outside the book's folder and was left out",)
    if not picture.is_file() or picture.stat().st_size > MAX_COVER_BYTES:
        return None, (f"cover {name} is missing or too large and was left out",)
    data = picture.read_bytes()
    media_type = raster_type(data)
    if not media_type:
        return None, (f"cover {name} is not a JPEG, PNG, GIF or WebP picture and was left out",)
    return Image(media_type, data), ()
