"""What a line says aloud: the words of the page where a voice would misread its typography.

A block keeps its display text; this derives the text a voice is given. Each rule is small, has a reason, and touches
only what it was written for: whole tokens, never letters inside a word. Rules every voice needs come first; the others
apply where a model profile asks for them (`normalise`).
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pipeline.book import Kind


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know of a line beyond its text: its kind, and its language as a primary tag (`en`)."""

    kind: Kind
    language: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`need` is the word by which a model profile asks for the rule; empty: every voice gets it."""

    name: str
    reason: str
    apply: Callable[[str, Context], str]
    need: str = ""


def spoken_text(text: str, context: Context, *, needs: Collection[str] = ()) -> str:
    """`text` as a voice is to be given it. Idempotent for texts no rule applies to, which is nearly all."""
    for rule in RULES:
        if not rule.need or rule.need in needs:
            text = rule.apply(text, context)
    return text


def _ellipses(text: str, _: Context) -> str:
    return re.sub(r"(?<![.\w])\.(?: ?\.){2,3}(?!\.)|(?<=\w) ?\.(?: ?\.){2,3}(?!\.)", "…", text)


def _dashes(text: str, _: Context) -> str:
    text = re.sub(r"(?<=[^\W\d_])-{2,3}(?=[^\W\d_“‘\"'])", " — ", text)
    return re.sub(r"(?<![-<!])-{2,3}(?![->])", "—", text)


_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>«»“”\"()\[\]{}]+", re.IGNORECASE)


def _addresses(text: str, context: Context) -> str:
    text = _URL.sub(lambda match: _spoken_url(match.group()), text)
    at = _AT.get(context.language, " @ ")
    return re.sub(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b", lambda match: f"{match[1]}{at}{match[2]}", text)


def _spoken_url(url: str) -> str:
    """Host and path without the scheme, `www.`, query and closing slash; punctuation after it stays."""
    address = url.rstrip(".,;:!?…'’")
    host_and_path = re.sub(r"^(?:https?://)?(?:www\.)?", "", address, flags=re.IGNORECASE)
    return re.split(r"[?#]", host_and_path)[0].rstrip("/") + url[len(address) :]


_AT: Mapping[str, str] = {
    "en": " at ", "de": " ät ", "fr": " arobase ", "es": " arroba ", "pt": " arroba ", "it": " chiocciola ",
    "nl": " apenstaartje ", "ru": " собака ", "pl": " małpa ",
}  # fmt: skip  # one language a line would hide what this is


def _initials(text: str, _: Context) -> str:
    """Two or more: one alone may end a sentence ("Plan B. Then …")."""
    return re.sub(
        r"\b(?:[^\W\d_]\. ?){2,}(?=[^\W\d_]{2})",
        lambda match: re.sub(r"\. ?", " ", match.group()) if match.group().isupper() else match.group(),
        text,
    )


def _capital_headings(text: str, context: Context) -> str:
    if context.kind is not Kind.HEADING or not text.isupper() or max(map(len, re.findall(r"\w+", text))) < 4:
        return text
    return re.sub(r"[^\W\d_]+(?:[’'][^\W\d_]+)*", lambda match: _lowered(match.group()), text)


def _lowered(word: str) -> str:
    """A capital and small letters, but for figures and for what has no vowel to be read by (`BBC`)."""
    is_initialism = word.isascii() and len(word) > 1 and not re.search(r"[AEIOUY]", word)
    return word if is_initialism or roman_value(word) else word[0] + word[1:].lower()


_DIVISIONS = frozenset(
    """
    chapter part book volume canto act scene section letter stave fable tale sonnet psalm
    chapitre partie livre tome acte scène chant lettre
    kapitel teil buch band akt aufzug auftritt szene gesang brief
    capítulo parte libro tomo acto escena carta livro ato cena
    capitolo atto scena lettera
    hoofdstuk deel boek bedrijf toneel zang
    del bok scen
    глава часть книга том действие явление письмо песнь
    rozdział część księga tom pieśń
    caput liber pars actus scaena
    fejezet rész könyv luku osa κεφάλαιο μέρος βιβλίο
    """.split()  # noqa: SIM905  a word list reads better than sixty quoted strings
)
"""Words a division's number follows. Elsewhere a figure may be a pronoun ("I am born") or a king's ("Henry VIII")."""


def _roman_headings(text: str, context: Context) -> str:
    """Figures in headings as digits, which every voice reads in the book's own language."""
    if context.kind is not Kind.HEADING:
        return text
    return re.sub(r"(?:(?<=^)|(?<=[\s(]))([IVXLCDM]+)(?![\w’'])", lambda match: _digits(text, match), text)


