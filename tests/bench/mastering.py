"""From takes on disk to a finished, mastered M4B: this program against the ffmpeg program, side by side in one run.

    python -m tests.bench.mastering [--voices FOLDER] [--hours 10] [--chapters 60] [--memory 1 30]

The takes are speech of the embedded voice, or of the recordings in a folder, at levels that differ by a few decibels.
ffmpeg concatenates the same takes and encodes them with its AAC encoder at its defaults, once as they are and once
after a two-pass loudnorm, as its manual shows. Targets: ten times the whole chain, four times concatenation and
encoding alone; after the last take of a book whose other chapters are done, 3 s to the finished file; memory the same
for both of `--memory`, under 200 MB.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from pipeline.assemble.delivery import deliver
from pipeline.assemble.order import ChapterOrder, Spoken
from pipeline.assemble.tags import Credits
from pipeline.assemble.tracks import EncodedChapter, Finish, TrackShelf
from pipeline.book import Metadata
from pipeline.config import settings_of
from pipeline.recording import PIPELINE_FORMAT, Boundary, Samples, Take
from tests.bench.processes import watched
from tests.bench.speech import recorded_takes, spoken_takes

_TIMES_LOUDNORM, _TIMES_PLAIN = 10.0, 4.0
_LAST_S = 3.0
_MEMORY_MB, _MEMORY_RATIO = 200.0, 1.15
_WORKERS = 2


def main(arguments: argparse.Namespace) -> int:
    """Print the tables; the number of targets missed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        speech = recorded_takes(arguments.voices) if arguments.voices else spoken_takes()
        takes = written(folder / "takes", speech, hours=arguments.hours)
        missed = speed(takes, folder, arguments.chapters) if shutil.which("ffmpeg") else 1
        missed += last_chapter(takes, folder, arguments.chapters)
    return missed + (memory(arguments.memory) if arguments.memory else 0)


def speed(takes: Path, folder: Path, chapters: int) -> int:
    ours = watched([sys.executable, "-m", "tests.bench.mastering", "--make", str(takes), str(folder), str(chapters)])
    audio_s = json.loads(ours.out)["seconds"]
    plain_s = plain(takes, folder)
    loudnorm_s = loudnorm(takes, folder)
    print(f"\n{'chain':44} {'times real time':>16} {'ours is faster':>15}")
    print(f"{'run-pipeline: level, limit, encode, verify':44} {audio_s / ours.seconds:16.0f}")
    for name, seconds in (("ffmpeg: concat, AAC", plain_s), ("ffmpeg: concat, loudnorm twice, AAC", loudnorm_s)):
        print(f"{name:44} {audio_s / seconds:16.0f} {seconds / ours.seconds:15.1f}")
    print(f"targets {_TIMES_PLAIN:.0f} and {_TIMES_LOUDNORM:.0f}; peak {ours.main_mb:.0f} MB", flush=True)
    return int(plain_s / ours.seconds < _TIMES_PLAIN) + int(loudnorm_s / ours.seconds < _TIMES_LOUDNORM)


def last_chapter(takes: Path, folder: Path, chapters: int) -> int:
    """What is left to do when the last take has come and all other chapters are encoded."""
    shelf, orders = shelf_of(folder), orders_of(takes, chapters)
    surveys = [shelf.survey(order) for order in orders]
    gains_db = shelf.gains_db(surveys)
    done = [
        shelf.chapter(order, survey, gain_db=gain)
        for order, survey, gain in zip(orders, surveys, gains_db, strict=True)
    ]
    for path in done[0].files.values():  # a whole chapter; the last may be a few takes
        path.unlink()
    begun = time.perf_counter()
    last = shelf.chapter(orders[0], surveys[0], gain_db=gains_db[0])
    encoded_s = time.perf_counter() - begun
    delivered(folder / "again", [last, *done[1:]])
    total_s = time.perf_counter() - begun
    print(f"\nthe last chapter {encoded_s:.1f} s, the finished book {total_s:.1f} s (target {_LAST_S:.0f})", flush=True)
    return int(total_s > _LAST_S)


def memory(hours: Sequence[float]) -> int:
    print(f"\n{'hours':>6} {'peak MB':>8}")
    peaks = []
    for length in hours:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            folder = Path(scratch)
            takes = written(folder / "takes", spoken_takes(), hours=length)
            command = [
                sys.executable,
                "-m",
                "tests.bench.mastering",
                "--make",
                str(takes),
                scratch,
                str(max(2, 6 * int(length))),
            ]
            peaks.append(watched(command).main_mb)
        print(f"{length:6g} {peaks[-1]:8.0f}", flush=True)
    ratio = peaks[-1] / peaks[0]
    print(f"ratio {ratio:.2f} (target {_MEMORY_RATIO}), most {max(peaks):.0f} MB (target {_MEMORY_MB:.0f})")
    return int(ratio > _MEMORY_RATIO) + int(max(peaks) > _MEMORY_MB)


