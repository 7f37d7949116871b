"""Style sheets that ask for others: `@import` followed in order, however they are tangled. Pure."""

from collections.abc import Callable, Iterator, Sequence

MAX_IMPORT_DEPTH = 8  # real books go one or two deep
MAX_IMPORTED = 64  # sheets one page comes to; real books have a handful

Imports = Callable[[str], Sequence[str]]


def with_imports(sheet: str, imports_of: Imports) -> list[str]:
    """The sheets that `sheet` comes to, itself last: what it imports stands before it and is overruled by it.

    A sheet that leads back to itself is read once; depth and number are bounded.
    """
    found: dict[str, None] = {}
    opened = {sheet}
    waiting = [(sheet, _unopened(sheet, imports_of, opened))]
    while waiting:
        current, inner = waiting[-1]
        following = next(inner, "") if len(waiting) <= MAX_IMPORT_DEPTH and len(opened) < MAX_IMPORTED else ""
        if following:
            opened.add(following)
            waiting.append((following, _unopened(following, imports_of, opened)))
        else:
            waiting.pop()
            found[current] = None
    return list(found)


def _unopened(sheet: str, imports_of: Imports, opened: set[str]) -> Iterator[str]:
    return (imported for imported in imports_of(sheet) if imported not in opened)
