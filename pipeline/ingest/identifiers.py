"""By what a shop or a library finds a book: ISBN, ASIN, its place in a series. Pure."""

import re
from collections.abc import Sequence

_ASIN = re.compile(r"B0[0-9A-Z]{8}")
_PREFIX = re.compile(r"(?i)^(?:urn:)?(?:e-?)?(?:isbn(?:-?1[03])?|asin|mobi-asin|amazon(?:_\w+)?)\s*[:\s]\s*")
_FRACTION = re.compile(r"\d+\.\d*")


def isbn_of(text: str) -> str:
    """The ISBN that `text` is, without hyphens, or "": one whose check digit is wrong would find another book.

    Source: ISBN Users' Manual, 7th edition, appendix 1.
    """
    digits = re.sub(r"[-\s]", "", _PREFIX.sub("", text.strip())).upper()
    if re.fullmatch(r"97[89]\d{10}", digits):
        return digits if _weighed(digits, (1, 3) * 6 + (1,)) % 10 == 0 else ""
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return digits if _weighed(digits, range(10, 0, -1)) % 11 == 0 else ""
    return ""


def asin_of(text: str) -> str:
    """Amazon's number that `text` is, or ""; for printed books that is their ISBN, which has a field of its own."""
    number = _PREFIX.sub("", text.strip()).upper()
    return number if _ASIN.fullmatch(number) else ""


def place_in_series(text: str) -> str:
    """A volume's number as one says it: calibre writes `2.0` for the second."""
    place = text.strip()
    return place.rstrip("0").rstrip(".") if _FRACTION.fullmatch(place) else place


def _weighed(digits: str, weights: Sequence[int]) -> int:
    values = (10 if digit == "X" else int(digit) for digit in digits)
    return sum(value * weight for value, weight in zip(values, weights, strict=True))
