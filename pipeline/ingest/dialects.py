"""What writers' tools add to CommonMark, and what its parser would drop: rules over its tokens. Pure.

Attributes of headings (`{#one .x}`, of pandoc and mdBook), boxes of task lists, an empty heading that parts scenes as
in a typescript, ids for headings so that links to them lead somewhere, cells a row has too many, notes that nobody
refers to.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_ATTRIBUTES = re.compile(r"[ \t]*\{(?:-|\s*(?:[#.][\w:.-]+|[\w-]+=(?:\"[^\"{}]*\"|[^\s{}\"]+))(?:\s+[^{}]*)?)\}\s*$")
_IDENTIFIER = re.compile(r"\{[^{}]*#([\w:.-]+)")
_TASK = re.compile(r"\[[ xX]\]\s+")
_NO_SLUG = re.compile(r"[^\w\- ]")
_QUOTE_MARKS = " \t>"


def add_dialects(parser: MarkdownIt) -> None:
    """Adds the rules to a parser that has tables and footnotes."""
    parser.enable(["table", "strikethrough"])
    parser.core.ruler.before("inline", "headings", _headings)
    parser.core.ruler.before("inline", "tasks", _tasks)
    parser.core.ruler.before("inline", "cells", _cells)
    parser.core.ruler.before("footnote_tail", "unused_notes", _unused_notes)


def _headings(state: StateCore) -> None:
    """Attributes go, ids come, and a heading of nothing is a scene break."""
    kept: list[Token] = []
    skipped = 0
    for index, token in enumerate(state.tokens):
        if skipped:
            skipped -= 1
        elif token.type != "heading_open":
            kept.append(token)
        elif not state.tokens[index + 1].content.strip():
            kept.append(Token("hr", "hr", 0, markup=token.markup, block=True, level=token.level))
            skipped = 2
        else:
            _name(token, state.tokens[index + 1])
            kept.append(token)
    state.tokens = kept


def _name(heading: Token, inline: Token) -> None:
    attributes = _ATTRIBUTES.search(inline.content)
    if attributes is not None and attributes.start():
        inline.content = inline.content[: attributes.start()]
    named = _IDENTIFIER.search(attributes.group()) if attributes is not None else None
    slug = _NO_SLUG.sub("", inline.content.strip().lower()).replace(" ", "-")
    if named or slug:
        heading.attrSet("id", named.group(1) if named else slug)


def _tasks(state: StateCore) -> None:
    """The box before a task is drawn, not read."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open" and inline.type == "inline":
            inline.content = _TASK.sub("", inline.content, count=1) if _TASK.match(inline.content) else inline.content


def _cells(state: StateCore) -> None:
    """The parser cuts a row to the width of its header; what it cut off is put back."""
    lines = state.src.split("\n") if any(token.type == "tr_open" for token in state.tokens) else []
    width = 0
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type == "tr_open":
            width, row = 0, token
        width += token.type in ("td_open", "th_open")
        if token.type == "tr_close" and row.map:
            for text in _row(lines[row.map[0]])[width:]:
                tokens += _cell(text, row.level + 1)
        tokens.append(token)
    state.tokens = tokens


def _row(line: str) -> list[str]:
    cells = escapedSplit(line.strip().lstrip(_QUOTE_MARKS))
    cells = cells[1:] if cells and not cells[0] else cells
    return cells[:-1] if cells and not cells[-1] else cells


def _cell(text: str, level: int) -> Iterator[Token]:
    yield Token("td_open", "td", 1, level=level, block=True)
    yield Token("inline", "", 0, content=text.strip(), children=[], level=level + 1, block=True)
    yield Token("td_close", "td", -1, level=level, block=True)


def _unused_notes(state: StateCore) -> None:
    """Notes nobody refers to, and the second of two with one name, are notes too; the parser would drop them."""
    seen: set[str] = set()
    for token in state.tokens:
        if token.type != "footnote_reference_open":
            continue
        notes, label = state.env["footnotes"], token.meta["label"]
        if label in seen or notes["refs"].get(f":{label}", -1) < 0:
            used = notes.setdefault("list", {})
            token.meta["label"] = f"{label} {len(used)}"  # no label in a book has a space
            used[len(used)] = {"label": token.meta["label"], "count": 0}
        seen.add(label)
