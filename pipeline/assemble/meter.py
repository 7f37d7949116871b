"""Everything that is measured of one sound, while it goes by: no more than two seconds of it are held."""

from dataclasses import dataclass
from math import inf, log10

import numpy as np
from numpy.typing import NDArray

from pipeline.assemble.envelope import STEP_MS, Envelope
from pipeline.assemble.loudness import Channels, Energies, block_energies, block_frames, integrated_lufs
from pipeline.assemble.peaks import PEAK_FRAMES_AFTER, PEAK_FRAMES_BEFORE, Peak, highest_peak_between
from pipeline.assemble.runs import Runs

_BATCH_BLOCKS = 20  # 2 s, which stay in the processor's cache
_STEPS_A_BLOCK = 100 // STEP_MS
_CLIPPED_LEVEL = 0.999  # facts of the trade: three frames in a row so near full scale are a flattened crest
_CLIPPED_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """A level and where it is, in seconds from the beginning."""

    db: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one sound measures. Levels in dB of full scale, -inf for silence; of all channels together where it is RMS.

    lufs              integrated loudness (ITU-R BS.1770-4); channels are added, so a mono file is taken as one channel
    rms_db            of the whole sound, pauses included
    peak, true_peak   of the frames, and of the wave between them
    floor             RMS of the quietest 500 ms
    speech_db         level of the loud vowels, under which `head_ms` and `tail_ms` count as silence (see `Envelope`)
    dc                mean of the channel that is furthest off, in full scale
    clipped           flattened crests: runs of three frames and more at full scale; `clipped_at_s` the first, -1: none
    zero_s            digital silence in stretches of 100 ms and more, together; `zero_at_s` the longest, -1: none
    broken_frames     frames that are no number; counted as zero
    """

    seconds: float
    rate: int
    channels: int
    lufs: float
    rms_db: float
    peak: Spot
    true_peak: Spot
    floor: Spot
    speech_db: float
    head_ms: int
    tail_ms: int
    dc: float
    clipped: int
    clipped_at_s: float
    zero_s: float
    zero_at_s: float
    broken_frames: int


class Meter:
    """Takes the frames of one sound in pieces of any length, then says what it measures.

    It keeps the energy of every 100 ms, 0.3 MB an hour, because gates are known at the end only; nothing else grows.
    """

    def __init__(self, *, rate: int, channels: int = 1) -> None:
        self._rate, self._channels = rate, channels
        self._batch_frames = _BATCH_BLOCKS * block_frames(rate)
        self._held: list[Channels] = []
        self._held_frames = self._frames = self._broken = 0
        self._energies: list[Energies] = []
        self._envelope = Envelope()
        self._squares = 0.0
        self._sums: NDArray[np.float64] = np.zeros(channels)
        self._peak = Peak(0.0, -1)
        self._true_peak = _TruePeak(channels)
        self._clipped = Runs(_CLIPPED_FRAMES)

    def feed(self, sound: Channels) -> None:
        """The next frames, as (frames,) or (channels, frames)."""
        self._held.append(np.atleast_2d(sound))
        self._held_frames += self._held[-1].shape[1]
        if self._held_frames < self._batch_frames:
            return
        held = np.concatenate(self._held, axis=1)
        whole = held.shape[1] - held.shape[1] % self._batch_frames
        for start in range(0, whole, self._batch_frames):
            self._measure(held[:, start : start + self._batch_frames])
        self._held, self._held_frames = [held[:, whole:].copy()], held.shape[1] - whole

    def finish(self) -> Measured:
        """Nothing comes any more."""
        if self._held_frames:
            self._measure(np.concatenate(self._held, axis=1))
            self._held, self._held_frames = [], 0
        self._clipped.finish()
        return self._measured(self._true_peak.finish())

    def _measured(self, true_peak: Peak) -> Measured:
        outline = self._envelope.finish()
        seconds = self._frames / self._rate
        step_s = block_frames(self._rate) / (_STEPS_A_BLOCK * self._rate)
        energies = np.concatenate(self._energies) if self._energies else np.zeros(0)
        clipped = self._clipped
        return Measured(
            seconds,
            self._rate,
            self._channels,
            lufs=integrated_lufs(energies),
            rms_db=_db_of(self._squares / (self._frames * self._channels) if self._frames else 0.0) / 2,
            peak=self._spot(self._peak),
            true_peak=self._spot(true_peak),
            floor=Spot(outline.floor_db, outline.floor_at * step_s),
            speech_db=outline.speech_db,
            head_ms=round(1000 * min(outline.head * step_s, seconds)),
            tail_ms=round(1000 * min(outline.tail * step_s, seconds)),
            dc=float(np.abs(self._sums).max() / self._frames) if self._frames else 0.0,
            clipped=clipped.count,
            clipped_at_s=clipped.first / self._rate if clipped.count else -1.0,
            zero_s=min(outline.zero_steps * step_s, seconds),
            zero_at_s=outline.zeros_at * step_s if outline.zeros else -1.0,
            broken_frames=self._broken,
        )

    def _measure(self, batch: Channels) -> None:
        if not np.isfinite(batch.sum()):
            self._broken += int((~np.isfinite(batch)).any(axis=0).sum())
            batch = np.nan_to_num(batch, nan=0.0, posinf=0.0, neginf=0.0)
        self._energies.append(block_energies(batch, rate=self._rate))
        self._measure_steps(batch)
        self._sums += batch.sum(axis=1, dtype=np.float64)
        self._look_for_peaks(batch)
        self._true_peak.feed(batch)
        self._frames += batch.shape[1]

    def _measure_steps(self, batch: Channels) -> None:
        frames, block = batch.shape[1], block_frames(self._rate)
        starts = np.arange(-(-frames * _STEPS_A_BLOCK // block)) * block // _STEPS_A_BLOCK
        squares = np.add.reduceat(batch * batch, starts, axis=1).sum(axis=0, dtype=np.float64)
        self._squares += float(squares.sum())
        self._envelope.feed(squares / (np.diff(starts, append=frames) * self._channels))

    def _look_for_peaks(self, batch: Channels) -> None:
        highest = max(float(batch.max()), -float(batch.min()))
        if highest > self._peak.value:
            place = int(np.abs(batch).max(axis=0).argmax())
            self._peak = Peak(highest, self._frames + place)
        if highest >= _CLIPPED_LEVEL:
            self._clipped.feed(np.abs(batch).max(axis=0) >= _CLIPPED_LEVEL)
        else:
            self._clipped.pass_over(batch.shape[1])

    def _spot(self, peak: Peak) -> Spot:
        return Spot(_db_of(peak.value), max(peak.frame, 0) / self._rate)


class _TruePeak:
    """The true peak of a stream: what surrounds a frame is looked at once it is there."""

    def __init__(self, channels: int) -> None:
        self._known: Channels = np.zeros((channels, PEAK_FRAMES_BEFORE), dtype=np.float32)
        self._frames = 0
        self._best = Peak(0.0, -1)

    def feed(self, batch: Channels) -> None:
        known = np.concatenate([self._known, batch], axis=1)
        peak = highest_peak_between(known, above=self._best.value)
        if peak.frame >= 0:
            self._best = Peak(peak.value, self._frames + peak.frame)
        judged = max(0, known.shape[1] - PEAK_FRAMES_BEFORE - PEAK_FRAMES_AFTER)
        self._known = known[:, judged:].copy()
        self._frames += judged

    def finish(self) -> Peak:
        self.feed(np.zeros((len(self._known), PEAK_FRAMES_AFTER), dtype=np.float32))
        return self._best


def _db_of(amplitude: float) -> float:
    return 20 * log10(amplitude) if amplitude > 0 else -inf
