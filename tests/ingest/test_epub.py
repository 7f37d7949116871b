"""Containers: contents, chapters, and the faults real books have."""

import zipfile
from pathlib import Path

import pytest

from pipeline.book import Book
from pipeline.errors import BookNotFound, DamagedBook, EmptyBook, UnknownFormat
from pipeline.ingest import read_book
from tests.ingest.epubs import Epub, nav, ncx, page, point

ONE = {"a.xhtml": page("<h1>One</h1><p>Text.</p>")}
TWO = ONE | {"b.xhtml": page("<h1>Two</h1><p>More.</p>")}
THREE_IN_ONE = {
    "all.xhtml": page(
        '<h2 id="lamp">The Lamp</h2><p>A.</p><h2><a id="letter"/>The Letter</h2><p>B.</p>'
        '<a id="boat"/><h2>The Boat</h2><p>C.</p>'
    )
}


def titles(book: Book) -> list[tuple[str, int]]:
    return [(chapter.title, chapter.depth) for chapter in book.chapters]


def texts(book: Book) -> list[list[str]]:
    return [[block.text for block in chapter.blocks] for chapter in book.chapters]


def test_chapters_of_the_nav_have_its_titles_and_depths(tmp_path: Path) -> None:
    contents = page(
        '<nav epub:type="page-list"><ol><li><a href="b.xhtml">9</a></li></ol></nav>'
        '<nav epub:type="toc"><h2>Contents</h2><ol><li><a href="a.xhtml"> One\n <i>(first)</i></a>'
        '<ol><li><a href="b.xhtml">Two</a></li></ol></li></ol></nav>'
    )
    book = read_book(Epub(TWO, nav=contents).write(tmp_path))
    assert titles(book) == [("One (first)", 1), ("Two", 2)]
    assert texts(book) == [["One", "Text."], ["Two", "More."]]
    assert book.notes == ()


def test_unlinked_headings_of_the_contents_only_deepen(tmp_path: Path) -> None:
    contents = page(
        '<nav epub:type="toc"><ol><li><span>Part</span><ol><li><a href="a.xhtml">X</a></li></ol></li></ol></nav>'
    )
    assert titles(read_book(Epub(ONE, nav=contents).write(tmp_path))) == [("X", 2)]


def test_a_nav_without_a_type_still_counts(tmp_path: Path) -> None:
    contents = page('<nav><ol><li><a href="a.xhtml">X</a></li></ol></nav>')
    assert titles(read_book(Epub(ONE, nav=contents).write(tmp_path))) == [("X", 1)]


def test_the_ncx_counts_where_there_is_no_nav(tmp_path: Path) -> None:
    contents = ncx(point("One", "a.xhtml", point("Two", "b.xhtml")))
    assert titles(read_book(Epub(TWO, ncx=contents).write(tmp_path))) == [("One", 1), ("Two", 2)]


def test_an_empty_nav_gives_way_to_the_ncx(tmp_path: Path) -> None:
    contents = ncx(point("One", "a.xhtml"))
    book = read_book(Epub(ONE, nav=nav(), ncx=contents).write(tmp_path))
    assert titles(book) == [("One", 1)]
    assert "OEBPS/nav.xhtml: the table of contents has no entries" in book.notes


def test_fragments_cut_one_file_into_chapters(tmp_path: Path) -> None:
    links = (("The Lamp", "all.xhtml#lamp"), ("The Letter", "all.xhtml#letter"), ("The Boat", "all.xhtml#boat"))
    book = read_book(Epub(THREE_IN_ONE, nav=nav(*links)).write(tmp_path))
    assert texts(book) == [["The Lamp", "A."], ["The Letter", "B."], ["The Boat", "C."]]


def test_entries_out_of_order_are_put_in_reading_order(tmp_path: Path) -> None:
    links = (("The Boat", "all.xhtml#boat"), ("The Lamp", "all.xhtml#lamp"))
    book = read_book(Epub(THREE_IN_ONE, nav=nav(*links)).write(tmp_path))
    assert [title for title, _ in titles(book)] == ["The Lamp", "The Boat"]


