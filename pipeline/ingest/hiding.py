"""What a page's style sheets hide, how they number lists, and which words they set on lines of their own. Pure.

A selector is tried on the elements it may mean alone, and no more often than `MAX_TESTS` a page.
"""

from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import cssselect2
from cssselect2.compiler import CompiledSelector
from lxml import etree

from pipeline.ingest.content import Page
from pipeline.ingest.elements import BLOCKS, CONTAINERS, all_text, local_name
from pipeline.ingest.stylesheet import LINES, LIST_TYPES, OF_INTEREST, TELLING, Stylesheet, inline_style

MAX_TESTS = 100_000  # of an element against a selector, in one page; a novel needs some hundreds


class Hidden(NamedTuple):
    """What a page's sheets say: elements they hide, how lists are numbered (as `type` has it, or "none"), and words
    inside a paragraph that stand on a line of their own.
    """

    elements: frozenset[etree._Element] = frozenset()
    list_types: Mapping[etree._Element, str] = {}
    lines: frozenset[etree._Element] = frozenset()


def hidden_by(sheet: Stylesheet, page: Page) -> Hidden:
    """What of the page is not shown. Its own `style` attributes have the last word."""
    selectors = _Selectors(sheet)
    if not selectors.may_mean_any(page.words) and not any(map(OF_INTEREST.search, page.words)):
        return Hidden()
    elements, lines = set(), set()
    list_types: dict[etree._Element, str] = {}
    for element in page.body.iter(etree.Element):
        inline = inline_style(element)
        if local_name(element) in CONTAINERS - {"section", "article"}:
            continue  # a page hidden whole is a mistake, or meant for another device
        display = selectors.value(element, "display", inline)
        if display == "none" or selectors.value(element, "visibility", inline) in TELLING["visibility"]:
            elements.add(element)
        elif display in LINES and local_name(element) not in BLOCKS and all_text(element).strip():
            lines.add(element)
        elif local_name(element) == "ol" and selectors.value(element, "list", inline) in LIST_TYPES:
            list_types[element] = LIST_TYPES[selectors.value(element, "list", inline)]
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
                if rule.value in TELLING[name]:
                    self._key("line" if rule.value in LINES else name, rule.selector)

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
