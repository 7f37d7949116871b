"""Broken and hostile markup: read whole, or refused with a reason."""

import time
from itertools import pairwise

import pytest

from pipeline.errors import UnsafeBook
from pipeline.ingest.markup import NotMarkupError, all_text, parse_xhtml, parse_xml


def text_of(source: str | bytes) -> str:
    data = source if isinstance(source, bytes) else source.encode()
    return all_text(parse_xhtml(data).root)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Caf&eacute;&nbsp;&mdash; yes</p>", "Café\xa0— yes"),
        ("<p>a &amp; b &lt; c &#8212; &#x2014;</p>", "a & b < c — —"),
        ("<p>left & right &unknown for good</p>", "left & right &unknown for good"),
        ("<p>&nosuch; stays</p>", "&nosuch; stays"),
        ("<p>old &copy 1900</p>", "old © 1900"),
        ("<p>&#150;&#146;</p>", "–’"),
        ("<p>&#0;&#xD800;&#99999999;b</p>", "\ufffd\ufffd\ufffdb"),
        ("<p><![CDATA[a & b &eacute;]]></p>", "a & b &eacute;"),
        ("<p>a\x00b\x0bc</p>", "abc"),
        ("<p>a<!-- no --><?pi no?>b</p>", "ab"),
    ],
)
def test_references_become_characters_and_nothing_after_them_is_lost(source: str, text: str) -> None:
    assert text_of(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "<html><body><p>one<p>two<br>three</body></html>",
        "<html><body><p>one <i>two <b>three</i></b></p></body></html>",
        "<html><body><p>one</p></div><p>two</p><p>three</p></body></html>",
        "<html><body><p>one</p><p>two</p></body></html><p>three</p>",
        "<html><body><p>one</p><p class=x>two</p><p a=1 a=2>three</p>",
        "<html><body><p>one <nope:x>two</nope:x> three",
    ],
)
def test_what_is_not_well_formed_is_read_whole_and_noted(source: str) -> None:
    parsed = parse_xhtml(source.encode())
    assert all_text(parsed.root).split() == ["one", "two", "three"] or "onetwothree" in all_text(parsed.root)
    assert len(parsed.repairs) == 1


def test_a_stray_less_than_sign_loses_nothing() -> None:
    assert text_of("<html><body><p>1 < 2 and so on</p><p>end</p></body></html>").endswith("1 < 2 and so onend")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>é</p>".encode("utf-8-sig"), "é"),
        ("<p>é</p>".encode("utf-16"), "é"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><p>é</p>'.encode("latin-1"), "é"),
        ('<?xml version="1.0" encoding="no-such"?><p>é</p>'.encode(), "é"),
        ("<p>“é”</p>".encode("cp1252"), "“é”"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert text_of(data) == text


def test_a_guessed_encoding_is_noted() -> None:
    assert "Windows-1252" in parse_xhtml("<p>“é”</p>".encode("cp1252")).repairs[0]


def test_billion_laughs_expand_to_nothing() -> None:
    names = [f"l{number}" for number in range(30)]
    entities = '<!ENTITY l0 "ha]>">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)
    )
    started = time.perf_counter()
    assert text_of(f"<!DOCTYPE p [{entities}]><p>a&l29;b</p>") == "a&l29;b"
    assert time.perf_counter() - started < 1


def test_external_entities_are_not_fetched(tmp_path: object) -> None:
    source = '<!DOCTYPE p SYSTEM "file:///no/such.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>a&x;b</p>'
    assert text_of(source) == "a&x;b"


def test_a_quote_in_a_comment_of_the_dtd_is_no_string() -> None:
    assert text_of("<!DOCTYPE p [<!-- don't ]> --> <!ENTITY x 'y'>]><p>a</p>") == "a"


def test_too_deep_is_refused_rather_than_cut() -> None:
    with pytest.raises(UnsafeBook):
        parse_xhtml(("<div>a" * 5000 + "</div>" * 5000).encode())


@pytest.mark.parametrize("data", [b"", b"   ", b"\xef\xbb\xbf"])
def test_nothing_is_not_markup(data: bytes) -> None:
    with pytest.raises(NotMarkupError):
        parse_xml(data)