def _digits(text: str, match: re.Match[str]) -> str:
    before = re.findall(r"\w+", text[: match.start()])
    after = text[match.end() :].lstrip()
    names_division = bool(before) and before[-1].lower() in _DIVISIONS
    stands_first = not before and (not after or after[0] in ".:—–-)")
    value = roman_value(match.group())
    is_number = names_division or (stands_first and value < _FIRST_WORD_LIMIT)
    return str(value) if value and is_number else match.group()


_FIRST_WORD_LIMIT = 200
"""Above it a figure without a division's name is a word: MIX, DIX, CD."""

_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}


def roman_value(figure: str) -> int:
    """1 to 3,999 for a well-formed roman figure in capitals, else 0."""
    if not figure or not _ROMAN.fullmatch(figure):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in figure]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


_TITLES: Mapping[str, frozenset[str]] = {
    "en": frozenset({"Mr", "Mrs", "Ms", "Dr", "St", "Messrs", "Capt", "Col", "Gen", "Lieut", "Rev", "Prof", "Hon"}),
    "fr": frozenset({"M", "MM", "Mme", "Mlle", "Dr"}),
    "de": frozenset({"Hr", "Fr", "Dr", "Prof", "St"}),
}


def _titles(text: str, context: Context) -> str:
    known = _TITLES.get(context.language, frozenset())
    return re.sub(
        r"\b([^\W\d_]{1,6})\.(?=\s+[^\W\d_])",
        lambda match: match[1] if match[1] in known and text[match.end() :].lstrip()[:1].isupper() else match.group(),
        text,
    )


_CURRENCIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {"$": ("dollar", "dollars"), "£": ("pound", "pounds"), "€": ("euro", "euros")},
    "de": {"$": ("Dollar", "Dollar"), "£": ("Pfund", "Pfund"), "€": ("Euro", "Euro")},
    "fr": {"$": ("dollar", "dollars"), "£": ("livre", "livres"), "€": ("euro", "euros")},
    "es": {"$": ("dólar", "dólares"), "£": ("libra", "libras"), "€": ("euro", "euros")},
    "nl": {"$": ("dollar", "dollar"), "£": ("pond", "pond"), "€": ("euro", "euro")},
}
_AMOUNT = re.compile(
    r"(?<![\w.,])([$£€])\s?(\d+(?:[.,]\d{3})*(?:[.,]\d+)?)((?: (?:million|billion|thousand))?)(?![\w])"
)


def _currency(text: str, context: Context) -> str:
    names = _CURRENCIES.get(context.language, {})

    def named(match: re.Match[str]) -> str:
        symbol, amount, scale = match.groups()
        if symbol not in names:
            return match.group()
        one, many = names[symbol]
        return f"{amount}{scale} {one if amount == '1' and not scale else many}"

    return _AMOUNT.sub(named, text)


RULES: tuple[Rule, ...] = (
    Rule("ellipses", "three spaced dots are read as the ends of three sentences", _ellipses),
    Rule("dashes", "typewriter dashes are run over or spelt; a real one is a pause", _dashes),
    Rule("addresses", "nobody reads “h t t p colon slash slash” or a query string", _addresses),
    Rule("initials", "“J. R. R. Tolkien” is read as three sentences", _initials),
    Rule("capital-headings", "short words in capitals are spelt out letter by letter", _capital_headings),
    Rule("roman-headings", "“Chapter IV” is read “roman four”, or as two letters", _roman_headings),
    Rule("titles", "the point after “Mr.” is heard as the end of a sentence", _titles, need="titles"),
    Rule("currency", "“$5” is read “dollar five”", _currency, need="currency"),
)
