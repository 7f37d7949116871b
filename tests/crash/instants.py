"""`kill -9` at chosen instants of a paid run, and whether anything that had arrived was lost or bought again.

    python -m tests.crash.instants [--count 200] [--seed 1]

Each instant has a rehearsal server of its own, without faults or with a mixture of them, and a folder of its own. The
run is killed there (in a recovery: twice), then run to its end. What the server wrote down is held against what the
store held at the moment of death; the book must be the one an undisturbed run makes, byte for byte.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from pipeline.rehearsal.contract import digest_of
from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.faults import FaultScript
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.prompt import speech_body
from pipeline.speech.request import from_canonical
from pipeline.takes.ledger import Ledger
from tests.corpus import made
from tests.crash.crashing import ANYWHERE, Fuse, Run

CHAPTERS = {f"Chapter {number}": made.paragraphs(number, 4) for number in range(1, 4)}

MIXED = {
    "seed": 7,
    "fault": [
        {"kind": "status", "status": 429, "retry_after_s": 0.1, "probability": 0.05},
        {"kind": "status", "status": 500, "probability": 0.05},
        {"kind": "cut", "probability": 0.06},
        {"kind": "empty", "probability": 0.05},
        {"kind": "silent", "probability": 0.08},
        {"kind": "odd", "probability": 0.06},
        {"kind": "truncated", "share": 0.1, "probability": 0.05},
        {"kind": "wav-as-pcm", "probability": 0.04},
    ],
}

SETTINGS = (
    "script.target_seconds=5",
    "pace.max_concurrency=4",
    "retry.first_wait_s=0.1",
    "retry.attempts=10",
    "acceptance.retakes=10",  # that no chunk is halved, and the book stays comparable
)

_LATENCY_PER_AUDIO_S = 0.03
"""Enough for several requests to be under way at once whenever the run is killed."""

_DRAWS = 5
"""A run may be quicker, or share more commits, than the one its instants were counted in."""

_SIDES = ("lease", "sent", "commit", "body", "rename", "sync", "arrived", "stored", "file", "ended", "forgotten")
_FAULTY_ONLY = ("before rejected", "after rejected")
_FINISH = ("encoded", "shelved", "bound", "delivered", "report")

_LEFT_OPEN = ("after rename", "after arrived", "after stored")
_RECOVERY = "recovery: "
_RECOVERIES = [
    f"{_RECOVERY}{point}"
    for point in ("before stored", "after stored", "before ended", "after ended", "after forgotten", "before cleared")
]
"""Killed when a body has arrived, and killed again by the first such passage of the recovery that follows."""


@dataclass(frozen=True, slots=True)
class Instant:
    """When to die: one fuse for each run that is killed."""

    state: str
    fuses: tuple[Fuse, ...]
    is_faulty: bool


@dataclass(slots=True)
class Tally:
    """What instants of one state came to."""

    instants: int = 0
    kills: int = 0
    arrived: int = 0
    lost: int = 0
    twice: int = 0
    equal: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.wrong) and self.equal == self.instants

    def add(self, other: "Tally") -> None:
        for name in ("instants", "kills", "arrived", "lost", "twice", "equal"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


@dataclass(frozen=True)
class Undisturbed:
    """What a run comes to that nobody kills, and which passages it counts."""

    book: Path
    data: bytes
    passages: Counter[str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Death:
    """A moment after a run was killed: by the server's clock, and the keys (their beginnings) that had arrived."""

    at_s: float
    arrived: frozenset[str]


def undisturbed(folder: Path) -> Undisturbed:
    folder.mkdir()
    book = made.markdown(folder / "book.md", CHAPTERS)
    with server_in_thread(RehearsalOptions(latency_per_audio_s=_LATENCY_PER_AUDIO_S, workers=1)) as server:
        Run(["--version"], folder).ended()  # from then on what a run imports is there
        began = time.monotonic()
        end = Run(arguments(book, folder, server.base_url), folder).ended()
        seconds = time.monotonic() - began
    assert end.code == 0, (folder / "log").read_text()
    return Undisturbed(book, audio(folder), end.passages, seconds)


