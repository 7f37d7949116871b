"""Bodies while they arrive, and whole ones that nobody has looked at yet.

    spool/<key>.<random>.part                                         a body that is arriving
    spool/<key>.<random>.<bytes>.<content type>.<generation>.body     one that has arrived whole

The name is changed the instant the last byte is written, before anything else happens, so that a process killed right
after that has lost nothing: whoever comes next finds the body, and its size tells whether the disk kept all of it. What
the service said of it goes with the name: raw samples do not say their rate, and at a wrong one they are another sound.
"""

import contextlib
import os
import re
import secrets
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.atomic import locked, machine_errors, sync
from pipeline.speech.engine import Speech
from pipeline.speech.request import Key

_OURS = re.compile(r"(?P<name>[0-9a-f]{16}\.[0-9a-f]{8})\.")
_ARRIVED = re.compile(_OURS.pattern + r"(?P<bytes>\d+)(\.(?P<content_type>[^.]*)\.(?P<generation_id>[^.]*))?\.body")
"""Earlier versions wrote no more than the bytes."""

_LONGEST_SAID = 80
"""Characters of a file's name, which may have 255 in all: what is longer stands in the ledger only, a moment later."""


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

    def arrived(self, speech: Speech) -> Speech:
        """Give a whole body the name that says so, and what was said of it. At once; `keep` makes it durable."""
        part, said = speech.body, f"{_quoted(speech.content_type)}.{_quoted(speech.generation_id)}"
        with machine_errors(self._root):
            body = part.with_name(f"{part.stem}.{part.stat().st_size}.{said}.body")
            os.replace(part, body)
        return replace(speech, body=body)

    def keep(self, body: Path) -> None:
        """Make an arrived body durable."""
        with machine_errors(self._root):
            sync(body)
            sync(self._root)

    def find(self, name: str) -> Speech | None:
        """The arrived body of that name, if it is whole, and what its name says of it."""
        return next(self._whole(name), None)

    def left_for(self, key: Key) -> Speech | None:
        """A whole body that lies here for a request of which nobody else is taking care."""
        return next(self._whole(key[:16]), None)

    @staticmethod
    def name_of(body: Path) -> str:
        return ".".join(body.name.split(".")[:2])

    def _whole(self, beginning: str) -> Iterator[Speech]:
        for path in sorted(self._root.glob(f"{beginning}.*.body")):
            match = _ARRIVED.fullmatch(path.name)
            if match is not None and path.stat().st_size == int(match["bytes"]):
                yield Speech(path, _said(match["content_type"]), _said(match["generation_id"]))

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


def _quoted(said: str) -> str:
    """As a part of a file's name, without the dot that divides those; empty where it is too long."""
    quoted = urllib.parse.quote(said, safe="").replace(".", "%2E")
    return quoted if len(quoted) <= _LONGEST_SAID else ""


def _said(quoted: str | None) -> str:
    return urllib.parse.unquote(quoted or "")
