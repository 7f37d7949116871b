"""A chapter looked over before it is mixed: what of each take sounds, how loud each is, how loud all of it would be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.assemble.clips import cut_of, without_dc
from pipeline.assemble.crests import Crests
from pipeline.assemble.gaps import gaps_of
from pipeline.assemble.level import TakeLevel, matching_gains
from pipeline.assemble.loudness import (
    BLOCKS_PER_S,
    Energies,
    LoudnessHistogram,
    block_energies,
    integrated_lufs,
)
from pipeline.assemble.mix import ReadSamples
from pipeline.assemble.order import ChapterOrder, Spoken
from pipeline.assemble.timeline import Cut, Pauses, SoundSettings
from pipeline.recording import PIPELINE_FORMAT


@dataclass(frozen=True, slots=True)
class Survey:
    """Of each take its cut, and the gain (dB) that matches it to the others; how loud and how high all are then."""

    cuts: tuple[Cut, ...]
    gains_db: tuple[float, ...]
    loudness: LoudnessHistogram
    crests: Crests


def survey_of(order: ChapterOrder, sound: SoundSettings, pauses: Pauses, samples: ReadSamples) -> Survey:
    """Reads every take once, one at a time."""
    cuts, energies, crests = zip(*(_looked_at(spoken, sound, samples) for spoken in order.spoken), strict=True)
    levels = [
        TakeLevel(integrated_lufs(one), cut.frames / PIPELINE_FORMAT.rate, spoken.voice, spoken.is_played)
        for spoken, one, cut in zip(order.spoken, energies, cuts, strict=True)
    ]
    gains_db = matching_gains(levels, match_db=sound.match_db)
    levelled = [one * 10 ** (gain / 10) for one, gain in zip(energies, gains_db, strict=True)]
    peaks = sum((one.louder(gain) for one, gain in zip(crests, gains_db, strict=True)), Crests())
    return Survey(cuts, tuple(gains_db), _loudness(order, levelled, pauses), peaks)


def _looked_at(spoken: Spoken, sound: SoundSettings, samples: ReadSamples) -> tuple[Cut, Energies, Crests]:
    whole = samples(spoken.take)
    cut = cut_of(whole, silence_db=sound.silence_db, keep_ms=sound.keep_silence_ms)
    part = without_dc(whole[cut.offset : cut.offset + cut.frames], cut.dc)
    heard = part.astype(np.float32) / np.float32(32768)
    return replace(cut, gaps=gaps_of(part)), block_energies(heard, rate=PIPELINE_FORMAT.rate), Crests.of(heard)


def _loudness(order: ChapterOrder, energies: Sequence[Energies], pauses: Pauses) -> LoudnessHistogram:
    """Of the takes with their pauses between them: to a tenth of a second, which is what a block of loudness is."""
    pieces: list[Energies] = []
    for spoken, one in zip(order.spoken, energies, strict=True):
        pause_s = pauses.after[spoken.after] / PIPELINE_FORMAT.rate + sum(spoken.silences_ms) / 1_000
        pieces += [one, np.zeros(round(pause_s * BLOCKS_PER_S))]
    return LoudnessHistogram.of(np.concatenate(pieces))


def record_of(survey: Survey) -> dict[str, Any]:
    return {
        "cuts": [[cut.offset, cut.frames, cut.lead, cut.tail, cut.dc, cut.gaps] for cut in survey.cuts],
        "gains_db": survey.gains_db,
        "loudness": survey.loudness.to_json(),
        "crests": survey.crests.energies,
    }


def survey_in(record: dict[str, Any]) -> Survey:
    """Raises `KeyError`, `TypeError` or `ValueError` for what is no record of a survey."""
    cuts = tuple(
        Cut(offset, frames, lead, tail, dc, tuple((start, count) for start, count in gaps))
        for offset, frames, lead, tail, dc, gaps in record["cuts"]
    )
    gains_db = tuple(float(gain) for gain in record["gains_db"])
    if len(gains_db) != len(cuts):
        raise ValueError("not a gain for every cut")
    return Survey(cuts, gains_db, LoudnessHistogram.from_json(record["loudness"]), Crests(tuple(record["crests"])))
