"""The manual that is shipped with the program: its pages, their entries, and how they read in a terminal.

Pages are Markdown in `docs/`; of the grammar only what they use is known here. Light on purpose: `help` loads nothing.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "docs"

_FIRST = ("first-book", "overnight-shelf", "delivering-to-a-store", "casting-a-play", "other-servers", "moving-takes")
"""The guides, in the order in which somebody meets what they are about; the rest is for looking things up."""

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_ITEM = re.compile(r"( *)([*-]|\d+\.) ")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the name it is asked for by, its title, and its Markdown."""

    name: str
    title: str
    text: str


def pages() -> list[Page]:
    """All pages, guides first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.md"))
    ordered = [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]
    return [_page(name) for name in ordered]


def _page(name: str) -> Page:
    text = (_FOLDER / f"{name}.md").read_text("utf-8")
    return Page(name, text.partition("\n")[0].removeprefix("# ").strip(), text)


def found(asked: str) -> str:
    """The Markdown of what is asked for: a page, the entry of an error, or `page#heading`; "" for none of them."""
    name, _, heading = asked.removesuffix(".md").partition("#")
    page = next((page for page in pages() if page.name == name), None)
    if page is not None:
        return entry(page.text, heading) if heading else page.text
    return "" if heading else entry(_page("errors").text, name)


def entry(text: str, slug: str) -> str:
    """What stands in a page under the heading that has this slug, up to the next one of its level or above."""
    lines = text.splitlines()
    levels = [_level(line) for line in _without_code(lines)]
    for start, level in enumerate(levels):
        if level and slug_of(lines[start]) == slug:
            following = range(start + 1, len(lines))
            end = next((number for number in following if 0 < levels[number] <= level), len(lines))
            return "\n".join(lines[start:end]).strip() + "\n"
    return ""


def slug_of(heading: str) -> str:
    """A heading as part of an address, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).strip().replace(" ", "-")


def plain(text: str, *, columns: int) -> str:
    """Markdown as lines for a terminal: no marks of emphasis, links spelt out, paragraphs filled, code as it is."""
    return "\n".join(_plain_lines(text, columns)).strip() + "\n"


def _plain_lines(text: str, columns: int) -> Iterator[str]:
    is_code = False
    paragraph: list[str] = []
    table: list[str] = []
    for line in [*text.splitlines(), ""]:
        if is_code or not line or line.startswith(("```", "#", "|")) or _ITEM.match(line):
            yield from _filled(paragraph, columns)
            paragraph = []
        if table and not line.startswith("|"):
            yield from _aligned(table)
            table = []
        if line.startswith("```"):
            is_code = not is_code
        elif is_code:
            yield f"    {line}".rstrip()
        elif line.startswith("|"):
            table.append(line)
        elif not line:
            yield line
        elif line.startswith("#"):
            yield from _heading(line)
        else:
            paragraph.append(line)


def _filled(paragraph: list[str], columns: int) -> list[str]:
    if not paragraph:
        return []
    item = _ITEM.match(paragraph[0])
    hanging = " " * (len(item[0]) if item else 0)
    words = " ".join(line.strip() for line in paragraph)
    first = item[1] if item else ""
    return textwrap.wrap(
        f"{first}{_unmarked(words)}",
        columns,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _aligned(table: list[str]) -> Iterator[str]:
    """The rows with their columns under each other."""
    rows = [[_unmarked(cell.strip()) for cell in line.strip("|").split("|")] for line in table]
    rows = [cells for cells in rows if not all(set(cell) <= set("-:") for cell in cells)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _heading(line: str) -> list[str]:
    title = _unmarked(line.lstrip("# "))
    return [title, ("=" if _level(line) == 1 else "-") * len(title)] if _level(line) < 3 else [f"[{title}]"]


def _unmarked(words: str) -> str:
    words = _LINK.sub(_spelt_out, words)
    return re.sub(r"(?<!\w)(\*\*|\*|__|_)(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", words)


def _spelt_out(link: re.Match[str]) -> str:
    words, target = link.groups()
    if "://" in target:
        return words if words == target else f"{words} ({target})"
    return f"{words} (run-pipeline help {target.removesuffix('.md').replace('.md#', '#')})"


def _level(line: str) -> int:
    return len(line) - len(line.lstrip("#")) if line.startswith("#") else 0


def _without_code(lines: list[str]) -> Iterator[str]:
    """The lines, those of code as empty ones: a comment in a shell is no heading."""
    is_code = False
    for line in lines:
        is_fence = line.startswith("```")
        yield "" if is_code or is_fence else line
        is_code = is_code != is_fence