def test_a_part_at_the_place_of_its_first_chapter_is_no_chapter(tmp_path: Path) -> None:
    contents = ncx(point("Part", "a.xhtml", point("One", "a.xhtml") + point("Two", "b.xhtml")))
    book = read_book(Epub(TWO, ncx=contents).write(tmp_path))
    assert titles(book) == [("One", 2), ("Two", 2)]
    assert any("“Part” has no text" in note for note in book.notes)


def test_text_before_the_first_entry_opens_the_first_chapter(tmp_path: Path) -> None:
    pages = {"front.xhtml": page("<h1>The Book</h1><p>by Ann</p>")} | TWO
    book = read_book(Epub(pages, nav=nav(("One", "a.xhtml"), ("Two", "b.xhtml"))).write(tmp_path))
    assert texts(book) == [["The Book", "by Ann", "One", "Text."], ["Two", "More."]]


def test_a_long_text_before_the_first_entry_is_a_chapter(tmp_path: Path) -> None:
    pages = {"front.xhtml": page("<h1>Foreword</h1><p>" + "word " * 6000 + "</p>")} | ONE
    book = read_book(Epub(pages, nav=nav(("One", "a.xhtml"))).write(tmp_path))
    assert [title for title, _ in titles(book)] == ["Foreword", "One"]


def parts(book: Book) -> list[tuple[str, bool]]:
    return [(chapter.title, chapter.begins_part) for chapter in book.chapters]


FIVE = {f"{name}.xhtml": page(f"<p>{name}</p>") for name in "abcde"}


def test_a_part_with_a_page_of_its_own_begins_there(tmp_path: Path) -> None:
    first = point("I", "a.xhtml", point("One", "b.xhtml"))
    second = point("II", "c.xhtml", point("Two", "d.xhtml"))
    book = read_book(Epub(FIVE, ncx=ncx(first + second + point("After", "e.xhtml"))).write(tmp_path))
    assert parts(book) == [("I", False), ("One", False), ("II", True), ("Two", False), ("After", False)]


def test_a_part_without_one_begins_with_its_first_chapter(tmp_path: Path) -> None:
    first = point("I", "b.xhtml", point("One", "b.xhtml") + point("Two", "c.xhtml"))
    second = point("II", "d.xhtml", point("i", "d.xhtml", point("Three", "d.xhtml")) + point("Four", "e.xhtml"))
    book = read_book(Epub(FIVE, ncx=ncx(point("Preface", "a.xhtml") + first + second)).write(tmp_path))
    assert parts(book) == [("Preface", False), ("One", False), ("Two", False), ("Three", True), ("Four", False)]
    assert [chapter.depth for chapter in book.chapters] == [1, 2, 2, 3, 2]


def test_a_part_that_is_a_name_in_the_contents_alone_begins_with_its_first_chapter(tmp_path: Path) -> None:
    def item(name: str, file: str) -> str:
        return f'<li><a href="{file}.xhtml">{name}</a></li>'

    first = f"<li><span>I</span><ol>{item('One', 'b')}{item('Two', 'c')}</ol></li>"
    second = f"<li>II<!-- two --><ol><li><span>i</span><ol>{item('Three', 'd')}</ol></li>{item('Four', 'e')}</ol></li>"
    nameless = f"<li><ol>{item('Zero', 'a')}</ol></li>"
    contents = page(f'<nav epub:type="toc"><ol>{nameless}{first}{second}</ol></nav>')
    book = read_book(Epub(FIVE, nav=contents).write(tmp_path))
    assert parts(book) == [("Zero", False), ("One", True), ("Two", False), ("Three", True), ("Four", False)]


