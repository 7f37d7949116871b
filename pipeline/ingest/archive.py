"""A book's zip, opened under limits: nothing is decompressed before its size has been judged."""

import posixpath
import re
import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import unquote

from pipeline.errors import DamagedBook, ProtectedBook, UnsafeBook

MAX_MEMBERS = 20_000  # the largest real books (dictionaries, comics) stay below 10,000
MAX_TOTAL_BYTES = 4 * 2**30  # audio and pictures included, though we never unpack those
MAX_MEMBER_BYTES = 32 * 2**20  # one document or cover; ten times War and Peace
MAX_RATIO = 200  # repetitive XHTML reaches about 50; deflate itself ends near 1,030
RATIO_FLOOR_BYTES = 2**20  # below this a ratio can do no harm
ENCRYPTED_FLAG = 0x1

_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")


class NoSuchMemberError(KeyError):
    """The archive has no such file; the caller decides whether that is a note or the end."""


class Archive:
    """The files of an EPUB by name. Raises DamagedBook, UnsafeBook or ProtectedBook, never an error of zipfile."""

    def __init__(self, path: Path) -> None:
        self.where = path.name
        self._zip = _open_zip(path)
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._folded: dict[str, str] = {}
        self.repeated: tuple[str, ...] = ()
        try:
            self._admit(self._zip.infolist())
        except UnsafeBook:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._members)

    def find(self, name: str) -> str:
        """The member called `name`, whatever its case or Unicode form, or ""."""
        return name if name in self._members else self._folded.get(_fold(name), "")

    def read(self, name: str) -> bytes:
        """The whole member, at most MAX_MEMBER_BYTES. Raises NoSuchMemberError besides the errors of the class."""
        info = self._members.get(self.find(name))
        if info is None:
            raise NoSuchMemberError(name)
        if info.flag_bits & ENCRYPTED_FLAG:
            raise ProtectedBook("the zip is encrypted with a password", where=f"{self.where}, {name}")
        if info.file_size > MAX_MEMBER_BYTES:
            raise UnsafeBook(f"a part of {info.file_size:,} bytes is too large", where=f"{self.where}, {name}")
        try:
            with self._zip.open(info) as stream:
                return stream.read(MAX_MEMBER_BYTES)
        except _BROKEN_ZIP as error:
            raise DamagedBook(f"a part cannot be unpacked: {error}", where=f"{self.where}, {name}") from error

    def stream(self, name: str) -> IO[bytes]:
        """The member, of any size, to be copied and not to be read."""
        return self._zip.open(self._members[name])

    def locate(self, href: str, base: str) -> tuple[str, str]:
        """Resolves `href` as written in the file `base` to (member, fragment); the member is "" if there is none."""
        address, _, fragment = href.strip().partition("#")
        if _SCHEME.match(address) or address.startswith("//"):
            return "", ""
        return self._located(unquote(address), base) if address else self.find(base), unquote(fragment)

    def _located(self, address: str, base: str) -> str:
        """Beside `base`, else from the book's root, where careless tools begin; a query is no part of a name."""
        for path in dict.fromkeys((address, address.partition("?")[0])):
            beside = self.find(_normalised(posixpath.join(posixpath.dirname(base), path)))
            found = beside or self.find(_normalised(path).lstrip("/"))
            if found:
                return found
        return ""

    def _admit(self, infos: list[zipfile.ZipInfo]) -> None:
        _refuse_bombs(infos, self.where)
        for info in infos:
            name = _normalised(info.filename)
            if _escapes(info.filename):
                raise UnsafeBook(f"the zip names a file outside its folder: {info.filename!r}", where=self.where)
            if not info.is_dir() and not _is_link(info):
                self.repeated += (name,) if name in self._members else ()
                self._members[name] = info
                self._folded.setdefault(_fold(name), name)


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _BROKEN_ZIP as error:
        raise DamagedBook(f"not a readable EPUB (zip): {error}", where=path.name) from error


def _refuse_bombs(infos: list[zipfile.ZipInfo], where: str) -> None:
    if len(infos) > MAX_MEMBERS:
        raise UnsafeBook(f"{len(infos):,} files in the zip, more than {MAX_MEMBERS:,}", where=where)
    total_bytes = sum(info.file_size for info in infos)
    if total_bytes > MAX_TOTAL_BYTES:
        raise UnsafeBook(f"the zip unpacks to {total_bytes:,} bytes, more than {MAX_TOTAL_BYTES:,}", where=where)
    for info in infos:
        if info.file_size > RATIO_FLOOR_BYTES and info.file_size > MAX_RATIO * info.compress_size:
            ratio = info.file_size // max(1, info.compress_size)
            raise UnsafeBook(f"{info.filename!r} is packed {ratio:,} to 1, as a zip bomb is", where=where)


def _is_link(info: zipfile.ZipInfo) -> bool:
    """Whether the member is a symbolic link; what it holds is a path, no text."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _normalised(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).removeprefix("./")


def _escapes(name: str) -> bool:
    slashed = name.replace("\\", "/")
    return slashed.startswith("/") or ".." in slashed.split("/") or bool(re.match(r"[a-zA-Z]:", slashed))


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
