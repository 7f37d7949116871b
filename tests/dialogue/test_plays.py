"""Who speaks in plays and interviews: labels, stage directions, speeches of several blocks."""

from pipeline.dialogue import Heard, Passage, heard


def lines(passages: list[Passage], found: list[Heard]) -> list[list[tuple[str, str]]]:
    return [
        [(quote.speaker, passage.text[quote.start : quote.end]) for quote in one.quotes]
        for passage, one in zip(passages, found, strict=True)
    ]


def test_a_label_of_the_page_is_no_speech() -> None:
    passages = [Passage("Algernon: Did you hear?", label="Algernon"), Passage("LANE. Yes, sir.", label="LANE")]
    found = heard(passages, language="en")

    assert lines(passages, found) == [[("Algernon", "Did you hear?")], [("Lane", "Yes, sir.")]]
    assert [one.label_chars for one in found] == [len("Algernon: "), len("LANE. ")]


def test_stage_directions_stay_with_the_narrator() -> None:
    text = "Lane: Yes, sir. Hands them over. Here."
    aside = (text.index("Hands"), text.index("Here"))
    passages = [Passage(text, label="Lane", asides=(aside,))]
    found = heard(passages, language="en")

    assert lines(passages, found) == [[("Lane", "Yes, sir."), ("Lane", "Here.")]]
    assert found[0].asides == (aside,)


def test_names_in_capitals_are_labels_where_they_recur() -> None:
    texts = ["JACK. Yes.", "ALGERNON. (sighing) No. [Exit.] Never.", "And more.", "JACK. So?", "ALGERNON. Well."]
    passages = [Passage(text) for text in texts]

    assert lines(passages, heard(passages, language="en")) == [
        [("Jack", "Yes.")],
        [("Algernon", "No."), ("Algernon", "Never.")],
        [("Algernon", "And more.")],
        [("Jack", "So?")],
        [("Algernon", "Well.")],
    ]


def test_an_interview_is_asked_and_answered() -> None:
    passages = [Passage(text) for text in ("Q: Who?", "A: I.", "Q: When?", "A: Now.")]

    assert lines(passages, heard(passages, language="en"))[:2] == [[("Q", "Who?")], [("A", "I.")]]


def test_abbreviated_labels_are_taken_whole() -> None:
    texts = ["M. Cic. Quid est?", "Mag. (surgens). Bene.", "M. Cic. Ita.", "Mag. Age."]
    passages = [Passage(text) for text in texts]

    assert lines(passages, heard(passages, language="la")) == [
        [("M. Cic", "Quid est?")],
        [("Mag", "Bene.")],
        [("M. Cic", "Ita.")],
        [("Mag", "Age.")],
    ]


def test_a_note_is_nobody() -> None:
    texts = ["Note: this was long ago.", "It rained all day.", "It rained all night.", "Then it snowed."]

    assert all(not one.quotes for one in heard([Passage(text) for text in texts], language="en"))


def test_a_label_that_stands_once_is_not_surely_somebody() -> None:
    texts = ["JACK. Yes.", "ANN. No.", "NOTE. This is cut.", "JACK. So?", "ANN. Well."]
    found = heard([Passage(text) for text in texts], language="en")

    assert found[2].quotes[0].confidence < found[1].quotes[0].confidence - 0.2


def test_paragraphs_that_begin_with_a_title_make_no_play() -> None:
    texts = ["Mr. Collins went out.", "Mrs. Bennet stayed.", "Mr. Collins came back.", "Mrs. Bennet sighed."]

    assert all(not one.quotes for one in heard([Passage(text) for text in texts], language="en"))


def test_a_passage_that_is_all_aside_is_the_narrators() -> None:
    texts = ["JACK. Yes.", "(They go out.)", "ANN. No.", "JACK. Oh.", "ANN. Ah."]

    assert heard([Passage(text) for text in texts], language="en")[1].quotes == ()
