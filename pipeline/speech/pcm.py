"""Samples of the pipeline's one format, and the one place where a rate is changed."""

import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline.recording import PIPELINE_FORMAT, Samples


def resampled(samples: NDArray[np.float32], rate: int) -> Samples:
    """Mono float samples (±1) at `rate` as 16-bit samples of the pipeline's rate, by soxr HQ."""
    if rate != PIPELINE_FORMAT.rate:
        samples = soxr.resample(samples, rate, PIPELINE_FORMAT.rate, quality="HQ")
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
