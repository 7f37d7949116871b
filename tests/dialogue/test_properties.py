"""What holds for any text: quotes lie in it, in order, apart; and the work grows no faster than the text."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dialogue import Passage, heard

PIECES = st.sampled_from(
    ["“", "”", '"', "'", "’", "‘", "«", "»", "„", "「", "」", "— ", " – ", "--", "said Alice", " dit-il", "сказал он",
     ": ", ", ", ". ", " ", "He ", "Mr. ", "JACK. ", "Q: ", "(", ")", "[", "]", "1", "\n", "ß", "\u0130"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=30)
PASSAGES = st.lists(st.builds(Passage, TEXTS, is_break=st.booleans()), max_size=6)


@settings(max_examples=40, deadline=None)
@given(PASSAGES, st.sampled_from(["en", "fr", "ru", "de", "ja", "es", "", "xx"]))
def test_quotes_lie_in_the_text_in_order_and_apart(passages: list[Passage], language: str) -> None:
    found = heard(passages, language=language)

    assert len(found) == len(passages)
    for passage, one in zip(passages, found, strict=True):
        places = [place for quote in one.quotes for place in (quote.start, quote.end)]
        assert places == sorted(places)
        assert all(quote.start < quote.end and 0 <= quote.confidence <= 1 for quote in one.quotes)
        assert 0 <= one.label_chars <= len(passage.text)
        assert all(one.label_chars <= place <= len(passage.text) for place in places)


@pytest.mark.parametrize(
    ("unit", "language"),
    [("“", "en"), ('" ', "en"), ("“A,” said X. ", "en"), ("— a, dit-il. ", "fr"), ("’a ‘b ", "en"), ("(", "en")],
)
def test_the_work_grows_no_faster_than_the_text(unit: str, language: str) -> None:
    """Counted in calls, since times are the machine's."""

    def calls(count: int) -> int:
        seen = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal seen
            seen += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            heard([Passage(unit * count)], language=language)
        finally:
            sys.setprofile(before)
        return seen

    calls(10)  # what is read once
    assert calls(1_600) < 12 * calls(200)  # eight times the text; a square would be 64 times