def test_a_title_is_the_books_where_its_contents_or_a_heading_give_it(tmp_path: Path) -> None:
    def told(epub: Epub) -> list[tuple[str, bool]]:
        return [(chapter.title, chapter.is_titled) for chapter in read_book(epub.write(tmp_path)).chapters]

    bare = {"a.xhtml": page("<p>a</p>"), "b.xhtml": page("<p>b</p>")}
    assert told(Epub(bare, nav=nav(("I", "a.xhtml"), ("", "b.xhtml")))) == [("I", True), ("2", False)]
    assert told(Epub(TWO, nav=nav(("", "a.xhtml"), ("", "b.xhtml")))) == [("One", True), ("Two", True)]
    assert told(Epub(TWO)) == [("One", True), ("Two", True)]
    assert told(Epub(bare)) == [("1", False), ("2", False)]
    assert told(Epub({"a.xhtml": page("<p>a</p>")})) == [("A Test", False)]


def test_files_the_contents_do_not_name_go_on_with_the_chapter_before(tmp_path: Path) -> None:
    pages = TWO | {"c.xhtml": page("<h1>Three</h1><p>The end.</p>")}
    book = read_book(Epub(pages, nav=nav(("One", "a.xhtml"), ("Three", "c.xhtml"))).write(tmp_path))
    assert texts(book) == [["One", "Text.", "Two", "More."], ["Three", "The end."]]


def test_contents_that_name_only_the_start_give_way_to_the_headings(tmp_path: Path) -> None:
    book = read_book(Epub(TWO, nav=nav(("Start", "a.xhtml"))).write(tmp_path))
    assert texts(book) == [["One", "Text."], ["Two", "More."]]
    assert any("Start" in note for note in book.notes)


def test_no_more_notes_than_anybody_reads(tmp_path: Path) -> None:
    links = [(f"Entry {number}", f"a.xhtml#none{number}") for number in range(500)]
    book = read_book(Epub(TWO, nav=nav(*links)).write(tmp_path))
    assert len(book.notes) == 101
    assert "more notes" in book.notes[-1]


def test_entries_to_nowhere_are_noted(tmp_path: Path) -> None:
    links = (("One", "a.xhtml#gone"), ("Lost", "lost.xhtml"), ("Web", "https://example.org/"))
    book = read_book(Epub(ONE, nav=nav(*links)).write(tmp_path))
    assert titles(book) == [("One", 1)]
    assert [note.split("”")[0] for note in book.notes] == [f"contents entry “{name}" for name in ("One", "Lost", "Web")]


@pytest.mark.parametrize("href", ["my%20page.xhtml", "My Page.XHTML", "./x/../my page.xhtml"])
def test_hrefs_are_unquoted_normalised_and_found_whatever_their_case(tmp_path: Path, href: str) -> None:
    book = read_book(Epub({"my page.xhtml": page("<p>a</p>")}, nav=nav(("X", href))).write(tmp_path))
    assert titles(book) == [("X", 1)]


def test_without_contents_headings_make_the_chapters(tmp_path: Path) -> None:
    pages = {"t.xhtml": page("<h1>Title</h1>"), "a.xhtml": page("<h2>One</h2><p>a</p><h2>Two</h2><h3>x</h3><p>b</p>")}
    book = read_book(Epub(pages).write(tmp_path))
    assert titles(book) == [("One", 1), ("Two", 1)]
    assert any("no table of contents" in note for note in book.notes)


def test_without_headings_files_make_the_chapters(tmp_path: Path) -> None:
    pages = {
        "a.xhtml": page("<p>a</p>", title="First"),
        "b.xhtml": page("<h4>Second</h4><p>b</p>"),
        "c.xhtml": page("<p>c</p>", title="Same"),
        "d.xhtml": page("<p>d</p>", title="Same"),
    }
    book = read_book(Epub(pages).write(tmp_path))
    assert [title for title, _ in titles(book)] == ["First", "Second", "3", "4"]


def test_one_file_without_anything_is_one_chapter_of_the_books_name(tmp_path: Path) -> None:
    assert titles(read_book(Epub({"a.xhtml": page("<p>a</p>")}).write(tmp_path))) == [("A Test", 1)]


