"""The head of a Markdown file: `key: value` lines, lists, folded text; no YAML surprises (`no` is Norwegian)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from pipeline.book import Metadata

Fields = Mapping[str, tuple[str, ...]]

_FIELD = re.compile(r"([A-Za-z][\w -]*?)\s*:(?:\s+(.*?))?\s*$")
_BLOCK_SCALAR = re.compile(r"[|>][+-]?\d*$")
_LIST_ITEM = re.compile(r"\s*-\s+(.*?)\s*$")
_FLOW_ITEM = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:''|[^'])*)'|([^,\s][^,]*)")
_COMMENT = re.compile(r"\s+#.*$")

_TITLE, _LANGUAGE = ("title",), ("language", "lang")
_CREATORS = ("author", "authors", "creator", "creators", "by")
_DATE = ("date", "year", "published")
_LANGUAGE_CODES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "italian": "it",
    "italiano": "it",
    "portuguese": "pt",
    "português": "pt",
    "dutch": "nl",
    "nederlands": "nl",
    "russian": "ru",
    "русский": "ru",
    "ukrainian": "uk",
    "polish": "pl",
    "polski": "pl",
    "czech": "cs",
    "hungarian": "hu",
    "greek": "el",
    "latin": "la",
    "swedish": "sv",
    "norwegian": "no",
    "danish": "da",
    "finnish": "fi",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "turkish": "tr",
    "esperanto": "eo",
}
"""What people and Project Gutenberg write where a language tag belongs."""


def parse_fields(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Fields by lower-case name, each a tuple of plain strings; what is not a field is passed over."""
    fields: dict[str, tuple[str, ...]] = {}
    for name, value, continuation in _groups(lines):
        fields[name.lower().replace("-", "_")] = tuple(_values(value, continuation))
    return fields


def metadata_of(fields: Fields) -> Metadata:
    """The fields a Book knows; several authors may stand in a list."""
    return Metadata(
        title=_single(fields, *_TITLE),
        creators=tuple(chain.from_iterable(fields.get(name, ()) for name in _CREATORS)),
        language=language_tag(_single(fields, *_LANGUAGE)),
        identifier=_single(fields, "identifier", "isbn", "id"),
        date=_single(fields, *_DATE),
        description=_single(fields, "description", "summary"),
        publisher=_single(fields, "publisher"),
    )


def language_tag(name: str) -> str:
    """A language's tag where its name was given; anything else as it is."""
    return _LANGUAGE_CODES.get(name.casefold(), name)


def _single(fields: Fields, *names: str) -> str:
    return next((", ".join(fields[name]) for name in names if fields.get(name)), "")


def _groups(lines: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each field with the lines below that belong to it."""
    name, value, continuation = "", "", list[str]()
    for line in lines:
        match = _FIELD.match(line)
        if match:
            if name:
                yield name, value, continuation
            name, value, continuation = match.group(1), match.group(2) or "", []
        else:
            continuation.append(line)
    if name:
        yield name, value, continuation


def _values(value: str, continuation: Sequence[str]) -> list[str]:
    items = [match.group(1) for match in map(_LIST_ITEM.match, continuation) if match]
    if _BLOCK_SCALAR.match(value):
        return [" ".join(" ".join(continuation).split())]
    if not value and items:
        return list(filter(None, map(_scalar, items)))
    if value.startswith("[") and value.endswith("]"):
        return [_scalar(match.group().strip()) for match in _FLOW_ITEM.finditer(value[1:-1])]
    folded = " ".join(chain([value], (line.strip() for line in continuation))).strip()
    return [_scalar(folded)] if folded else []


def _scalar(text: str) -> str:
    """A value without its quotes, or without the comment after it."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return _COMMENT.sub("", text)
