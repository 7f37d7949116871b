"""Encoded chapters, kept beside the takes under keys of their own: an edit re-encodes its chapter and no other.

tracks/ab/abcd….json    what a chapter's takes measure, from which its level follows; no sound has this name
tracks/cd/cdef….m4a     one chapter, mastered and encoded, playable; untagged
tracks/cd/cdef….json    the digest of that file and what it measures, decoded; written last
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline.assemble.ahead import ahead
from pipeline.assemble.checking import Proof, proof_of
from pipeline.assemble.encode import SUFFIX, coder_options, encode_track
from pipeline.assemble.formats import Codec, Encoding
from pipeline.assemble.level import TRUSTED_S, chapter_gains
from pipeline.assemble.mastering import Trim, corrected, first_trim, mastered
from pipeline.assemble.mix import ChapterMix, ReadSamples
from pipeline.assemble.order import ChapterOrder, Spoken
from pipeline.assemble.portions import sample_order, split_order
from pipeline.assemble.survey import Survey, record_of, survey_in, survey_of
from pipeline.assemble.targets import Target
from pipeline.assemble.timeline import SoundSettings
from pipeline.assemble.waveform import Waveform
from pipeline.atomic import replacing, write_atomic
from pipeline.recording import PIPELINE_FORMAT, Track

_SCHEMA = 2
"""Raised when mixing or encoding comes to mean another sound: chapters are then encoded again, takes are not."""

_PROOF = TypeAdapter(Proof)

_TELLING_S = 3.0
"""Seconds of speech below which a chapter's loudness differs with where its blocks of 400 ms happen to fall."""

_ENCODINGS = 5
"""Times a chapter is encoded at most: once, as a rule; again where the encoder missed the target."""


