"""What a line says aloud: the words of the page where a voice would misread its typography.

A block keeps its display text; this derives the text a voice is given. Each rule is small, has a reason, and touches
only what it was written for: whole tokens, never letters inside a word. Rules every voice needs come first; the others
apply where a model profile asks for them (`normalise`).
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pipeline.book import Kind
from pipeline.script.abbreviations import NO_NAMES, POINT_MAKES_ORDINAL, TITLES
from pipeline.script.numerals import digits_for_roman, roman_value, spelt_ordinals


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know of a line beyond its text: its kind, and its language as a primary tag (`en`).

    `figures` are the numbers that the book's headings have in roman figures (`heading_figures`).
    """

    kind: Kind
    language: str
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """`need` is the word by which a model profile asks for the rule; empty: every voice gets it."""

    name: str
    reason: str
    apply: Callable[[str, Context], str]
    need: str = ""


def spoken_text(text: str, context: Context, *, needs: Collection[str] = ()) -> str:
    """`text` as a voice is to be given it. Code is given as it stands: its dashes and dots are not typography."""
    if context.kind is Kind.CODE:
        return text
    for rule in RULES:
        if not rule.need or rule.need in needs:
            text = rule.apply(text, context)
    return text


def _ellipses(text: str, _: Context) -> str:
    return re.sub(r"(?<![.\w])\.(?: ?\.){2,3}(?!\.)|(?<=\w) ?\.(?: ?\.){2,3}(?!\.)", "…", text)


def _dashes(text: str, _: Context) -> str:
    text = re.sub(r"(?<=[^\W\d_])-{2,3}(?=[^\W\d_“‘\"'])", " — ", text)
    return re.sub(r"(?<![-<!])-{2,3}(?![->])", "—", text)


_URL = re.compile(r"\b(?:https?://|ftp://|www\.)[^\s<>«»“”\"()\[\]{}]+", re.IGNORECASE)


def _addresses(text: str, context: Context) -> str:
    text = _URL.sub(lambda match: _spoken_url(match.group()), text)
    at = _AT.get(context.language, " @ ")
    return re.sub(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b", lambda match: f"{match[1]}{at}{match[2]}", text)


def _spoken_url(url: str) -> str:
    """Host and path without the scheme, `www.`, query and closing slash; punctuation after it stays."""
    address = url.rstrip(".,;:!?…'’")
    host_and_path = re.sub(r"^(?:https?://|ftp://)?(?:www\.)?", "", address, flags=re.IGNORECASE)
    return re.split(r"[?#]", host_and_path)[0].rstrip("/") + url[len(address) :]


_AT: Mapping[str, str] = {
    "en": " at ", "de": " ät ", "fr": " arobase ", "es": " arroba ", "pt": " arroba ", "it": " chiocciola ",
    "nl": " apenstaartje ", "ru": " собака ", "pl": " małpa ",
}  # fmt: skip  # one language a line would hide what this is


_INITIALS = re.compile(r"\b(?:[^\W\d_]\.(?: |-)?){2,}(?=[^\W\d_]{2})")


def _initials(text: str, _: Context) -> str:
    """Two or more: one alone may end a sentence ("Plan B. Then …"), and so may "400 B. C."."""
    return _INITIALS.sub(lambda match: _without_points(match.group()), text)


def _without_points(initials: str) -> str:
    letters = "".join(filter(str.isalpha, initials))
    if not letters.isupper() or letters in NO_NAMES:
        return initials
    return re.sub(r"\. ?", " ", initials.replace(".-", "-"))


def _roman_headings(text: str, context: Context) -> str:
    is_heading = context.kind is Kind.HEADING
    return digits_for_roman(text, context.figures, language=context.language) if is_heading else text


def _capital_headings(text: str, context: Context) -> str:
    """Each word with one capital, not the first alone: names keep theirs, and no voice hears the difference."""
    if context.kind is not Kind.HEADING or not text.isupper():
        return text
    if max(map(len, re.findall(r"\w+", text)), default=0) < 4:  # "Ⓐ" is a capital, and no word
        return text
    lower = _LOWER.get(context.language, str.lower)
    words = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
    return words.sub(lambda match: _lowered(match.group(), lower, is_inside=match.start() > 0), text)


_TURKISH = str.maketrans({"I": "ı", "İ": "i"})
_LOWER: Mapping[str, Callable[[str], str]] = dict.fromkeys(("tr", "az"), lambda word: word.translate(_TURKISH).lower())


def _lowered(word: str, lower: Callable[[str], str], *, is_inside: bool) -> str:
    """A capital and small letters, but for figures and for what has no vowel to be read by (`BBC`)."""
    is_initialism = word.isascii() and len(word) > 1 and not re.search(r"[AEIOUY]", word)
    if is_initialism or _is_figure(word):
        return word
    return lower(word) if word == "A" and is_inside else word[0] + lower(word[1:])


def _is_figure(word: str) -> bool:
    """A king's or a century's number. Short figures with C, D, L or M are words: DI, MIX, LIV, DIX."""
    return bool(roman_value(word)) and (set(word) <= set("IVX") or len(word) > 3)


_CLOSED = re.compile(r"[.!?…。！？:;,،؛؟।۔։።—–-][\"'”’»)\]」』]*$")
_STOPS = (
    (re.compile(r"[\u3040-\u30ff\u3400-\u9fff]"), "。"),
    (re.compile(r"[\u0900-\u09ff\u0a00-\u0a7f\u0b00-\u0b7f]"), "।"),
    (re.compile(r"[\u0530-\u058f]"), "։"),
    (re.compile(r"[\u1200-\u137f]"), "።"),
    (re.compile(r"[\u0e00-\u0eff]"), ""),  # Thai and Lao have no full stop
)


def _heading_ends(text: str, context: Context) -> str:
    if context.kind is not Kind.HEADING or not text or _CLOSED.search(text):
        return text
    if text[-1].isdecimal() and context.language in POINT_MAKES_ORDINAL:
        return text
    last = next((sign for sign in reversed(text) if sign.isalnum()), "")
    default = "۔" if context.language == "ur" else "."
    return text + next((stop for script, stop in _STOPS if script.match(last)), default if last else "")


_TITLE = re.compile(r"\b([^\W\d_]{1,6})\.(?=\s+[^\W\d_])")
_AFTER_NAME = re.compile(r"[^\W\d_a-z][\w’'-]*\s+$")


def _titles(text: str, context: Context) -> str:
    known = TITLES.get(context.language, {})

    def spoken(match: re.Match[str]) -> str:
        is_before_name = text[match.end() :].lstrip()[:1].isupper()
        is_initial = len(match[1]) == 1 and bool(_AFTER_NAME.search(text[: match.start()]))  # "Jean M. Dupont"
        return known[match[1]] if match[1] in known and is_before_name and not is_initial else match.group()

    return _TITLE.sub(spoken, text)


def _ordinals(text: str, context: Context) -> str:
    return spelt_ordinals(text, language=context.language)


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
    Rule("roman-headings", "“Chapter IV” is read “roman four”, or as two letters", _roman_headings),
    Rule("capital-headings", "short words in capitals are spelt out letter by letter", _capital_headings),
    Rule("heading-ends", "a heading without a stop runs on into the next line", _heading_ends),
    Rule("titles", "the point after “Mr.” is heard as the end of a sentence", _titles, need="titles"),
    Rule("ordinals", "“2e” is read “deux e”, “XIXe” as a word", _ordinals, need="ordinals"),
    Rule("currency", "“$5” is read “dollar five”", _currency, need="currency"),
)
