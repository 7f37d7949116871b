"""Whether the disks have room for what a run will write; asked before anything is spent."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.bill import READING_SPEED
from pipeline.errors import MachineError
from pipeline.planning import Plan
from pipeline.recording import PIPELINE_FORMAT
from pipeline.takes.order import Order

_RESERVE_BYTES = 50_000_000
"""Answers in the spool, the ledger and its log, a report: what is not counted one by one."""

_TAKE_BYTES_PER_S = PIPELINE_FORMAT.rate * PIPELINE_FORMAT.frame_bytes


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that will be written under a folder, which need not be there yet."""

    folder: Path
    bytes: int


class Rooms:
    """What is free on each disk, less what has been asked for."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}

    def take(self, needs: Sequence[Need]) -> None:
        """Set space aside for one book. Raises `MachineError` where a disk has not enough; then nothing is."""
        asked: dict[int, int] = {}
        for need in needs:
            place = existing_part(need.folder)
            disk = place.stat().st_dev
            free = self._left.setdefault(disk, shutil.disk_usage(place).free - _RESERVE_BYTES)
            asked[disk] = asked.get(disk, 0) + need.bytes
            if asked[disk] > free:
                raise MachineError(
                    f"{asked[disk] / 1e9:.2f} GB more are needed and {max(0, free) / 1e9:.2f} GB are free",
                    where=str(need.folder),
                )
        for disk, size in asked.items():
            self._left[disk] -= size


def needs_of(plan: Plan, missing: Iterable[Order]) -> Iterator[Need]:
    """What a book will write: the takes it has not, the chapters these belong to, and all of the delivery."""
    settings = plan.job.settings
    orders = tuple(missing)
    seconds = sum(order.expected_s for order in orders) * READING_SPEED.high
    keys = {order.key for order in orders}
    touched = [chapter for chapter in plan.chapters if keys & {planned.order.key for planned in chapter.chunks}]
    bytes_per_s = sum(encoding.bit_rate for encoding in settings.delivery.encodings) / 8
    store, out = settings.run.takes_folder, Path(settings.run.out).expanduser()
    encoded_s = sum(chapter.expected_s for chapter in touched) or seconds
    yield Need(store, round(seconds * _TAKE_BYTES_PER_S + encoded_s * bytes_per_s))
    embedded = settings.delivery.encoding("mp3").bit_rate / 8 * len({"lpf", "epub"} & set(settings.delivery.read_along))
    yield Need(out, round(plan.expected_s * (bytes_per_s + embedded)))


def existing_part(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
