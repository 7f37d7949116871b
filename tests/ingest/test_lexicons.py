"""The book's own lexicons: bounded, never fatal, the first word on a name counting."""

import pytest

from pipeline.book import Lexeme
from pipeline.ingest import lexicons
from pipeline.ingest.lexicons import Lexicon, joined, lexicon_links, read_lexicon
from pipeline.ingest.markup import parse_xhtml
from tests.ingest.epubs import page


def pls(entries: str, attributes: str = 'alphabet="ipa" xml:lang="en"') -> bytes:
    namespace = "http://www.w3.org/2005/01/pronunciation-lexicon"
    return f'<lexicon version="1.0" xmlns="{namespace}" {attributes}>{entries}</lexicon>'.encode()


def entry(words: str, said: str) -> str:
    return f"<lexeme><grapheme>{words}</grapheme>{said}</lexeme>"


def test_words_with_capitals_are_taken_as_written() -> None:
    read = read_lexicon(pls(entry("Nice", "<alias>Neece</alias>") + entry("lead", "<alias>led</alias>")), "a.pls")
    assert [(lexeme.words, lexeme.is_cased) for lexeme in read.lexemes] == [("Nice", True), ("lead", False)]


def test_the_lexicons_own_language_goes_before_the_links() -> None:
    data = entry("x", "<alias>y</alias>")
    assert read_lexicon(pls(data), "a.pls", "fr").lexemes[0].language == "en"
    assert read_lexicon(pls(data, 'alphabet="ipa"'), "a.pls", "fr").lexemes[0].language == "fr"


def test_an_alphabet_of_its_own_goes_before_the_lexicons() -> None:
    data = pls(entry("x", '<phoneme alphabet="x-sampa">SI</phoneme>'))
    assert read_lexicon(data, "a.pls").lexemes[0].ipa == "ʃɪ"


@pytest.mark.parametrize(
    "data",
    [b"", b"no markup", b"<lexicon>" + b"<lexeme>" * 5_000, pls("") + bytes(lexicons.MAX_LEXICON_BYTES)],
    ids=["empty", "text", "too deep", "too large"],
)
def test_what_cannot_be_read_is_passed_over_with_a_note(data: bytes) -> None:
    read = read_lexicon(data, "a.pls")
    assert read.lexemes == ()
    assert len(read.notes) == 1


def test_the_number_of_entries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicons, "MAX_LEXEMES", 3)
    whole = joined([Lexicon(tuple(Lexeme(f"w{number}", say="x") for number in range(10)))])
    assert [lexeme.words for lexeme in whole.lexemes] == ["w0", "w1", "w2"]
    assert "10 entries" in whole.notes[0]


def test_long_words_are_no_words() -> None:
    assert read_lexicon(pls(entry("x" * 101, "<alias>y</alias>")), "a.pls").lexemes == ()


def test_links_of_a_page() -> None:
    head = (
        '<link rel="pronunciation" type="application/pls+xml" href="a.pls" hreflang="fra"/>'
        '<link rel="stylesheet" href="b.css"/><link rel="pronunciation" type="text/plain" href="c.txt"/>'
    )
    root = parse_xhtml(page("<p>x</p>").replace("</head>", head + "</head>").encode()).root
    assert list(lexicon_links(root)) == [("a.pls", "fr")]
