"""Who wrote what: the package's metadata as the fields of a Book, and its cover."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from pipeline.book import Image, Metadata
from pipeline.errors import BookError
from pipeline.ingest.archive import Archive, NoSuchMemberError
from pipeline.ingest.identifiers import asin_of, isbn_of, place_in_series
from pipeline.ingest.markup import NotMarkupError, local_name, parse_xhtml
from pipeline.ingest.package import Package, Statement
from pipeline.languages import language_tag

AUTHOR = "aut"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_TAG = re.compile(r"<[^<>]*>")
_NOTHING = Statement("", "", {})
_ISBN = re.compile(r"(?i)isbn|^(?:02|15)$|^97[89][-\d ]{10,14}$")  # 02, 15: ISBN-10 and -13 in ONIX's code list 5
_ASIN = re.compile(r"(?i)asin|amazon|^B0[0-9A-Z]{8}$")


def read_metadata(package: Package) -> Metadata:
    """The first statement of each kind; of dates that of publication, of creators the authors where any is marked."""
    refinements = _refinements(package)
    main, authors = _title(package, refinements), _authors(package, refinements)
    series, index = _series(package, refinements)
    return Metadata(
        title=main.text,
        creators=tuple(dict.fromkeys(author.text for author in authors)),
        language=language_tag(_first(package, "language")),
        identifier=_identifier(package),
        date=_date(package),
        description=strip_tags(_first(package, "description")),
        publisher=_first(package, "publisher"),
        subtitle=_subtitle(package, refinements),
        series=series,
        series_index=place_in_series(index),
        title_sort=_sorted_as(main, refinements) or _content(package, "calibre:title_sort"),
        creator_sort=_creator_sort(authors, refinements),
        isbn=next(filter(None, map(isbn_of, _identifiers(package, refinements, _ISBN))), ""),
        asin=next(filter(None, map(asin_of, _identifiers(package, refinements, _ASIN))), ""),
        subjects=tuple(dict.fromkeys(subject.text for subject in _named(package, "subject"))),
        rights=strip_tags(_first(package, "rights")),
    )


def read_cover(package: Package, archive: Archive) -> tuple[Image | None, tuple[str, ...]]:
    """The first picture the book calls its cover that is JPEG, PNG, GIF or WebP; an SVG is left out with a note."""
    try:
        files = list(dict.fromkeys(filter(None, _cover_files(package, archive))))
        images = (Image(raster_type(data), data) for data in map(archive.read, files))
        cover = next((image for image in images if image.media_type), None)
    except BookError as error:
        return None, (f"cover cannot be read and was left out: {error.what}",)
    has_svg = cover is None and any(file.lower().endswith(".svg") for file in files)
    return cover, ("cover is SVG and was left out",) if has_svg else ()


def raster_type(data: bytes) -> str:
    """The media type by the first bytes, or "" if this is no picture a player can show."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def strip_tags(text: str) -> str:
    """Plain, single-spaced text of a description that may carry escaped HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _named(package: Package, name: str) -> list[Statement]:
    return [statement for statement in package.statements if statement.name == name and statement.text]


def _first(package: Package, name: str) -> str:
    return next((statement.text for statement in _named(package, name)), "")


_Refinements = Mapping[tuple[str, str], Sequence[str]]
"""What EPUB 3's `meta` elements add to statements, by the statement's id and the property."""


def _refinements(package: Package) -> _Refinements:
    found: dict[tuple[str, str], list[str]] = {}
    for meta in _named(package, "meta"):
        target = meta.attributes.get("refines", "").removeprefix("#")
        if target:
            found.setdefault((target, meta.attributes.get("property", "")), []).append(meta.text)
    return found


def _title(package: Package, refinements: _Refinements) -> Statement:
    titles = _named(package, "title")
    main = [title for title in titles if "main" in refinements.get((_id(title), "title-type"), ())]
    return next(iter(main + titles), _NOTHING)


def _subtitle(package: Package, refinements: _Refinements) -> str:
    titles = _named(package, "title")
    return next((one.text for one in titles if "subtitle" in refinements.get((_id(one), "title-type"), ())), "")


def _authors(package: Package, refinements: _Refinements) -> list[Statement]:
    creators = _named(package, "creator")
    return [creator for creator in creators if AUTHOR in _roles(creator, refinements)] or creators


def _creator_sort(authors: Sequence[Statement], refinements: _Refinements) -> str:
    """All authors as a shelf has them, if the book says so of any: `Carroll, Lewis; Tenniel, John`."""
    shelved = {author.text: _sorted_as(author, refinements) for author in authors}
    return "; ".join(sort or name for name, sort in shelved.items()) if any(shelved.values()) else ""


def _sorted_as(statement: Statement, refinements: _Refinements) -> str:
    """`opf:file-as`, or the refinement of that name."""
    refined = next(iter(refinements.get((_id(statement), "file-as"), ())), "")
    return statement.attributes.get("file-as", "").strip() or refined


def _series(package: Package, refinements: _Refinements) -> tuple[str, str]:
    """The series and the book's place in it: a collection of EPUB 3 that calls itself one, else what calibre wrote."""
    for meta in _named(package, "meta"):
        is_collection = meta.attributes.get("property") == "belongs-to-collection" and "refines" not in meta.attributes
        if is_collection and "series" in refinements.get((_id(meta), "collection-type"), ()):
            return meta.text, next(iter(refinements.get((_id(meta), "group-position"), ())), "")
    series = _content(package, "calibre:series")
    return series, _content(package, "calibre:series_index") if series else ""


