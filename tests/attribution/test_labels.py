"""The truth is whole: every quotation of every excerpt has one label, and the label stands where it says."""

from collections import Counter
from pathlib import Path

import pytest

from tests.attribution.excerpts import lines_of
from tests.attribution.labels import EITHER, NOBODY, Truth, truths
from tests.attribution.quotations import carried, quotations

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

every_truth = pytest.mark.parametrize("truth", truths(), ids=lambda truth: truth.name)


@every_truth
def test_every_quotation_has_its_label_and_no_label_is_without(truth: Truth) -> None:
    quoted = [
        (number, ordinal)
        for number, line in enumerate(truth.lines, start=1)
        for ordinal, _ in enumerate(quotations(line), start=1)
    ]
    assert [row[:2] for row in truth.rows] == quoted


@every_truth
def test_labels_stand_where_their_words_are(truth: Truth) -> None:
    found = [truth.lines[label.line - 1][label.start : label.end].split()[:4] for label in truth.labels]
    assert [row[3].split() for row in truth.rows] == found


@every_truth
def test_every_speaker_of_the_table_speaks_and_every_other_speaks_beside_one(truth: Truth) -> None:
    speakers = [row[2].split(EITHER) for row in truth.rows]
    assert set(truth.people) <= {name for names in speakers for name in names}
    assert all(names == [NOBODY] or set(names) & set(truth.people) for names in speakers)


def test_there_are_enough_of_them() -> None:
    counts = Counter({truth.name: sum(label.is_said for label in truth.labels) for truth in truths()})
    assert min(counts.values()) >= 180
    assert counts.total() >= 560


def test_no_name_means_two_people_of_a_book_that_have_names() -> None:
    """Jurymen apart: the page does not tell one from another."""
    for truth in truths():
        named = Counter(
            name.casefold()
            for person in truth.people.values()
            for name in {*person.names, *person.descriptions}
            if not name.startswith("Jur")
        )
        assert [name for name, times in named.items() if times > 1] == []


@every_truth
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the books themselves are not here")
def test_excerpts_are_what_the_reader_reads_today(truth: Truth) -> None:
    assert list(lines_of(truth, CORPUS)) == truth.lines


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("“A,” said B; “c.”", ["“A,”", "“c.”"]),
        ('"A," said B; "c."', ['"A,"', '"c."']),
        ('"A----" "B!"', ['"A----"', '"B!"']),
        ('"this hand"--here he rose--"and this"', ['"this hand"', '"and this"']),
        ("“We say “much of a muchness”—you know”—so", ["“We say “much of a muchness”—you know”"]),
        (
            '"One said: \'Tell me: "Why?" "Because."--"Good!"\' So." He',
            ['"One said: \'Tell me: "Why?" "Because."--"Good!"\' So."'],
        ),
        ("He read: “Dear friend,", ["“Dear friend,"]),
        ("Nothing said", []),
    ],
)
def test_maximal_spans(text: str, spans: list[str]) -> None:
    assert [text[start:end] for start, end in quotations(text)] == spans


def test_a_poem_is_carried_on_until_it_is_closed() -> None:
    assert carried(["“I sing", "‘Twinkle,", "Bat’”", "“Dear,", "“Friend", "now.”", "He left."]) == {2, 3, 6}
