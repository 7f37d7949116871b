"""The one way a file comes into being here: whole and durable, or not at all.

Temp file in the same folder → write → fsync → rename → fsync of the folder. A reader sees the old file or the new
one; after the call returns, a power cut does not take it back. The cost is two fsyncs a file, which is what a paid
take is worth.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import MachineError

_NOT_OURS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


def write_atomic(path: Path, *pieces: bytes | str) -> None:
    """Put `pieces`, one after the other, at `path`, durable on return.

    Raises `MachineError` when the disk or the folder refuses.
    """
    with replacing(path) as part, part.open("wb") as file:
        for piece in pieces:
            file.write(piece.encode() if isinstance(piece, str) else piece)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well it is made durable and takes the name `path`."""
    with machine_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stem = f".{path.name[:80]}."
        _remove_abandoned(path.parent, stem)
        with _claimed(path.parent, stem) as part:
            try:
                yield part
                sync(part)
                os.replace(part, path)
                sync(path.parent)
            finally:
                part.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one, of all threads and processes, in a block over `folder`; a dead owner's lock is free at once."""
    with machine_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("ab") as file:
            _lock(file.fileno())
            yield  # closing the file lets the lock go


@contextmanager
def machine_errors(path: Path) -> Iterator[None]:
    """Turn "disk full" and "not writable" into the error of ours that says so; other `OSError`s pass."""
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_OURS:
            raise MachineError(f"cannot write: {error.strerror}", where=str(error.filename or path)) from error
        raise


def ensure_writable(folder: Path) -> None:
    """Create `folder` and prove that a file can be made in it, before anything is spent."""
    with machine_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{secrets.token_hex(4)}.part"
        probe.touch()
        probe.unlink()


if os.name == "nt":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only

    @contextmanager
    def _claimed(folder: Path, stem: str) -> Iterator[Path]:
        yield folder / f"{stem}{secrets.token_hex(4)}.part"  # a lock there would keep the writer out as well

    def _remove_abandoned(folder: Path, stem: str) -> None:
        """Whose they are cannot be told there."""
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    @contextmanager
    def _claimed(folder: Path, stem: str) -> Iterator[Path]:
        """A new file, locked for as long as its writer lives, by which others tell that it is not abandoned."""
        while True:
            part = folder / f"{stem}{secrets.token_hex(4)}.part"
            with part.open("xb") as file:
                _lock(file.fileno())
                if part.exists():  # else taken for abandoned between the two lines above
                    yield part
                    return

    def _remove_abandoned(folder: Path, stem: str) -> None:
        """Remove what writers of the same file left that were killed."""
        for name in os.listdir(folder):  # noqa: PTH208  a third of what `glob` takes, for every file that is written
            if not (name.startswith(stem) and name.endswith(".part")):
                continue
            part = folder / name
            with suppress(FileNotFoundError), part.open("rb") as file, suppress(BlockingIOError):
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()


def sync(path: Path) -> None:
    """Have the file or folder at `path` on the disk when this returns."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot fsync a folder; NTFS journals the rename
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