def make(takes: Path, folder: Path, chapters: int) -> None:
    """Ours, as a process of its own."""
    shelf, orders = shelf_of(folder), orders_of(takes, chapters)
    with ThreadPoolExecutor(_WORKERS) as pool:
        surveys = list(pool.map(shelf.survey, orders))
        gains_db = shelf.gains_db(surveys)
        done = list(
            pool.map(
                lambda one: shelf.chapter(one[0], one[1], gain_db=one[2]), zip(orders, surveys, gains_db, strict=True)
            )
        )
    seconds = sum(chapter.track.frames for chapter in done) / PIPELINE_FORMAT.rate
    delivered(folder, done)
    print(json.dumps({"seconds": seconds}))


def delivered(folder: Path, chapters: Sequence[EncodedChapter]) -> None:
    credits = Credits(Metadata("A Long Book", ("Nobody",), "en"), narrator="espeak", comment="")
    deliver(folder / "out", chapters, credits=credits, cover=None, settings=settings_of([]).delivery)


def plain(takes: Path, folder: Path) -> float:
    return _timed([*_concat(takes, folder), "-c:a", "aac", "-b:a", "64k", str(folder / "plain.m4b")])


def loudnorm(takes: Path, folder: Path) -> float:
    """Two passes: the first measures, the second is told what it found."""
    aim = "loudnorm=I=-18:TP=-1.5:LRA=11"
    begun = time.perf_counter()
    first = subprocess.run(
        [*_concat(takes, folder), "-af", f"{aim}:print_format=json", "-f", "null", "-"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads(first.stderr[first.stderr.rindex("{") :])
    told = ":".join(
        f"measured_{name}={found[f'input_{key}']}"
        for name, key in (("I", "i"), ("TP", "tp"), ("LRA", "lra"), ("thresh", "thresh"))
    )
    again = f"{aim}:{told}:offset={found['target_offset']}:linear=true"
    _timed(
        [*_concat(takes, folder), "-af", again, "-ar", "24000", "-c:a", "aac", "-b:a", "64k", str(folder / "loud.m4b")]
    )
    return time.perf_counter() - begun


def _concat(takes: Path, folder: Path) -> list[str]:
    listing = folder / "takes.txt"
    listing.write_text("".join(f"file '{path}'\n" for path in sorted(takes.glob("*.wav"))))
    return ["ffmpeg", "-nostdin", "-hide_banner", "-y", "-f", "concat", "-safe", "0", "-i", str(listing)]


def _timed(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def written(folder: Path, speech: Sequence[Samples], *, hours: float) -> Path:
    """Takes as WAVs, enough for so many hours, each at a level of its own."""
    folder.mkdir(parents=True)
    left = round(hours * 3600 * PIPELINE_FORMAT.rate)
    for number, samples in enumerate(cycle(speech)):
        level = np.float32(10 ** (((number * 7) % 11 - 5) / 2 / 20))
        pcm = np.clip(np.rint(samples * level), -32768, 32767).astype("<i2").tobytes()
        _write_wav(folder / f"{number:06}.wav", pcm)
        left -= len(samples)
        if left <= 0:
            return folder
    raise ValueError("no speech")


def _write_wav(path: Path, pcm: bytes) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, PIPELINE_FORMAT.rate, 0, "NONE", ""))
        file.writeframes(pcm)


def shelf_of(folder: Path) -> TrackShelf:
    settings = settings_of([])
    delivery = settings.delivery
    finish = Finish(settings.sound, delivery.goal, delivery.encodings, delivery.packet_frames)
    return TrackShelf(folder / "tracks", finish, samples=_read)


def _read(take: Take) -> Samples:
    """As the store does: the digest is checked on every read."""
    pcm = Path(take.key).read_bytes()[44:]
    if hashlib.sha256(pcm).hexdigest() != take.digest:
        raise ValueError(take.key)
    return np.frombuffer(pcm, dtype="<i2")


def orders_of(takes: Path, chapters: int) -> list[ChapterOrder]:
    found = [_take(path) for path in sorted(takes.glob("*.wav"))]
    per_chapter = max(1, -(-len(found) // chapters))
    return [
        ChapterOrder(number, f"Chapter {number}", tuple(_spoken(group)))
        for number, group in enumerate(_groups(found, per_chapter), start=1)
    ]


def _groups(takes: Sequence[Take], size: int) -> Iterator[list[Take]]:
    for start in range(0, len(takes), size):
        yield list(islice(takes, start, start + size))


def _spoken(takes: Sequence[Take]) -> Iterator[Spoken]:
    for number, take in enumerate(takes, start=1):
        yield Spoken(number, take, Boundary.PARAGRAPH if number < len(takes) else Boundary.CHAPTER)


def _take(path: Path) -> Take:
    pcm = path.read_bytes()[44:]
    return Take(str(path), hashlib.sha256(pcm).hexdigest(), len(pcm) // 2)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voices", type=Path, metavar="FOLDER")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--chapters", type=int, default=60)
    parser.add_argument("--memory", type=float, nargs=2, metavar="HOURS")
    parser.add_argument("--make", nargs=3, metavar=("TAKES", "FOLDER", "CHAPTERS"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    if given.make:
        make(Path(given.make[0]), Path(given.make[1]), int(given.make[2]))
    else:
        sys.exit(main(given))
