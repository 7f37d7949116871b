"""Killed at a few chosen instants, and twice in a row; two runs at once. `tests.crash.instants` tries many more."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.takes.ledger import Ledger
from pipeline.takes.store import TakeStore
from tests.crash.crashing import Run
from tests.crash.instants import Undisturbed, arguments, audio, instant_of, tried, undisturbed


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return undisturbed(tmp_path_factory.mktemp("instants") / "calm")


@pytest.mark.parametrize(
    ("state", "is_faulty"),
    [("after rename", False), ("after rejected", True), ("after ended", True), ("recovery: after stored", False)],
)
def test_what_had_arrived_is_neither_lost_nor_bought_again(calm, tmp_path, state, is_faulty):
    instant = instant_of(state, calm, random.Random(state), is_faulty=is_faulty)
    tally = tried(instant, calm, tmp_path)
    assert tally.kills == len(instant.fuses)
    assert tally.is_clean, tally


def test_two_runs_started_together_buy_no_key_twice(calm: Undisturbed, tmp_path: Path) -> None:
    log = tmp_path / "journal.jsonl"
    folders = [tmp_path / "one", tmp_path / "other"]
    with server_in_thread(RehearsalOptions(log=log, latency_per_audio_s=0.03, workers=1)) as server:
        words = [arguments(calm.book, folder, server.base_url, takes=tmp_path / "takes") for folder in folders]
        runs = [Run(line, folder) for line, folder in zip(words, folders, strict=True)]
        assert [run.ended().code for run in runs] == [0, 0]
    assert [audio(folder) == calm.data for folder in folders] == [True, True]
    asked = Counter(json.loads(line)["body_sha256"] for line in log.read_text().splitlines())
    assert set(asked.values()) == {1}
    assert len(asked) == len(list(TakeStore(tmp_path / "takes").all_keys())) == calm.passages["after stored"]
    with Ledger(tmp_path / "takes").reading() as connection:
        shares = connection.execute("SELECT COUNT(*) FROM attempts GROUP BY run").fetchall()
    assert len(shares) == 2, "both had a part in it"
