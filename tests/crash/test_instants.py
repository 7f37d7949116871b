"""Killed at a few chosen instants, and twice in a row; two runs at once. `tests.crash.instants` tries many more."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.rehearsal.server import RehearsalOptions, RunningServer, server_in_thread
from pipeline.takes.ledger import Ledger
from pipeline.takes.store import TakeStore
from tests.crash.crashing import Fuse, Run
from tests.crash.instants import (
    Death,
    Undisturbed,
    arguments,
    arrived,
    audio,
    bought_twice,
    disorder,
    instant_of,
    requests_by_key,
    tried,
    undisturbed,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return undisturbed(tmp_path_factory.mktemp("instants") / "calm")


@pytest.mark.parametrize(
    ("state", "is_faulty"),
    [("after rename", False), ("after rejected", True), ("recovery: after stored", False)],
)
def test_what_had_arrived_is_neither_lost_nor_bought_again(calm, tmp_path, state, is_faulty):
    instant = instant_of(state, calm, random.Random(state), is_faulty=is_faulty)
    tally = tried(instant, calm, tmp_path)
    assert tally.kills == len(instant.fuses)
    assert tally.is_clean, tally


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def server(log: Path) -> Iterator[RunningServer]:
    with server_in_thread(RehearsalOptions(log=log, latency_per_audio_s=0.03, workers=1)) as server:
        yield server


def run_together(calm: Undisturbed, folder: Path, server: RunningServer) -> None:
    """Two runs on one job, with a folder each for the book and one for the takes."""
    folders = [folder / "one", folder / "other"]
    words = [arguments(calm.book, each, server.base_url, takes=folder / "takes") for each in folders]
    runs = [Run(line, each) for line, each in zip(words, folders, strict=True)]
    assert [run.ended().code for run in runs] == [0, 0]
    assert [audio(each) == calm.data for each in folders] == [True, True]
    assert list(disorder(folder)) == []


def entries(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_two_runs_started_together_buy_no_key_twice(calm, server, log, tmp_path):
    run_together(calm, tmp_path, server)
    asked = Counter(entry["body_sha256"] for entry in entries(log))
    assert set(asked.values()) == {1}
    assert len(asked) == len(list(TakeStore(tmp_path / "takes").all_keys())) == calm.passages["after stored"]
    with Ledger(tmp_path / "takes").reading() as connection:
        shares = connection.execute("SELECT COUNT(*) FROM attempts GROUP BY run").fetchall()
    assert len(shares) == 2, "both had a part in it"


def test_of_two_runs_after_a_killed_one_each_knows_what_had_arrived(calm, server, log, tmp_path):
    began = time.monotonic()
    words = arguments(calm.book, tmp_path / "one", server.base_url, takes=tmp_path / "takes")
    assert Run(words, tmp_path / "one", Fuse("after rename", 5)).ended().was_killed
    death = Death(time.monotonic() - began, frozenset(arrived(tmp_path / "takes")))
    assert any((tmp_path / "takes" / "spool").glob("*.body")), "something to be recovered by one of them"
    run_together(calm, tmp_path, server)
    digests = requests_by_key(tmp_path / "takes")
    assert death.arrived <= digests.keys()
    assert bought_twice(entries(log), [death], digests) == 0
