"""The takes on disk: the only state of a run, readable without this program.

    takes/ab/abcd….wav       the PCM, a plain WAV any player opens
    takes/ab/abcd….json      the request, digest, frames, checks, cost; written last: it makes the take complete
    rejected/ab/abcd….json   why a take was none, beside its sound (.wav) or what came instead (.body)
    damaged/                 what failed its verification, kept for a look
    spool/  leases/  ledger-HOST.sqlite    see `spool`, `leases`, `ledger`

Two letters fan the takes out over 256 folders, so that none grows past what file systems list quickly. Every file is
written atomically, so two runs may share a store: both would write the same bytes to the same name.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.atomic import ensure_writable, locked, machine_errors, write_atomic
from pipeline.recording import PIPELINE_FORMAT, PcmFormat, Samples, Take
from pipeline.speech.engine import Speech
from pipeline.speech.request import Key, SpeechRequest, canonical, key_of
from pipeline.takes.chain import Rejection

if TYPE_CHECKING:  # a plan looks takes up, and judges none
    from pipeline.takes.acceptance import Judgement

SCHEMA = 1

WAV_HEADER_BYTES = 44


class DamagedTake(Exception):
    """A stored take does not verify; it has been set aside. Its request must be rendered again."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"take {key[:12]}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StoreSummary:
    """What `takes ls` and `takes verify` say: takes, their seconds, their bytes, what they cost as far as known."""

    takes: int
    seconds: float
    bytes: int
    cost_usd: float
    damaged: tuple[str, ...] = ()


