"""What a look at the store says is what a run would do."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.speech.prompt import FRAMED
from pipeline.takes.chain import AcceptanceSettings
from pipeline.takes.order import Order
from pipeline.takes.render import Outcome, render
from pipeline.takes.resolve import Part, Resolution, Resolver
from pipeline.takes.store import TakeStore
from pipeline.takes.studio import Studio
from tests.fakes.engine import FakeEngine
from tests.fakes.events import Recorded
from tests.fakes.studio import PATIENT, PROFILE, halves_of, open_studio, orders_of

SEVERAL = "One is well. Two is so. Three is well. Four is well."
PATIENCE = PATIENT.model_copy(update={"retakes": 1})


def order_of(text: str) -> Order:
    [order] = orders_of([text])
    return order


def second_voice(text: str) -> Order:
    return order_of(f"{text} (second voice)")


def halves(text: str) -> list[str]:
    return [half.request.text for half in halves_of(order_of(text))]


def rendered(
    root: Path, script: str, text: str, *, acceptance: AcceptanceSettings = PATIENCE, other: str = ""
) -> Outcome:
    """What a run makes of a text; with `other`, the script of a fallback behind it."""

    async def scene() -> Outcome:
        async with open_studio(FakeEngine(other), root, emit=Recorded(), acceptance=acceptance) as behind:

            def fallback(order: Order) -> tuple[Order, Studio] | None:
                return (second_voice(order.request.text), behind) if other else None

            facts = {"acceptance": acceptance, "fallback": fallback, "profile": framing_profile()}
            async with open_studio(FakeEngine(script), root, emit=Recorded(), **facts) as studio:
                return await render(order_of(text), studio)

    return asyncio.run(scene())


def framing_profile() -> object:
    return PROFILE.model_copy(update={"direction": "input"})


def resolved(root: Path, text: str, *, acceptance: AcceptanceSettings = PATIENCE, other: str = "") -> Resolution[str]:
    resolver = Resolver(
        TakeStore(root),
        acceptance,
        framing=FRAMED,
        order_of=order_of,
        halves=halves if acceptance.split else lambda _: (),
        fallback=second_voice if other else None,
    )
    return resolver.resolve(order_of(text), text)


def test_of_an_empty_store_everything_is_lacking(tmp_path):
    assert resolved(tmp_path, SEVERAL) == Resolution((), (order_of(SEVERAL),))


def test_a_take_speaks_its_text(tmp_path):
    [piece] = rendered(tmp_path, "ok", SEVERAL)
    assert resolved(tmp_path, SEVERAL) == Resolution((Part(SEVERAL, order_of(SEVERAL).request, piece.take),))


def test_of_a_halved_text_the_parts_are_told_in_order(tmp_path):
    pieces = rendered(tmp_path, "silent, silent, ok, ok", SEVERAL)
    found = resolved(tmp_path, SEVERAL)
    assert [part.text for part in found.parts] == ["One is well. Two is so.", "Three is well. Four is well."]
    assert [part.take for part in found.parts] == [piece.take for piece in pieces]


def test_a_half_that_failed_is_lacking_alone(tmp_path):
    rendered(tmp_path, "silent, silent, 400, 400, ok, ok", SEVERAL)
    found = resolved(tmp_path, SEVERAL)
    assert [part.text for part in found.parts] == ["Two is so.", "Three is well. Four is well."]
    assert [order.request.text for order in found.lacking] == ["One is well."]
    assert [order.request.take for order in found.lacking] == [1]


def test_what_is_lacking_after_a_failed_take_is_the_next_one(tmp_path):
    rendered(tmp_path, "silent, 500, 500, 500, 500, 500, 500", "A single sentence.")
    [order] = resolved(tmp_path, "A single sentence.").lacking
    assert (order.request.take, order.expected_s) == (1, order_of("A single sentence.").expected_s)


def test_the_fallbacks_take_counts_where_nothing_else_is_left(tmp_path):
    [piece] = rendered(tmp_path, "400", "A single sentence.", other="ok")
    text = "A single sentence."
    request = second_voice(text).request
    assert resolved(tmp_path, text, other="ok").parts == (Part(text, request, piece.take),)
    assert resolved(tmp_path, "A single sentence.").lacking, "without one it is still to be had"


_REPLIES = st.sampled_from(["ok", "silent", "odd", "short", "page", "400", "403-filter", "empty"])


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.lists(_REPLIES, max_size=14),
    st.sampled_from(["", "ok", "silent, ok", ", ".join(["silent"] * 9)]),
    st.integers(0, 2),
    st.booleans(),
)
def test_after_a_run_the_store_tells_what_the_run_told(script, other, retakes, split):
    acceptance = PATIENCE.model_copy(update={"retakes": retakes, "split": split})
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        outcome = rendered(root, ", ".join(script), SEVERAL, acceptance=acceptance, other=other)
        found = resolved(root, SEVERAL, acceptance=acceptance, other=other)
        assert found == resolved(root, SEVERAL, acceptance=acceptance, other=other)
        assert bool(found.lacking) == (not isinstance(outcome, tuple))
        if isinstance(outcome, tuple):
            assert [part.take for part in found.parts] == [piece.take for piece in outcome]
            assert "".join("".join(part.text for part in found.parts).split()) == "".join(SEVERAL.split())
        again = FakeEngine()
        if isinstance(outcome, tuple):
            assert rendered_again(root, again, acceptance) == outcome
            assert again.history == [], "and a second run asks for nothing"


def rendered_again(root: Path, engine: FakeEngine, acceptance: AcceptanceSettings) -> Outcome:
    async def scene() -> Outcome:
        async with open_studio(engine, root, emit=Recorded(), acceptance=acceptance) as behind:

            def fallback(order: Order) -> tuple[Order, Studio]:
                return second_voice(order.request.text), behind

            facts = {"acceptance": acceptance, "fallback": fallback, "profile": framing_profile()}
            async with open_studio(engine, root, emit=Recorded(), **facts) as studio:
                return await render(order_of(SEVERAL), studio)

    return asyncio.run(scene())
