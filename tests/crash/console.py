"""The console script as a user has it: in a process of its own, or in this one where that is as good and quicker."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.cli import main

ROOT = Path(__file__).parents[2]

PATIENCE_S = 60
"""After which a process that should have ended is taken for hung."""

Argument = str | Path


@dataclass(frozen=True)
class Ended:
    """A finished invocation."""

    code: int
    out: str
    err: str

    @property
    def paths(self) -> list[Path]:
        """What stands on stdout, as the paths it should be."""
        return [Path(line) for line in self.out.splitlines()]

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind among the JSON lines on stderr."""
        return [event for event in map(event_of, self.lines) if event.get("event") == kind]

    def keys(self, kind: str) -> set[str]:
        return {event["key"] for event in self.events(kind)}


def event_of(line: str) -> dict[str, Any]:
    """The event on a line of stderr; nothing for a line for people."""
    return json.loads(line) if line.startswith("{") else {}


def here(*arguments: Argument) -> Ended:
    """Run the console script's function in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return Ended(code, out.getvalue(), err.getvalue())


def command(*arguments: Argument) -> list[str]:
    return [sys.executable, "-m", "pipeline", *map(str, arguments)]


def environment(**variables: str) -> dict[str, str]:
    """What the process finds: this one's, with the package on its path and `variables` added."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **variables}


def run(*arguments: Argument, **variables: str) -> Ended:
    """Run the program in a process of its own, without a terminal."""
    done = subprocess.run(
        command(*arguments),
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


class Running:
    """The program at work, watched by its events."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def wait_for(self, count: int, *kinds: str) -> None:
        """Return the moment the `count`th event of these kinds has been told, or the program has ended."""
        assert self.process.stderr is not None
        seen = 0
        while seen < count:
            line = self.process.stderr.readline()
            if not line:
                return
            seen += event_of(line).get("event") in kinds

    def ended(self) -> Ended:
        """Let it come to its end."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Ended(self.process.returncode, out, err)

    def children(self) -> list[int]:
        """The processes it has started that still run (from /proc)."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    found.append(int(stat.parent.name))
        return found


@contextlib.contextmanager
def running(*arguments: Argument, **variables: str) -> Iterator[Running]:
    """Start the program with `--json`; whatever happens in the block, it does not outlive it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(*arguments, "--json"),
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            if process.poll() is None:
                process.kill()
