"""Kill the run at any instant: nothing that had arrived is rendered again, and the book ends with the same bytes."""

import os
import random
import select
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.takes.store import TakeStore
from tests.corpus import made
from tests.crash.console import PATIENCE_S, Ended, here, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches processes the way Linux lets one"),
]

CHAPTERS = {f"Chapter {number}": made.paragraphs(number, 6) for number in range(1, 4)}
WATCHED = ("AttemptStarted", "TakeStored", "TrackFinished")
INSTANTS = 6


@dataclass(frozen=True)
class Undisturbed:
    book: Path
    data: bytes
    chunks: int
    events: int


def arguments(book: Path, folder: Path) -> Sequence[str]:
    small = ("--engine", "espeak", "--set", "script.target_seconds=5")
    return (str(book), "--takes", str(folder / "takes"), "--out", str(folder / "out"), *small)


def audio(folder: Path) -> bytes:
    [path] = (folder / "out").rglob("*.m4b")
    return path.read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    book = made.markdown(folder / "book.md", CHAPTERS)
    ended = here(*arguments(book, folder), "--json")
    assert ended.code == 0
    events = sum(len(ended.events(kind)) for kind in WATCHED)
    return Undisturbed(book, audio(folder), ended.data["books"][0]["chunks"], events)


def killed(book: Path, folder: Path, instant: int) -> Ended:
    """Run until `instant` events have been told, then SIGKILL; returns when its worker processes are gone too."""
    with running(*arguments(book, folder)) as process:
        process.wait_for(instant, *WATCHED)
        orphans = [os.pidfd_open(child) for child in process.children()]
        process.process.kill()
        ended = process.ended()
    try:
        assert not still_running(orphans)
    finally:
        for handle in orphans:
            os.close(handle)
    return ended


def still_running(handles: Sequence[int]) -> set[int]:
    """Those of the processes that have not ended after a long while."""
    left = set(handles)
    while left:
        ended, _, _ = select.select(left, [], [], PATIENCE_S)
        if not ended:
            break
        left.difference_update(ended)
    return left


@pytest.mark.parametrize("number", range(INSTANTS))
def test_a_killed_run_loses_only_what_had_not_arrived(undisturbed: Undisturbed, tmp_path: Path, number: int) -> None:
    instant = random.Random(number).randrange(1, undisturbed.events)
    ended = killed(undisturbed.book, tmp_path, instant)
    assert ended.code in (-signal.SIGKILL, 0)  # 0: it was quicker than the signal, and everything is there
    kept = set(TakeStore(tmp_path / "takes").all_keys())
    assert ended.keys("TakeStored") <= kept
    again = here(*arguments(undisturbed.book, tmp_path), "--json")
    assert again.code == 0
    recovered = sum(event["kept"] for event in again.events("Recovered"))
    rendered, reused = again.keys("TakeStored"), again.keys("TakeReused")
    assert len(rendered) == again.data["books"][0]["rendered"] == undisturbed.chunks - len(reused)
    assert kept <= reused
    assert len(reused - kept) <= recovered, "of what was recovered, some may just have been stored"
    assert audio(tmp_path) == undisturbed.data


def test_a_store_killed_again_and_again_fills_all_the_same(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Each run gets three chunks further than the last; what is left behind by all of them harms none."""
    before: set[str] = set()
    for _ in range(3):
        killed(undisturbed.book, tmp_path, len(before) + 3)
        kept = set(TakeStore(tmp_path / "takes").all_keys())
        assert before <= kept
        before = kept
    assert here(*arguments(undisturbed.book, tmp_path)).code == 0
    assert audio(tmp_path) == undisturbed.data
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name.endswith(".part")]
