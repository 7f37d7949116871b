"""The encoder: as many frames out as in, and bytes that depend on the sound alone."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.assemble.encode import SUFFIX, coder_options, encode_track, packets
from pipeline.assemble.formats import AAC_PACKET_FRAMES, Codec, Encoding
from pipeline.errors import MachineError
from pipeline.recording import Samples, Sound
from tests.assemble.sounds import RATE, as_float, decoded, joined, lag_of, noise, silence, tone

BIT_RATE = 64_000
CODECS: list[Codec] = ["aac", "mp3", "opus", "flac", "pcm"]
AAC = Encoding("aac", BIT_RATE)
SOUND = joined(silence(0.5), tone(300, 1.0), noise(0.3, seed=3, peak=2_000), silence(0.248))
SOUND = SOUND[: len(SOUND) // AAC_PACKET_FRAMES * AAC_PACKET_FRAMES]


def encoded(folder: Path, pieces: Sequence[Samples], *codecs: Codec) -> list[Path]:
    paths = [folder / f"out{SUFFIX[codec]}" for codec in codecs]
    targets = {Encoding(codec, BIT_RATE): path for codec, path in zip(codecs, paths, strict=True)}
    encode_track(map(as_float, pieces), targets)
    return paths


def pieces_of(sound: Samples, cuts: Sequence[int]) -> list[Samples]:
    return list(np.split(sound, sorted(cuts)))


@pytest.mark.parametrize("codec", ["aac", "mp3", "flac", "pcm"])
def test_as_many_frames_come_out_as_went_in(tmp_path: Path, codec: Codec) -> None:
    [path] = encoded(tmp_path, [SOUND], codec)
    heard = decoded(path)
    assert len(heard) == len(SOUND)
    assert lag_of(heard, SOUND) == 0


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(SOUND)), max_size=8))
def test_the_bytes_do_not_depend_on_the_sizes_of_the_pieces(tmp_path: Path, cuts: list[int]) -> None:
    whole = [path.read_bytes() for path in encoded(tmp_path, [SOUND], *CODECS)]
    pieces = [path.read_bytes() for path in encoded(tmp_path, pieces_of(SOUND, cuts), *CODECS)]
    assert pieces == whole


@pytest.mark.parametrize("codec", ["flac", "pcm"])
def test_what_loses_nothing_is_what_went_in(tmp_path: Path, codec: Codec) -> None:
    [path] = encoded(tmp_path, pieces_of(SOUND, [1, 70_001]), codec)
    assert np.array_equal(decoded(path), SOUND)


@pytest.mark.parametrize("encoding", [Encoding("mp3", BIT_RATE, joins=True), Encoding("opus", 32_000)])
def test_what_will_be_joined_has_its_lead_of_silence(tmp_path: Path, encoding: Encoding) -> None:
    path = tmp_path / f"out{SUFFIX[encoding.codec]}"
    whole = joined(SOUND, np.zeros(-len(SOUND) % encoding.packet_frames, np.int16))
    encode_track([as_float(whole)], {encoding: path})
    heard = decoded(path)[:: 2 if encoding.codec == "opus" else 1]  # Opus is decoded to 48 kHz, whatever went in
    assert len(heard) == encoding.lead_frames + len(whole)
    early = encoding.lead_frames - lag_of(heard, whole)
    assert 0 <= early <= (RATE // 4_000 if encoding.codec == "opus" else 0)  # Opus in its speech mode: 0.2 ms


@pytest.mark.parametrize(("bit_rate", "has_pns"), [(24_000, True), (47_999, True), (48_000, False), (96_000, False)])
def test_the_coder_is_chosen_by_the_bit_rate(bit_rate: int, has_pns: bool) -> None:
    options = coder_options(Encoding("aac", bit_rate))
    assert options["aac_coder"] == "fast"
    assert options["aac_tns"] == "0"
    assert ("aac_pns" not in options) == has_pns


def test_the_bytes_do_not_depend_on_the_other_codec(tmp_path: Path) -> None:
    both = [path.read_bytes() for path in encoded(tmp_path, [SOUND], "aac", "mp3")]
    alone = [encoded(tmp_path, [SOUND], codec)[0].read_bytes() for codec in ("aac", "mp3")]
    assert alone == both


def test_a_chapter_is_its_packets_and_one_of_priming(tmp_path: Path) -> None:
    [path] = encoded(tmp_path, [SOUND], "aac")
    assert len(list(packets(path))) == len(SOUND) // AAC_PACKET_FRAMES + 1


def test_the_file_says_what_it_holds(tmp_path: Path) -> None:
    for path in encoded(tmp_path, [SOUND], "aac", "mp3"):
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            assert (stream.rate, stream.channels) == (RATE, 1)
            assert stream.codec_context.name in ("aac", "mp3", "mp3float")


def test_silence_stays_silence(tmp_path: Path) -> None:
    [path] = encoded(tmp_path, [silence(2.048)], "aac")
    assert np.abs(decoded(path)).max() <= 1


@pytest.mark.parametrize(
    "encoding",
    [AAC, Encoding("mp3", 64_000), *(Encoding("mp3", kbps * 1000, 44_100) for kbps in (128, 160, 192, 256, 320))],
)
def test_sound_keeps_its_level(tmp_path: Path, encoding: Encoding) -> None:
    """No scaling on the way; LAME's own, which depends on the bit rate, is undone."""
    path = tmp_path / f"out{SUFFIX[encoding.codec]}"
    encode_track([as_float(tone(250, 2.048))], {encoding: path})
    middle = decoded(path)[encoding.rate // 2 : encoding.rate].astype(float)
    level_db = 20 * np.log10(np.sqrt(np.mean(middle**2)) / (12_000 / np.sqrt(2)))
    assert abs(level_db) < 0.05


def test_what_goes_wrong_while_mixing_comes_through(tmp_path: Path) -> None:
    def pieces() -> list[Sound]:
        raise RuntimeError("no such take")

    with pytest.raises(RuntimeError, match="no such take"):
        encode_track((piece for piece in pieces()), {AAC: tmp_path / "out.m4a"})


def test_a_folder_that_is_not_there_is_this_machines_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineError):
        encode_track([as_float(SOUND)], {AAC: tmp_path / "file" / "out.m4a"})
