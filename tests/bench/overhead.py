"""What everything that is ours costs a chunk, and how soon a run that has nothing to do is done.

    python -m tests.bench.overhead [--chunks 300] [--book-chunks 1000]

First table: takes of 30 s that a voice in memory gives at once go through pace, ledger, spool, checks and store; the
processor's seconds are counted, of all threads, and those of each step measured on its own. Second table: a book of
`--book-chunks` is made once in the embedded voice, then run again, alone in its store and beside others' takes.
"""

import argparse
import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.tone import tone
from pipeline.speech.body import read_pcm
from pipeline.speech.engine import Speech
from pipeline.speech.request import SpeechRequest
from pipeline.takes.acceptance import judge
from pipeline.takes.entries import State
from pipeline.takes.ledger import Ledger
from pipeline.takes.render import render_all
from pipeline.takes.spool import Spool
from pipeline.takes.store import TakeStore
from tests.bench.processes import watched
from tests.corpus import made
from tests.fakes.studio import open_studio, orders_of, request_of

TARGET_CHUNKS_A_CORE_S = 200.0
TARGET_SECOND_RUN_S = 2.0
_SECONDS = 30
_VARIANT = "m1"
_PCM = f"audio/pcm;rate={PIPELINE_FORMAT.rate};channels=1"
_OTHERS = 5_000


class _AtOnce:
    """Speaks at once what was made before: a voice that is no voice, and looks like one."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._bodies = {text: tone(text, variant=_VARIANT).astype("<i2").tobytes() for text in texts}

    async def speak(self, request: SpeechRequest, body: Path, *, timeout_s: float) -> Speech:
        body.write_bytes(self._bodies[request.text])
        return Speech(body, _PCM, f"gen-{request.text[:20]}")

    async def aclose(self) -> None:
        """Holds nothing."""


def text_of(number: int) -> str:
    """About 30 s of prose, another one for each number."""
    return " ".join(made.paragraphs(number, 7))


def rendered(chunks: int) -> tuple[float, float]:
    """Wall and processor seconds for so many chunks from request to stored take."""

    texts = [text_of(number) for number in range(chunks)]
    voice = _AtOnce(texts)

    async def scene(root: Path) -> None:
        async with open_studio(voice, root, emit=lambda _: None, at_once=8) as studio:

            async def settle(_order: object, outcome: object) -> None:
                assert isinstance(outcome, tuple), outcome

            await render_all(orders_of(texts), studio, workers=16, stop=asyncio.Event(), on_outcome=settle)

    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        wall, core = time.perf_counter(), time.process_time()
        asyncio.run(scene(Path(scratch)))
        return time.perf_counter() - wall, time.process_time() - core


def steps(chunks: int) -> Iterator[tuple[str, float]]:
    """Each step on its own: its name, processor milliseconds a chunk."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        root = Path(scratch)
        sound = tone(text_of(0), variant=_VARIANT)
        body = root / "body"
        body.write_bytes(sound.tobytes())
        store, spool = TakeStore(root), Spool(root / "spool")
        spool.prepare()
        yield "body to disk, renamed, synced", _ms(lambda n: _spooled(spool, sound, n), chunks)
        yield "body to samples", _ms(lambda _: read_pcm(body, content_type=_PCM, assumed_rate=24_000), chunks)
        yield "judged", _ms(lambda _: judge(sound, text_of(0), language="en"), chunks)
        yield (
            "take stored (hash, WAV, JSON)",
            _ms(lambda n: store.put(request_of(f"Text {n}."), sound, _SPEECH, {}), chunks),
        )
        yield "ledger, three entries", _ms_async(root, chunks)


_SPEECH = Speech(Path("unused"))


def _spooled(spool: Spool, sound: Samples, number: int) -> None:
    with spool.arriving(f"{number:016x}.00000000") as part:
        part.write_bytes(sound.tobytes())
        speech = spool.arrived(Speech(part, _PCM))
    spool.keep(speech.body)
    spool.forget(f"{number:016x}.00000000")


