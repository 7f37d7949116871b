"""The book's own pronunciation lexicons (W3C PLS), as the pages link them or the package lists them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from lxml import etree

from pipeline.book import Lexeme
from pipeline.errors import UnsafeBook
from pipeline.ingest.elements import language, local_name, plain_text
from pipeline.ingest.markup import NotMarkupError, parse_xml
from pipeline.ingest.phonetics import ipa_of
from pipeline.languages import language_tag

LEXICON_TYPE = "application/pls+xml"
MAX_LEXICONS = 16  # real books have one a language
MAX_LEXICON_BYTES = 2 * 2**20  # some 20,000 entries; the largest published school dictionaries have 5,000
MAX_LEXEMES = 10_000  # in all lexicons together
MAX_WORDS_CHARS = 100  # of a name or phrase


class Lexicon(NamedTuple):
    """The entries of one lexicon, and what deserves a word."""

    lexemes: tuple[Lexeme, ...] = ()
    notes: tuple[str, ...] = ()


class LexiconLink(NamedTuple):
    """Where a page says a lexicon is, and for which language."""

    href: str
    language: str = ""


def lexicon_links(root: etree._Element) -> Iterator[LexiconLink]:
    """`<link rel="pronunciation" type="application/pls+xml" hreflang="…">` of a page."""
    for link in root.iter("{*}link"):
        if "pronunciation" in link.get("rel", "").lower().split() and link.get("href"):
            kind = link.get("type", LEXICON_TYPE).strip().lower()
            if kind == LEXICON_TYPE:
                yield LexiconLink(link.get("href", ""), language_tag(link.get("hreflang", "")))


def read_lexicon(data: bytes, file: str, linked_language: str = "") -> Lexicon:
    """The entries of one file. What is too large, broken or unsafe is passed over with a note."""
    if len(data) > MAX_LEXICON_BYTES:
        return Lexicon(notes=(f"{file}: a lexicon of {len(data):,} bytes was passed over",))
    try:
        root = parse_xml(data).root
    except (NotMarkupError, UnsafeBook) as error:
        return Lexicon(notes=(f"{file}: the lexicon cannot be read ({error})",))
    spoken_in = language(root) or linked_language
    alphabet = root.get("alphabet", "ipa")
    lexemes: dict[Lexeme, None] = {}
    passed_over = 0
    for entry in root.iter("{*}lexeme"):
        said = _said(entry, alphabet)
        words = list(_words(entry))
        passed_over += not words or said is None
        if said is not None:
            lexemes |= dict.fromkeys(
                replace(said, words=one, language=spoken_in, is_cased=_has_case(one)) for one in words
            )
    notes = (f"{file}: {passed_over} entries of the lexicon say nothing usable and were passed over",)
    return Lexicon(tuple(lexemes), notes if passed_over else ())


def joined(lexicons: Iterable[Lexicon]) -> Lexicon:
    """All of a book's lexicons as one: the first word on a name counts, and there are not more than a book can have."""
    lexemes: dict[tuple[str, str], Lexeme] = {}
    notes: list[str] = []
    for lexicon in lexicons:
        notes += lexicon.notes
        for lexeme in lexicon.lexemes:
            lexemes.setdefault((lexeme.words, lexeme.language), lexeme)
    if len(lexemes) > MAX_LEXEMES:
        notes.append(f"the lexicons have {len(lexemes):,} entries; the first {MAX_LEXEMES:,} were taken")
    return Lexicon(tuple(lexemes.values())[:MAX_LEXEMES], tuple(notes))


def _said(entry: etree._Element, alphabet: str) -> Lexeme | None:
    """How an entry's words are said, without the words; None if it says nothing, or only for one part of speech."""
    if entry.get("role"):
        return None  # "read" as a verb: the text does not tell which one it is
    ipa = _first(
        ipa_of(plain_text(phoneme), phoneme.get("alphabet", alphabet)) for phoneme in _preferred(entry, "phoneme")
    )
    say = _first(plain_text(alias) for alias in _preferred(entry, "alias"))
    return Lexeme("", ipa, say) if ipa or say else None


def _first(said: Iterable[str]) -> str:
    return next(filter(None, said), "")


def _preferred(entry: etree._Element, name: str) -> Sequence[etree._Element]:
    """An entry's children of that name, those it prefers first."""
    children = [child for child in entry if local_name(child) == name]
    return sorted(children, key=lambda child: child.get("prefer", "").lower() != "true")


def _words(entry: etree._Element) -> Iterator[str]:
    for grapheme in entry:
        words = plain_text(grapheme) if local_name(grapheme) == "grapheme" else ""
        if words and len(words) <= MAX_WORDS_CHARS:
            yield words


def _has_case(words: str) -> bool:
    """Whether capitals are part of the words: "Nice" is not "nice", while "tomato" may begin a sentence."""
    return words != words.lower()
