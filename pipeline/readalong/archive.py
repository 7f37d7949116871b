"""A zip that comes into being whole, and is the same bytes for the same content: no clock, no order of its own."""

import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pipeline.atomic import replacing

_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest a zip can name."""

_RIGHTS = 0o644 << 16
_COPY_BYTES = 1 << 20

_STORED_SUFFIXES = frozenset({".mp3", ".m4a", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".woff", ".woff2"})
"""What is packed already."""


class NewArchive:
    """The zip at `path`, there when the block ends well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        part = self._stack.enter_context(replacing(self._path))
        self._zip = self._stack.enter_context(zipfile.ZipFile(part, "w"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, name: str, content: bytes | str, *, stored: bool = False) -> None:
        self._zip.writestr(_entry(name, stored=stored), content)

    def add_file(self, name: str, path: Path) -> None:
        """Copied in pieces: a chapter of any length takes the same memory."""
        with path.open("rb") as source:
            self.add_stream(name, source)

    def add_stream(self, name: str, source: IO[bytes]) -> None:
        with self._zip.open(_entry(name), "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, _COPY_BYTES)


def _entry(name: str, *, stored: bool = False) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    is_packed = stored or Path(name).suffix.lower() in _STORED_SUFFIXES
    entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    entry.external_attr = _RIGHTS
    return entry
