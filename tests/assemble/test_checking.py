"""The rules one by one, files of every kind, and another program's measurements of the same files."""

import dataclasses
import json
import re
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.assemble.checking import (
    CheckReport,
    FileCheck,
    Verdict,
    check_file,
    check_files,
    check_measured,
    check_together,
    failed_rules,
)
from pipeline.assemble.meter import Measured, Spot
from pipeline.assemble.soundfile import FileFacts, sound_files
from pipeline.assemble.targets import Target, targets
from pipeline.errors import AudioError
from tests.assemble.signals import bursts, reading, write

ACX, PERSONAL, LIBRIVOX = targets()["acx"], targets()["personal"], targets()["librivox"]

FACTS = FileFacts(
    Path("1.mp3"), "mp3", "mp3", rate=44_100, channels=1, size_bytes=10**6, kbps=192, is_constant=True, declared_s=600
)
GOOD = Measured(
    seconds=600,
    rate=44_100,
    channels=1,
    lufs=-19.7,
    rms_db=-20.4,
    peak=Spot(-3.6, 10),
    true_peak=Spot(-3.4, 10),
    floor=Spot(-69, 1),
    speech_db=-15,
    head_ms=750,
    tail_ms=3000,
    dc=0.0001,
    clipped=0,
    clipped_at_s=-1,
    zero_s=0,
    zero_at_s=-1,
    broken_frames=0,
)


def failed(target: Target, *, facts: FileFacts = FACTS, **changes: object) -> list[str]:
    rows = check_measured(facts, dataclasses.replace(GOOD, **changes), target)
    return [row.rule for row in failed_rules(rows)]


# -- rules


def test_a_good_file_fails_nothing() -> None:
    assert failed(ACX) == []


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"rms_db": -17.9}, ["RMS"]),
        ({"rms_db": -23.1}, ["RMS"]),
        ({"rms_db": -np.inf}, ["RMS"]),
        ({"lufs": -17.2}, []),  # not what they measure
        ({"true_peak": Spot(-2.9, 3)}, ["true peak"]),
        ({"floor": Spot(-59.9, 3)}, ["noise floor"]),
        ({"floor": Spot(-np.inf, 3)}, []),
        ({"zero_s": 0.1, "zero_at_s": 3}, ["digital silence"]),
        ({"head_ms": 470}, ["silence at the head"]),
        ({"head_ms": 490}, []),  # finer than 20 ms nobody tells
        ({"head_ms": 1030}, ["silence at the head"]),
        ({"tail_ms": 970}, ["silence at the tail"]),
        ({"tail_ms": 5030}, ["silence at the tail"]),
        ({"seconds": 7201}, ["length", "stated length is off by"]),
        ({"seconds": 599.8}, ["stated length is off by"]),
        ({"clipped": 1, "clipped_at_s": 3}, ["clipped crests"]),
        ({"dc": 0.02}, ["DC offset"]),
        ({"broken_frames": 1}, ["damaged places"]),
    ],
)
def test_each_rule_of_a_store(changes: dict[str, object], rules: list[str]) -> None:
    assert failed(ACX, **changes) == rules


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"codec": "aac", "is_constant": None, "kbps": 64}, ["format"]),
        ({"rate": 48_000}, ["sample rate"]),
        ({"channels": 6}, ["channels"]),
        ({"kbps": 160}, ["bit rate"]),
        ({"is_constant": False}, ["bit rate is"]),
        ({"size_bytes": 171 * 10**6}, ["size"]),
        ({"damaged": 1, "damaged_at_s": 3.0}, ["damaged places"]),
    ],
)
def test_each_rule_about_the_file(changes: dict[str, object], rules: list[str]) -> None:
    assert failed(ACX, facts=dataclasses.replace(FACTS, **changes)) == rules


def test_what_goes_by_loudness() -> None:
    assert failed(PERSONAL, lufs=-18.5) == []
    assert failed(PERSONAL, lufs=-18.51) == ["loudness"]
    assert failed(PERSONAL, lufs=-17.4) == ["loudness"]
    assert failed(LIBRIVOX, tail_ms=5000, lufs=-16.1) == ["bit rate"]  # 128 kb/s, not more


