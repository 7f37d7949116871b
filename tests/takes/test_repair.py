"""The ledger made again from the takes."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.speech.engine import Speech
from pipeline.speech.settings import service_named
from pipeline.takes.ledger import Ledger
from pipeline.takes.render import render
from pipeline.takes.repair import rebuild
from pipeline.takes.store import TakeStore
from tests.fakes.engine import FakeEngine, tone_of
from tests.fakes.events import Recorded
from tests.fakes.studio import PROFILE, open_studio, orders_of, request_of

PAID = PROFILE.model_copy(update={"usd_per_m_chars": 1_000.0})


async def spoken(root: Path, script: str) -> None:
    async with open_studio(FakeEngine(script), root, emit=Recorded(), profile=PAID) as studio:
        for order in orders_of(["One is here.", "Two is here."]):
            assert not isinstance(await render(order, studio), PipelineError)


def test_the_takes_alone_tell_what_was_paid(tmp_path):
    asyncio.run(spoken(tmp_path, "ok, silent, ok"))
    ledger = Ledger(tmp_path)
    before = ledger.account()
    assert rebuild(TakeStore(tmp_path), ledger) == 2
    after = ledger.account()
    assert (after.stored, after.rejected) == (before.stored, before.rejected) == (2, 1)
    assert after.estimated_usd > 0
    assert list((tmp_path / "damaged").iterdir()), "the old one is kept"


@pytest.mark.parametrize("place", ["", "127.0.0.1"])
def test_the_takes_of_a_rehearsal_stay_a_rehearsals(tmp_path, place):
    store, ledger = TakeStore(tmp_path), Ledger(tmp_path)
    request = dataclasses.replace(request_of("One is here."), service=place)
    store.put(request, tone_of(request.text), Speech(Path("unused"), cost_usd=0.5), {"estimated_cost_usd": 0.4})
    assert rebuild(store, ledger) == 1
    assert ledger.prices(service_named(PROFILE, place=place)) == [(0.5, 0.4)]


def test_a_ledger_that_is_lost_is_made_again(tmp_path):
    asyncio.run(spoken(tmp_path, ""))
    ledger = Ledger(tmp_path)
    for path in tmp_path.glob("ledger*"):
        path.unlink()
    assert rebuild(TakeStore(tmp_path), ledger) == 2
    assert ledger.account().stored == 2


def test_a_ledger_that_is_no_database_is_set_aside_and_the_run_goes_on(tmp_path):
    asyncio.run(spoken(tmp_path, ""))
    ledger = Ledger(tmp_path)
    for path in tmp_path.glob("ledger*"):
        path.unlink()
    ledger.path.write_bytes(b"this is no database at all" * 100)
    asyncio.run(spoken(tmp_path, "500, 500"))
    assert ledger.account().attempts == 0
    assert list((tmp_path / "damaged").iterdir())
