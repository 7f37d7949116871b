"""Finished chapters to play while the rest of their book is rendered: copies of what is encoded, never a delivery.

The folder is emptied when a book begins and is gone before its delivery is written, so that none is ever left beside
it, whenever a run is killed.
"""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.assemble.encode import SUFFIX
from pipeline.assemble.formats import Codec
from pipeline.assemble.names import IGNORE_NAME, file_name, single_line
from pipeline.assemble.tracks import EncodedChapter
from pipeline.atomic import machine_errors, replacing, write_atomic

_FOLDER = "listen"

_SMALL: tuple[Codec, ...] = ("aac", "opus", "mp3")
"""What is worth a copy. Where chapters are only lossless they are played where they lie, on the track shelf."""


def put_out(book: Path, number: int, title: str, chapter: Sequence[EncodedChapter]) -> tuple[Path, ...]:
    """Files that play a chapter of the book in folder `book`, one for each of its portions.

    Raises `MachineError` where there is no room for them.
    """
    codec = next((each for each in _SMALL if each in chapter[0].files), None)
    if codec is None:
        return tuple(next(iter(portion.files.values())) for portion in chapter)
    folder = book / _FOLDER
    write_atomic(folder / IGNORE_NAME, "")
    names = [_name(number, title, portion, len(chapter)) for portion in range(1, len(chapter) + 1)]
    files = tuple(folder / f"{name}{SUFFIX[codec]}" for name in names)
    for file, portion in zip(files, chapter, strict=True):
        with replacing(file) as part:
            shutil.copyfile(portion.files[codec], part)
    return files


def take_in(book: Path) -> None:
    """Nothing is put out any more. Raises `MachineError` where it cannot be removed."""
    folder = book / _FOLDER
    with machine_errors(folder), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _name(number: int, title: str, portion: int, portions: int) -> str:
    which = f" ({portion} of {portions})" if portions > 1 else ""
    return f"{number:03} - {file_name(single_line(title) or str(number))}{which}"
