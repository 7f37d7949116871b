"""What a book's own style sheets say on what is shown, how lists are numbered, and where lines part. Pure.

Only selectors by element, class, id and attribute are followed, alone or as child and descendant; what hides by
position (`:nth-child`, `+`, `~`) is rare and shown. Time is bounded by the sheets' size.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cssselect2
import tinycss2
from cssselect2.compiler import CompiledSelector
from cssselect2.parser import (
    AttributeSelector,
    ClassSelector,
    CombinedSelector,
    CompoundSelector,
    IDSelector,
    LocalNameSelector,
    NamespaceSelector,
    Selector,
    SelectorError,
)
from lxml import etree

MAX_SHEET_CHARS = 512 * 1024  # the largest sheets of real books stay below 200 KB
MAX_RULES = 1_000  # of one sheet that show or hide, or number a list; real books have some dozens among hundreds
MAX_DEPTH = 8  # of @media in @media

OF_INTEREST = re.compile(r"display|visibility|list-style|@import", re.IGNORECASE)
_FLOATED = re.compile(r"float\s*:\s*(?:left|right|inline-)", re.IGNORECASE)
_NAMESPACES = {"epub": "http://www.idpf.org/2007/ops"}
_MEDIA = frozenset({"", "all", "screen", "only screen"})
_SIMPLE = (LocalNameSelector, ClassSelector, IDSelector, AttributeSelector, NamespaceSelector)
_PROPERTIES = {"display": "display", "visibility": "visibility", "list-style": "list", "list-style-type": "list"}
LIST_TYPES = {
    "none": "none",
    "decimal": "1",
    "lower-roman": "i",
    "upper-roman": "I",
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
}
LINES = {"block", "list-item", "table", "table-row", "flex", "grid"}
TELLING = {"display": {"none", *LINES}, "visibility": {"hidden", "collapse"}, "list": set(LIST_TYPES)}
"""The values that say something to a reader; a rule with another only takes such a word back."""


class Rule(NamedTuple):
    """One selector's word on one property; the greatest `weight` wins."""

    selector: CompiledSelector
    value: str
    weight: tuple[bool, tuple[int, int, int], int]


@dataclass(slots=True)
class Stylesheet:
    """What one or more sheets say on the properties of interest, by property, and what was wrong with them.

    `imports` are the addresses of the sheets that one asks for, in its order.
    """

    rules: dict[str, list[Rule]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def read_stylesheet(text: str) -> Stylesheet:
    """The rules of a sheet; what cannot be read of it is passed over and said in `faults`."""
    if not OF_INTEREST.search(text):
        return Stylesheet()
    if len(text) > MAX_SHEET_CHARS:
        return Stylesheet(faults=(f"a style sheet of {len(text):,} characters was not read for what it hides",))
    try:
        parsed = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    except RecursionError:
        return Stylesheet(faults=("a style sheet is nested too deep to be read for what it hides",))
    sheet = Stylesheet(imports=tuple(_imports(parsed)))
    telling, unread = 0, sum(rule.type == "error" for rule in parsed)
    for order, (selectors, declarations) in enumerate(_qualified(parsed, MAX_DEPTH)):
        try:
            said = _said(declarations)
            telling += bool(said)
            if said and telling <= MAX_RULES:
                _add(sheet, selectors, said, order)
        except (SelectorError, RecursionError):
            unread += 1
    sheet.faults = tuple(_faults(unread, too_many=max(0, telling - MAX_RULES)))
    return sheet


def _faults(unread: int, *, too_many: int) -> Iterator[str]:
    if unread:
        yield f"{unread} rules of a style sheet cannot be read; what they hide is shown"
    if too_many:
        yield f"{too_many:,} rules of a style sheet are more than are followed; what they hide is shown"


def joined(sheets: Sequence[Stylesheet]) -> Stylesheet:
    """Several sheets as one, later ones over earlier ones: no sheet has as many rules as it may have characters."""
    together = Stylesheet()
    for number, sheet in enumerate(sheets):
        earlier = number * MAX_SHEET_CHARS
        for name, rules in sheet.rules.items():
            moved = (rule._replace(weight=(*rule.weight[:2], rule.weight[2] + earlier)) for rule in rules)
            together.rules.setdefault(name, []).extend(moved)
    return together


def _qualified(rules: Iterable[object], depth: int) -> Iterator[tuple[list[object], list[object]]]:
    """Style rules as (selectors, declarations), those of media a reading device has among them."""
    for rule in rules:
        kind = getattr(rule, "type", "")
        if kind == "qualified-rule":
            yield rule.prelude, rule.content  # type: ignore[attr-defined]  # tinycss2 has no types
        elif kind == "at-rule" and _is_for_reading(rule) and depth:
            content = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)  # type: ignore[attr-defined]
            yield from _qualified(content, depth - 1)


