"""The program in a process of its own that kills itself at a named instant; what it is made of knows nothing of that.

Functions that stand between two states of an attempt, a take or a book are wrapped, and count who passes before and
after them. A `Fuse` names one such passage; there the process ends as `kill -9` ends it.
"""

import contextlib
import functools
import importlib
import inspect
import json
import multiprocessing
import os
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WATCHED = {
    "lease": "pipeline.takes.leases:Leases.take",
    "sent": "pipeline.takes.ledger:Ledger.sent",
    "commit": "pipeline.takes.writer:_commit",
    "body": "pipeline.speech.openrouter:_save",
    "rename": "pipeline.takes.spool:Spool.arrived",
    "sync": "pipeline.takes.spool:Spool.keep",
    "arrived": "pipeline.takes.ledger:Ledger.arrived",
    "stored": "pipeline.takes.store:TakeStore.put",
    "rejected": "pipeline.takes.store:TakeStore.reject",
    "file": "pipeline.takes.store:write_atomic",
    "ended": "pipeline.takes.ledger:Ledger.ended",
    "forgotten": "pipeline.takes.spool:Spool.forget",
    "released": "pipeline.takes.leases:Leases.release",
    "recovery": "pipeline.facilities:recover",
    "cleared": "pipeline.takes.leases:Leases.clear",
    "encoded": "pipeline.assemble.tracks:encode_track",
    "shelved": "pipeline.assemble.tracks:TrackShelf.chapter",
    "bound": "pipeline.assemble.delivery:write_m4b",
    "delivered": "pipeline.session:deliver",
    "report": "pipeline.outcome:write_atomic",
}
"""What is passed, and where it is found: `module:function` or `module:Class.method`."""

_PIECES = "httpx:Response.aiter_bytes"

ANYWHERE = "anywhere"
"""Every passage there is."""

_CRAFT = multiprocessing.get_context("forkserver")
_CRAFT.set_forkserver_preload(["pipeline.cli", "pipeline.run", "tests.crash.crashing"])

PATIENCE_S = 120
"""After which a process that should have ended is taken for hung: the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Fuse:
    """Burns through at the `nth` passage of `point`, or `delay_s` after the start.

    A point is "before sent", "after sent" and so on for what is `WATCHED`, "in a body", or `ANYWHERE`.
    """

    point: str = ""
    nth: int = 0
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: exit code (negative: the signal), and the passages it counted if it lived to tell."""

    code: int
    passages: Counter[str]

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Run:
    """A run under way; `fuse` as above. Its output goes to `folder`/log."""

    def __init__(self, arguments: Sequence[object], folder: Path, fuse: Fuse | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._counts = folder / "passages.json"
        self._counts.unlink(missing_ok=True)
        words = [str(word) for word in arguments]
        self._process = _CRAFT.Process(target=_main, args=(words, fuse or Fuse(), folder / "log", self._counts))
        self._process.start()

    def ended(self) -> End:
        self._process.join(PATIENCE_S)
        assert self._process.exitcode is not None, "the run hangs"
        text = self._counts.read_text() if self._counts.exists() else "{}"
        return End(self._process.exitcode, Counter(json.loads(text)))


def _main(arguments: list[str], fuse: Fuse, log: Path, counts: Path) -> None:
    """In the new process: arm, run, and at an end of its own tell what was passed."""
    os.environ["OPENROUTER_API_KEY"] = "sk-or-v1-not-to-be-seen"
    random.seed()  # a fork has its parent's; jitter is to differ
    passing = _Passages(fuse)
    for name, place in WATCHED.items():
        _wrap(place, functools.partial(_watched, name, passing))
    _wrap(_PIECES, functools.partial(_watched_pieces, passing))
    if fuse.delay_s:
        burning = threading.Timer(fuse.delay_s, _die)
        burning.daemon = True
        burning.start()
    main = importlib.import_module("pipeline.cli").main
    with log.open("a") as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(arguments)
        except SystemExit as ended:
            counts.write_text(json.dumps(passing.counts))
            out.flush()
            sys.exit(ended.code)


class _Passages:
    """Who has passed, and the end of the process where the fuse says so."""

    def __init__(self, fuse: Fuse) -> None:
        self.counts: Counter[str] = Counter()
        self._fuse = fuse
        self._lock = threading.Lock()

    def at(self, point: str) -> None:
        with self._lock:
            for name in (point, ANYWHERE):
                self.counts[name] += 1
                if (name, self.counts[name]) == (self._fuse.point, self._fuse.nth):
                    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _wrap(place: str, wrapper: Callable[[Any], Any]) -> None:
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, wrapper(getattr(owner, name)))


def _watched(name: str, passing: _Passages, call: Callable[..., Any]) -> Callable[..., Any]:
    async def later(*args: Any, **kwargs: Any) -> Any:
        passing.at(f"before {name}")
        result = await call(*args, **kwargs)
        passing.at(f"after {name}")
        return result

    def now(*args: Any, **kwargs: Any) -> Any:
        passing.at(f"before {name}")
        result = call(*args, **kwargs)
        passing.at(f"after {name}")
        return result

    return later if inspect.iscoroutinefunction(call) else now


def _watched_pieces(passing: _Passages, call: Callable[..., Any]) -> Callable[..., Any]:
    async def pieces(*args: Any, **kwargs: Any) -> Any:
        async for piece in call(*args, **kwargs):
            yield piece
            passing.at("in a body")

    return pieces