class TakeStore:
    """A folder of takes. `root` is created on first use; reading never creates anything."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Make the folders and prove them writable. Raises `MachineError`."""
        for name in ("takes", "rejected"):
            ensure_writable(self.root / name)

    def find(self, key: Key) -> Take | None:
        """The take under `key`, from its JSON and the size of its WAV alone; None if there is none that is whole.

        Raises `MachineError` where the store cannot be one: not a folder, not readable.
        """
        try:
            with machine_errors(self.root):
                record = json.loads(self.path(key, ".json").read_bytes())
                size = self.path(key, ".wav").stat().st_size
            take = _take_of(record)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            self._set_aside(key)
            return None
        if size != WAV_HEADER_BYTES + take.frames * take.format.frame_bytes or take.key != key:
            self._set_aside(key)
            return None
        return take

    def samples(self, take: Take) -> Samples:
        """The take's PCM, verified against its digest. Raises `DamagedTake` after setting a bad one aside."""
        try:
            data = self.path(Key(take.key), ".wav").read_bytes()[WAV_HEADER_BYTES:]
        except FileNotFoundError:
            raise DamagedTake(take.key, "its WAV is gone") from None
        if hashlib.sha256(data).hexdigest() != take.digest:
            self._set_aside(Key(take.key))
            raise DamagedTake(take.key, "its PCM is not what was stored")
        import numpy as np  # here, because a plan asks the store as well, and hears no sample

        return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)

    def put(
        self,
        request: SpeechRequest,
        samples: Samples,
        speech: Speech,
        facts: dict[str, Any],
        *,
        judgement: "Judgement | None" = None,
    ) -> Take:
        """Keep a rendering, durable on return; WAV first, JSON last. `facts` (checks, times) stand in the JSON.

        If another run stored one under the same key meanwhile, that one stays and is returned: the lock keeps the WAV
        of one from meeting the JSON of the other.
        """
        key, pcm = key_of(request), samples.astype("<i2").tobytes()
        take = Take(
            key,
            hashlib.sha256(pcm).hexdigest(),
            len(samples),
            generation_id=speech.generation_id,
            cost_usd=speech.cost_usd,
            is_suspect=judgement is not None and judgement.verdict == "suspect",
            badness=judgement.badness if judgement is not None else 0.0,
        )
        record = {"schema": SCHEMA, "request": json.loads(canonical(request)), "facts": facts, **_fields(take)}
        with locked(self.path(key, ".json").parent):
            earlier = self.find(key)
            if earlier is not None:
                return earlier
            write_atomic(self.path(key, ".wav"), _wav_header(len(pcm), take.format), pcm)
            write_atomic(self.path(key, ".json"), _as_json(record))
        return take

    def look_up(self, request: SpeechRequest) -> Take | Rejection | None:
        """What came of a request: its take, why it has none, or nothing if it was never answered."""
        return self.look_up_key(key_of(request))

    def look_up_key(self, key: Key) -> Take | Rejection | None:
        return self.find(key) or self.rejection(key)

    def reject(
        self, request: SpeechRequest, rejection: Rejection, facts: dict[str, Any], *, sound: "Samples | None" = None
    ) -> None:
        """Keep why a request has no take, and the sound that came instead, if any; durable on return."""
        key = key_of(request)
        if sound is not None:
            pcm = sound.astype("<i2").tobytes()
            write_atomic(self.rejected_path(key, ".wav"), _wav_header(len(pcm), PIPELINE_FORMAT), pcm)
        record = {
            "schema": SCHEMA,
            "key": key,
            "request": json.loads(canonical(request)),
            "facts": facts,
            **dataclasses.asdict(rejection),
        }
        write_atomic(self.rejected_path(key, ".json"), _as_json(record))

    def rejection(self, key: Key) -> Rejection | None:
        """Why the request under `key` has no take; None if that is not known."""
        try:
            record = json.loads(self.rejected_path(key, ".json").read_bytes())
            return Rejection(str(record["reason"]), bool(record["is_refused"]), bool(record["is_filter"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return None  # written by no version of ours: asked again

    def keep_body(self, request: SpeechRequest, body: Path) -> None:
        """Keep an answer that was no sound, for a look; the request has still to be answered."""
        with machine_errors(body):
            write_atomic(self.rejected_path(key_of(request), ".body"), body.read_bytes())

    def rejected_sound(self, key: Key) -> Path | None:
        """The sound that was no take, for listening; None where it was no sound."""
        path = self.rejected_path(key, ".wav")
        return path if path.exists() else None

    def rejected_samples(self, key: Key) -> "Samples | None":
        """The same as PCM, unverified: it is in no book."""
        path = self.rejected_sound(key)
        if path is None:
            return None
        import numpy as np

        data = path.read_bytes()[WAV_HEADER_BYTES:]
        return np.frombuffer(data, dtype="<i2", count=len(data) // 2).astype(np.int16, copy=False)

    def rejected_record(self, key: Key) -> dict[str, Any]:
        """The JSON beside a take that was none, as it stands."""
        record: dict[str, Any] = json.loads(self.rejected_path(key, ".json").read_bytes())
        return record

    def all_keys(self) -> Iterator[Key]:
        """Every complete take's key, in order."""
        for file in sorted((self.root / "takes").glob("??/*.json")):
            yield Key(file.stem)

    def rejected_keys(self) -> Iterator[Key]:
        """The keys of all requests of which is known why they have no take, in order."""
        for file in sorted((self.root / "rejected").glob("??/*.json")):
            yield Key(file.stem)

    def record(self, key: Key) -> dict[str, Any]:
        """The JSON beside a take, as it stands."""
        record: dict[str, Any] = json.loads(self.path(key, ".json").read_bytes())
        return record

    def figures(self, take: Take) -> dict[str, float]:
        """What was measured of a take when it was judged; empty for one that never was."""
        checks = self.record(Key(take.key))["facts"].get("checks", {})
        return dict(checks.get("figures", {}))

    def summary(self, *, verify: bool) -> StoreSummary:
        """Count the store; with `verify` read every byte and set aside what does not match its digest."""
        takes, damaged = [], []
        for key in list(self.all_keys()):
            try:
                take = self.find(key)
                if take is None:
                    raise DamagedTake(key, "its record or size is wrong")
                if verify:
                    self.samples(take)
                takes.append(take)
            except DamagedTake as error:
                damaged.append(str(error))
        return StoreSummary(
            len(takes),
            sum(take.seconds for take in takes),
            sum(WAV_HEADER_BYTES + take.frames * take.format.frame_bytes for take in takes),
            sum(take.cost_usd or 0.0 for take in takes),
            tuple(damaged),
        )

    def path(self, key: Key, suffix: str) -> Path:
        """Where a take's file stands, whether it is there or not."""
        return self.root / "takes" / key[:2] / f"{key}{suffix}"

    def rejected_path(self, key: Key, suffix: str) -> Path:
        """Where what is known of a take that was none stands."""
        return self.root / "rejected" / key[:2] / f"{key}{suffix}"

    def _set_aside(self, key: Key) -> None:
        folder = self.root / "damaged"
        with machine_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for suffix in (".json", ".wav"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(self.path(key, suffix), folder / f"{key}{suffix}")


def _wav_header(pcm_bytes: int, format: PcmFormat) -> bytes:
    """The 44 bytes of a plain PCM WAV: RIFF, `fmt ` and `data` chunks (Microsoft's RIFF specification, 1991)."""
    bytes_per_s = format.rate * format.frame_bytes
    fmt = struct.pack("<HHIIHH", 1, format.channels, format.rate, bytes_per_s, format.frame_bytes, 16)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + pcm_bytes, b"WAVE", b"fmt ", len(fmt))
        + fmt
        + (struct.pack("<4sI", b"data", pcm_bytes))
    )


def _fields(take: Take) -> dict[str, Any]:
    return {
        "key": take.key,
        "digest": take.digest,
        "frames": take.frames,
        "rate": take.format.rate,
        "channels": take.format.channels,
        "generation_id": take.generation_id,
        "cost_usd": take.cost_usd,
        "is_suspect": take.is_suspect,
        "badness": take.badness,
    }


def _take_of(record: dict[str, Any]) -> Take:
    return Take(
        record["key"],
        record["digest"],
        int(record["frames"]),
        PcmFormat(record["rate"], record["channels"]),
        record["generation_id"],
        record["cost_usd"],
        bool(record.get("is_suspect", False)),
        float(record.get("badness", 0.0)),
    )


def _as_json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
