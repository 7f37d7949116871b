"""A chosen take speaks first; without a choice everything is as it was."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.events import TakeReused
from pipeline.recording import Take
from pipeline.speech.request import SpeechRequest, Turn, canonical, key_of, retaken, seeded
from pipeline.takes.chain import Again, Rejection, Use, step_of
from pipeline.takes.choices import DELIBERATE, NO_RETAKE, Choice, Choices, Retake, asked_for
from pipeline.takes.render import render
from pipeline.takes.resolve import Part, Resolution, Resolver
from pipeline.takes.store import TakeStore
from tests.fakes.engine import FakeEngine
from tests.fakes.events import Recorded
from tests.fakes.studio import PATIENT, open_studio, orders_of, request_of

TEXT = "One is well. Two is so."
[ORDER] = orders_of([TEXT])
RETAKES = (Retake(number=1), Retake(number=2, voice="another", text="Won is well.", parameters={"temperature": 0.5}))
CHOICE = Choice(key=ORDER.key, retake=RETAKES)
BAD = Rejection("silent")


def take_named(key: str, *, is_suspect: bool = False) -> Take:
    return Take(key, "digest", 24_000, is_suspect=is_suspect)


def test_a_retake_differs_by_what_was_wished_and_by_its_number() -> None:
    request = seeded(SpeechRequest("openai", "fake", (Turn(TEXT, "anybody"),), seed=0))
    first, second = (asked_for(request, retake) for retake in RETAKES)
    assert first == retaken(request, take=DELIBERATE + 1)
    assert first.seed != request.seed != second.seed
    assert second.turns == (Turn("Won is well.", "another"),)
    assert second.parameters == (("temperature", 0.5),)
    assert asked_for(request, RETAKES[1]) == second


@settings(max_examples=20)
@given(st.integers(min_value=1, max_value=500), st.integers(min_value=0, max_value=DELIBERATE))
def test_no_retake_is_ever_a_take_of_the_chain(number: int, take: int) -> None:
    request = request_of(TEXT)
    assert key_of(asked_for(request, Retake(number=number))) != key_of(retaken(request, take=take))


@pytest.mark.parametrize("suspect", [False, True])
def test_what_was_chosen_is_used_before_anything_else(*, suspect: bool) -> None:
    chosen = asked_for(ORDER.request, RETAKES[0])
    known: dict[str, Take | Rejection] = {ORDER.key: take_named(ORDER.key)}

    def step() -> object:
        return step_of(ORDER.request, lambda one: known.get(key_of(one)), PATIENT, framing="", chosen=chosen)

    assert step() == Again(chosen)
    known[key_of(chosen)] = BAD
    assert step() == Use(take_named(ORDER.key))
    known[key_of(chosen)] = take_named(key_of(chosen), is_suspect=suspect)
    assert step() == Use(take_named(key_of(chosen), is_suspect=suspect))


def test_a_run_asks_for_the_chosen_take_once_and_the_store_says_so_afterwards(tmp_path: Path) -> None:
    choices = Choices.of([CHOICE.using(2)])
    engine, emitted = FakeEngine("ok"), Recorded()

    async def scene() -> object:
        async with open_studio(engine, tmp_path, emit=emitted) as studio:
            first = await render(ORDER, studio)
        async with open_studio(engine, tmp_path, emit=emitted) as studio:
            chosen = replace(studio, choices=choices)
            assert [piece.take.key for piece in await render(ORDER, studio)] == [ORDER.key]
            second = await render(ORDER, chosen)
            assert await render(ORDER, chosen) == second
        return first, second

    (first,), (second,) = asyncio.run(scene())
    wanted = asked_for(ORDER.request, RETAKES[1])
    assert (first.take.key, second.take.key) == (ORDER.key, key_of(wanted))
    assert [canonical(request) for request in engine.history] == [canonical(ORDER.request), canonical(wanted)]
    assert len(emitted.of(TakeReused)) == 2
    assert resolver(tmp_path, choices).resolve(ORDER, TEXT) == Resolution((Part(TEXT, ORDER.request, second.take),))
    assert resolver(tmp_path, Choices()).resolve(ORDER, TEXT) == Resolution((Part(TEXT, ORDER.request, first.take),))
    tried = {key_of(asked_for(ORDER.request, retake)) for retake in RETAKES}
    assert set(resolver(tmp_path, choices).used(ORDER, TEXT)) == {ORDER.key, *tried}


def resolver(root: Path, choices: Choices) -> Resolver[str]:
    return Resolver(
        TakeStore(root),
        PATIENT,
        framing="",
        order_of=lambda text: orders_of([text])[0],
        halves=lambda _: (),
        choices=choices,
    )


@given(st.lists(st.sampled_from([NO_RETAKE, 1, 2]), max_size=6))
def test_a_choice_can_be_taken_back_and_brought_back(uses: list[int]) -> None:
    choice = CHOICE
    for use in uses:
        before, choice = choice, choice.using(use)
        assert choice.use == use
        if use != before.use:
            assert choice.undone.use == before.use
    assert choice.undone.undone == choice


def test_a_choice_names_only_what_is_there() -> None:
    assert CHOICE.following == 3
    with pytest.raises(ValidationError, match="use names no retake of it"):
        Choice(key=ORDER.key, use=3, retake=RETAKES)
    with pytest.raises(ValidationError, match="two retakes of one number"):
        Choice(key=ORDER.key, retake=(*RETAKES, RETAKES[0]))
