"""Metadata and covers, as EPUB 2 and EPUB 3 say them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.book import Image
from pipeline.ingest import archive, read_book
from pipeline.ingest.metadata import read_metadata
from pipeline.ingest.package import Package, Statement
from tests.ingest.epubs import JPEG, METADATA, PNG, Epub, page

ONE = {"a.xhtml": page("<h1>One</h1><p>Text.</p>")}


def test_metadata_of_epub_3(tmp_path: Path) -> None:
    metadata = """<dc:title>Sub</dc:title><dc:title id="t">Main  Title</dc:title>
    <meta refines="#t" property="title-type">main</meta>
    <dc:creator id="c1">Ann Author</dc:creator><meta refines="#c1" property="role" scheme="marc:relators">aut</meta>
    <dc:creator id="c2">Ed Itor</dc:creator><meta refines="#c2" property="role" scheme="marc:relators">edt</meta>
    <dc:creator id="c3">Bob Writer</dc:creator><meta refines="#c3" property="role" scheme="marc:relators">aut</meta>
    <dc:language>en-GB</dc:language>
    <dc:identifier>other</dc:identifier><dc:identifier id="uid">urn:isbn:1</dc:identifier>
    <dc:date>1999</dc:date><dc:publisher>House</dc:publisher>
    <dc:description>&lt;p&gt;A &lt;b&gt;tale&lt;/b&gt; &amp;amp; more.&lt;/p&gt;</dc:description>"""
    read = read_book(Epub(ONE, metadata=metadata).write(tmp_path)).metadata
    assert read.title == "Main Title"
    assert read.creators == ("Ann Author", "Bob Writer")
    assert (read.language, read.identifier, read.date, read.publisher) == ("en-GB", "urn:isbn:1", "1999", "House")
    assert read.description == "A tale & more."


def test_metadata_of_epub_2(tmp_path: Path) -> None:
    metadata = """<dc:title>T</dc:title><dc:creator opf:role="edt">Ed Itor</dc:creator>
    <dc:creator opf:role="aut">Ann Author</dc:creator><dc:date opf:event="modification">2020</dc:date>
    <dc:date opf:event="publication">1901</dc:date>"""
    read = read_book(Epub(ONE, metadata=metadata).write(tmp_path)).metadata
    assert (read.creators, read.date) == (("Ann Author",), "1901")


SERIES_OF_EPUB_3 = """<meta property="belongs-to-collection" id="s">Lamps</meta>
<meta refines="#s" property="collection-type">series</meta><meta refines="#s" property="group-position">2.5</meta>"""
SET_OF_EPUB_3 = """<meta property="belongs-to-collection" id="l">A Hundred Best Novels</meta>
<meta refines="#l" property="collection-type">set</meta>
<meta property="belongs-to-collection" refines="#s">Outer</meta>"""
SERIES_OF_CALIBRE = """<meta name="calibre:series_index" content="2.0"/><meta name="calibre:series" content="Oil"/>"""


@pytest.mark.parametrize(
    ("metadata", "series"),
    [
        (SET_OF_EPUB_3 + SERIES_OF_EPUB_3, ("Lamps", "2.5")),
        (SERIES_OF_CALIBRE, ("Oil", "2")),
        (SERIES_OF_CALIBRE + SERIES_OF_EPUB_3, ("Lamps", "2.5")),
        (SET_OF_EPUB_3, ("", "")),
        ('<meta name="calibre:series_index" content="1.0"/>', ("", "")),
    ],
)
def test_the_series_and_the_place_in_it(tmp_path: Path, metadata: str, series: tuple[str, str]) -> None:
    read = read_book(Epub(ONE, metadata=METADATA + metadata).write(tmp_path)).metadata
    assert (read.series, read.series_index) == series


def test_what_a_catalogue_wants_to_know_of_epub_3(tmp_path: Path) -> None:
    metadata = """<dc:title id="s">With Oil</dc:title><meta refines="#s" property="title-type">subtitle</meta>
    <dc:title id="t">The Lamp</dc:title><meta refines="#t" property="title-type">main</meta>
    <meta refines="#t" property="file-as">Lamp, The</meta>
    <dc:creator id="a">Ann Author</dc:creator><meta refines="#a" property="file-as">Author, Ann</meta>
    <dc:creator id="b">Plato</dc:creator>
    <dc:identifier id="uid">urn:uuid:1</dc:identifier>
    <dc:identifier id="i">978-0-306-40615-7</dc:identifier>
    <meta refines="#i" property="identifier-type" scheme="onix:codelist5">15</meta>
    <dc:identifier>mobi-asin:B002RI9ORE</dc:identifier><dc:source>urn:isbn:0-306-40615-2</dc:source>
    <dc:subject>Fiction</dc:subject><dc:subject>Lamps</dc:subject><dc:subject>Fiction</dc:subject>
    <dc:rights>&lt;b&gt;Nobody's&lt;/b&gt;</dc:rights>"""
    read = read_book(Epub(ONE, metadata=metadata).write(tmp_path)).metadata
    assert (read.title, read.subtitle, read.title_sort) == ("The Lamp", "With Oil", "Lamp, The")
    assert (read.creators, read.creator_sort) == (("Ann Author", "Plato"), "Author, Ann; Plato")
    assert (read.identifier, read.isbn, read.asin) == ("urn:uuid:1", "9780306406157", "B002RI9ORE")
    assert (read.subjects, read.rights) == (("Fiction", "Lamps"), "Nobody's")


