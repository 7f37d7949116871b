"""One line of JSON for every attempt, written the moment it ends. The key is in none of them."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pipeline.errors import MachineError


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What became of one attempt.

    `at_s` and `ended_s` count the server's seconds from its start, `in_flight` the attempts under way when it arrived,
    itself included. `text_sha256` is the hash of the words that were to be spoken, whatever seed and notes came with
    them; empty for a body that was refused unread.
    `status` is None where the client left first, or never got one. `bytes` were handed to the connection; `audio_s` and
    `cost_usd` are what was generated for them; `charged` says that it costs the key something, arrived or not.
    `complete`: the answer went out to its last byte, whatever it was. `answered`: and it was the good sound, to a
    client that was still there.
    """

    seq: int
    at_s: float
    ended_s: float
    model: str
    body_sha256: str
    text_sha256: str
    input_chars: int
    fault: str | None
    status: int | None
    retry_after_s: float | None
    bytes: int
    audio_s: float
    cost_usd: float
    charged: bool
    generation_id: str
    in_flight: int
    complete: bool
    answered: bool


class Journal:
    """Lines appended to a file, or dropped where there is none."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    def write(self, line: JournalLine) -> None:
        if self._file is not None:
            self._file.write(json.dumps(dataclasses.asdict(line)) + "\n")
            self._file.flush()


@contextmanager
def open_journal(path: Path | None) -> Iterator[Journal]:
    """A journal at the end of the file at `path`. Raises `MachineError` if it cannot be opened."""
    if path is None:
        yield Journal(None)
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise MachineError(f"cannot write the request log: {error.strerror}", where=str(path)) from error
    with file:
        yield Journal(file)
