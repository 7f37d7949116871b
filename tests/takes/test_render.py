"""Reuse a take, or have it spoken, checked and stored."""

import asyncio
import json
from pathlib import Path

import pytest

from pipeline.errors import (
    BadAudio,
    MachineError,
    PaymentRequired,
    PipelineError,
    RequestRefused,
    ServiceRefused,
    ServiceTrouble,
    SpeechError,
    StoppedOnPurpose,
)
from pipeline.events import AttemptStarted, RetryScheduled, TakeReused, TakeStored
from pipeline.recording import Take
from pipeline.takes.order import Order
from pipeline.takes.render import Outcome, render, render_all
from tests.fakes.clock import ManualClock, until
from tests.fakes.engine import FakeEngine, frames_of
from tests.fakes.events import Recorded
from tests.fakes.studio import orders_of, studio_of

TEXTS = [f"Sentence number {n} of the book." for n in range(12)]


class Run:
    """What came of rendering `texts` with a scripted voice into `root`."""

    def __init__(self, root: Path, engine: FakeEngine, **studio: object) -> None:
        self.engine = engine
        self.events = Recorded()
        self.clock = ManualClock()
        self.studio = studio_of(engine, root, emit=self.events, clock=self.clock, **studio)
        self.outcomes: dict[str, Outcome] = {}
        self.order_of_outcomes: list[str] = []
        self.stop = asyncio.Event()

    async def settle(self, order: Order, outcome: Outcome) -> None:
        self.outcomes[order.request.text] = outcome
        self.order_of_outcomes.append(order.request.text)

    async def all_of(self, texts: list[str], *, workers: int = 4) -> None:
        await render_all(orders_of(texts), self.studio, workers=workers, stop=self.stop, on_outcome=self.settle)

    def one(self, text: str = "Hello there.") -> Outcome:
        return asyncio.run(render(orders_of([text])[0], self.studio))