def _ms(step: Callable[[int], object], count: int) -> float:
    started = time.process_time()
    for number in range(count):
        step(number)
    return 1000 * (time.process_time() - started) / count


def _ms_async(root: Path, count: int) -> float:
    from pipeline.speech.request import Key
    from pipeline.takes.entries import Sending

    ledger = Ledger(root)
    ledger.open()

    async def one(number: int) -> None:
        key = Key(f"{number:064x}")
        sending = Sending(key, "run", "owner", "service", "model", "en", 24_000, "{}", "body", 0.01, 1.0)
        attempt = await ledger.sent(sending)
        await ledger.arrived(attempt, at=1.0, bytes=1, content_type=_PCM, generation_id="g")
        await ledger.ended(attempt, State.STORED, at=1.0)

    async def eight_at_once() -> None:
        for start in range(0, count, 8):
            await asyncio.gather(*map(one, range(start, start + 8)))

    started = time.process_time()
    with contextlib.closing(ledger):
        asyncio.run(eight_at_once())
    return 1000 * (time.process_time() - started) / count


def chunk_table(chunks: int) -> bool:
    """Print what a chunk costs; whether the wish is met."""
    wall, core = rendered(chunks)
    rate = chunks / core
    print(
        f"{chunks} chunks of {_SECONDS} s: {1000 * core / chunks:.1f} ms of processor a chunk, {rate:.0f} a core second"
    )
    print(f"  (wish {TARGET_CHUNKS_A_CORE_S:.0f}; {chunks / wall:.0f} a second by the clock, syncs included)")
    for name, ms in steps(min(chunks, 100)):
        print(f"  {name:34} {ms:6.2f} ms")
    return rate >= TARGET_CHUNKS_A_CORE_S


def second_runs(chunks: int) -> bool:
    """Print how long a run with nothing to do takes, alone and beside takes of other books; whether it is soon."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        root = Path(scratch)
        book = made.markdown(root / "book.md", {f"Chapter {n}": made.paragraphs(n, chunks // 20) for n in range(20)})
        command = [sys.executable, "-m", "pipeline", str(book), "--engine", "espeak", "--json"]
        command += ["--takes", str(root / "takes"), "--out", str(root / "out"), "--set", "script.target_seconds=5"]
        first = json.loads(watched(command).out)["books"][0]
        print(f"\n{first['chunks']} chunks, made once; run again:")
        alone = min(_second(command) for _ in range(3))
        print(f"  alone in its store          {alone:5.2f} s")
        _fill(root / "takes")
        beside = min(_second(command) for _ in range(3))
        print(f"  beside {_OTHERS} takes of others   {beside:5.2f} s   {beside / alone:.2f} times")
    return beside < TARGET_SECOND_RUN_S


def _second(command: list[str]) -> float:
    run = watched(command)
    book = json.loads(run.out)["books"][0]
    assert book["rendered"] == 0, "there was something to do"
    return run.seconds


def _fill(root: Path) -> None:
    """Other books' takes and attempts, as many as some ten books have."""
    store = TakeStore(root)
    [sample, *_] = store.all_keys()
    for number in range(_OTHERS):
        name = f"{number % 256:02x}{number:062x}"
        for suffix in (".wav", ".json"):
            path = root / "takes" / name[:2] / f"{name}{suffix}"
            path.parent.mkdir(exist_ok=True)
            shutil.copyfile(store.path(sample, suffix), path) if suffix == ".json" else path.write_bytes(b"RIFF")
    row = {"key": "k", "run": "other", "owner": "", "service": "s", "model": "m", "language": "en", "pcm_rate": 24_000}
    row |= {"request": "", "body": "", "state": State.STORED, "estimated_usd": 0.01, "sent_at": 1.0}
    Ledger(root).fill([row] * _OTHERS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.overhead", description=__doc__)
    parser.add_argument("--chunks", type=int, default=300)
    parser.add_argument("--book-chunks", type=int, default=1_000)
    chosen = parser.parse_args()
    met = [chunk_table(chosen.chunks), second_runs(chosen.book_chunks)]
    sys.exit(0 if all(met) else 1)
