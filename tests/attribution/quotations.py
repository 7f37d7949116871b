"""Where quotation marks stand in a paragraph: a script of its own on purpose, that knows nothing of the program's."""

from collections.abc import Iterator, Sequence


def quotations(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of a paragraph's maximal spans in double quotation marks, marks included.

    Marks inside marks belong to the span around them. A span that nothing closes goes to the end of the paragraph, as
    where a speech goes on in the next one. Of a poem in quotation marks the first line is a span: no other opens one.
    """
    start, depth = 0, 0
    for at, char in enumerate(text):
        if char == "“" or (char == '"' and _is_opening(text, at)):
            start = start if depth else at
            depth += 1
        elif depth and char in '”"':
            depth -= 1
            if not depth:
                yield start, at + 1
    if depth:
        yield start, len(text)


def _is_opening(text: str, at: int) -> bool:
    """A straight mark opens where a word begins: after a space, a dash or nothing, and before a character of text."""
    return text[at - 1 : at] in ("", " ", "-", "(") and text[at + 1 : at + 2] not in ("", " ")


def carried(lines: Sequence[str]) -> set[int]:
    """Numbers, from 1, of the lines that carry a quotation on with no opening mark of their own, as in a poem."""
    going_on: set[int] = set()
    is_open = False
    for number, line in enumerate(lines, start=1):
        if is_open and not line.startswith(("“", '"')):
            going_on.add(number)
            is_open = not set(line) & set('”"')
        else:
            is_open = any(end == len(line) and line[-1] not in '”"' for _, end in quotations(line))
    return going_on
