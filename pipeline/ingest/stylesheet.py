"""What a book's own style sheets hide, how they number lists, and which words they set on lines of their own.

Only selectors by element, class, id and attribute are followed, alone or as child and descendant; what hides by
position (`:nth-child`, `+`, `~`) is rare and shown. Time is bounded by the sheets' size and the selectors' number.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
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

from pipeline.ingest.content import Page
from pipeline.ingest.elements import BLOCKS, CONTAINERS, all_text, local_name

MAX_SHEET_CHARS = 512 * 1024  # the largest sheets of real books stay below 200 KB
MAX_RULES = 1_000  # of one sheet that show or hide, or number a list; real books have some dozens among hundreds
MAX_TESTS = 100_000  # of an element against a selector, in one page; a novel needs some hundreds
MAX_DEPTH = 8  # of @media in @media

_OF_INTEREST = re.compile(r"display|visibility|list-style|@import", re.IGNORECASE)
_FLOATED = re.compile(r"float\s*:\s*(?:left|right|inline-)", re.IGNORECASE)
_NAMESPACES = {"epub": "http://www.idpf.org/2007/ops"}
_MEDIA = frozenset({"", "all", "screen", "only screen"})
_SIMPLE = (LocalNameSelector, ClassSelector, IDSelector, AttributeSelector, NamespaceSelector)
_PROPERTIES = {"display": "display", "visibility": "visibility", "list-style": "list", "list-style-type": "list"}
_LIST_TYPES = {
    "none": "none",
    "decimal": "1",
    "lower-roman": "i",
    "upper-roman": "I",
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
}
_LINES = {"block", "list-item", "table", "table-row", "flex", "grid"}
_TELLING = {"display": {"none", *_LINES}, "visibility": {"hidden", "collapse"}, "list": set(_LIST_TYPES)}
"""The values that say something to a reader; a rule with another only takes such a word back."""


class _Rule(NamedTuple):
    """One selector's word on one property; the greatest `weight` wins."""

    selector: CompiledSelector
    value: str
    weight: tuple[bool, tuple[int, int, int], int]


@dataclass(slots=True)
class Stylesheet:
    """What one or more sheets say on the properties of interest, by property, and what was wrong with them.

    `imports` are the addresses of the sheets that one asks for, in its order.
    """

    rules: dict[str, list[_Rule]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


class Hidden(NamedTuple):
    """What a page's sheets say: elements they hide, how lists are numbered (as `type` has it, or "none"), and words
    inside a paragraph that stand on a line of their own.
    """

    elements: frozenset[etree._Element] = frozenset()
    list_types: Mapping[etree._Element, str] = {}
    lines: frozenset[etree._Element] = frozenset()


def read_stylesheet(text: str) -> Stylesheet:
    """The rules of a sheet; what cannot be read of it is passed over and said in `faults`."""
    if not _OF_INTEREST.search(text):
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


def hidden_by(sheet: Stylesheet, page: Page) -> Hidden:
    """What of the page is not shown. Its own `style` attributes have the last word."""
    selectors = _Selectors(sheet)
    if not selectors.may_mean_any(page.words) and not any(map(_OF_INTEREST.search, page.words)):
        return Hidden()
    elements, lines = set(), set()
    list_types: dict[etree._Element, str] = {}
    for element in page.body.iter(etree.Element):
        inline = _inline(element)
        if local_name(element) in CONTAINERS - {"section", "article"}:
            continue  # a page hidden whole is a mistake, or meant for another device
        display = selectors.value(element, "display", inline)
        if display == "none" or selectors.value(element, "visibility", inline) in _TELLING["visibility"]:
            elements.add(element)
        elif display in _LINES and local_name(element) not in BLOCKS and all_text(element).strip():
            lines.add(element)
        elif local_name(element) == "ol" and selectors.value(element, "list", inline) in _LIST_TYPES:
            list_types[element] = _LIST_TYPES[selectors.value(element, "list", inline)]
    return Hidden(frozenset(elements), list_types, frozenset(lines))


class _Selectors:
    """Those of a sheet, tried on a page's elements, few of them: those that some telling rule may mean."""

    def __init__(self, sheet: Stylesheet) -> None:
        self._rules = sheet.rules
        self._wrapped: dict[etree._Element, cssselect2.ElementWrapper] = {}
        self._tests = 0
        self._ids: dict[str, set[str]] = {}
        self._classes: dict[str, set[str]] = {}
        self._names: dict[str, set[str]] = {}
        self._unkeyed: set[str] = set()
        for name, rules in sheet.rules.items():
            for rule in rules:
                if rule.value in _TELLING[name]:
                    self._key("line" if rule.value in _LINES else name, rule.selector)

    def may_mean_any(self, words: frozenset[str]) -> bool:
        """Whether an element may be meant on a page whose attributes use these words, in lower case."""
        if self._unkeyed or self._names:
            return True
        return any(words.issuperset(key.lower().split()) for key in chain(self._ids, self._classes))

    def value(self, element: etree._Element, name: str, inline: dict[str, str]) -> str:
        """What is said of the element on a property, "" where nothing is or it cannot be of interest."""
        if inline.get(name):
            return inline[name]
        may_be_line = name == "display" and local_name(element) not in BLOCKS and self._may_be_meant(element, "line")
        if self._tests > MAX_TESTS or not (may_be_line or self._may_be_meant(element, name)):
            return ""
        said = [rule for rule in self._rules[name] if self._matches(rule.selector, element)]
        return max(said, key=lambda rule: rule.weight).value if said else ""

    def _key(self, name: str, selector: CompiledSelector) -> None:
        if selector.id is not None:
            self._ids.setdefault(selector.id, set()).add(name)
        elif selector.class_name is not None:
            self._classes.setdefault(selector.class_name, set()).add(name)
        elif selector.local_name is not None:
            self._names.setdefault(selector.lower_local_name, set()).add(name)
        else:
            self._unkeyed.add(name)

    def _may_be_meant(self, element: etree._Element, name: str) -> bool:
        if name in self._unkeyed or name in self._names.get(local_name(element), ()):
            return True
        if self._ids and name in self._ids.get(element.get("id", ""), ()):
            return True
        return bool(self._classes) and any(
            name in self._classes.get(word, ()) for word in (element.get("class") or "").split()
        )

    def _matches(self, selector: CompiledSelector, element: etree._Element) -> bool:
        self._tests += 1
        return self._tests <= MAX_TESTS and bool(selector.test(self._wrapper(element)))

    def _wrapper(self, element: etree._Element) -> cssselect2.ElementWrapper:
        """The element as the selectors want it, with its ancestors and without its siblings."""
        wrapper = self._wrapped.get(element)
        if wrapper is None:
            parent = element.getparent()
            outer = None if parent is None else self._wrapper(parent)
            wrapper = cssselect2.ElementWrapper(element, outer, 0, None, in_html_document=False)
            self._wrapped[element] = wrapper
        return wrapper


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
                rule = _Rule(selector, value, (important, selector.specificity, order))
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
    value = next((word for word in words if word in _LIST_TYPES and word != "none"), "none" if "none" in words else "")
    value = value or " ".join(words)
    return "inline" if is_floated and value in _LINES else value


def _inline(element: etree._Element) -> dict[str, str]:
    """What the element's `style` says on the properties of interest; the last word counts."""
    style = element.get("style")
    if not style or not _OF_INTEREST.search(style):
        return {}
    said: dict[str, str] = {}
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in _PROPERTIES:
            words = value.replace("!important", "")
            said[_PROPERTIES[name.strip()]] = _value(words, is_floated=bool(_FLOATED.search(style)))
    return said
