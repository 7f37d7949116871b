"""A night in which three attempts in ten go wrong, in every way there is, beside the same book on a calm one.

    python -m tests.bench.storm [--chunks 1000] [--speedup 60] [--script configs/bad-night.toml] [--voice tone]

The rehearsal server speaks with a voice that costs nothing. Afterwards every chunk's take is held to that of the calm
night: what differs is a fault that nobody noticed, and the server's journal says which. Exits non-zero if the book was
not delivered, if more than 1.6 further requests were made for a fault, or if the key stands anywhere.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import flag_layer, set_layer
from pipeline.jobs import jobs_of
from pipeline.planning import Plan, plan_books
from pipeline.rehearsal.faults import WHOLE_KINDS
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.takes.store import TakeStore
from tests.corpus import made
from tests.crash.console import Ended, here

TARGET_EXTRA_A_FAULT = 1.6
SOUND = {".wav", ".m4a", ".m4b", ".mp3", ".jpg"}
"""What no key stands in, and what is too large to read twice."""
_KEY = "sk-or-v1-to-be-seen-nowhere"
_SETTINGS = ("script.target_seconds=20", "retry.attempts=12", "pace.timeout_base_s=60")


@dataclass(frozen=True)
class Night:
    """What came of one: the run's end, the server's journal, for each chunk the digests that speak it."""

    ended: Ended
    journal: list[dict[str, Any]]
    spoken: dict[str, tuple[str, ...]]
    generations: dict[str, str]
    suspects: frozenset[str]
    files: str


def book_of(path: Path, chunks: int) -> Path:
    """A book of about so many chunks of 20 s or so."""
    chapters = 20
    return made.markdown(
        path, {f"Chapter {n}": made.paragraphs(n, chunks // chapters, sentences=6) for n in range(chapters)}
    )


def night(book: Path, folder: Path, options: RehearsalOptions) -> Night:
    """Make the book against a server of its own."""
    assert options.log is not None
    with server_in_thread(options) as server:
        settings = [*_SETTINGS, f"speech.base_url={server.base_url}", f"pace.speedup={options.speedup:g}"]
        words = [word for setting in settings for word in ("--set", setting)]
        places = ("--takes", folder / "takes", "--out", folder / "out")
        ended = here(book, *places, "--engine", "openrouter", "--yes", "--json", *words)
        plan = _plan(book, folder, settings)
    journal = [json.loads(line) for line in options.log.read_text("utf-8").splitlines()]
    store = TakeStore(folder / "takes")
    spoken, generations, suspects = {}, {}, set()
    for key, resolution in plan.resolved(store).chunks.items():
        spoken[key] = tuple(part.take.digest for part in resolution.parts)
        generations |= {part.take.digest: part.take.generation_id for part in resolution.parts}
        suspects |= {key for part in resolution.parts if part.take.is_suspect}
    return Night(ended, journal, spoken, generations, frozenset(suspects), _written(folder, options.log))


def _plan(book: Path, folder: Path, settings: list[str]) -> Plan:
    layers = [flag_layer("--takes", "run.takes", str(folder / "takes")), *map(set_layer, settings)]
    [plan] = plan_books(jobs_of([book], [*layers, flag_layer("--engine", "speech.engine", "openrouter")]))
    assert isinstance(plan, Plan)
    return plan


def _written(folder: Path, journal: Path) -> str:
    """Everything written that could hold a key: all but sound, and the server's journal, which lies beside."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in SOUND]
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in [*files, journal])


def compared(calm: Night, stormy: Night) -> bool:
    """Print both nights side by side; whether the targets are reached."""
    faults = Counter(line["fault"] for line in stormy.journal if line["fault"] and line["fault"] not in WHOLE_KINDS)
    total, attempts = sum(faults.values()), len(stormy.journal)
    extra = (attempts - len(stormy.spoken)) / max(1, total)
    split = {key for key, digests in stormy.spoken.items() if len(digests) != 1}
    other = {key for key in stormy.spoken if key not in split and stormy.spoken[key] != calm.spoken[key]}
    leaks = sum(_KEY in text for text in (stormy.ended.out, stormy.ended.err, stormy.files))
    again = len(calm.journal) - len(calm.spoken) - sum(line["status"] == 429 for line in calm.journal)
    print(f"{len(stormy.spoken)} chunks; calm night: exit {calm.ended.code}, {len(calm.journal)} requests")
    print(f"  of good takes {again} were taken again without need, {len(calm.suspects)} are listed as suspect")
    print(f"bad night: exit {stormy.ended.code}, {attempts} requests, {total} of them faulty ({total / attempts:.0%})")
    print(f"  further requests a fault   {extra:.2f} (target {TARGET_EXTRA_A_FAULT})")
    listed = len(other & stormy.suspects)
    print(f"  halved chunks              {len(split)}; suspect, kept and listed: {len(stormy.suspects)}")
    print(f"  takes that are not those of the calm night: {len(other)} of {len(stormy.spoken) - len(split)} unsplit")
    print(f"    listed as suspect {listed}, unnoticed {len(other) - listed}")
    print(f"  the key in output, journal, reports or ledger: {leaks} times")
    _in_the_book(stormy, other, faults)
    return stormy.ended.code == 0 and extra <= TARGET_EXTRA_A_FAULT and not leaks


def _in_the_book(stormy: Night, other: set[str], faults: Counter[str]) -> None:
    """By kind of fault: how often it was played, how often its sound is in the book, listed or not."""
    by_generation = {line["generation_id"]: line["fault"] for line in stormy.journal if line["generation_id"]}
    heard = {key: by_generation.get(stormy.generations[stormy.spoken[key][0]]) or "(unknown)" for key in other}
    used = Counter(heard.values())
    listed = Counter(fault for key, fault in heard.items() if key in stormy.suspects)
    print(f"  {'fault':16} {'played':>7} {'in the book':>12} {'listed':>7}")
    for fault in sorted({*faults, *used}):
        print(f"  {fault:16} {faults[fault]:7} {used[fault]:12} {listed[fault]:7}")


def main(arguments: argparse.Namespace) -> bool:
    """Both nights, one after the other."""
    os.environ["OPENROUTER_API_KEY"] = _KEY
    with tempfile.TemporaryDirectory(prefix="storm-") as scratch:
        root = Path(scratch)
        book = book_of(root / "book.md", arguments.chunks)
        common = {"voice": arguments.voice, "speedup": arguments.speedup, "latency_per_audio_s": 0.3}
        calm = night(book, root / "calm", RehearsalOptions(log=root / "calm.jsonl", **common))
        script = {"script": arguments.script}
        stormy = night(book, root / "storm", RehearsalOptions(log=root / "storm.jsonl", **common, **script))
        if stormy.ended.code:
            print(stormy.ended.err[-2_000:])
        return compared(calm, stormy)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.storm", description=__doc__)
    parser.add_argument("--chunks", type=int, default=1_000)
    parser.add_argument("--speedup", type=float, default=60.0)
    parser.add_argument("--script", type=Path, default=Path("configs/bad-night.toml"))
    parser.add_argument("--voice", choices=["tone", "espeak"], default="tone")
    sys.exit(0 if main(parser.parse_args()) else 1)