def arguments(book: Path, folder: Path, base_url: str, *, takes: Path | None = None) -> list[object]:
    settings = [word for setting in (*SETTINGS, f"speech.base_url={base_url}") for word in ("--set", setting)]
    places = ["--takes", takes or folder / "takes", "--out", folder / "out"]
    return [book, *places, "--engine", "openrouter", "--yes", "--json", *settings]


def audio(folder: Path) -> bytes:
    [path] = (folder / "out").rglob("*.m4b")
    return path.read_bytes()


def instants(calm: Undisturbed, *, count: int, seed: int) -> list[Instant]:
    """Every state in turn, without faults and with them, at a random one of its passages; a third at any time."""
    chance = random.Random(seed)
    chosen = [f"{side} {name}" for name in _SIDES for side in ("before", "after")]
    chosen += ["in a body", "before released", *_FAULTY_ONLY, *_RECOVERIES]
    chosen += [f"{side} {name}" for name in _FINISH for side in ("before", "after")]
    states = list(islice(cycle(chosen), count - count // 3))
    states += ["any passage" if number % 2 else "any time" for number in range(count // 3)]
    faulty = Counter[str]()
    found = []
    for state in states:
        faulty[state] += 1
        found.append(instant_of(state, calm, chance, is_faulty=faulty[state] % 2 == 0))
    return found


def instant_of(state: str, calm: Undisturbed, chance: random.Random, *, is_faulty: bool) -> Instant:
    return Instant(state, tuple(_fuses(state, calm, chance)), is_faulty or state in _FAULTY_ONLY)


def _fuses(state: str, calm: Undisturbed, chance: random.Random) -> Iterator[Fuse]:
    if state == "any time":
        yield Fuse(delay_s=chance.uniform(0.01, calm.seconds))
    elif state == "any passage":
        yield Fuse(ANYWHERE, chance.randint(1, calm.passages[ANYWHERE]))
    elif state.startswith(_RECOVERY):
        first = chance.choice(_LEFT_OPEN)
        yield Fuse(first, _number(first, calm, chance))
        yield Fuse(state.removeprefix(_RECOVERY), 1)
    else:
        yield Fuse(state, _number(state, calm, chance))


def _number(point: str, calm: Undisturbed, chance: random.Random) -> int:
    return chance.randint(1, max(1, calm.passages[point]))


def tried(instant: Instant, calm: Undisturbed, folder: Path) -> Tally:
    """Die there, come back, finish; and what is to be said of it."""
    script = script_from(MIXED, where="instants") if instant.is_faulty else FaultScript()
    log = folder / "journal.jsonl"
    deaths: list[Death] = []
    options = RehearsalOptions(log=log, latency_per_audio_s=_LATENCY_PER_AUDIO_S, workers=1)
    with server_in_thread(options, script=script) as server:
        began = time.monotonic()
        words = arguments(calm.book, folder, server.base_url)
        for fuse in instant.fuses:
            if Run(words, folder, fuse).ended().was_killed:
                deaths.append(Death(time.monotonic() - began, frozenset(arrived(folder / "takes"))))
        end = Run(words, folder).ended()
    tally = Tally(instants=1, kills=len(deaths), arrived=len(deaths[-1].arrived) if deaths else 0)
    if end.code != 0:
        tally.wrong.append(f"{instant}: exit code {end.code}: {(folder / 'log').read_text()[-600:]}")
        return tally
    tally.equal = int(audio(folder) == calm.data)
    digests = requests_by_key(folder / "takes")
    journal = [json.loads(line) for line in log.read_text().splitlines()]
    tally.lost = len({key for death in deaths for key in death.arrived} - digests.keys())
    tally.twice = bought_twice(journal, deaths, digests)
    tally.wrong += [f"{instant}: {what}" for what in (*disorder(folder), *miscounted(folder / "takes", journal))]
    return tally


def arrived(takes: Path) -> Iterator[str]:
    """The beginnings of the keys whose answer is on the disk: renamed in the spool, stored or rejected."""
    for body in (takes / "spool").glob("*.body"):
        if body.stat().st_size:
            yield body.name[:16]
    for folder in ("takes", "rejected"):
        yield from (path.name[:16] for path in (takes / folder).glob("??/*.json") if not path.name.startswith("."))


def requests_by_key(takes: Path) -> dict[str, str]:
    """Key (its beginning) → the digest under which the server writes the request down."""
    profile = load_profiles({})[DEFAULT_PAID_MODEL]
    found = {}
    for folder in ("takes", "rejected"):
        for path in (takes / folder).glob("??/*.json"):
            request = from_canonical(json.dumps(json.loads(path.read_bytes())["request"]))
            body = json.dumps(speech_body(request, profile, model=profile.name)).encode()
            found[path.name[:16]] = digest_of(body)
    return found


def bought_twice(journal: Sequence[dict[str, object]], deaths: Sequence[Death], digests: dict[str, str]) -> int:
    """Requests made after their answer had arrived, in the same run or in a later one."""
    count = 0
    for death in deaths:
        had = {digests[key] for key in death.arrived if key in digests}
        count += sum(line["body_sha256"] in had and line["at_s"] > death.at_s for line in journal)
    answers = (line for line in journal if line["answered"])
    by_run = Counter((line["body_sha256"], sum(line["at_s"] > death.at_s for death in deaths)) for line in answers)
    return count + sum(times - 1 for times in by_run.values())


def disorder(folder: Path) -> Iterator[str]:
    """What a finished run must not leave lying about."""
    takes = folder / "takes"
    left = [*(takes / "spool").iterdir(), *(takes / "leases").rglob("*"), *folder.rglob("*.part")]
    for path in left:
        if path.is_file() and path.name != ".lock":
            yield f"left behind: {path.relative_to(folder)}"


def miscounted(takes: Path, journal: Sequence[dict[str, object]]) -> Iterator[str]:
    """What in the ledger's account does not add up, by itself, by the store or by the server."""
    ledger = Ledger(takes)
    account = ledger.account()
    if ledger.open_attempts():
        yield "an attempt is still open"
    if account.attempts != account.stored + account.rejected + account.refused + account.doubtful:
        yield f"attempts do not add up: {account}"
    if account.stored != len(list((takes / "takes").glob("??/*.json"))):
        yield f"{account.stored} attempts stored, but other takes"
    charged = sum(bool(line["cost_usd"]) for line in journal)
    if charged > account.stored + account.rejected + account.doubtful:
        yield f"the server charged {charged} times: {account}"


def struck(instant: Instant, calm: Undisturbed, scratch: Path, chance: random.Random) -> Tally:
    """What came of an instant; of another one of that state where the run had ended before."""
    for _ in range(_DRAWS):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            tally = tried(instant, calm, Path(folder))
        if tally.kills == len(instant.fuses) or not tally.is_clean:
            break
        instant = instant_of(instant.state, calm, chance, is_faulty=instant.is_faulty)
    return tally


def main(options: argparse.Namespace) -> int:
    """Print the table; 1 if anything in it is wrong."""
    table: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="instants-") as scratch:
        calm = undisturbed(Path(scratch) / "calm")
        for number, instant in enumerate(instants(calm, count=options.count, seed=options.seed)):
            tally = struck(instant, calm, Path(scratch), random.Random(number))
            table.setdefault(instant.state, Tally()).add(tally)
            if not tally.is_clean:
                print(f"{number}: {instant}: {tally}", file=sys.stderr, flush=True)
    return shown(table)


def shown(table: dict[str, Tally]) -> int:
    columns = ("instants", "kills", "arrived", "lost", "twice", "equal", "wrong")
    print(f"{'state':28}" + "".join(f"{name:>9}" for name in columns))
    total = Tally()
    for tally in table.values():
        total.add(tally)
    for state, tally in [*table.items(), ("all", total)]:
        numbers = (*(getattr(tally, name) for name in columns[:-1]), len(tally.wrong))
        print(f"{state:28}" + "".join(f"{number:9}" for number in numbers))
    return int(not total.is_clean)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kill a run at many instants.")
    parser.add_argument("--count", type=int, default=200, help="instants in all")
    parser.add_argument("--seed", type=int, default=1, help="which of each state's passages are chosen")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_options()))
