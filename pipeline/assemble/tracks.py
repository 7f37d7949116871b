"""Encoded chapters, kept beside the takes under a key of their own: an edit re-encodes its chapter and no other.

tracks/ab/abcd….m4a     one chapter, encoded, playable; untagged
tracks/ab/abcd….json    its timeline and the digest of the file; written last
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.assemble.encode import SUFFIX, encode_track
from pipeline.assemble.formats import Codec, Encoding
from pipeline.assemble.mix import ChapterMix, Spoken
from pipeline.assemble.timeline import PACKET_FRAMES, SoundSettings
from pipeline.atomic import replacing, write_atomic
from pipeline.recording import Clip, Samples, Take, Track

_SCHEMA = 1
"""Raised when mixing or encoding comes to mean another sound: chapters are then encoded again, takes are not."""


@dataclass(frozen=True, slots=True)
class EncodedChapter:
    """A chapter's timeline and its file in each codec. `reused` if nothing had to be mixed."""

    track: Track
    files: dict[Codec, Path]
    reused: bool


@dataclass(frozen=True, slots=True)
class ChapterOrder:
    """A chapter whose takes are all there."""

    number: int
    title: str
    spoken: tuple[Spoken, ...]


class TrackShelf:
    """The folder of encoded chapters. `samples(take)` reads a take's verified PCM, for chapters not there yet."""

    def __init__(
        self, root: Path, *, sound: SoundSettings, encodings: Sequence[Encoding], samples: Callable[[Take], Samples]
    ) -> None:
        self._root = root
        self._sound = sound
        self._encodings = tuple(encodings)
        self._samples = samples

    def chapter(self, order: ChapterOrder) -> EncodedChapter:
        """The chapter in every encoding, mixed at most once. Raises what `samples` raises; leaves nothing half-made."""
        keys = {encoding: self._key(order, encoding) for encoding in self._encodings}
        found = {encoding: track for encoding, key in keys.items() if (track := self._find(order, key, encoding.codec))}
        missing = [encoding for encoding in self._encodings if encoding not in found]
        track = self._encode(order, {encoding: keys[encoding] for encoding in missing}) if missing else None
        files = {encoding.codec: self._path(key, encoding.codec) for encoding, key in keys.items()}
        return EncodedChapter(track or next(iter(found.values())), files, reused=not missing)

    def keys(self, order: ChapterOrder) -> tuple[str, ...]:
        """What a chapter is kept under, one key an encoding."""
        return tuple(self._key(order, encoding) for encoding in self._encodings)

    def _key(self, order: ChapterOrder, encoding: Encoding) -> str:
        content = {
            "schema": _SCHEMA,
            "packet_frames": PACKET_FRAMES,
            "spoken": [[spoken.take.digest, spoken.after.value] for spoken in order.spoken],
            "sound": self._sound.model_dump(mode="json"),
            "encoding": dataclasses.asdict(encoding),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _path(self, key: str, codec: Codec) -> Path:
        return self._root / key[:2] / f"{key}{SUFFIX[codec]}"

    def _find(self, order: ChapterOrder, key: str, codec: Codec) -> Track | None:
        path = self._path(key, codec)
        try:
            record = json.loads(path.with_suffix(".json").read_bytes())
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != record["digest"]:
                    return None
            return _track_of(record, order)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # not there, or not whole: it is made anew from the takes

    def _encode(self, order: ChapterOrder, keys: dict[Encoding, str]) -> Track:
        mix = ChapterMix(order.number, order.title, order.spoken, sound=self._sound, samples=self._samples)
        paths = {encoding: self._path(key, encoding.codec) for encoding, key in keys.items()}
        with contextlib.ExitStack() as stack:
            parts = {encoding: stack.enter_context(replacing(path)) for encoding, path in paths.items()}
            encode_track(mix, {encoding.codec: (part, encoding.bit_rate) for encoding, part in parts.items()})
        track = mix.track
        for path in paths.values():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            write_atomic(path.with_suffix(".json"), json.dumps(_record_of(track, digest)) + "\n")
        return track


def _record_of(track: Track, digest: str) -> dict[str, Any]:
    clips = [[clip.offset, clip.start_frame, clip.frames, clip.seam_frames] for clip in track.clips]
    return {"schema": _SCHEMA, "digest": digest, "frames": track.frames, "clips": clips}


def _track_of(record: dict[str, Any], order: ChapterOrder) -> Track:
    """The timeline with today's chunk numbers and keys: the file knows sound only, so a moved chapter is reused."""
    clips = tuple(
        Clip(spoken.chunk, spoken.take.key, offset, start, frames, seam)
        for spoken, (offset, start, frames, seam) in zip(order.spoken, record["clips"], strict=True)
    )
    return Track(order.number, order.title, int(record["frames"]), clips)
