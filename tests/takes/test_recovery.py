"""What an earlier run left open: what had arrived is kept, what had not is in doubt, what lives is left alone."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.speech.request import canonical, key_of
from pipeline.takes.chain import Rejection
from pipeline.takes.entries import Sending, State
from pipeline.takes.listener import Listener
from pipeline.takes.owner import Owner, this_process
from pipeline.takes.recovery import Recovery, recover
from pipeline.takes.render import render
from pipeline.takes.studio import Archive
from tests.fakes.engine import FakeEngine, tone_of
from tests.fakes.events import Recorded
from tests.fakes.studio import open_studio, orders_of, request_of

REQUEST = request_of("It was a dark and stormy night.")
KEY = key_of(REQUEST)
NAME = f"{KEY[:16]}.00000001"
SOUND = tone_of(REQUEST.text).astype("<i2").tobytes()
DEAD = dataclasses.replace(this_process(), started="1")

KEPT = Recovery(kept=1)
REJECTED = Recovery(rejected=1)
DOUBTFUL = Recovery(doubtful=1, doubtful_usd=0.25)

BODIES: dict[str, tuple[str, bytes, Recovery, str]] = {
    "whole": (f"{NAME}.{len(SOUND)}.body", SOUND, KEPT, "stored"),
    "bad": (f"{NAME}.{len(SOUND)}.body", bytes(len(SOUND)), REJECTED, "rejected"),
    "no sound": (f"{NAME}.7.body", b"<html/>", REJECTED, "rejected"),
    "empty": (f"{NAME}.0.body", b"", REJECTED, "rejected"),
    "half": (f"{NAME}.part", SOUND[:9_000], DOUBTFUL, "doubtful"),
    "kept by half": (f"{NAME}.{len(SOUND)}.body", SOUND[:9_000], DOUBTFUL, "doubtful"),
    "missing": ("", b"", DOUBTFUL, "doubtful"),
}
"""What lies in the spool → the file, what is to be made of it, and how the attempt ends."""

OWNERS = {"dead": str(DEAD), "this one, before": str(this_process()), "no one": "?"}
LIVING = {"elsewhere": str(Owner("elsewhere", "boot", 1, "1"))}


@contextlib.asynccontextmanager
async def archive_of(root: Path) -> AsyncIterator[Archive]:
    async with open_studio(FakeEngine(), root, emit=Recorded()) as studio:
        yield studio.archive


async def left_open(archive: Archive, body: str, *, owner: str = str(DEAD), state: State = State.SENT) -> int:
    """An attempt that a run left in `state`, with such a body."""
    sending = Sending(
        KEY, "an-earlier-run", owner, "fake", "fake", "en", 24_000, canonical(REQUEST), NAME, 0.25, sent_at=1.0
    )
    attempt = await archive.ledger.sent(sending)
    if state is State.ARRIVED:
        pcm = {"content_type": "audio/pcm;rate=24000", "generation_id": "gen-1"}
        await archive.ledger.arrived(attempt, at=2.0, bytes=len(SOUND), **pcm)
    name, data, _, _ = BODIES[body]
    if name:
        (archive.store.root / "spool" / name).write_bytes(data)
    return attempt


def recovered(root: Path, body: str, **attempt: object) -> tuple[Recovery, Archive]:
    async def scene() -> tuple[Recovery, Archive]:
        async with archive_of(root) as archive:
            await left_open(archive, body, **attempt)
            return await recover(archive, Listener().judge), archive

    return asyncio.run(scene())


def state_of(archive: Archive) -> str:
    with archive.ledger.reading() as connection:
        [(state,)] = connection.execute("SELECT state FROM attempts").fetchall()
    return str(state)


def spooled(archive: Archive) -> list[str]:
    return sorted(path.name for path in (archive.store.root / "spool").iterdir() if path.name != ".lock")


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("state", [State.SENT, State.ARRIVED])
@pytest.mark.parametrize("body", BODIES)
def test_what_nobody_will_end_is_ended(tmp_path, body, state, owner):
    recovery, archive = recovered(tmp_path, body, owner=OWNERS[owner], state=state)
    _, _, wanted, end = BODIES[body]
    assert recovery == wanted
    assert state_of(archive) == end
    assert spooled(archive) == []
    assert archive.ledger.open_attempts() == []


@pytest.mark.parametrize("body", BODIES)
def test_what_lives_is_left_alone(tmp_path, body):
    recovery, archive = recovered(tmp_path, body, owner=LIVING["elsewhere"], state=State.ARRIVED)
    assert recovery == Recovery()
    assert state_of(archive) == "arrived"
    assert spooled(archive) == [name for name in [BODIES[body][0]] if name]


def test_a_take_that_had_arrived_is_the_take_it_would_have_been(tmp_path):
    _, archive = recovered(tmp_path, "whole", state=State.ARRIVED)
    take = archive.store.find(KEY)
    assert take is not None
    assert archive.store.samples(take).tobytes() == SOUND
    assert take.generation_id == "gen-1"
    account = archive.ledger.account()
    assert (account.stored, account.estimated_usd) == (1, 0.25)


def test_a_body_is_read_as_its_name_says_where_the_ledger_had_not_heard_of_it_yet(tmp_path):
    """Two channels read as one would be twice as long."""
    stereo = np.repeat(np.frombuffer(SOUND, "<i2"), 2).tobytes()
    said = "audio%2Fpcm%3Brate%3D24000%3Bchannels%3D2.gen-1"

    async def scene() -> Archive:
        async with archive_of(tmp_path) as archive:
            await left_open(archive, "missing")
            (tmp_path / "spool" / f"{NAME}.{len(stereo)}.{said}.body").write_bytes(stereo)
            assert await recover(archive, Listener().judge) == KEPT
            return archive

    archive = asyncio.run(scene())
    take = archive.store.find(KEY)
    assert take is not None
    assert archive.store.samples(take).tobytes() == SOUND
    assert take.generation_id == "gen-1"


@pytest.mark.parametrize(("body", "reason"), [("bad", "silence"), ("no sound", "")])
def test_what_had_arrived_and_was_none_is_not_asked_for_again(tmp_path, body, reason):
    _, archive = recovered(tmp_path, body)
    found = archive.store.look_up(REQUEST)
    assert isinstance(found, Rejection)
    assert reason in found.reason


def test_an_empty_answer_cost_nothing_and_says_nothing_about_the_text(tmp_path):
    _, archive = recovered(tmp_path, "empty")
    assert archive.store.look_up(REQUEST) is None
    account = archive.ledger.account()
    assert account.actual_usd == account.estimated_usd == 0


def test_what_never_came_is_in_doubt_for_what_it_may_have_cost(tmp_path):
    _, archive = recovered(tmp_path, "missing")
    account = archive.ledger.account()
    assert (account.doubtful, account.doubtful_usd, account.estimated_usd) == (1, 0.25, 0)


def test_a_second_look_finds_nothing_more(tmp_path):
    async def scene() -> list[Recovery]:
        async with archive_of(tmp_path) as archive:
            await left_open(archive, "whole")
            return [await recover(archive, Listener().judge) for _ in range(2)]

    assert asyncio.run(scene()) == [KEPT, Recovery()]


def test_runs_that_begin_together_recover_a_body_once(tmp_path):
    async def scene() -> list[Recovery]:
        async with archive_of(tmp_path) as one, archive_of(tmp_path) as other:
            await left_open(one, "whole")
            return await asyncio.gather(*(recover(archive, Listener().judge) for archive in (one, other)))

    assert sorted(asyncio.run(scene()), key=lambda recovery: recovery.kept) == [Recovery(), KEPT]


def test_what_was_left_by_runs_that_were_killed_at_the_very_end_is_cleared(tmp_path):
    async def scene() -> list[str]:
        async with archive_of(tmp_path) as archive:
            attempt = await left_open(archive, "whole")
            await archive.ledger.ended(attempt, State.STORED, at=3.0)
            unknown = archive.store.root / "spool" / f"{'0' * 16}.00000002.1.body"
            unknown.write_bytes(b"1")
            assert await recover(archive, Listener().judge) == Recovery()
            return spooled(archive)

    assert asyncio.run(scene()) == [f"{'0' * 16}.00000002.1.body"], "what no ledger of ours knows is not ours to remove"


def test_the_leases_of_the_dead_are_cleared_with_it(tmp_path):
    async def scene() -> list[str]:
        async with open_studio(FakeEngine(), tmp_path, emit=Recorded(), owner=DEAD) as theirs:
            assert theirs.archive.leases.take(KEY)
        async with archive_of(tmp_path) as archive:
            await recover(archive, Listener().judge)
            return [path.name for path in (tmp_path / "leases").rglob("*") if path.is_file()]

    assert asyncio.run(scene()) == [".lock"]


@pytest.mark.parametrize("state", [State.SENT, State.ARRIVED])
def test_an_answer_whose_run_died_beside_this_one_is_accounted_once(tmp_path, state):
    """Two runs over one store: one is killed, and the other comes to the same chunk without having begun anew."""
    engine = FakeEngine()

    async def scene() -> tuple[object, Archive]:
        async with open_studio(engine, tmp_path, emit=Recorded()) as studio:
            await left_open(studio.archive, "whole", state=state)
            [order] = orders_of([REQUEST.text])
            return await render(order, studio), studio.archive

    outcome, archive = asyncio.run(scene())
    assert isinstance(outcome, tuple)
    assert engine.history == []
    account = archive.ledger.account()
    assert (account.attempts, account.stored, account.doubtful) == (1, 1, 0)
    take = archive.store.find(KEY)
    assert take is not None
    assert take.generation_id == ("gen-1" if state is State.ARRIVED else "")
    with archive.ledger.reading() as connection:
        [[owner]] = connection.execute("SELECT owner FROM attempts").fetchall()
    assert owner == str(this_process()), "a third run that begins meanwhile leaves it alone"


@pytest.mark.parametrize("body", ["whole", "bad", "no sound"])
def test_an_answer_no_ledger_knows_of_is_not_bought_again(tmp_path, body):
    """Another machine's that died, or from before the ledger was lost."""
    engine = FakeEngine()

    async def scene() -> tuple[object, Archive]:
        async with open_studio(engine, tmp_path, emit=Recorded()) as studio:
            name, data, _, _ = BODIES[body]
            (tmp_path / "spool" / name).write_bytes(data)
            assert await recover(studio.archive, Listener().judge) == Recovery()
            [order] = orders_of([REQUEST.text])
            return await render(order, studio), studio.archive

    outcome, archive = asyncio.run(scene())
    assert isinstance(outcome, tuple)
    assert [request.take for request in engine.history] == ([] if body == "whole" else [1])
    assert spooled(archive) == []
    account = archive.ledger.account()
    assert (account.stored, account.rejected) == (1, int(body != "whole"))