def _content(package: Package, name: str) -> str:
    """What EPUB 2's `<meta name="…" content="…"/>` says."""
    metas = (one.attributes for one in package.statements if one.name == "meta" and one.attributes.get("name") == name)
    return next((meta.get("content", "").strip() for meta in metas), "")


def _identifiers(package: Package, refinements: _Refinements, schemes: re.Pattern[str]) -> Iterator[str]:
    """Those of one of these schemes: as an attribute or a refinement says, or where none does, the text."""
    for identifier in _named(package, "identifier"):
        said = list(filter(None, _schemes(identifier, refinements))) or [identifier.text]
        if any(map(schemes.search, said)):
            yield identifier.text


def _schemes(identifier: Statement, refinements: _Refinements) -> Iterator[str]:
    yield identifier.attributes.get("scheme", "")
    yield from refinements.get((_id(identifier), "identifier-type"), ())


def _roles(creator: Statement, refinements: _Refinements) -> list[str]:
    role = creator.attributes.get("role", "")
    return [one.lower() for one in ([role] if role else refinements.get((_id(creator), "role"), ()))]


def _id(statement: Statement) -> str:
    return statement.attributes.get("id", "")


def _identifier(package: Package) -> str:
    identifiers = _named(package, "identifier")
    unique = [one for one in identifiers if one.attributes.get("id") == package.identifier_id]
    return next((one.text for one in unique + identifiers), "")


def _date(package: Package) -> str:
    dates = _named(package, "date")
    published = [date for date in dates if date.attributes.get("event", "").endswith("publication")]
    return next((date.text for date in published + dates), "")


def _cover_files(package: Package, archive: Archive) -> Iterator[str]:
    """Candidates, the surest first: property, meta, guide, then a picture whose name says so."""
    pictures = [item for item in package.items if item.media_type.startswith("image/")]
    yield from (item.file for item in package.items if "cover-image" in item.properties)
    metas = [meta.attributes for meta in package.statements if meta.name == "meta"]
    named = {meta.get("content", "") for meta in metas if meta.get("name", "").lower() == "cover"}
    yield from (item.file for item in pictures if item.id in named)
    yield from (archive.locate(href, package.file)[0] for href in named)
    yield from _guide_pictures(package, archive)
    yield from (item.file for item in pictures if "cover" in f"{item.id} {item.file}".lower())


def _guide_pictures(package: Package, archive: Archive) -> Iterator[str]:
    """The first picture of the page that the guide calls the cover."""
    for kind, href in package.guide:
        page, _ = archive.locate(href, package.file)
        if kind.lower() == "cover" and page:
            yield from _pictures_in(page, archive)


def _pictures_in(page: str, archive: Archive) -> list[str]:
    try:
        root = parse_xhtml(archive.read(page)).root
    except (NotMarkupError, NoSuchMemberError):
        return [page]  # some guides name the picture itself
    return [archive.locate(source, page)[0] for source in map(_source, root.iter()) if source]


def _source(element: etree._Element) -> str:
    if local_name(element) == "img":
        return element.get("src", "")
    return element.get(_XLINK_HREF, "") if local_name(element) == "image" else ""