@dataclass(frozen=True, slots=True)
class EncodedChapter:
    """A chapter's timeline, its gain in dB, and for each codec its file and what that measures, decoded.

    `is_short`: held to the loudness of the book, not to the target. `reused`: nothing had to be mixed. `waveform` is
    its outline (`Waveform.as_hex`), empty for one that was encoded before outlines were kept.
    """

    track: Track
    gain_db: float
    is_short: bool
    files: dict[Codec, Path]
    proofs: dict[Codec, Proof]
    reused: bool
    waveform: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the record beside an encoded file says."""

    proof: Proof
    waveform: str


@dataclass(frozen=True, slots=True)
class Finish:
    """How chapters are made: sound settings, what they are made for, what they are encoded to, codec packets."""

    sound: SoundSettings
    target: Target
    encodings: tuple[Encoding, ...]
    packet_frames: int


class TrackShelf:
    """The folder of encoded chapters. `samples(take)` reads a take's verified PCM, for chapters not there yet.

    A chapter is surveyed, given its gain among the others, then made.
    """

    def __init__(self, root: Path, finish: Finish, *, samples: ReadSamples) -> None:
        self._root = root
        self._finish = finish
        self._pauses = finish.sound.pauses(finish.target)
        self._samples = samples

    def survey(self, order: ChapterOrder) -> Survey:
        """What the chapter's takes measure. Raises what `samples` raises."""
        path = self._survey_path(order)
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            return survey_in(json.loads(path.read_bytes()))
        survey = survey_of(order, self._finish.sound, self._pauses, self._samples)
        write_atomic(path, json.dumps(record_of(survey)) + "\n")
        return survey

    def portions(self, order: ChapterOrder) -> tuple[ChapterOrder, ...]:
        """The chapter as its target takes it: in several files where one would be too long."""
        longest_s = self._finish.target.longest_s
        if longest_s is None:
            return (order,)
        frames = [cut.frames for cut in self.survey(order).cuts]
        longest_frames = int(longest_s * PIPELINE_FORMAT.rate) - self._finish.packet_frames
        return split_order(order, frames=frames, pauses=self._pauses, longest_frames=longest_frames)

    def sample(self, order: ChapterOrder) -> ChapterOrder | None:
        """The beginning of a chapter as a retail sample, where the target asks for one and a file of it is made."""
        longest_min = self._finish.target.sample_min
        if longest_min is None or all(encoding.is_joined for encoding in self._finish.encodings):
            return None
        frames = [cut.frames for cut in self.survey(order).cuts]
        longest_frames = int(60 * longest_min * PIPELINE_FORMAT.rate) - self._finish.packet_frames
        return sample_order(order, frames=frames, pauses=self._pauses, longest_frames=longest_frames)

    def gains_db(self, surveys: Sequence[Survey]) -> list[float]:
        """The gain of every chapter of a book."""
        target_lufs = self._finish.target.loudness_lufs
        return chapter_gains([survey.loudness for survey in surveys], target_lufs=target_lufs)

    def chapter(self, order: ChapterOrder, survey: Survey, *, gain_db: float) -> EncodedChapter:
        """The chapter in every encoding, mixed as seldom as can be. Raises what `samples` raises; leaves no halves."""
        mix = self._mix(order, survey)
        keys = {encoding: self._key(order, encoding, gain_db) for encoding in self._finish.encodings}
        found = {encoding: one for encoding, key in keys.items() if (one := self._find(key, encoding.codec))}
        missing = {encoding: key for encoding, key in keys.items() if encoding not in found}
        is_telling = survey.loudness.passing_s >= _TELLING_S
        aim_lufs = survey.loudness.integrated_lufs + gain_db if is_telling else None
        trim = first_trim(survey.crests, gain_db, self._finish.target)
        made = self._made(mix, missing, trim, aim_lufs=aim_lufs) if missing else {}
        kept = {**found, **made}
        proofs = {encoding.codec: one.proof for encoding, one in kept.items()}
        waveform = max(one.waveform for one in kept.values())
        files = {encoding.codec: self._path(key, encoding.codec) for encoding, key in keys.items()}
        is_short = survey.loudness.passing_s < TRUSTED_S
        return EncodedChapter(mix.track, gain_db, is_short, files, proofs, reused=not missing, waveform=waveform)

    def kept(self, orders: Sequence[ChapterOrder]) -> set[str]:
        """The names that what is kept of a book's chapters goes by, as far as they have been surveyed."""
        whole = [order for order in orders if self._survey_path(order).exists()]
        portions = [portion for order in whole for portion in self.portions(order)]
        surveyed = [portion for portion in portions if self._survey_path(portion).exists()]
        gains_db = self.gains_db([self.survey(order) for order in surveyed])
        samples = [
            (sample, gain_db)
            for order, gain_db in zip(surveyed, gains_db, strict=True)
            if (sample := self.sample(order)) is not None
        ]
        made = [*zip(surveyed, gains_db, strict=True), *samples]
        return {self._survey_key(order) for order in [*whole, *(order for order, _ in made)]} | {
            self._key(order, encoding, gain_db) for order, gain_db in made for encoding in self._finish.encodings
        }

    def _mix(self, order: ChapterOrder, survey: Survey) -> ChapterMix:
        return ChapterMix(
            order,
            survey.cuts,
            survey.gains_db,
            pauses=self._pauses,
            fade_ms=self._finish.sound.fade_ms,
            packet_frames=self._finish.packet_frames,
            samples=self._samples,
        )

    def _made(
        self, mix: ChapterMix, keys: Mapping[Encoding, str], first: Trim, *, aim_lufs: float | None
    ) -> dict[Encoding, _Kept]:
        """Encode and measure; what misses the target is encoded again by itself. All take their names together."""
        target = self._finish.target
        paths = {encoding: self._path(key, encoding.codec) for encoding, key in keys.items()}
        proofs: dict[Encoding, Proof] = {}
        waveform = Waveform(mix.track.frames)
        with contextlib.ExitStack() as stack:
            parts = {encoding: stack.enter_context(replacing(path)) for encoding, path in paths.items()}
            waiting = dict.fromkeys(parts, first)
            for _ in range(_ENCODINGS):
                for trim in set(waiting.values()):
                    group = {encoding: parts[encoding] for encoding, its in waiting.items() if its == trim}
                    waveform = Waveform(mix.track.frames)
                    encode_track(ahead(waveform.passing(mastered(mix, trim, target))), group)
                    proofs |= {encoding: _nameless(proof_of(part)) for encoding, part in group.items()}
                waiting = _still_off(waiting, proofs, target, aim_lufs=aim_lufs)
                if not waiting:
                    break
            kept = {encoding: _Kept(proofs[encoding], waveform.as_hex()) for encoding in parts}
            records = {encoding: _record_of(part, kept[encoding]) for encoding, part in parts.items()}
        for encoding, path in paths.items():
            write_atomic(path.with_suffix(".json"), records[encoding])
        return kept

    def _survey_key(self, order: ChapterOrder) -> str:
        return _digest({**self._content(order), "survey": True})

    def _key(self, order: ChapterOrder, encoding: Encoding, gain_db: float) -> str:
        target = self._finish.target.model_dump(include={"ceiling_dbtp", "rms_db", "tone_db"})
        packet_frames = self._finish.packet_frames
        how = {"gain_db": gain_db, "target": target, "packet_frames": packet_frames, "coder": coder_options(encoding)}
        return _digest(self._content(order) | how | dataclasses.asdict(encoding))

    def _content(self, order: ChapterOrder) -> dict[str, Any]:
        return {
            "schema": _SCHEMA,
            "spoken": [_named(spoken) for spoken in order.spoken],
            "sound": self._finish.sound.model_dump(mode="json"),
            "ends": [self._finish.target.head_ms, self._finish.target.tail_ms],
            **_voices_in(order),
        }

    def _survey_path(self, order: ChapterOrder) -> Path:
        key = self._survey_key(order)
        return self._root / key[:2] / f"{key}.json"

    def _path(self, key: str, codec: Codec) -> Path:
        return self._root / key[:2] / f"{key}{SUFFIX[codec]}"

    def _find(self, key: str, codec: Codec) -> _Kept | None:
        path = self._path(key, codec)
        try:
            record = json.loads(path.with_suffix(".json").read_bytes())
            if _file_digest(path) != record["digest"]:
                return None
            return _Kept(_PROOF.validate_python(record["proof"]), str(record.get("waveform", "")))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # not there, or not whole: it is made anew from the takes


