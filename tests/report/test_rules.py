"""What the rules mean under which text is left out."""

import re
from pathlib import Path

import pytest

from pipeline.ingest import rulings
from pipeline.ingest.repetitions import RULE
from pipeline.report.rules import known_meanings, meaning_of
from pipeline.script.labels import LABEL, STAGE
from pipeline.script.rewording import EDITED

GOLDEN = Path(__file__).parents[1] / "golden" / "read"


def used() -> set[str]:
    """The rules that the reader's own tables name, those of scripts, and those that the golden books are read under."""
    tables = {*rulings._RULES_BY_TAG.values(), *rulings._ALWAYS, *rulings._MATTER.values()}
    found = {
        rule
        for file in GOLDEN.glob("*/expected.txt")
        for rule in re.findall(r"^left out, ([a-z:-]+): ", file.read_text("utf-8"), flags=re.MULTILINE)
    }
    assert "repeated-heading" in found
    return {*tables, *found, RULE, LABEL, STAGE, EDITED}


def test_every_rule_has_a_meaning() -> None:
    assert [rule for rule in sorted(used()) if not meaning_of(rule)] == []


def test_a_meaning_is_a_few_words() -> None:
    assert all(0 < len(meaning) <= 72 for meaning in known_meanings().values())


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        ("note", "footnotes and endnotes (`reading.notes` reads them)"),
        ("front-matter:foreword", "pages before the text: foreword"),
        ("back-matter", "pages after the text"),
        ("no-rule-of-ours", ""),
    ],
)
def test_what_a_rule_means(rule: str, meaning: str) -> None:
    assert meaning_of(rule) == meaning
