"""The numbers an ordered list shows before its items. Pure."""

from lxml import etree

from pipeline.ingest.elements import local_name

MAX_NUMBER = 1_000_000
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
          (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


def shown_numbers(ordered_list: etree._Element, sheet_type: str = "") -> dict[etree._Element, str]:
    """For each item of an `ol` its number as a browser shows it: `start`, `reversed`, `value` and `type` obeyed.

    `sheet_type` is what a style sheet says in place of `type`; for "none" there are no numbers.
    """
    if sheet_type == "none":
        return {}
    items = [child for child in ordered_list if local_name(child) == "li"]
    is_reversed = ordered_list.get("reversed") is not None
    number = _integer(ordered_list.get("start"), len(items) if is_reversed else 1)
    kind = sheet_type or ordered_list.get("type", "1").strip()
    numbers: dict[etree._Element, str] = {}
    for item in items:
        number = _integer(item.get("value"), number)
        numbers[item] = f"{_figures(number, item.get('type', kind).strip())}."
        number += -1 if is_reversed else 1
    return numbers


def _integer(text: str | None, default: int) -> int:
    try:
        number = int((text or "").strip())
    except ValueError:
        return default
    return number if abs(number) <= MAX_NUMBER else default


def _figures(number: int, kind: str) -> str:
    if kind in ("a", "A") and number > 0:
        letters = _letters(number)
        return letters if kind == "a" else letters.upper()
    if kind in ("i", "I") and 0 < number < 4000:
        figures = _roman(number)
        return figures.lower() if kind == "i" else figures
    return str(number)


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _roman(number: int) -> str:
    figures = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        figures += sign * count
    return figures