def kept(root: Path) -> dict[str, bytes]:
    """The store's files; of the records what does not tell the time, the attempt or the price."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.suffix == ".json":
            record = json.loads(path.read_bytes())
            del record["facts"]["stored_at"], record["generation_id"]
            found[path.name] = json.dumps(record).encode()
        elif path.is_file() and path.name != ".lock":
            found[path.name] = path.read_bytes()
    return found


def test_a_take_is_spoken_checked_and_stored(tmp_path):
    run = Run(tmp_path, FakeEngine())
    take = run.one()
    assert isinstance(take, Take)
    assert take.frames == frames_of("Hello there.")
    assert run.studio.store.find(take.key) == take
    assert run.studio.store.record(take.key)["facts"]["checks"]["seconds"] == 1.0
    assert [type(event) for event in run.events] == [AttemptStarted, TakeStored]
    assert run.events.of(TakeStored) == [TakeStored(take.key, 1.0, 0.01, 1)]
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_take_that_is_there_costs_no_request(tmp_path):
    first = Run(tmp_path, FakeEngine()).one()
    again = Run(tmp_path, FakeEngine("500, 500, 500, 500, 500, 500"))
    assert again.one() == first
    assert again.engine.history == []
    assert again.events == [TakeReused(first.key, 1.0)]
    assert again.studio.budget.spent_usd == 0


def test_a_damaged_take_is_spoken_again(tmp_path):
    first = Run(tmp_path, FakeEngine()).one()
    (wav,) = tmp_path.rglob("*.wav")
    wav.write_bytes(wav.read_bytes()[:-2])
    again = Run(tmp_path, FakeEngine())
    assert again.one().digest == first.digest
    assert len(again.engine.history) == 1


@pytest.mark.parametrize(
    ("script", "waits_s", "reasons"),
    [
        ("429(2s), ok", [2], ["429"]),
        ("429, 529(30s), ok", [1, 30], ["429", "529"]),
        ("500, 502, 503(9s), ok", [1, 2, 9], ["500", "502", "503"]),
        ("cut, hang, ok", [1, 2], ["cut", "no answer"]),
        ("empty, odd, silent, short, page, ok", [1, 2, 4, 8, 16], ["empty", "cut", "silence", "cut", "frames"]),
    ],
)
def test_what_passes_is_tried_again_until_it_is_a_take(tmp_path, script, waits_s, reasons):
    run = Run(tmp_path, FakeEngine(script))
    undisturbed = Run(tmp_path / "other", FakeEngine()).one()
    take = run.one()
    assert take.digest == undisturbed.digest
    assert len(set(run.engine.history)) == 1, "each attempt asks for the same"
    retries = run.events.of(RetryScheduled)
    assert [retry.wait_s for retry in retries] == waits_s
    assert [retry.attempt for retry in retries] == list(range(1, len(waits_s) + 1))
    for retry, reason in zip(retries[:4], reasons, strict=False):
        assert reason in retry.reason
    assert run.events.of(TakeStored)[0].attempts == len(waits_s) + 1
    assert run.clock() >= sum(waits_s)


def test_a_body_that_was_no_take_is_kept_and_never_as_the_take(tmp_path):
    run = Run(tmp_path, FakeEngine("silent, silent"), attempts=2)
    outcome = run.one()
    assert isinstance(outcome, BadAudio)
    (order,) = orders_of(["Hello there."])
    assert (tmp_path / "rejected" / f"{order.key}.body").read_bytes() == bytes(2 * frames_of("Hello there."))
    assert run.studio.store.find(order.key) is None
    assert not list(tmp_path.rglob("*.wav"))


@pytest.mark.parametrize(
    ("script", "kind"), [("400", RequestRefused), ("413", RequestRefused), (", ".join(["500"] * 6), ServiceTrouble)]
)
def test_one_chunk_that_cannot_be_had_is_an_outcome(tmp_path, script, kind):
    run = Run(tmp_path, FakeEngine(script))
    assert type(run.one()) is kind
    assert len(run.engine.history) == len(script.split(","))


@pytest.mark.parametrize(("script", "kind"), [("401", ServiceRefused), ("402", PaymentRequired)])
def test_what_concerns_every_chunk_is_raised(tmp_path, script, kind):
    with pytest.raises(kind):
        Run(tmp_path, FakeEngine(script)).one()


def test_every_attempt_that_was_answered_is_paid_for_and_no_other(tmp_path):
    run = Run(tmp_path, FakeEngine("500, cut, silent, ok"))
    run.one()
    assert run.studio.budget.spent_usd == pytest.approx(0.02)


def test_nothing_leaves_above_the_budget(tmp_path):
    run = Run(tmp_path, FakeEngine(), budget_usd=0.055)
    with pytest.raises(StoppedOnPurpose):
        asyncio.run(run.all_of(TEXTS))
    assert len(run.engine.history) == 5
    assert len(run.outcomes) == 5


def test_one_told_to_wait_lets_everybody_wait(tmp_path):
    run = Run(tmp_path, FakeEngine("429(50s)"), at_once=1)
    asyncio.run(run.all_of(TEXTS[:3], workers=1))
    assert run.clock() >= 50
    assert all(isinstance(outcome, Take) for outcome in run.outcomes.values())


def test_all_are_rendered_in_reading_order_and_within_the_limit(tmp_path):
    run = Run(tmp_path, FakeEngine(), at_once=3)
    asyncio.run(run.all_of(TEXTS, workers=6))
    assert set(run.outcomes) == set(TEXTS)
    assert run.engine.most_in_flight <= 3
    late = [abs(TEXTS.index(text) - place) for place, text in enumerate(run.engine.texts)]
    assert max(late) < 6, "what is asked for early in the book is rendered early"


def test_the_order_of_completion_leaves_no_trace(tmp_path):
    async def backwards(run: Run) -> None:
        gates = run.engine.gates
        rendering = asyncio.create_task(run.all_of(TEXTS[:6], workers=6))
        await until(lambda: run.engine.in_flight == 6)
        for count, text in enumerate(reversed(TEXTS[:6]), start=1):
            gates[text].set()
            await until(lambda count=count: len(run.outcomes) == count)
        await rendering

    one_by_one = Run(tmp_path / "a", FakeEngine())
    asyncio.run(one_by_one.all_of(TEXTS[:6], workers=1))
    assert one_by_one.order_of_outcomes == TEXTS[:6]

    turned = Run(tmp_path / "b", FakeEngine(gates={text: asyncio.Event() for text in TEXTS[:6]}), at_once=6)
    asyncio.run(backwards(turned))
    assert turned.order_of_outcomes == TEXTS[:6][::-1]

    troubled = Run(tmp_path / "c", FakeEngine("429(1s), ok, cut, 500, ok, hang, odd, ok, silent"), attempts=9)
    asyncio.run(troubled.all_of(TEXTS[:6], workers=3))
    wanted = kept(tmp_path / "a" / "takes")
    assert len(wanted) == 12
    assert kept(tmp_path / "b" / "takes") == wanted
    assert kept(tmp_path / "c" / "takes") == wanted


def test_once_told_to_stop_nothing_new_is_begun_and_what_is_under_way_arrives(tmp_path):
    async def scene(run: Run) -> None:
        rendering = asyncio.create_task(run.all_of(TEXTS, workers=2))
        await until(lambda: run.engine.in_flight == 2)
        run.stop.set()
        for gate in run.engine.gates.values():
            gate.set()
        await rendering

    run = Run(tmp_path, FakeEngine(gates={text: asyncio.Event() for text in TEXTS}))
    asyncio.run(scene(run))
    assert sorted(run.engine.texts) == sorted(run.outcomes) == TEXTS[:2]
    assert all(isinstance(outcome, Take) for outcome in run.outcomes.values())


@pytest.mark.parametrize(("script", "kind"), [("ok, ok, 401", ServiceRefused), ("ok, ok, 402", PaymentRequired)])
def test_a_fatal_error_stops_the_run_after_what_was_under_way_has_arrived(tmp_path, script, kind):
    async def scene(run: Run) -> None:
        rendering = asyncio.create_task(run.all_of(TEXTS, workers=3))
        await until(lambda: len(run.engine.history) == 3)
        assert not rendering.done()
        for gate in run.engine.gates.values():
            gate.set()
        await rendering

    run = Run(tmp_path, FakeEngine(script, gates={text: asyncio.Event() for text in TEXTS[:2]}))
    with pytest.raises(kind):
        asyncio.run(scene(run))
    assert sorted(run.outcomes) == TEXTS[:2]
    assert sorted(run.engine.texts) == TEXTS[:3]
    assert all(run.studio.store.find(order.key) for order in orders_of(TEXTS[:2]))


def test_a_chunk_that_fails_does_not_stop_the_others(tmp_path):
    run = Run(tmp_path, FakeEngine("ok, 400"))
    asyncio.run(run.all_of(TEXTS, workers=1))
    failed = {text for text, outcome in run.outcomes.items() if isinstance(outcome, SpeechError)}
    assert failed == {TEXTS[1]}
    assert len(run.outcomes) == len(TEXTS)


def test_a_store_without_a_place_to_write_stops_the_run_as_the_machines_error(tmp_path):
    (tmp_path / "spool").write_text("a file where a folder should be")
    run = Run(tmp_path, FakeEngine())
    with pytest.raises(MachineError):
        asyncio.run(run.all_of(TEXTS))
    assert run.engine.history == [], "nothing is asked for that could not be kept"


def test_a_disk_that_fills_up_while_a_body_arrives_is_the_machines_error(tmp_path):
    run = Run(tmp_path, FakeEngine("ok, full"))
    with pytest.raises(MachineError) as caught:
        asyncio.run(run.all_of(TEXTS, workers=1))
    assert caught.value.exit_code == 7
    assert len(run.engine.history) == 2
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_the_listener_raises_reaches_the_caller(tmp_path):
    run = Run(tmp_path, FakeEngine())

    async def refuse(order: Order, outcome: Outcome) -> None:
        raise PipelineError("enough")

    async def scene() -> None:
        await render_all(orders_of(TEXTS), run.studio, workers=1, stop=run.stop, on_outcome=refuse)

    with pytest.raises(PipelineError, match="enough"):
        asyncio.run(scene())
    assert len(run.engine.history) == 1
