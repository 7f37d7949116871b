"""Bodies while they arrive, and whole ones that nobody has looked at yet.

    spool/<key>.<random>.part           a body that is arriving
    spool/<key>.<random>.<bytes>.body   one that has arrived whole

The name is changed the instant the last byte is written, before anything else happens, so that a process killed right
after that has lost nothing: whoever comes next finds the body, and its size tells whether the disk kept all of it.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from pipeline.atomic import locked, machine_errors, sync
from pipeline.speech.request import Key

_OURS = re.compile(r"(?P<name>[0-9a-f]{16}\.[0-9a-f]{8})\.")
_ARRIVED = re.compile(_OURS.pattern + r"(?P<bytes>\d+)\.body")


class Spool:
    """The folder of arriving bodies. Names are unique over runs and machines."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        with machine_errors(self._root):
            self._root.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def new_name(key: Key) -> str:
        return f"{key[:16]}.{secrets.token_hex(4)}"

    @contextlib.contextmanager
    def arriving(self, name: str) -> Iterator[Path]:
        """The path a body is to be written to; what is left of it after the block is no whole body and goes."""
        part = self._root / f"{name}.part"
        with machine_errors(self._root):
            try:
                yield part
            finally:
                part.unlink(missing_ok=True)

    def arrived(self, part: Path) -> Path:
        """Give a whole body the name that says so. At once; `keep` makes it durable."""
        with machine_errors(self._root):
            body = part.with_name(f"{part.stem}.{part.stat().st_size}.body")
            os.replace(part, body)
        return body

    def keep(self, body: Path) -> None:
        """Make an arrived body durable."""
        with machine_errors(self._root):
            sync(body)
            sync(self._root)

    def find(self, name: str) -> Path | None:
        """The arrived body of that name, if it is whole."""
        return next((path for path in self._root.glob(f"{name}.*.body") if _is_whole(path)), None)

    def left_for(self, key: Key) -> Path | None:
        """A whole body that lies here for a request of which nobody else is taking care."""
        return next((path for path in sorted(self._root.glob(f"{key[:16]}.*.body")) if _is_whole(path)), None)

    @staticmethod
    def name_of(body: Path) -> str:
        return body.name.rsplit(".", 2)[0]

    def forget(self, name: str) -> None:
        """Remove what there is under a name: it has been judged, or will never be whole."""
        for path in self._root.glob(f"{name}.*"):
            path.unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The names under which something lies here, whole or not."""
        yield from sorted({match["name"] for path in self._root.iterdir() if (match := _OURS.match(path.name))})

    @contextlib.contextmanager
    def clearing(self) -> Iterator[None]:
        """Be the only run that looks after what others left behind."""
        with locked(self._root):
            yield


def _is_whole(path: Path) -> bool:
    match = _ARRIVED.fullmatch(path.name)
    return match is not None and path.stat().st_size == int(match["bytes"])
