"""ISBN, ASIN and volume numbers, in the ways books write them."""

import pytest

from pipeline.ingest.identifiers import asin_of, isbn_of, place_in_series


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("978-0-306-40615-7", "9780306406157"),
        ("urn:isbn:9780306406157", "9780306406157"),
        ("ISBN 0-306-40615-2", "0306406152"),
        ("eISBN: 9780306406157", "9780306406157"),
        ("080442957x", "080442957X"),
        ("9780306406158", ""),
        ("0306406153", ""),
        ("urn:uuid:9780306406157", ""),
        ("", ""),
    ],
)
def test_an_isbn_is_what_has_the_right_check_digit(text: str, isbn: str) -> None:
    assert isbn_of(text) == isbn


@pytest.mark.parametrize(
    ("text", "asin"),
    [("B002RI9ORE", "B002RI9ORE"), ("amazon_uk:b002ri9ore", "B002RI9ORE"), ("0306406152", ""), ("B002", "")],
)
def test_an_asin(text: str, asin: str) -> None:
    assert asin_of(text) == asin


@pytest.mark.parametrize(
    ("text", "place"), [("2.0", "2"), ("2.50", "2.5"), (" 10 ", "10"), ("100.0", "100"), ("0.0", "0"), ("II", "II")]
)
def test_a_volume_is_numbered_as_one_says_it(text: str, place: str) -> None:
    assert place_in_series(text) == place
