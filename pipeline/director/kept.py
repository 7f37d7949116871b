"""Answers that were paid for, by key. They are never needed to make a book again, and never bought again.

directions/ab/abcd….json    the request, and the answer as it came
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.atomic import locked, machine_errors, write_atomic
from pipeline.director.question import AnswerKey

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """The answers of a take store at `root`."""

    root: Path

    def find(self, key: AnswerKey) -> str | None:
        """The body of the answer; None where there is none, or what is there is not whole any more: it is set aside."""
        path = self._path(key)
        try:
            record = json.loads(path.read_text("utf-8"))
            answer = record["answer"]
            if record["digest"] == _digest(answer):
                return str(answer)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        self._set_aside(path)
        return None

    def put(self, key: AnswerKey, request: Mapping[str, Any], answer: str, *, at: float) -> None:
        """Keep an answer, before anybody looks at it; on the disk when this returns. Raises `MachineError`."""
        record = {
            "version": _VERSION,
            "key": key,
            "stored_at": int(at),
            "request": request,
            "digest": _digest(answer),
            "answer": answer,
        }
        write_atomic(self._path(key), json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n")

    def forget(self, key: AnswerKey) -> None:
        """Remove what turned out to be no answer, and was not charged."""
        self._path(key).unlink(missing_ok=True)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only process that asks: two would buy the same answers."""
        with locked(self.root / "directions"):
            yield

    def _path(self, key: AnswerKey) -> Path:
        return self.root / "directions" / key[:2] / f"{key}.json"

    def _set_aside(self, path: Path) -> None:
        folder = self.root / "damaged"
        with machine_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            os.replace(path, folder / path.name)


def _digest(answer: str) -> str:
    return hashlib.sha256(answer.encode("utf-8", "surrogatepass")).hexdigest()