def test_what_reads_as_the_limit_is_within_it() -> None:
    assert failed(ACX, true_peak=Spot(-2.9961, 1)) == []
    assert failed(ACX, true_peak=Spot(-2.9949, 1)) == ["true peak"]


def test_what_is_not_asked_for_is_shown_all_the_same() -> None:
    rows = {row.rule: row for row in check_measured(FACTS, dataclasses.replace(GOOD, floor=Spot(-40, 2)), PERSONAL)}
    floor = rows["noise floor"]
    assert (floor.verdict, floor.value, floor.at_s) == (Verdict.NOT_ASKED, -40, 2)
    assert set(rows) == {row.rule for row in check_measured(FACTS, GOOD, ACX)}


def test_what_files_have_in_common() -> None:
    def one(codec: str = "mp3", **changes: object) -> FileCheck:
        measured = dataclasses.replace(GOOD, **changes)
        return FileCheck(path="", container=codec, codec=codec, seconds=1, rows=(), measured=measured)

    def together(*checks: FileCheck) -> list[str]:
        return [row.rule for row in failed_rules(check_together(checks, ACX))]

    assert check_together([one()], ACX) == ()
    assert together(one(lufs=-19), one(lufs=-21), one(lufs=-np.inf)) == []
    assert together(one(lufs=-19), one(lufs=-21.1)) == ["loudness apart"]
    assert together(one(), one(rate=48_000)) == ["sample rates"]
    assert together(one(), one(channels=2), one("aac", rate=24_000)) == ["channels (mp3)"]


def test_a_file_of_the_longest_length_is_not_too_large() -> None:
    assert ACX.longest_s == pytest.approx(170e6 * 8 / 192_000)
    assert PERSONAL.longest_s is None


# -- files


