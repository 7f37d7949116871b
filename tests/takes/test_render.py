"""Reuse a take, or have it spoken, judged and stored."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import (
    MachineError,
    PaymentRequired,
    PipelineError,
    Rejected,
    ServiceRefused,
    ServiceTrouble,
    SpeechError,
    StoppedOnPurpose,
)
from pipeline.events import AttemptEnded, AttemptStarted, RetryScheduled, TakeRejected, TakeReused, TakeStored
from pipeline.recording import Samples, Take
from pipeline.speech.request import SpeechRequest, key_of, retaken
from pipeline.takes.acceptance import Judgement, Verdict
from pipeline.takes.chain import AcceptanceSettings, Rejection
from pipeline.takes.entries import Account
from pipeline.takes.order import Order
from pipeline.takes.owner import Owner
from pipeline.takes.render import Elsewhere, Outcome, render, render_all
from pipeline.takes.store import TakeStore
from pipeline.takes.studio import Judge, Piece, Studio
from tests.fakes.clock import ManualClock, until
from tests.fakes.engine import FakeEngine, frames_of
from tests.fakes.events import Recorded
from tests.fakes.studio import PATIENT, PROFILE, open_studio, orders_of

TEXTS = [f"Sentence number {n} of the book." for n in range(12)]
SEVERAL = "One is well. Two is cursed. Three is well. Four is well."
FRAMED = PROFILE.model_copy(update={"direction": "input"})


class Run:
    """What came of rendering texts with a scripted voice into `root`."""

    def __init__(self, root: Path, engine: FakeEngine, **studio: object) -> None:
        self.root = root
        self.engine = engine
        self.events = Recorded()
        self.clock = ManualClock()
        self._facts = studio
        self.outcomes: dict[str, Outcome] = {}
        self.order_of_outcomes: list[str] = []
        self.stop = asyncio.Event()
        self.spent_usd = 0.0
        self.account = Account()
        self.store = TakeStore(root)

    def studio(self) -> object:
        return open_studio(self.engine, self.root, emit=self.events, clock=self.clock, **self._facts)

    async def settle(self, order: Order, outcome: Outcome) -> None:
        self.outcomes[order.request.text] = outcome
        self.order_of_outcomes.append(order.request.text)

    async def all_of(self, texts: list[str], *, workers: int = 4) -> None:
        async with self.studio() as studio:
            try:
                await render_all(orders_of(texts), studio, workers=workers, stop=self.stop, on_outcome=self.settle)
            finally:
                self._closed(studio)

    def one(self, text: str = "Hello there.") -> Outcome:
        async def scene() -> Outcome:
            async with self.studio() as studio:
                try:
                    return await render(orders_of([text])[0], studio)
                finally:
                    self._closed(studio)

        return asyncio.run(scene())

    def _closed(self, studio: Studio) -> None:
        self.spent_usd = studio.purse.spent_usd
        self.account = studio.archive.ledger.account()

    def take(self, text: str = "Hello there.") -> Take:
        """The one take of a text."""
        outcome = self.one(text)
        assert isinstance(outcome, tuple), outcome
        [piece] = outcome
        return piece.take


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


def judging(verdicts: str) -> Judge:
    """A judge who reads his verdicts from a list: pass, fail, or suspect and how bad, as in `suspect2`."""
    waiting = verdicts.split(", ")

    def judge(_samples: Samples, _request: SpeechRequest, _language: str) -> Judgement:
        word = waiting.pop(0) if waiting else "pass"
        name = word.rstrip("0123456789")
        return Judgement(Verdict(name), (f"said {word}",) * (name != "pass"), {}, float(word[len(name) :] or 0))

    return judge


def test_a_take_is_spoken_checked_and_stored(tmp_path):
    run = Run(tmp_path, FakeEngine())
    take = run.take()
    assert take.frames == frames_of("Hello there.")
    assert run.store.find(take.key) == take
    assert run.store.record(take.key)["facts"]["checks"]["verdict"] == "pass"
    assert [type(event) for event in run.events] == [AttemptStarted, AttemptEnded, TakeStored]
    [stored] = run.events.of(TakeStored)
    assert (stored.key, stored.seconds, stored.attempts) == (take.key, 1.0, 1)
    assert list((tmp_path / "spool").iterdir()) == []
    assert (run.account.attempts, run.account.stored) == (1, 1)


def test_a_take_that_is_there_costs_no_request(tmp_path):
    first = Run(tmp_path, FakeEngine()).take()
    again = Run(tmp_path, FakeEngine("500, 500, 500, 500, 500, 500"))
    assert again.take() == first
    assert again.engine.history == []
    assert again.events == [TakeReused("A Book", first.key, 1.0)]
    assert again.spent_usd == 0


def test_a_damaged_take_is_spoken_again(tmp_path):
    first = Run(tmp_path, FakeEngine()).take()
    (wav,) = tmp_path.rglob("*.wav")
    wav.write_bytes(wav.read_bytes()[:-2])
    again = Run(tmp_path, FakeEngine())
    assert again.take().digest == first.digest
    assert len(again.engine.history) == 1


@pytest.mark.parametrize(
    ("script", "waits_s", "reasons"),
    [
        ("429(2s), ok", [2], ["429"]),
        ("429, 529(30s), ok", [1, 30], ["429", "529"]),
        ("500, 502, 503(9s), ok", [1, 2, 9], ["500", "502", "503"]),
        ("cut, hang, ok", [1, 2], ["cut", "no answer"]),
        ("empty, empty, ok", [1, 2], ["empty", "empty"]),
    ],
)
def test_what_passes_is_tried_again_until_it_is_a_take(tmp_path, script, waits_s, reasons):
    run = Run(tmp_path, FakeEngine(script))
    undisturbed = Run(tmp_path / "other", FakeEngine()).take()
    take = run.take()
    assert take.digest == undisturbed.digest
    assert len(set(run.engine.history)) == 1, "each attempt asks for the same"
    retries = run.events.of(RetryScheduled)
    assert [retry.wait_s for retry in retries] == waits_s
    assert [retry.attempt for retry in retries] == list(range(1, len(waits_s) + 1))
    for retry, reason in zip(retries[:4], reasons, strict=False):
        assert reason in retry.reason
    assert run.events.of(TakeStored)[0].attempts == len(waits_s) + 1
    assert run.clock() >= sum(waits_s)


@pytest.mark.parametrize("script", ["odd", "silent", "short", "page"])
def test_what_is_no_take_is_kept_for_a_look_and_taken_again_with_another_seed(tmp_path, script):
    run = Run(tmp_path, FakeEngine(f"{script}, ok"))
    take = run.take()
    (order,) = orders_of(["Hello there."])
    assert [request.take for request in run.engine.history] == [0, 1]
    assert take.key == key_of(retaken(order.request, take=1))
    assert run.store.find(order.key) is None
    assert run.store.rejection(order.key).reason
    assert list((tmp_path / "rejected").rglob(f"{order.key}.*"))
    assert [(rejected.take, rejected.cost_usd) for rejected in run.events.of(TakeRejected)] == [(0, 0.01)]
    again = Run(tmp_path, FakeEngine())
    assert again.take() == take
    assert again.engine.history == [], "a take that failed is not asked for again"


@pytest.mark.parametrize("script", ["odd", "silent", "page", "400", "403-filter"])
def test_why_a_take_is_none_is_on_the_disk_before_its_attempt_ends(tmp_path, monkeypatch, script):
    """A run that is killed in between would else ask for the same take again."""
    known: list[object] = []

    async def scene() -> None:
        (order,) = orders_of(["A single sentence."])
        async with open_studio(FakeEngine(script), tmp_path, emit=Recorded()) as studio:
            ended = studio.archive.ledger.ended

            async def noted(*what: object, **facts: object) -> None:
                known.append(studio.archive.store.look_up(order.request))
                await ended(*what, **facts)

            monkeypatch.setattr(studio.archive.ledger, "ended", noted)
            await render(order, studio)

    asyncio.run(scene())
    assert isinstance(known[0], Rejection)


def test_a_chunk_is_taken_as_often_as_is_allowed_and_then_fails(tmp_path):
    run = Run(tmp_path, FakeEngine("silent, " * 99), acceptance=PATIENT.model_copy(update={"retakes": 2}))
    outcome = run.one("A single sentence.")
    assert isinstance(outcome, Rejected)
    assert "silence" in outcome.what
    assert [request.take for request in run.engine.history] == [0, 1, 2]


def test_another_run_gives_a_failed_chunk_as_many_takes_more(tmp_path):
    settings = PATIENT.model_copy(update={"retakes": 1})
    Run(tmp_path, FakeEngine("silent, " * 99), acceptance=settings).one("A single sentence.")
    run = Run(tmp_path, FakeEngine("silent, ok"), acceptance=settings)
    run.take("A single sentence.")
    assert [request.take for request in run.engine.history] == [2, 3]


def test_of_suspect_takes_the_best_is_kept(tmp_path):
    run = Run(tmp_path, FakeEngine(), judge=judging("suspect5, suspect2"))
    take = run.take()
    assert (take.is_suspect, take.badness) == (True, 2)
    assert len(run.engine.history) == 2
    again = Run(tmp_path, FakeEngine())
    assert again.take() == take
    assert again.engine.history == []
    assert again.events == [TakeReused("A Book", take.key, 1.0, is_suspect=True)]


def test_the_strict_take_no_suspects(tmp_path):
    strict = AcceptanceSettings(retakes=1, suspect_retakes=1, policy="strict", split=True)
    run = Run(tmp_path, FakeEngine(), judge=judging("suspect1, suspect1"), acceptance=strict)
    assert isinstance(run.one("A single sentence."), Rejected)
    assert len(run.engine.history) == 2


class Far(FakeEngine):
    """The same voice as if from the next room: 20 dB quieter."""

    async def speak(self, request, body, *, timeout_s):
        speech = await super().speak(request, body, timeout_s=timeout_s)
        samples = np.frombuffer(body.read_bytes(), "<i2") // 10
        body.write_bytes(samples.astype("<i2").tobytes())
        return speech


def test_a_voice_is_known_from_the_takes_of_earlier_runs(tmp_path):
    words = (
        "is a sentence of quite some length, which nobody will deny, and it is said by the same voice as the others."
    )
    texts, new = [f"Number {number} {words}" for number in range(12)], f"And this {words}"
    asyncio.run(Run(tmp_path / "known", FakeEngine()).all_of(texts))
    resumed, first = Run(tmp_path / "known", Far()), Run(tmp_path / "new", Far())
    asyncio.run(resumed.all_of([*texts, new], workers=1))
    asyncio.run(first.all_of([new]))
    assert not first.outcomes[new][0].take.is_suspect
    assert resumed.engine.texts == [new] * len(resumed.engine.texts)
    assert resumed.outcomes[new][0].take.is_suspect


class Cursed(FakeEngine):
    """Spoils every sound in which a word comes."""

    def __init__(self, word: str, *, refuses: bool = False) -> None:
        super().__init__()
        self._word = word
        self._refuses = refuses

    async def speak(self, request, body, *, timeout_s):
        if self._word in request.text:
            self._script.insert(0, self._reply("400" if self._refuses else "silent"))
        return await super().speak(request, body, timeout_s=timeout_s)


def test_what_fails_for_good_is_halved_until_the_cursed_sentence_is_alone(tmp_path):
    run = Run(tmp_path, Cursed("Two"), acceptance=PATIENT.model_copy(update={"retakes": 1}))
    outcome = run.one(SEVERAL)
    assert isinstance(outcome, Rejected)
    assert run.engine.texts.count(SEVERAL) == 2
    assert run.engine.texts.count("Two is cursed.") == 2
    assert run.engine.texts[-1] == "Three is well. Four is well.", "its neighbours are had all the same"


def test_halves_that_were_had_are_found_again(tmp_path):
    run = Run(tmp_path, FakeEngine("silent, silent, silent, silent"))
    pieces = run.one(SEVERAL)
    assert [isinstance(piece, Piece) for piece in pieces] == [True, True]
    assert [piece.key for piece in pieces] == [
        order.key for order in orders_of(["One is well. Two is cursed.", "Three is well. Four is well."])
    ]
    again = Run(tmp_path, FakeEngine())
    assert again.one(SEVERAL) == pieces
    assert again.engine.history == []


def test_the_fallback_speaks_what_cannot_be_halved(tmp_path):
    async def scene(engine: FakeEngine, other: FakeEngine) -> Outcome:
        async with open_studio(other, tmp_path / "other", emit=Recorded()) as behind:

            def fallback(order: Order) -> tuple[Order, Studio]:
                [same] = orders_of([f"{order.request.text} (second voice)"])
                return same, behind

            async with open_studio(engine, tmp_path, emit=Recorded(), fallback=fallback) as studio:
                return await render(orders_of(["A cursed sentence."])[0], studio)

    first, second = Cursed("cursed", refuses=True), FakeEngine()
    outcome = asyncio.run(scene(first, second))
    assert [piece.key for piece in outcome] == [orders_of(["A cursed sentence."])[0].key]
    assert second.texts == ["A cursed sentence. (second voice)"]
    again, behind = Cursed("cursed"), FakeEngine()
    assert asyncio.run(scene(again, behind)) == outcome
    assert (again.history, behind.history) == ([], [])


def test_a_false_refusal_is_asked_again_between_the_documented_marks(tmp_path):
    run = Run(tmp_path, FakeEngine("403-filter, ok"), profile=FRAMED)
    run.take()
    assert [request.framing for request in run.engine.history] == ["", "transcript"]
    assert run.spent_usd == 0.01, "a refusal costs nothing"


@pytest.mark.parametrize(("script", "asked"), [("400", 1), ("413", 1), ("403-filter, 403-filter, 403-filter", 3)])
def test_a_text_that_is_refused_is_an_outcome(tmp_path, script, asked):
    run = Run(tmp_path, FakeEngine(script), profile=FRAMED)
    assert isinstance(run.one("A single sentence."), Rejected)
    assert len(run.engine.history) == asked


def test_a_service_in_trouble_leaves_the_chunk_to_the_next_run(tmp_path):
    run = Run(tmp_path, FakeEngine(", ".join(["500"] * 6)))
    assert type(run.one()) is ServiceTrouble
    assert len(run.engine.history) == 6
    again = Run(tmp_path, FakeEngine())
    assert again.take().key == orders_of(["Hello there."])[0].key


def test_what_another_run_is_rendering_is_left_to_it(tmp_path):
    other = Owner("elsewhere", "boot", 1, "1")

    async def scene() -> tuple[Outcome, Outcome]:
        (order,) = orders_of(["Hello there."])
        run, second = FakeEngine(), FakeEngine()
        async with (
            open_studio(run, tmp_path, emit=Recorded(), owner=other) as theirs,
            open_studio(second, tmp_path, emit=Recorded()) as ours,
        ):
            assert theirs.archive.leases.take(order.key)
            waiting = await render(order, ours)
            theirs.archive.leases.release(order.key)
            return waiting, await render(order, ours)

    waiting, outcome = asyncio.run(scene())
    assert isinstance(waiting, Elsewhere)
    assert isinstance(outcome, tuple)


def test_a_chunk_that_two_books_have_in_common_is_asked_for_once(tmp_path):
    async def scene(engine: FakeEngine) -> list[Outcome]:
        (order,) = orders_of(["Hello there."])
        async with open_studio(engine, tmp_path, emit=Recorded()) as studio:
            outcomes = await asyncio.gather(render(order, studio), render(order, studio))
            return [*outcomes, await render(order, studio)]

    engine = FakeEngine()
    *at_once, later = asyncio.run(scene(engine))
    assert len(engine.history) == 1
    assert isinstance(later, tuple)
    assert all(outcome == later or isinstance(outcome, Elsewhere) for outcome in at_once)


def test_a_fallback_that_is_the_same_model_is_none(tmp_path):
    async def scene() -> Outcome:
        async with open_studio(FakeEngine("400, 400, 400"), tmp_path, emit=Recorded()) as behind:
            async with open_studio(
                FakeEngine("400"), tmp_path, emit=Recorded(), fallback=lambda order: (order, behind)
            ) as studio:
                return await render(orders_of(["A cursed sentence."])[0], studio)

    assert isinstance(asyncio.run(scene()), Rejected)


@pytest.mark.parametrize(("script", "kind"), [("401", ServiceRefused), ("402", PaymentRequired)])
def test_what_concerns_every_chunk_is_raised(tmp_path, script, kind):
    with pytest.raises(kind):
        Run(tmp_path, FakeEngine(script)).one()


def test_what_was_answered_is_paid_for_and_what_never_came_is_in_doubt(tmp_path):
    paid = PROFILE.model_copy(update={"usd_per_m_chars": 1_000.0})
    run = Run(tmp_path, FakeEngine("500, cut, silent, 429, ok"), profile=paid)
    run.one()
    account = run.account
    assert (account.stored, account.rejected, account.refused, account.doubtful) == (1, 1, 2, 1)
    assert account.doubtful_usd == pytest.approx(0.01)
    assert account.actual_usd + account.estimated_usd == pytest.approx(2 * 0.01)
    assert run.spent_usd == pytest.approx(2 * 0.01 + account.doubtful_usd)


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
    assert all(isinstance(outcome, tuple) for outcome in run.outcomes.values())


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

    troubled = Run(tmp_path / "c", FakeEngine("429(1s), ok, cut, 500, ok, hang, empty, ok, 503"), attempts=9)
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
    assert all(isinstance(outcome, tuple) for outcome in run.outcomes.values())


@pytest.mark.parametrize(("script", "kind"), [("ok, ok, 401", ServiceRefused), ("ok, ok, 402", PaymentRequired)])
def test_a_fatal_error_stops_the_run_after_what_was_under_way_has_arrived(tmp_path, script, kind):
    async def scene(run: Run) -> None:
        rendering = asyncio.create_task(run.all_of(TEXTS, workers=3))
        await until(lambda: len(run.engine.history) == 3)
        assert not rendering.done()
        for gate in run.engine.gates.values():
            gate.set()
        await rendering

    run = Run(tmp_path, FakeEngine(script, gates={text: asyncio.Event() for text in TEXTS}))
    with pytest.raises(kind):
        asyncio.run(scene(run))
    assert sorted(run.engine.texts) == TEXTS[:3]
    assert len(run.outcomes) == 2
    assert all(run.store.find(order.key) for order in orders_of(run.outcomes))


def test_a_chunk_that_fails_does_not_stop_the_others(tmp_path):
    run = Run(tmp_path, FakeEngine("ok, 400"))
    asyncio.run(run.all_of(TEXTS, workers=1))
    failed = {text for text, outcome in run.outcomes.items() if isinstance(outcome, SpeechError)}
    assert failed == {TEXTS[1]}
    assert len(run.outcomes) == len(TEXTS)


def test_a_store_without_a_place_to_write_stops_the_run_as_the_machines_error(tmp_path):
    (tmp_path / "leases").write_text("a file where a folder should be")
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
        async with run.studio() as studio:
            await render_all(orders_of(TEXTS), studio, workers=1, stop=run.stop, on_outcome=refuse)

    with pytest.raises(PipelineError, match="enough"):
        asyncio.run(scene())
    assert len(run.engine.history) == 1