def test_what_a_catalogue_wants_to_know_of_epub_2(tmp_path: Path) -> None:
    metadata = """<dc:title>The Lamp</dc:title><meta name="calibre:title_sort" content="Lamp, The"/>
    <dc:creator opf:role="aut" opf:file-as="Author, Ann">Ann Author</dc:creator>
    <dc:creator opf:role="edt" opf:file-as="Itor, Ed">Ed Itor</dc:creator>
    <dc:identifier id="uid" opf:scheme="calibre">0306406152</dc:identifier>
    <dc:identifier opf:scheme="ISBN">0 306 40615 3</dc:identifier>
    <dc:identifier opf:scheme="ISBN">0306406152</dc:identifier>
    <dc:identifier opf:scheme="MOBI-ASIN">5b2f</dc:identifier>"""
    read = read_book(Epub(ONE, metadata=metadata).write(tmp_path)).metadata
    assert (read.title_sort, read.creator_sort) == ("Lamp, The", "Author, Ann")
    assert (read.isbn, read.asin, read.subtitle) == ("0306406152", "", ""), "a wrong check digit is no ISBN"


def test_a_book_that_says_little_has_empty_fields(tmp_path: Path) -> None:
    read = read_book(Epub(ONE).write(tmp_path)).metadata
    assert (read.subtitle, read.series, read.title_sort, read.creator_sort, read.isbn, read.asin) == ("",) * 6
    assert (read.subjects, read.rights) == ((), "")


class CountedStatements(tuple[Statement, ...]):
    """The package's statements, which count how often each was looked at."""

    looks = 0

    def __iter__(self) -> Iterator[Statement]:
        for statement in super().__iter__():
            self.looks += 1
            yield statement


def test_refinements_are_looked_up_not_searched_for_every_creator() -> None:
    creators = [Statement("creator", f"Author {number}", {"id": f"c{number}"}) for number in range(500)]
    roles = [
        Statement("meta", "aut" if number % 2 else "edt", {"refines": f"#c{number}", "property": "role"})
        for number in range(500)
    ]
    statements = CountedStatements([*creators, *roles])
    package = Package("book.opf", statements, "", (), (), "", (), ())
    assert len(read_metadata(package).creators) == 250
    assert statements.looks < 20 * len(statements)


def test_a_statement_without_an_id_is_not_what_an_empty_reference_refines(tmp_path: Path) -> None:
    metadata = """<dc:title>T</dc:title><dc:creator>Ann</dc:creator><dc:creator id="b">Bob</dc:creator>
    <meta refines="#" property="role">aut</meta><meta property="role">aut</meta>"""
    assert read_book(Epub(ONE, metadata=metadata).write(tmp_path)).metadata.creators == ("Ann", "Bob")


def test_creators_without_a_role_are_the_authors(tmp_path: Path) -> None:
    metadata = "<dc:title>T</dc:title><dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>"
    assert read_book(Epub(ONE, metadata=metadata).write(tmp_path)).metadata.creators == ("Ann", "Bob")


def test_a_book_without_metadata_is_called_by_its_file(tmp_path: Path) -> None:
    book = read_book(Epub(ONE, metadata="").write(tmp_path, "untitled.epub"))
    assert book.metadata.title == "untitled"
    assert any("title" in note for note in book.notes)


COVER = {"c.png": ('id="c" media-type="image/png"', PNG)}


@pytest.mark.parametrize(
    "epub",
    [
        Epub(ONE, others={"c.png": ('id="c" media-type="image/png" properties="cover-image"', PNG)}),
        Epub(ONE, others=COVER, metadata=METADATA + '<meta name="cover" content="c"/>'),
        Epub(ONE, others=COVER, metadata=METADATA + '<meta name="cover" content="c.png"/>'),
        Epub(
            ONE | {"front.xhtml": page('<img src="c.png"/>')},
            others=COVER,
            guide='<reference type="cover" href="front.xhtml"/>',
        ),
        Epub(ONE, others={"pics/Cover.PNG": ('id="x" media-type="image/png"', PNG)}),
    ],
)
def test_the_cover_is_found(tmp_path: Path, epub: Epub) -> None:
    assert read_book(epub.write(tmp_path)).cover == Image("image/png", PNG)


def test_a_covers_type_is_what_its_bytes_say(tmp_path: Path) -> None:
    epub = Epub(ONE, others={"c.png": ('id="c" media-type="image/png" properties="cover-image"', JPEG)})
    assert read_book(epub.write(tmp_path)).cover == Image("image/jpeg", JPEG)


def test_an_svg_cover_is_left_out_with_a_note(tmp_path: Path) -> None:
    epub = Epub(ONE, others={"c.svg": ('id="c" media-type="image/svg+xml" properties="cover-image"', b"<svg/>")})
    book = read_book(epub.write(tmp_path))
    assert book.cover is None
    assert "cover is SVG and was left out" in book.notes


def test_a_cover_that_cannot_be_unpacked_is_left_out_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 3000)
    large = {"c.png": ('id="c" media-type="image/png" properties="cover-image"', PNG + bytes(3000))}
    book = read_book(Epub(ONE, others=large).write(tmp_path))
    assert book.cover is None
    assert any(note.startswith("cover cannot be read") for note in book.notes)
