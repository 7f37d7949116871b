"""What a director is asked: the body as it leaves, and a key that only the question decides on."""

import json

import pytest

from pipeline.book import Metadata
from pipeline.config import Layer, settings_of
from pipeline.director.question import Brief, Question, question_of
from pipeline.director.settings import DirectorSettings
from tests.director.books import TAGS, small_window

PEOPLE = {"Alice": ("Miss Liddell",), "White Rabbit": (), "Queen of Hearts": ()}


def settings(**changes: object) -> DirectorSettings:
    layer = {"model": "google/gemini-2.5-flash", **changes}
    return settings_of([Layer("a test", {"director": layer})]).director


def asked(people: dict[str, tuple[str, ...]] | None = None, **changes: object) -> Question:
    book = Metadata(title="Alice’s Adventures in Wonderland", creators=("Lewis Carroll",), language="en")
    brief = Brief(settings(**changes), book, "en", PEOPLE if people is None else people, TAGS)
    return question_of(small_window(), brief)


def test_the_body_of_a_question(golden) -> None:
    found = json.dumps(asked(temperature=0.2).body, ensure_ascii=False, indent=1) + "\n"
    assert found == golden("requests/chat.json", found)


def test_a_part_of_somebody_else_changes_no_question() -> None:
    key = asked().key(1)
    assert asked({**PEOPLE, "Mad Hatter": ("Hatter",)}).key(1) == key
    assert asked({**PEOPLE, "Watch": ()}).key(1) != key


@pytest.mark.parametrize(
    "change",
    [
        {"model": "openai/gpt-4.1-mini"},
        {"temperature": 0.5},
        {"tags": False},
        {"base_url": "http://127.0.0.1:9/api/v1"},
    ],
)
def test_what_changes_the_answer_changes_the_key(change: dict[str, object]) -> None:
    assert asked(**change).key(1) != asked().key(1)


@pytest.mark.parametrize(
    "change",
    [
        {"api_key_env": "OTHER_KEY"},
        {"attempts": 5},
        {"timeout_s": 9.0},
        {"usd_per_m_input": 3.0},
        {"window_chars": 9_000},
    ],
)
def test_what_does_not_change_the_answer_leaves_the_key(change: dict[str, object]) -> None:
    assert asked(**change).key(1) == asked().key(1)


def test_each_attempt_is_an_answer_of_its_own() -> None:
    assert len({asked().key(attempt) for attempt in (1, 2, 3)}) == 3


def test_the_schema_is_strict_and_knows_tags_only_where_they_are_wanted() -> None:
    with_tags, without = (asked(tags=tags).body["response_format"]["json_schema"] for tags in (True, False))
    assert with_tags["strict"] is True
    line, plain = (one["schema"]["properties"]["lines"]["items"] for one in (with_tags, without))
    assert set(line["required"]) - set(plain["required"]) == {"tags"}
    for one in (line, plain, with_tags["schema"]):
        assert one["required"] == list(one["properties"])
        assert one["additionalProperties"] is False


def test_a_port_is_no_other_service() -> None:
    here, there = ({"base_url": f"http://127.0.0.1:{port}/api/v1"} for port in (9, 10))
    assert asked(**here).key(1) == asked(**there).key(1)
