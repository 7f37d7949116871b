"""An EPUB 2 with everything EPUB 3 has no more comes out as EPUB 3, its words untouched; what is broken stays."""

import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from pipeline.ingest import read_book
from pipeline.readalong.epub import write_epub
from pipeline.readalong.pages import page_of
from pipeline.readalong.upgrade import upgrade_page
from tests.readalong.made_up import made_up, silent_sounds

_XHTML = "http://www.w3.org/1999/xhtml"

_OLD_PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="uid">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:dcterms="http://purl.org/dc/terms/">
<dc:title>Old &amp; Good</dc:title><dc:creator opf:role="aut" opf:file-as="Author, Ann">Ann Author</dc:creator>
<dc:language xsi:type="dcterms:RFC4646">en</dc:language>
<dc:identifier id="uid" opf:scheme="UUID">urn:x:1</dc:identifier>
<dc:date opf:event="publication">1999-05-06</dc:date><dc:date opf:event="modification">2001-01-01</dc:date>
<dc:subject></dc:subject><meta name="cover" content="img"/></metadata>
<manifest><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="a" href="a.html" media-type="application/xhtml+xml"/>
<item id="b" href="b%20c.html" media-type="application/xhtml+xml"/>
<item id="img" href="cover.png" media-type="image/png"/></manifest>
<spine toc="ncx"><itemref idref="a"/><itemref idref="b"/></spine>
<guide><reference type="text" title="Start" href="a.html"/></guide></package>"""

_OLD_NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">
<head><meta name="dtb:uid" content="urn:x:1"/></head><docTitle><text>Old</text></docTitle>
<navMap><navPoint id="n1" playOrder="1"><navLabel><text>One</text></navLabel><content src="a.html"/>
<navPoint id="n2" playOrder="2"><navLabel><text>Inside</text></navLabel><content src="a.html#here"/></navPoint>
</navPoint>
<navPoint id="n3" playOrder="3"><navLabel><text>Two</text></navLabel><content src="b%20c.html"/></navPoint>
</navMap></ncx>"""