def _voices_in(order: ChapterOrder) -> dict[str, Any]:
    """What decides on levels beside the sound, where anything does."""
    voices, played = [spoken.voice for spoken in order.spoken], [spoken.is_played for spoken in order.spoken]
    return {"voices": voices} if len(set(voices)) > 1 else {} | ({"played": played} if any(played) else {})


def _named(spoken: Spoken) -> list[str | int]:
    """Silences only where there are some: chapters encoded before keep their names."""
    return [spoken.take.digest, spoken.after.value, *(spoken.silences_ms if any(spoken.silences_ms) else ())]


def _still_off(
    trims: Mapping[Encoding, Trim], proofs: Mapping[Encoding, Proof], target: Target, *, aim_lufs: float | None
) -> dict[Encoding, Trim]:
    better = {
        encoding: corrected(trim, proofs[encoding].measured, target, aim_lufs=aim_lufs)
        for encoding, trim in trims.items()
    }
    return {encoding: trim for encoding, trim in better.items() if trim != trims[encoding]}


def _record_of(path: Path, kept: _Kept) -> str:
    proof = _PROOF.dump_python(kept.proof, mode="json")
    return json.dumps({"digest": _file_digest(path), "proof": proof, "waveform": kept.waveform}) + "\n"


def _nameless(proof: Proof) -> Proof:
    """Without the name the file had while it was made, which is another every time."""
    return dataclasses.replace(proof, facts=dataclasses.replace(proof.facts, path=Path()))


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
