"""Auditions as plans: what is asked of whom, and what a choice would cost."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.auditions import Audition, Wanted, of_cast, of_voices, share_of
from pipeline.config import BookJob, flag_layer, settings_of
from pipeline.errors import EmptyBook, UsageError
from pipeline.planning import Plan, PlannedChapter, PlannedChunk, chosen_profile, plan_of
from pipeline.script import script_of
from pipeline.script.direction import Cue, Directions
from pipeline.scripting import limits_of
from tests.corpus import made

CHAPTERS = {
    "One": ["“I shall not go,” said Alice. “It is late, and the lamp is out. Who would go to the sea at night?”",
            "She went to the window and looked at the road, where nobody was."],
    "Two": ["“No,” said the Mouse."],
}  # fmt: skip
CAST = {
    "narrator": {"voice": "Charon", "style": "drily", "embedded": {"voice": "en-US"}},
    "Alice": {"voice": "Leda", "role": "a girl"},
    "Hatter": {"voice": "Puck"},
}


def plan_with(tmp_path: Path, *, cast: dict[str, object] | None = None, engine: str = "openrouter") -> Plan:
    """A plan in which Alice says her words, as a direction would have it."""
    book = made.markdown(tmp_path / "book.md", CHAPTERS)
    layers = [flag_layer("--engine", "speech.engine", engine), flag_layer("test", "cast", cast or {})]
    job = BookJob(book, settings_of(layers))
    plan = plan_of(job, chosen_profile(job.settings))
    places = {
        (number, i): tuple(_spoken_by_alice(block.text))
        for number, chapter in enumerate(plan.book.chapters, start=1)
        for i, block in enumerate(chapter.blocks)
        if cast and "said Alice" in block.text
    }
    script = script_of(plan.book, job.settings.script, limits_of(plan.profile), language="en",
                       directions=Directions(places))  # fmt: skip
    chapters = tuple(
        PlannedChapter(one.number, one.title, tuple(
            PlannedChunk(i, chunk, plan.reader.order_of(chunk)) for i, chunk in enumerate(one.chunks, start=1)))
        for one in script.chapters
    )  # fmt: skip
    return replace(plan, chapters=chapters)


def _spoken_by_alice(text: str) -> list[Cue]:
    between = text.index("said"), text.index(".") + 1
    return [Cue(0, between[0] - 1, "Alice", "sulkily"), Cue(between[1] + 1, len(text), "Alice")]


def asked(audition: Audition) -> tuple[str, str, str]:
    """Voice, profile and style of the first request."""
    request = audition.plan.orders[0].request
    return request.turns[0].voice, request.direction.profile, request.direction.style


def text_of(audition: Audition) -> str:
    return " ".join(order.request.text for order in audition.plan.orders)


def test_every_voice_says_the_same_as_the_narrator_would(tmp_path: Path) -> None:
    first, second = of_voices(plan_with(tmp_path, cast=CAST), ["Kore", "Puck"], Wanted(10))
    assert (asked(first), asked(second)) == (("Kore", "", "drily"), ("Puck", "", "drily"))
    assert text_of(first) == text_of(second)
    assert "I shall not go" in text_of(first)
    assert (first.plan.voice, first.plan.chapters[0].title, second.plan.chapters[0].number) == ("Kore", "Kore", 2)


def test_an_embedded_voice_is_heard_though_the_narrator_has_another(tmp_path: Path) -> None:
    [audition] = of_voices(plan_with(tmp_path, cast=CAST, engine="espeak"), ["en-GB-scotland"], Wanted(10))
    assert asked(audition)[0] == "en-GB-scotland"


def test_of_a_cast_each_says_its_own_and_who_has_nothing_what_the_narrator_says(tmp_path: Path) -> None:
    narrator, alice, hatter = of_cast(plan_with(tmp_path, cast=CAST), Wanted(10))
    assert [one.part for one in (narrator, alice, hatter)] == ["narrator", "Alice", "Hatter"]
    assert asked(alice) == ("Leda", "Alice, a girl", "sulkily")
    assert "said Alice" not in text_of(alice)
    assert "Who would go to the sea" in text_of(alice)
    assert (alice.is_own, hatter.is_own) == (True, False)
    assert text_of(hatter) == text_of(narrator)
    assert (asked(narrator)[0], asked(hatter)[0], hatter.plan.voice) == ("Charon", "Puck", "Puck")


def test_a_part_asks_for_its_words_as_the_book_does(tmp_path: Path) -> None:
    """So that what was paid for on trial is the book's take."""
    plan = plan_with(tmp_path, cast=CAST)
    _, alice, _ = of_cast(plan, Wanted(10))
    assert {order.key for order in alice.plan.orders} <= {order.key for order in plan.orders}


def test_a_cast_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nobody but the narrator has a part"):
        of_cast(plan_with(tmp_path), Wanted(10))


def test_words_and_chapter_can_be_chosen(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, cast=CAST)
    [own] = of_voices(plan, ["Kore"], Wanted(10, text="Good [sighs] day."))
    assert own.passage.paragraphs == ("Good [sighs] day.",)
    assert "[sighs]" not in text_of(own)  # the book's brackets, not a tag
    [second] = of_voices(plan, ["Kore"], Wanted(10, chapter=2))
    assert second.passage.paragraphs == ("“No,” said the Mouse.",)
    with pytest.raises(EmptyBook, match="chapter 9 is not spoken"):
        of_voices(plan, ["Kore"], Wanted(10, chapter=9))
    with pytest.raises(UsageError, match="nothing to say"):
        of_voices(plan, ["Kore"], Wanted(10, text=" \n "))


def test_shares_of_a_cast_are_all_of_the_book_and_a_slow_voice_costs_more(tmp_path: Path) -> None:
    plan = plan_with(tmp_path, cast=CAST)
    whole = share_of(plan, "", pace=1.0)
    assert (whole.seconds, whole.cost_usd) == pytest.approx((plan.expected_s, sum(one.cost_usd for one in plan.orders)))
    parts = [share_of(plan, part, pace=1.0) for part in CAST]
    assert sum(part.seconds for part in parts) == pytest.approx(whole.seconds)
    assert sum(part.cost_usd for part in parts) == pytest.approx(whole.cost_usd)
    assert parts[2].seconds == 0
    slow = share_of(plan, "", pace=1.5)
    assert slow.seconds == pytest.approx(1.5 * whole.seconds)
    assert whole.cost_usd < slow.cost_usd < 1.5 * whole.cost_usd