_OLD_PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head>
<meta http-equiv="Content-Type" content="application/xhtml+xml; charset=utf-8"/><title></title></head><body>
<h1>One</h1><p>First &mdash; <big>large</big> and <tt>typed</tt>. Second <acronym title="x">abbr</acronym>.</p>
<h2><a name="old" id="here"></a>Inside</h2>
<table border="1" cellpadding="3" summary="none" width="80%"><tr valign="top"><td align="right">A cell.</td>
<td nowrap="nowrap">Another cell. With two sentences.</td></tr></table>
<hr width="50%" size="2"/><p><img src="cover.png" alt="Cover" longdesc="a.html" height="1" width="1"/> Last.</p>
</body></html>"""

_PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q"
    b"\0\0\0\0IEND\xaeB`\x82"
)


def _old(folder: Path, **pages: str) -> Path:
    path = folder / "old.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="O/p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        archive.writestr("O/p.opf", _OLD_PACKAGE)
        archive.writestr("O/toc.ncx", _OLD_NCX)
        archive.writestr("O/a.html", pages.get("first", _OLD_PAGE))
        archive.writestr("O/b c.html", pages.get("second", _OLD_PAGE.replace(">One<", ">Two<")))
        archive.writestr("O/cover.png", _PNG)
    return path


def _read_along(source: Path, folder: Path) -> Path:
    book = read_book(source)
    edition = made_up(book)
    path = folder / "read-along.epub"
    write_epub(path, edition, book, silent_sounds(edition, folder), source=source)
    return path


def _package(path: Path) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read("O/p.opf"))


def test_statements_become_those_of_epub_3(tmp_path: Path) -> None:
    package = _package(_read_along(_old(tmp_path), tmp_path))
    said = {(meta.get("property"), meta.text) for meta in package.iter("{*}meta")}
    assert {("role", "aut"), ("file-as", "Author, Ann"), ("dcterms:modified", "1999-05-06T00:00:00Z")} <= said
    assert [date.text for date in package.iter("{*}date")] == ["1999-05-06"]
    assert not list(package.iter("{*}subject"))
    [cover] = [item for item in package.iter("{*}item") if "cover-image" in item.get("properties", "")]
    assert cover.get("id") == "img"


def test_the_contents_keep_their_depth(tmp_path: Path) -> None:
    with zipfile.ZipFile(_read_along(_old(tmp_path), tmp_path)) as archive:
        nav = etree.fromstring(archive.read("O/read-along/contents.xhtml"))
    links = [(link.text, link.get("href"), len(list(link.iterancestors("{*}ol")))) for link in nav.iter("{*}a")]
    assert links == [("One", "../a.html", 1), ("Inside", "../a.html#here", 2), ("Two", "../b%20c.html", 1)]


def test_looks_become_styles() -> None:
    page = page_of(_OLD_PAGE.encode())
    assert page is not None
    before = page.text
    upgrade_page(page, title="Old & Good")
    assert page.text == before
    by_tag = {
        tag: page.root.find(f".//{{{_XHTML}}}{tag}") for tag in ("table", "tr", "td", "hr", "img", "abbr", "title")
    }
    assert by_tag["table"].attrib == {"style": "border: 1px solid; width: 80%"}
    assert by_tag["tr"].get("style") == "vertical-align: top"
    assert by_tag["td"].attrib == {"style": "text-align: right"}
    assert by_tag["hr"].attrib == {"style": "width: 50%"}
    assert by_tag["img"].attrib == {"src": "cover.png", "alt": "Cover", "height": "1", "width": "1"}
    assert by_tag["abbr"].text == "abbr"
    assert by_tag["title"].text == "Old & Good"
    assert page.root.find(f".//{{{_XHTML}}}meta") is None


def test_a_page_that_is_not_well_formed_is_left_as_it_is(tmp_path: Path) -> None:
    broken = "<html><body><p>Not <b>closed. Nor this.</p></body></html>"
    path = _read_along(_old(tmp_path, second=broken), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("O/b c.html").decode() == broken
        assert len([name for name in archive.namelist() if name.endswith(".smil")]) == 1


def test_overlays_of_another_reading_make_room(tmp_path: Path) -> None:
    first = _read_along(_old(tmp_path), tmp_path)
    (tmp_path / "again").mkdir()
    second = _read_along(first.rename(tmp_path / "first.epub"), tmp_path / "again")
    package = _package(second)
    smils = [item.get("href") for item in package.iter("{*}item") if item.get("media-type") == "application/smil+xml"]
    with zipfile.ZipFile(second) as archive:
        assert {f"O/{href}" for href in smils} == {name for name in archive.namelist() if name.endswith(".smil")}
    totals = [meta for meta in package.iter("{*}meta") if meta.get("property") == "media:duration"]
    assert len([meta for meta in totals if not meta.get("refines")]) == 1


def test_credits_that_are_spoken_stand_on_no_page(tmp_path: Path) -> None:
    source = _old(tmp_path)
    book = read_book(source)
    edition = made_up(book)
    opening = edition.timeline.chapters[0].model_copy(update={"number": 0})
    timeline = edition.timeline.model_copy(update={"chapters": [opening, *edition.timeline.chapters[1:]]})
    edition = replace(edition, timeline=timeline)
    write_epub(tmp_path / "x.epub", edition, book, silent_sounds(edition, tmp_path), source=source)
    with zipfile.ZipFile(tmp_path / "x.epub") as archive:
        sounds = [name for name in archive.namelist() if name.endswith(".mp3")]
    assert len(sounds) == len(edition.timeline.chapters) - 1


def test_epubcheck_has_no_error(tmp_path: Path) -> None:
    checker = shutil.which("epubcheck")
    if checker is None or shutil.which("java") is None:
        pytest.skip("epubcheck is not installed (apt-get install epubcheck)")
    path = _read_along(_old(tmp_path), tmp_path)
    done = subprocess.run(
        ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", checker, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Messages: 0 fatals / 0 errors" in done.stdout + done.stderr, done.stdout + done.stderr