@pytest.mark.parametrize(
    ("name", "encoder", "codec"),
    [
        ("a.mp3", "libmp3lame", "mp3"),
        ("a.m4b", "aac", "aac"),
        ("a.m4a", "aac", "aac"),
        ("a.flac", "flac", "flac"),
        ("a.opus", "libopus", "opus"),
        ("a.ogg", "libopus", "opus"),
        ("16.wav", "pcm_s16le", "pcm_s16le"),
        ("24.wav", "pcm_s24le", "pcm_s24le"),
        ("float.wav", "pcm_f32le", "pcm_f32le"),
        ("double.wav", "pcm_f64le", "pcm_f64le"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_kind_of_file_measures_the_same(
    tmp_path: Path, name: str, encoder: str, codec: str, channels: int
) -> None:
    sound = np.stack([reading(4, rate=48_000), 0.5 * reading(4, rate=48_000, tone_db=-66)])[:channels]
    check = check_file(write(tmp_path / name, sound, rate=48_000, codec=encoder, b="160k"), PERSONAL)
    meant = check_file(write(tmp_path / "x.wav", sound, rate=48_000, codec="pcm_f32le"), PERSONAL).measured
    assert (check.codec, check.measured.channels, check.measured.rate) == (codec, channels, 48_000)
    lowered_db = 0.45 if codec == "mp3" else 0  # LAME scales by 0.95 under 192 kb/s, by 0.97 there, and not above
    assert check.measured.lufs == pytest.approx(meant.lufs - lowered_db, abs=0.1)
    assert check.measured.rms_db == pytest.approx(meant.rms_db - lowered_db, abs=0.1)
    assert check.measured.head_ms == pytest.approx(meant.head_ms, abs=20)
    assert check.seconds == pytest.approx(meant.seconds, abs=0.03)


def test_a_store_takes_it(tmp_path: Path) -> None:
    sound = reading(8, rate=44_100, tail_s=2)
    assert (
        failed_rules(check_file(write(tmp_path / "1.mp3", sound, rate=44_100, codec="libmp3lame", b="192k"), ACX)) == ()
    )


def test_a_variable_bit_rate_is_found_out(tmp_path: Path) -> None:
    def kind(name: str, **options: str) -> object:
        path = write(tmp_path / name, reading(10, rate=44_100), rate=44_100, codec="libmp3lame", b="192k", **options)
        return next(row.value for row in check_file(path, ACX).rows if row.rule == "bit rate is")

    assert kind("constant.mp3") == "constant"
    assert kind("average.mp3", abr="1") == "variable"


@pytest.mark.parametrize(
    ("name", "encoder", "rule"),
    [
        ("a.mp3", "libmp3lame", "damaged places"),
        ("a.m4a", "aac", "damaged places"),
        ("a.flac", "flac", "stated length is off by"),  # FFmpeg steps over what is broken without a word
        ("a.opus", "libopus", "stated length is off by"),
    ],
)
def test_a_hole_in_a_file_is_found_and_the_rest_is_measured(tmp_path: Path, name: str, encoder: str, rule: str) -> None:
    path = write(tmp_path / name, reading(10, rate=48_000), rate=48_000, codec=encoder)
    assert not {row.rule for row in failed_rules(check_file(path, PERSONAL))} & {rule}
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    check = check_file(path, PERSONAL)
    assert rule in [row.rule for row in failed_rules(check)]
    assert 11 < check.seconds < 13.8


def test_a_file_that_was_cut_off_is_found(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", reading(10, rate=44_100), rate=44_100, codec="libmp3lame")
    path.write_bytes(path.read_bytes()[:100_000])
    assert "stated length is off by" in [row.rule for row in failed_rules(check_file(path, PERSONAL))]


def test_an_m4b_with_a_cover_is_sound(tmp_path: Path) -> None:
    """The picture is a video stream, and comes first in some files."""
    import av

    from tests.assemble.pictures import jpeg

    path = write(tmp_path / "plain.m4a", bursts(3, rate=24_000), rate=24_000, codec="aac")
    with av.open(str(path)) as source, av.open(str(tmp_path / "cover.m4a"), "w", format="mp4") as target:
        cover = target.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        sound = target.add_stream_from_template(source.streams.audio[0])
        target.start_encoding()
        picture = av.Packet(jpeg(64, 64))
        picture.stream, picture.pts, picture.dts = cover, 0, 0
        target.mux_one(picture)
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = sound
                target.mux_one(packet)
    assert check_file(tmp_path / "cover.m4a", PERSONAL).seconds == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("content", [b"", b"this is no sound at all\n" * 50, b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_sound_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"a\.mp3: .* → give sound files"):
        check_file(path, PERSONAL)


def test_a_sound_file_without_a_frame_says_so(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
    with pytest.raises(AudioError, match="there is no sound in it"):
        check_file(tmp_path / "a.wav", PERSONAL)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no such file"):
        check_file(tmp_path / "none.mp3", PERSONAL)
    with pytest.raises(AudioError, match="no such file"):
        sound_files(tmp_path / "none.mp3")


def test_the_sound_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no file of sound"):
        sound_files(tmp_path)
    for name in ("b/2.MP3", "b/cover.jpg", "a.m4b", ".part.m4b", ".cache/1.mp3", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in sound_files(tmp_path)] == ["a.m4b", "2.MP3"]


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    sound = write(tmp_path / "a.wav", reading(2, rate=24_000), rate=24_000, codec="pcm_s16le")
    (tmp_path / "b.mp3").write_bytes(b"no sound")
    heard: list[float] = []
    report = check_files([sound, tmp_path / "b.mp3"], PERSONAL, heard=heard.append)
    assert [check.path for check in report.files] == [str(sound)]
    assert [one.path for one in report.unreadable] == [str(tmp_path / "b.mp3")]
    assert sum(heard) == pytest.approx(report.files[0].seconds)


def test_an_interrupt_is_not_kept_waiting(tmp_path: Path) -> None:
    """Whoever listens raises, as Ctrl-C does; the other file is left after its next piece."""
    paths = [
        write(tmp_path / f"{number}.wav", bursts(60, rate=24_000), rate=24_000, codec="pcm_s16le") for number in (1, 2)
    ]
    heard: list[float] = []

    def listen(seconds: float) -> None:
        heard.append(seconds)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_files(paths, PERSONAL, heard=listen)
    assert len(heard) <= 2


def test_the_exit_code_is_that_of_the_worst(tmp_path: Path) -> None:
    good = write(tmp_path / "1.mp3", reading(8, rate=44_100, tail_s=2), rate=44_100, codec="libmp3lame", b="192k")
    assert check_files([good], ACX).exit_code == 0
    assert check_files([good, tmp_path / "none.mp3"], ACX).exit_code == 3
    assert check_files([good, tmp_path / "none.mp3"], LIBRIVOX).exit_code == 8


def test_a_report_is_json_that_names_every_field(tmp_path: Path) -> None:
    silent = write(tmp_path / "a.wav", np.zeros(48_000, dtype=np.float32), rate=24_000, codec="pcm_s16le")
    data = json.loads(check_files([silent], ACX).model_dump_json())
    assert data.keys() == CheckReport.model_json_schema(mode="serialization")["properties"].keys()
    rows = {row["rule"]: row for row in data["files"][0]["rows"]}
    assert (rows["loudness"]["value"], rows["RMS"]["verdict"], data["exit_code"]) == (None, "fail", 8)


# -- another program


def ffmpeg(path: Path, filters: str) -> str:
    """What Debian's ffmpeg prints of a file sent through filters."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("the program ffmpeg is not installed: nothing independent to compare with")
    command = [
        "ffmpeg",
        "-hide_banner",
        "-nostats",
        "-i",
        str(path),
        "-map",
        "0:a:0",
        "-af",
        filters,
        "-f",
        "null",
        "-",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stdout + ended.stderr


def last(pattern: str, said: str) -> float:
    return float(re.findall(pattern, said)[-1])


def quietest_half_second_db(path: Path, rate: int) -> float:
    """From the RMS that ffmpeg's astats gives for every 10 ms."""
    step = rate // 100
    levels = ffmpeg(
        path,
        f"asetnsamples=n={step}:p=0,astats=metadata=1:reset=1:measure_perchannel=none,"
        "ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-",
    )
    energies = np.array([10 ** (float(db) / 10) for db in re.findall(r"RMS_level=(\S+)", levels)])
    return float(10 * np.log10(np.convolve(energies, np.full(50, 1 / 50), "valid").min()))


KINDS = {
    "mp3": {"name": "a.mp3", "rate": 44_100, "codec": "libmp3lame", "b": "192k"},
    "m4a": {"name": "a.m4a", "rate": 24_000, "codec": "aac", "b": "64k"},
    "stereo": {"name": "a.wav", "rate": 48_000, "codec": "pcm_s24le"},
    "reading": {"name": "a.flac", "rate": 22_050, "codec": "flac"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_agrees_with_ffmpeg(tmp_path: Path, kind: str) -> None:
    """Shows 1: within 0.2 dB; ffmpeg prints LUFS and true peak with one decimal."""
    options: dict[str, object] = dict(KINDS[kind])
    name, rate = str(options.pop("name")), KINDS[kind]["rate"]
    assert isinstance(rate, int)
    sound = reading(12, rate=rate, tone_db=-64)
    planes = np.stack([sound, 0.4 * reading(12, rate=rate, tone_db=-62)]) if kind == "stereo" else sound
    path = write(tmp_path / name, planes, **options)  # type: ignore[arg-type]
    said = ffmpeg(path, "ebur128=peak=true:framelog=verbose,astats=measure_perchannel=none")
    ours = check_file(path, PERSONAL).measured
    assert ours.lufs == pytest.approx(last(r"I: +(\S+) LUFS", said), abs=0.1)
    assert ours.true_peak.db == pytest.approx(last(r"Peak: +(\S+) dBFS", said), abs=0.15)
    assert ours.rms_db == pytest.approx(last(r"RMS level dB: (\S+)", said), abs=0.02)
    assert ours.peak.db == pytest.approx(last(r"Peak level dB: (\S+)", said), abs=0.02)
    assert ours.dc == pytest.approx(abs(last(r"DC offset: (\S+)", said)), abs=1e-4)
    assert ours.floor.db == pytest.approx(quietest_half_second_db(path, rate), abs=0.2)
