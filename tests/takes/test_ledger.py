"""What was asked for and what became of it, on the disk before anybody goes on."""

import asyncio
import contextlib
import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeline.takes.writer
from pipeline.errors import MachineError
from pipeline.speech.request import Key
from pipeline.takes.entries import Account, Sending, State
from pipeline.takes.ledger import Ledger

KEY = Key("ab" * 32)


def sending(number: int = 0, *, run: str = "a-run", usd: float = 0.01, service: str = "a service") -> Sending:
    return Sending(
        key=KEY,
        run=run,
        owner="{}",
        service=service,
        model="a model",
        language="en",
        pcm_rate=24_000,
        request="{}",
        body=f"{KEY[:16]}.{number:08x}",
        estimated_usd=usd,
        sent_at=1_000.0 + number,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    one = Ledger(tmp_path)
    assert one.open()
    yield one
    one.close()


def rows(ledger: Ledger, columns: str = "id, state") -> list[tuple[Any, ...]]:
    """What another process would read at this moment."""
    with contextlib.closing(sqlite3.connect(ledger.path)) as connection:
        return connection.execute(f"SELECT {columns} FROM attempts ORDER BY id").fetchall()


def test_what_has_returned_is_on_the_disk(ledger):
    async def scene() -> None:
        attempt = await ledger.sent(sending())
        assert rows(ledger) == [(attempt, "sent")]
        await ledger.arrived(attempt, at=1.5, bytes=48, content_type="audio/pcm", generation_id="gen-1")
        assert rows(ledger, "state, arrived_at, bytes, generation_id") == [("arrived", 1.5, 48, "gen-1")]
        await ledger.ended(attempt, State.STORED, at=2.5, verdict="pass", audio_s=3.0, request="")
        assert rows(ledger, "state, ended_at, verdict, audio_s, request") == [("stored", 2.5, "pass", 3.0, "")]

    asyncio.run(scene())
    with ledger.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2, "FULL: a power cut takes nothing back"


def test_it_is_all_there_when_it_is_opened_again(tmp_path):
    for number in range(2):
        ledger = Ledger(tmp_path)
        assert ledger.open()
        assert asyncio.run(ledger.sent(sending(number))) == number + 1
        ledger.close()
    assert [attempt.body[-1] for attempt in ledger.open_attempts()] == ["0", "1"]


def test_many_writers_share_a_commit(ledger, monkeypatch):
    sizes: list[int] = []
    commit = pipeline.takes.writer._commit

    def noted(connection, batch, path):
        sizes.append(len(batch))
        commit(connection, batch, path)

    async def scene() -> list[int]:
        with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # so that the first of them has to wait, and the others gather
            writing = [asyncio.create_task(ledger.sent(sending(number))) for number in range(100)]
            await asyncio.sleep(0)
            other.execute("ROLLBACK")
        return await asyncio.gather(*writing)

    monkeypatch.setattr(pipeline.takes.writer, "_commit", noted)
    numbers = asyncio.run(scene())
    assert sorted(numbers) == list(range(1, 101))
    assert sum(sizes) == 100
    assert len(sizes) <= 2


def test_what_fails_reaches_only_who_asked_for_it(ledger):
    async def scene() -> list[object]:
        attempt = await ledger.sent(sending())
        wrong = [
            ledger.ended(attempt, State.STORED, at=1.0, no_such_column=1),
            ledger.ended(attempt, State.STORED, at=1.0, reason=object()),
            ledger.ended(attempt, None, at=1.0),  # type: ignore[arg-type]
        ]
        right = [ledger.sent(sending(number)) for number in range(1, 4)]
        outcomes = await asyncio.gather(*wrong, *right, return_exceptions=True)
        await ledger.ended(attempt, State.STORED, at=9.0)
        return outcomes

    outcomes = asyncio.run(scene())
    assert [type(outcome) for outcome in outcomes[:3]] == [MachineError] * 3
    assert sorted(outcomes[3:]) == [2, 3, 4]
    assert rows(ledger) == [(1, "stored"), (2, "sent"), (3, "sent"), (4, "sent")]


def test_who_does_not_wait_any_more_does_no_harm(ledger):
    async def scene() -> None:
        impatient = asyncio.create_task(ledger.sent(sending()))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        await ledger.sent(sending(1))

    asyncio.run(scene())
    assert [state for _, state in rows(ledger)] == ["sent", "sent"], "what was handed over is written all the same"


@pytest.mark.parametrize("spoil", [lambda _: b"no database at all" * 999, lambda data: data[: len(data) // 3]])
def test_a_damaged_ledger_is_set_aside_and_another_one_begun(tmp_path, spoil):
    ledger = Ledger(tmp_path)
    ledger.open()
    asyncio.run(ledger.sent(sending()))
    ledger.close()
    ledger.path.write_bytes(spoiled := spoil(ledger.path.read_bytes()))
    again = Ledger(tmp_path)
    assert not again.open()
    assert (tmp_path / "damaged" / ledger.path.name).read_bytes() == spoiled
    assert asyncio.run(again.sent(sending())) == 1
    again.close()
    assert Ledger(tmp_path).open_attempts() == again.open_attempts() != []


def test_a_newer_ledger_is_refused_and_left_as_it_is(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.open()
    asyncio.run(ledger.sent(sending()))
    ledger.close()
    with contextlib.closing(sqlite3.connect(ledger.path)) as newer:
        newer.execute("PRAGMA user_version = 7")
    with pytest.raises(MachineError, match="newer run-pipeline") as refusal:
        Ledger(tmp_path).open()
    assert str(ledger.path) in str(refusal.value)
    assert "takes repair" in str(refusal.value)
    assert rows(ledger) == [(1, "sent")]
    ledger.begin_anew()
    assert ledger.open()
    ledger.close()


class Small(Ledger):
    """A ledger on a disk with room for a few pages."""

    def _connection(self) -> sqlite3.Connection:
        connection = super()._connection()
        connection.execute("PRAGMA max_page_count = 12")
        return connection


def test_a_full_disk_is_the_machines_error_and_no_end(tmp_path):
    ledger = Small(tmp_path)
    ledger.open()
    large = sending().__class__(**{**{n: getattr(sending(), n) for n in Sending.__slots__}, "request": "x" * 50_000})
    with pytest.raises(MachineError, match="full"):
        asyncio.run(ledger.sent(large))
    assert asyncio.run(ledger.sent(sending())) == 1, "a smaller one still finds room"
    ledger.close()


def test_a_place_that_cannot_be_written_is_the_machines_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError):
        Ledger(tmp_path / "file").open()
    with pytest.raises(MachineError), Ledger(tmp_path / "nowhere").reading():
        pytest.fail("read from a folder that is not there")


def _write_in_a_process(root: str, run: str, count: int) -> None:
    async def write() -> None:
        for number in range(count):
            attempt = await ledger.sent(sending(number, run=run))
            await ledger.ended(attempt, State.STORED, at=2.0)

    ledger = Ledger(Path(root))
    ledger.open()
    asyncio.run(write())
    ledger.close()


def test_two_processes_write_at_once(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_write_in_a_process, args=(str(tmp_path), run, 25)) for run in ("one", "other")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    ledger = Ledger(tmp_path)
    assert ledger.account().stored == 50
    assert (ledger.account(run="one").stored, ledger.account(run="other").stored) == (25, 25)


def test_the_account_adds_up(ledger):
    ends = [
        (State.STORED, {"estimated_usd": 0.02}),  # by its length, once it is known
        (State.STORED, {"actual_usd": 0.05}),
        (State.REJECTED, {}),
        (State.REJECTED, {"actual_usd": 0.0}),
        (State.REFUSED, {}),
        (State.DOUBTFUL, {}),
    ]

    async def scene() -> None:
        for number, (state, facts) in enumerate(ends):
            await ledger.ended(await ledger.sent(sending(number)), state, at=2.0, **facts)
        open_one = await ledger.sent(sending(7))
        await ledger.arrived(await ledger.sent(sending(8, run="another")), at=2.0)
        assert open_one

    asyncio.run(scene())
    account = ledger.account()
    assert account == Account(
        attempts=8,
        stored=2,
        rejected=2,
        refused=1,
        doubtful=3,
        unpriced=2,
        actual_usd=pytest.approx(0.05),
        estimated_usd=pytest.approx(0.03),
        doubtful_usd=pytest.approx(0.03),
    )
    assert ledger.account(run="another").attempts == 1
    assert ledger.account(run="nobody's") == Account()


def test_attempts_without_an_end_are_told_in_the_order_they_were_sent(ledger):
    async def scene() -> None:
        for number in range(4):
            await ledger.sent(sending(number))
        await ledger.ended(2, State.STORED, at=2.0)
        await ledger.arrived(3, at=2.0, content_type="audio/pcm", generation_id="gen-3")

    asyncio.run(scene())
    found = ledger.open_attempts()
    assert [(one.id, one.state) for one in found] == [(1, State.SENT), (3, State.ARRIVED), (4, State.SENT)]
    assert (found[1].key, found[1].generation_id, found[1].estimated_usd) == (KEY, "gen-3", 0.01)
    names = [sending(number).body for number in range(6)]
    assert ledger.ended_bodies(names) == [names[1]]


def test_a_price_is_asked_for_until_it_is_told(ledger):
    async def scene() -> None:
        for number, state in enumerate([State.STORED, State.REJECTED, State.REFUSED, State.STORED]):
            attempt = await ledger.sent(sending(number, service="another" if number == 3 else "a service"))
            await ledger.ended(attempt, state, at=2.0, generation_id=f"gen-{number}")
        assert ledger.unpriced("a service") == ["gen-0", "gen-1"]
        await ledger.priced("gen-0", 0.5)
        assert ledger.unpriced("a service") == ["gen-1"]

    asyncio.run(scene())
    assert ledger.account().actual_usd == 0.5


def test_a_pace_is_remembered_and_a_garbled_one_forgotten(ledger):
    assert ledger.pace("a service") == {}
    for concurrency in (4, 7):
        asyncio.run(ledger.remember_pace("a service", {"concurrency": concurrency}, at=1.0))
    assert ledger.pace("a service") == {"concurrency": 7}
    with contextlib.closing(sqlite3.connect(ledger.path)) as connection, connection:
        connection.execute("UPDATE paces SET memory = '{'")
    assert ledger.pace("a service") == {}
