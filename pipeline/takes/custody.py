"""Takes on the move and takes thrown away: export, import, prune. Nothing a listed book uses is ever touched."""

import hashlib
import json
import re
import tarfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.atomic import locked, machine_errors, replacing, write_atomic
from pipeline.errors import UsageError
from pipeline.speech.request import Key, from_canonical, key_of
from pipeline.takes.store import WAV_HEADER_BYTES, TakeStore

_MEMBER = re.compile(r"(?P<kind>takes|rejected)/([0-9a-f]{2})/(?P<key>\2[0-9a-f]{62})\.(?P<suffix>json|wav)")
_MAX_RECORD_BYTES = 4 * 2**20
_MAX_WAV_BYTES = 2**31  # twelve hours; no take is longer than ten minutes
_KEPT = ("takes", "rejected", "tracks", "damaged")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in, what was there already, and what was refused and why."""

    added: int = 0
    present: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruning:
    """Files that may go, oldest first, and what the store holds before and after."""

    files: tuple[Path, ...]
    takes: int
    freed_bytes: int
    left_bytes: int


def export(store: TakeStore, keys: Iterable[str], archive: Path) -> int:
    """Write the takes under `keys`, and why others have none, into a tar file at `archive`; how many takes it holds.

    The same takes give the same bytes: members in order of their keys, without times or owners.
    """
    count = 0
    with replacing(archive) as part, tarfile.open(part, "w") as tar:
        for key in sorted(set(keys)):
            for path in _files_of(store, Key(key)):
                _add(tar, path, path.relative_to(store.root).as_posix())
                count += path.suffix == ".wav" and path.parts[-3] == "takes"
    return count


def bring_in(store: TakeStore, archive: Path) -> Imported:
    """Take over what is in an exported tar file; each take is held to its digest and its request to its key first.

    What is there already stays as it is. Raises `UsageError` if the file is no such archive.
    """
    try:
        with machine_errors(archive), tarfile.open(archive, "r:") as tar:
            return _brought_in(store, tar)
    except tarfile.TarError as error:
        raise UsageError(f"not an archive of takes: {error}", where=str(archive)) from error
    except FileNotFoundError:
        raise UsageError("there is no such file", where=str(archive)) from None


def prunable(root: Path, used: Collection[str], *, to_bytes: int) -> Pruning:
    """What to delete of a store so that it holds no more than `to_bytes`: what is not `used`, oldest first.

    `used` names takes by their keys and encoded chapters by theirs. The short records of why a take was none stay.
    """
    groups = [group for kind in _KEPT for group in _groups(root / kind)]
    total = sum(group.bytes for group in groups)
    files: list[Path] = []
    takes = freed = 0
    for group in sorted((group for group in groups if group.key not in used), key=lambda group: group.age):
        if total - freed <= to_bytes:
            break
        files += group.files
        freed += group.bytes
        takes += group.is_take
    return Pruning(tuple(files), takes, freed, total - freed)


def prune(pruning: Pruning) -> None:
    """Delete what `prunable` named; of a take the record goes first, so that no half of one is ever found."""
    for file in pruning.files:
        with machine_errors(file):
            file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Group:
    """The files of one key in one folder of the store."""

    key: str
    files: tuple[Path, ...]
    bytes: int
    age: float
    is_take: bool


def _groups(folder: Path) -> Iterator[_Group]:
    by_key: dict[str, list[Path]] = {}
    for path in folder.rglob("*"):
        is_reason = folder.name == "rejected" and path.suffix == ".json"
        if path.is_file() and not path.name.startswith(".") and not is_reason:
            by_key.setdefault(path.stem, []).append(path)
    for key, paths in by_key.items():
        paths.sort(key=lambda path: path.suffix != ".json")
        stats = [path.stat() for path in paths]
        age = max(stat.st_mtime for stat in stats)
        yield _Group(key, tuple(paths), sum(stat.st_size for stat in stats), age, folder.name == "takes")


def _files_of(store: TakeStore, key: Key) -> Iterator[Path]:
    """A take's WAV and record, or the record of why there is none; the WAV first, as the store itself writes them."""
    if store.find(key) is not None:
        yield from (store.path(key, ".wav"), store.path(key, ".json"))
    elif store.rejection(key) is not None:
        yield store.rejected_path(key, ".json")


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = path.stat().st_size
    with path.open("rb") as file:
        tar.addfile(info, file)


def _brought_in(store: TakeStore, tar: tarfile.TarFile) -> Imported:
    total = Imported()
    waiting: dict[str, bytes] = {}
    for member in tar:
        match = _MEMBER.fullmatch(member.name)
        if match is None or not member.isfile() or member.size > _limit(match["suffix"]):
            total = _refused(total, f"{member.name}: no file of a take store")
            continue
        file = tar.extractfile(member)
        data = file.read() if file is not None else b""
        if match["suffix"] == "wav":
            waiting = {match["key"]: data}  # its record comes next
        elif match["kind"] == "takes":
            total = _take_in(store, Key(match["key"]), data, waiting.pop(match["key"], b""), total)
        else:
            total = _reason_in(store, Key(match["key"]), data, total)
    return total


def _take_in(store: TakeStore, key: Key, record: bytes, wav: bytes, total: Imported) -> Imported:
    if store.find(key) is not None:
        return Imported(total.added, total.present + 1, total.refused)
    fault = _fault_of(record, key, wav)
    if fault:
        return _refused(total, f"take {key[:12]}: {fault}")
    with locked(store.path(key, ".json").parent):
        write_atomic(store.path(key, ".wav"), wav)
        write_atomic(store.path(key, ".json"), record)
    return Imported(total.added + 1, total.present, total.refused)


def _reason_in(store: TakeStore, key: Key, record: bytes, total: Imported) -> Imported:
    if store.look_up_key(key) is None and not _fault_of(record, key, None):
        write_atomic(store.rejected_path(key, ".json"), record)
    return total


def _fault_of(record: bytes, key: Key, wav: bytes | None) -> str:
    """What is wrong with a record and its sound, or ""."""
    try:
        data = json.loads(record)
        if key_of(from_canonical(json.dumps(data["request"]))) != key:
            return "its request is not the one its name says"
        if wav is not None and hashlib.sha256(wav[WAV_HEADER_BYTES:]).hexdigest() != data["digest"]:
            return "its sound is not what was stored"
    except (ValueError, KeyError, TypeError):
        return "its record cannot be read"
    return ""


def _refused(total: Imported, reason: str) -> Imported:
    return Imported(total.added, total.present, (*total.refused, reason))


def _limit(suffix: str) -> int:
    return _MAX_WAV_BYTES if suffix == "wav" else _MAX_RECORD_BYTES