def test_the_nav_in_the_reading_order_is_not_spoken(tmp_path: Path) -> None:
    epub = Epub(ONE, nav=nav(("One", "a.xhtml")), spine='<itemref idref="nav"/>')
    book = read_book(epub.write(tmp_path))
    assert dict(book.coverage.excluded_chars) == {"navigation": 3}


@pytest.mark.parametrize(("links", "rules"), [([("One", "a.xhtml")], {"non-linear": 8}), ([("Two", "b.xhtml")], {})])
def test_a_non_linear_file_is_read_if_the_contents_name_it(
    tmp_path: Path, links: list[tuple[str, str]], rules: dict[str, int]
) -> None:
    book = read_book(Epub(TWO, nav=nav(*links), non_linear=["b.xhtml"]).write(tmp_path))
    assert dict(book.coverage.excluded_chars) == rules


def test_faults_of_the_package_are_survived_and_noted(tmp_path: Path) -> None:
    epub = Epub(
        ONE,
        manifest='<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>',
        spine='<itemref idref="gone"/><itemref idref="never"/><itemref idref="page0"/>',
    )
    book = read_book(epub.write(tmp_path))
    assert texts(book) == [["One", "Text."]]
    assert [fault for fault in ("gone.xhtml", "“never”", "twice") if any(fault in note for note in book.notes)] == [
        "gone.xhtml",
        "“never”",
        "twice",
    ]


def test_a_spine_that_names_a_missing_ncx_is_no_obstacle(tmp_path: Path) -> None:
    epub = Epub(ONE, ncx="")
    package = epub.package().replace("<spine>", '<spine toc="ncx">')
    book = read_book(Epub(ONE, raw={"OEBPS/book.opf": package.encode()}).write(tmp_path))
    assert any("“ncx”" in note for note in book.notes)


def test_no_container_no_namespace_no_spine(tmp_path: Path) -> None:
    package = (
        "<package><metadata><title>Plain</title></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest></package>'
    )
    raw = {"META-INF/container.xml": b"", "OEBPS/book.opf": package.encode()}
    book = read_book(Epub(ONE, raw=raw).write(tmp_path))
    assert (book.metadata.title, texts(book)) == ("Plain", [["One", "Text."]])
    assert len(book.notes) >= 3


def test_an_empty_document_is_noted(tmp_path: Path) -> None:
    book = read_book(Epub(ONE | {"b.xhtml": b""}).write(tmp_path))
    assert any(note.startswith("OEBPS/b.xhtml") for note in book.notes)


def test_a_document_of_bad_markup_is_read_and_noted(tmp_path: Path) -> None:
    book = read_book(Epub({"a.xhtml": b"<html><body><p>one<p>two & three</body>"}).write(tmp_path))
    assert texts(book) == [["one", "two & three"]]
    assert any(note.startswith("OEBPS/a.xhtml: not well-formed") for note in book.notes)


def test_scene_breaks_at_the_ends_of_a_chapter_go(tmp_path: Path) -> None:
    pages = {"a.xhtml": page("<hr/><p>a</p><hr/><p>b</p><hr/>"), "b.xhtml": page("<p>c</p>")}
    book = read_book(Epub(pages, nav=nav(("A", "a.xhtml"), ("B", "b.xhtml"))).write(tmp_path))
    assert texts(book) == [["a", "", "b"], ["c"]]


def test_a_book_of_pictures_is_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyBook):
        read_book(Epub({"a.xhtml": page('<img src="a.png" alt="a"/>')}).write(tmp_path))


def test_a_zip_that_is_no_epub(tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("letter.txt", "Dear Ann")
    with pytest.raises(DamagedBook, match="not an EPUB"):
        read_book(path)


def test_an_unreadable_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedBook, match=r"book\.epub, OEBPS/book\.opf"):
        read_book(Epub(ONE, raw={"OEBPS/book.opf": b""}).write(tmp_path))


def test_what_is_not_there_and_what_is_not_a_book(tmp_path: Path) -> None:
    with pytest.raises(BookNotFound):
        read_book(tmp_path / "none.epub")
    with pytest.raises(UnknownFormat):
        read_book(tmp_path / "none.pdf")
