"""The head of a Markdown file: `key: value` lines, lists, folded text; no YAML surprises (`no` is Norwegian).

YAML's head is cut off by the Markdown parser; TOML's (`+++`), pandoc's (`% Title`) and MultiMarkdown's are here.
"""

import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from pipeline.book import Metadata
from pipeline.ingest.identifiers import asin_of, isbn_of, place_in_series
from pipeline.languages import language_tag

Fields = Mapping[str, tuple[str, ...]]

_FIELD = re.compile(r"([A-Za-z][\w -]*?)\s*:(?:\s+(.*?))?\s*$")
_BLOCK_SCALAR = re.compile(r"[|>][+-]?\d*$")
_LIST_ITEM = re.compile(r"\s*-\s+(.*?)\s*$")
_FLOW_ITEM = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:''|[^'])*)'|([^,\s][^,]*)")
_TOML_HEAD = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|$)", re.DOTALL | re.MULTILINE)
_PANDOC_LINES = ("title", "author", "date")
MAX_HEAD_CHARS = 64 * 1024  # of TOML; no head of a book is a hundredth of it
MAX_FIELD_CHARS = 300  # a longer line is prose that has a colon in it
_COMMENT = re.compile(r"\s+#.*$")

_TITLE, _LANGUAGE = ("title",), ("language", "lang")
_CREATORS = ("author", "authors", "creator", "creators", "by")
_DATE = ("date", "year", "published")
_SERIES = ("series", "belongs_to_collection")
_SERIES_INDEX = ("series_index", "series_part", "series_position", "series_number", "group_position", "volume")
_SUBJECTS = ("subjects", "subject", "tags", "keywords", "genres", "genre")


def head_of(text: str) -> tuple[Fields, str]:
    """The fields of a head that is not YAML, and the text without it; without a head, no fields and all of the text."""
    for cut in (_toml_head, _pandoc_head, _multimarkdown_head):
        fields, rest = cut(text)
        if fields:
            return fields, rest
    return {}, text


def _toml_head(text: str) -> tuple[Fields, str]:
    head = _TOML_HEAD.match(text[:MAX_HEAD_CHARS])
    if head is None:
        return {}, text
    try:
        table = tomllib.loads(head.group(1))
    except (ValueError, RecursionError):
        return {}, text
    fields = {name.lower().replace("-", "_"): tuple(_plain(value)) for name, value in table.items()}
    return fields, text[head.end() :]


def _plain(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str | int | datetime.date):
            yield " ".join(str(one).split())


def _pandoc_head(text: str) -> tuple[Fields, str]:
    """`% Title`, `% Author; Author`, `% Date`, each on a line."""
    if not text.startswith("% "):
        return {}, text
    lines = text.split("\n", len(_PANDOC_LINES))
    count = next((number for number, line in enumerate(lines) if not line.startswith("%")), len(lines))
    said = [line[1:].strip() for line in lines[: min(count, len(_PANDOC_LINES))]]
    fields = {
        name: tuple(filter(None, map(str.strip, line.split(";"))))
        for name, line in zip(_PANDOC_LINES, said, strict=False)
    }
    return {name: values for name, values in fields.items() if values}, "\n".join(lines[len(said) :])


def _multimarkdown_head(text: str) -> tuple[Fields, str]:
    """A first paragraph of nothing but fields, the title among them."""
    head, gap, rest = text.partition("\n\n")
    lines = head.splitlines()
    is_head = gap and len(lines) > 1 and all(len(line) < MAX_FIELD_CHARS and _FIELD.match(line) for line in lines)
    fields = parse_fields(lines) if is_head else {}
    return (fields, rest) if "title" in fields else ({}, text)


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
        subtitle=_single(fields, "subtitle"),
        series=_single(fields, *_SERIES),
        series_index=place_in_series(_single(fields, *_SERIES_INDEX)),
        title_sort=_single(fields, "title_sort", "sort_title"),
        creator_sort="; ".join(fields.get("author_sort") or fields.get("creator_sort") or ()),
        isbn=isbn_of(_single(fields, "isbn", "identifier")),
        asin=asin_of(_single(fields, "asin")),
        subjects=tuple(dict.fromkeys(chain.from_iterable(_listed(fields.get(name, ())) for name in _SUBJECTS))),
        rights=_single(fields, "rights", "copyright", "license"),
    )


def _listed(values: Sequence[str]) -> Sequence[str]:
    """A list as it is; a single text is one by its semicolons, else by its commas."""
    if len(values) != 1:
        return values
    return list(filter(None, map(str.strip, values[0].split(";" if ";" in values[0] else ","))))


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
