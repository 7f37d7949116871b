"""From the bytes a service sent to samples."""

import io
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import BadAudio
from pipeline.recording import PIPELINE_FORMAT, PcmFormat
from pipeline.speech.body import pcm_format_of, read_pcm

GEMINI = "audio/pcm;rate=24000;channels=1"

Kept = Callable[[bytes], Path]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    def body(data: bytes) -> Path:
        path = tmp_path / "answer.body"
        path.write_bytes(data)
        return path

    return body


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bodies") / "answer.body"


def wav_of(pcm: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(pcm)
    return buffer.getvalue()


def _sine(rate: int, seconds: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def _pitch_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return float(np.argmax(spectrum)) * PIPELINE_FORMAT.rate / len(samples)


def _encoded(path: Path, container: str, codec: str, rate: int, **options: str) -> bytes:
    """Two seconds of 440 Hz."""
    with av.open(str(path), "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(_sine(rate, 2.0)[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        context = stream.codec_context
        resampler = av.AudioResampler(context.format, "mono", rate, context.frame_size or None)
        for ready in (*resampler.resample(frame), *resampler.resample(None), None):
            out.mux(stream.encode(ready))
    return path.read_bytes()


def test_raw_pcm_is_taken_to_the_bit(kept):
    samples = np.random.default_rng(1).integers(-32768, 32768, 24_000).astype("<i2")
    found = read_pcm(kept(samples.tobytes()), content_type=GEMINI, assumed_rate=24_000)
    assert found.dtype == np.int16
    assert np.array_equal(found, samples)


@given(
    start=st.tuples(st.integers(-7_400, -1).map(lambda n: n | 0xFF), st.integers(-3_000, 3_000)),
    noise=st.integers(1, 4_000),
    seed=st.integers(0, 2**32 - 1),
)
@example(start=(-1_025, 0x90), noise=300, seed=1)
@example(start=(-1, -1), noise=1, seed=1)
def test_raw_pcm_that_begins_like_an_mp3_is_raw_pcm(scratch, start, noise, seed):
    samples = np.random.default_rng(seed).integers(-noise, noise, 1_200).astype("<i2")
    samples[:2] = start
    scratch.write_bytes(samples.tobytes())
    assert samples.tobytes()[0] == 0xFF
    assert np.array_equal(read_pcm(scratch, content_type=GEMINI, assumed_rate=24_000), samples)


@given(st.binary(min_size=2, max_size=4_000).filter(lambda data: len(data) % 2 == 0))
@example(b"{}" * 600)
@example(b"<<" * 600)
@example(b"ID\x04\x00" * 600)
def test_whatever_is_labelled_as_audio_and_has_no_known_head_is_raw(scratch, data):
    if data.startswith((b"RIFF", b"RF64", b"ID3", b"OggS", b"fLaC")) or data[4:8] == b"ftyp":
        return
    scratch.write_bytes(data)
    assert read_pcm(scratch, content_type=GEMINI, assumed_rate=24_000).tobytes() == data


@pytest.mark.parametrize("first", [ord("{"), ord("<")])
def test_sound_without_a_label_may_begin_with_a_brace(kept, first):
    samples = np.random.default_rng(1).integers(-200, 200, 4_800).astype("<i2")
    samples[0] = first
    found = read_pcm(kept(samples.tobytes()), content_type="application/octet-stream", assumed_rate=24_000)
    assert np.array_equal(found, samples)


@pytest.mark.parametrize(
    ("content_type", "format"),
    [
        (GEMINI, PcmFormat(24_000, 1)),
        ("audio/pcm; channels=2; rate=48000", PcmFormat(48_000, 2)),
        ('audio/L16; RATE="16000"', PcmFormat(16_000, 1)),
        ("audio/pcm;channels=2", PcmFormat(22_050, 2)),
        ("audio/pcm", PcmFormat(22_050, 1)),
        ("", PcmFormat(22_050, 1)),
    ],
)
def test_rate_and_channels_stand_in_any_order_or_are_assumed(content_type, format):
    assert pcm_format_of(content_type, assumed_rate=22_050) == format


@pytest.mark.parametrize("claim", ["rate=0", "rate=1", "rate=99999999", "channels=0", "channels=64"])
def test_an_absurd_format_is_no_take(claim, kept):
    with pytest.raises(BadAudio, match="claims"):
        read_pcm(kept(bytes(4_800)), content_type=f"audio/pcm;{claim}", assumed_rate=24_000)


def test_stereo_at_another_rate_comes_out_mono_at_ours(kept):
    left = _sine(48_000, 1.0)
    stereo = np.stack([left, np.zeros_like(left)], axis=1) * 32767
    body = kept(np.rint(stereo).astype("<i2").tobytes())
    samples = read_pcm(body, content_type="audio/pcm;channels=2;rate=48000", assumed_rate=24_000)
    assert len(samples) == 24_000
    assert _pitch_hz(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples[4_800:-4_800]).max() == pytest.approx(0.15 * 32767, rel=0.02), "the mean of both channels"


def test_a_server_may_leave_its_rate_unsaid(kept):
    body = kept(np.rint(_sine(16_000, 1.0) * 32767).astype("<i2").tobytes())
    samples = read_pcm(body, content_type="audio/pcm", assumed_rate=16_000)
    assert len(samples) == 24_000
    assert _pitch_hz(samples) == pytest.approx(440, abs=2)


def test_a_wav_under_any_label_is_read_as_one(kept):
    pcm = np.rint(_sine(24_000, 2.0) * 32767).astype("<i2")
    samples = read_pcm(kept(wav_of(pcm.tobytes())), content_type=GEMINI, assumed_rate=24_000)
    assert len(samples) == len(pcm), "its header is no sound"
    assert np.abs(samples.astype(int) - pcm).max() <= 1


@pytest.mark.parametrize(
    ("container", "codec", "rate", "options", "slack_s"),
    [
        ("mp3", "libmp3lame", 24_000, {"id3v2_version": "0", "write_xing": "0"}, 0.08),
        ("mp3", "libmp3lame", 44_100, {"id3v2_version": "0"}, 0.08),
        ("mp3", "libmp3lame", 8_000, {"id3v2_version": "0"}, 0.16),
        ("mp3", "libmp3lame", 24_000, {}, 0.08),
        ("flac", "flac", 48_000, {}, 0),
        ("ogg", "libopus", 48_000, {}, 0.02),
        ("wav", "pcm_s16le", 44_100, {}, 0.001),
        ("wav", "pcm_f32le", 16_000, {}, 0.001),
        ("mp4", "aac", 24_000, {}, 0.1),
    ],
    ids=["mp3-bare", "mp3-xing", "mp3-2.5", "mp3-id3", "flac", "opus", "wav-44k", "wav-float", "m4a"],
)
def test_containers_are_decoded_whatever_the_label(tmp_path, container, codec, rate, options, slack_s):
    path = tmp_path / "answer.body"
    _encoded(path, container, codec, rate, **options)
    samples = read_pcm(path, content_type=GEMINI, assumed_rate=24_000)
    assert len(samples) / 24_000 == pytest.approx(2.0, abs=slack_s)
    assert _pitch_hz(samples[:47_000]) == pytest.approx(440, abs=2)


def test_an_empty_answer_is_no_take(kept):
    with pytest.raises(BadAudio, match="empty"):
        read_pcm(kept(b""), content_type=GEMINI, assumed_rate=24_000)


@pytest.mark.parametrize(("data", "content_type"), [(bytes(4_801), GEMINI), (bytes(4_802), "audio/pcm;channels=2")])
def test_half_a_frame_at_the_end_is_a_cut_answer(kept, data, content_type):
    with pytest.raises(BadAudio, match="cut"):
        read_pcm(kept(data), content_type=content_type, assumed_rate=24_000)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"error": {"code": 429, "message": "slow down"}} ', "application/json"),
        (b"  \n <!doctype html><title>Bad gateway</title>", "text/html"),
        (b'{"error": "no such model", "x": 1}', ""),
    ],
)
def test_a_document_is_no_take(kept, data, content_type):
    with pytest.raises(BadAudio, match="text, not audio"):
        read_pcm(kept(data), content_type=content_type, assumed_rate=24_000)


@pytest.mark.parametrize("head", [b"RIFF", b"OggS", b"fLaC", b"ID3\x04\0\0\0\0\0\0"])
def test_a_container_that_holds_nothing_is_no_take(kept, head):
    with pytest.raises(BadAudio):
        read_pcm(kept(head + bytes(2_000)), content_type=GEMINI, assumed_rate=24_000)


def test_a_wav_without_a_sample_is_no_take(kept):
    with pytest.raises(BadAudio):
        read_pcm(kept(wav_of(b"")), content_type="audio/wav", assumed_rate=24_000)
