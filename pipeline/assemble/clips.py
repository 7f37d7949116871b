"""Edits of one clip, on a window that is one take long: trim, fade, crossfade. The only place where pydub is used.

Nothing here ever grows an AudioSegment: pydub copies everything on `+=`, which is quadratic over a book.
"""

import math
import warnings

import numpy as np

from pipeline.assemble.timeline import Cut
from pipeline.recording import PIPELINE_FORMAT, Samples, Sound

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub warns of a missing ffmpeg program, which nothing here calls, and of audioop
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

_WINDOW_FRAMES = PIPELINE_FORMAT.frames_of_ms(2_000)

_STEP_MS = 5
"""Resolution of the silence search: shorter than any consonant."""

_NEVER_SILENCE_DBFS = -75.0
"""The threshold is not let down further, so that the noise of a very quiet take is still found silent."""


def cut_of(samples: Samples, *, silence_db: float, keep_ms: int) -> Cut:
    """Silence at both ends trimmed, `keep_ms` of it kept.

    Silence is what lies more than `silence_db` under the take's own peak, so a quiet voice loses no consonant. A take
    without any sound is kept whole. Inner pauses are never touched.
    """
    dc = round(float(samples.mean())) if len(samples) else 0
    threshold = max(_peak_dbfs(samples, dc) - silence_db, _NEVER_SILENCE_DBFS)
    centred = without_dc(samples, dc)
    lead = _leading_silence(centred, threshold)
    if lead >= len(samples):
        return Cut(0, len(samples), dc=dc)
    tail = _leading_silence(centred[::-1], threshold)
    keep = PIPELINE_FORMAT.frames_of_ms(keep_ms)
    offset, end = max(0, lead - keep), len(samples) - max(0, tail - keep)
    return Cut(offset, end - offset, lead=min(lead, keep), tail=min(tail, keep), dc=dc)


def without_dc(samples: Samples, dc: int) -> Samples:
    """The samples about zero; full scale stays in range."""
    if not dc:
        return samples
    centred: Samples = np.clip(samples.astype(np.int32) - dc, -32768, 32767).astype(np.int16)
    return centred


def faded(samples: Samples, *, in_ms: int, out_ms: int) -> Samples:
    """The clip with its edges faded; 0 leaves an edge as it is. Clips shorter than both fades are left alone.

    Only the faded windows, whole milliseconds long, go through pydub: it would round the length of anything else.
    """
    head, tail = PIPELINE_FORMAT.frames_of_ms(in_ms), PIPELINE_FORMAT.frames_of_ms(out_ms)
    if len(samples) <= head + tail:
        return samples
    edited = samples.copy()
    if head:
        edited[:head] = samples_of(segment_of(samples[:head]).fade_in(in_ms))
    if tail:
        edited[-tail:] = samples_of(segment_of(samples[-tail:]).fade_out(out_ms))
    return edited


def crossfaded(tail: Sound, head: Sound) -> Sound:
    """Two pieces of equal length mixed into one of that length, the first fading out while the second fades in.

    Equal power: two takes are uncorrelated, and a linear crossfade would dip by 2.9 dB in the middle (measured).
    """
    turn = np.linspace(0, np.pi / 2, num=len(tail), dtype=np.float32)
    return tail * np.cos(turn) + head * np.sin(turn)


def segment_of(samples: Samples) -> AudioSegment:
    return AudioSegment(
        data=samples.astype("<i2", copy=False).tobytes(),
        sample_width=2,
        frame_rate=PIPELINE_FORMAT.rate,
        channels=PIPELINE_FORMAT.channels,
    )


def samples_of(segment: AudioSegment) -> Samples:
    samples: Samples = np.frombuffer(segment.raw_data, dtype="<i2").astype(np.int16, copy=False)
    return samples


def _leading_silence(samples: Samples, threshold_dbfs: float) -> int:
    """Frames. Searched in windows of two seconds, so that no segment is larger than that, however long the take."""
    silence_ms = 0
    for start in range(0, len(samples), _WINDOW_FRAMES):
        window = segment_of(samples[start : start + _WINDOW_FRAMES])
        found_ms = int(detect_leading_silence(window, silence_threshold=threshold_dbfs, chunk_size=_STEP_MS))
        silence_ms += found_ms
        if found_ms < len(window):
            break
    return PIPELINE_FORMAT.frames_of_ms(silence_ms)


def _peak_dbfs(samples: Samples, dc: int) -> float:
    peak = max(int(samples.max(initial=0)) - dc, dc - int(samples.min(initial=0)))
    return 20 * math.log10(peak / 32768) if peak > 0 else -math.inf