def _is_for_reading(rule: object) -> bool:
    if rule.lower_at_keyword != "media" or rule.content is None:  # type: ignore[attr-defined]
        return False
    return is_reading_medium(tinycss2.serialize(rule.prelude))  # type: ignore[attr-defined]


def is_reading_medium(queries: str) -> bool:
    """Whether a list of media names one that a book is read on, or none at all."""
    return any(" ".join(query.split()) in _MEDIA for query in queries.lower().split(","))


def _imports(rules: Iterable[object]) -> Iterator[str]:
    """What `@import` asks for: at the sheet's head alone, as CSS has it, and for media a book is read on."""
    for rule in rules:
        keyword = getattr(rule, "lower_at_keyword", "")
        if keyword not in ("charset", "layer", "import"):
            return
        if keyword == "import":
            prelude = [token for token in rule.prelude if token.type != "whitespace"]  # type: ignore[attr-defined]
            address = _address(prelude[0]) if prelude else ""
            if address and is_reading_medium(tinycss2.serialize(prelude[1:])):
                yield address


def _address(token: object) -> str:
    """Of `url(a.css)`, `url("a.css")` or `"a.css"`."""
    if getattr(token, "lower_name", "") == "url":
        token = next((inside for inside in token.arguments if inside.type == "string"), token)  # type: ignore[attr-defined]
    return str(token.value) if getattr(token, "type", "") in ("url", "string") else ""  # type: ignore[attr-defined]


def _add(sheet: Stylesheet, selectors: list[object], said: Iterable[tuple[str, str, bool]], order: int) -> None:
    """Takes a rule's word on the properties of interest. Raises SelectorError if its selectors make no sense."""
    compiled = [
        CompiledSelector(parsed) for parsed in cssselect2.parser.parse(selectors, _NAMESPACES) if _is_followed(parsed)
    ]
    for selector in compiled:
        for name, value, important in said:
            if selector.pseudo_element is None and not selector.never_matches:
                rule = Rule(selector, value, (important, selector.specificity, order))
                sheet.rules.setdefault(name, []).append(rule)


def _said(content: list[object]) -> list[tuple[str, str, bool]]:
    """The declarations of interest: property, value, whether it is important."""
    declarations = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    floats = [one for one in declarations if one.type == "declaration" and one.lower_name == "float"]
    is_floated = any(_FLOATED.search(f"float: {tinycss2.serialize(one.value)}") for one in floats)
    return [
        (_PROPERTIES[one.lower_name], _value(tinycss2.serialize(one.value), is_floated=is_floated), one.important)
        for one in declarations
        if one.type == "declaration" and one.lower_name in _PROPERTIES
    ]


def _is_followed(selector: Selector) -> bool:
    """Whether a selector looks at nothing but an element and its ancestors."""
    waiting = [selector.parsed_tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, CombinedSelector):
            if part.combinator not in (" ", ">"):
                return False
            waiting += part.left, part.right
        elif not isinstance(part, CompoundSelector) or not all(isinstance(s, _SIMPLE) for s in part.simple_selectors):
            return False
    return True


def _value(text: str, *, is_floated: bool) -> str:
    """One word where it is one of interest; a floated letter is a drop cap, whatever else it is."""
    words = text.lower().split()
    value = next((word for word in words if word in LIST_TYPES and word != "none"), "none" if "none" in words else "")
    value = value or " ".join(words)
    return "inline" if is_floated and value in LINES else value


def inline_style(element: etree._Element) -> dict[str, str]:
    """What the element's `style` says on the properties of interest; the last word counts."""
    style = element.get("style")
    if not style or not OF_INTEREST.search(style):
        return {}
    said: dict[str, str] = {}
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in _PROPERTIES:
            words = value.replace("!important", "")
            said[_PROPERTIES[name.strip()]] = _value(words, is_floated=bool(_FLOATED.search(style)))
    return said
