"""Recall of every audio fault and false alarms on clean takes, over labelled takes of several speech sources.

    python -m tests.bench.detection [--corpus DIR] [--voices DIR] [--cache DIR] [--each 6] [--tuned] [--unknown]

Needs nothing but the package for espeak-ng; more sources where they are installed: `apt-get install flite festival
festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts festvox-italp16k festvox-itapc16k`. `--corpus` is a folder of
books to take texts from, beside the samples; `--voices` a folder of recordings (`recordings.py` says which). What is
missing is left out, and said.

The limits were set by looking at every other voice; figures are of the other half, whose takes nobody looked at
(`--tuned`: of the first half). A voice's norm is learnt from fifteen long and six short takes of other texts
(`--unknown`: no norm, as for the first takes of a book). The real voices have too few takes for a norm. `--each` is
the number of long clips a voice that every fault is tried on; half as many short lines are.
"PASS/suspect/fail" are verdicts; found is what did not pass.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from pipeline.recording import PIPELINE_FORMAT
from pipeline.takes.acceptance import Verdict, VoiceNorm, judge
from tests.bench.detection.faults import FAULTS
from tests.bench.detection.recordings import recorded_clips
from tests.bench.detection.sources import Clip, Sources, Voice
from tests.bench.detection.texts import scripts_of
from tests.bench.detection.trial import Count, Trial, norm_of

_LONG_TEXTS, _SHORT_TEXTS = 40, 30
_LEARNT_LONG, _LEARNT_SHORT = 15, 6
_MOST_FALSE_PERCENT = 0.3

Read = tuple[list[Clip], list[Clip]]
"""A voice's long and short clips."""


def main(arguments: argparse.Namespace) -> int:
    """Print the tables; the number of targets missed."""
    trial = Trial()
    with tempfile.TemporaryDirectory(prefix="detection-") as scratch:
        read = _read(Sources(arguments.cache or Path(scratch)), arguments.corpus)
    voices = list(read)[0 if arguments.tuned else 1 :: 2]
    for voice in voices:
        _try_voice(trial, voice, read, arguments)
    if not arguments.tuned:
        _try_recordings(trial, recorded_clips(arguments.voices))
    print(f"\n{len(voices)} voices, {'no norm' if arguments.unknown else 'their norms known'}")
    missed = _print_recall(trial)
    missed += _print_false_alarms(trial)
    _print_cost([clip for voice in voices for clip in read[voice][0]])
    return missed


def _read(sources: Sources, corpus: Path | None) -> dict[Voice, Read]:
    scripts = scripts_of(corpus)
    read: dict[Voice, Read] = {}
    for voice in sources.voices():
        if voice.language in scripts:
            script = scripts[voice.language]
            texts = list(script.texts)
            random.Random(voice.name).shuffle(texts)
            long = sources.clips(voice, texts[:_LONG_TEXTS])
            read[voice] = long, sources.clips(voice, script.shorts[:_SHORT_TEXTS])
    return read


def _try_voice(trial: Trial, voice: Voice, read: dict[Voice, Read], arguments: argparse.Namespace) -> None:
    long, short = read[voice]
    norm = VoiceNorm() if arguments.unknown else norm_of([*long[:_LEARNT_LONG], *short[:_LEARNT_SHORT]])
    trial.clean([*long[_LEARNT_LONG:], *short[_LEARNT_SHORT:]], norm)
    chosen = [*long[_LEARNT_LONG:][: arguments.each], *short[_LEARNT_SHORT:][: arguments.each // 2]]
    others = [other for other in read if other != voice and other.source == voice.source]
    other = next((other for other in others if other.language == voice.language), others[0] if others else voice)
    same_text = {clip.text: clip for clips in read[other] for clip in clips}
    trial.spoilt(chosen, [same_text.get(clip.text, read[other][0][0]) for clip in chosen], norm)


def _try_recordings(trial: Trial, clips: list[Clip]) -> None:
    trial.clean(clips, VoiceNorm())
    chosen = clips[1::6]
    if chosen:
        trial.spoilt(chosen, [clips[(6 * i + 30) % len(clips)] for i in range(len(chosen))], VoiceNorm())


def _print_recall(trial: Trial) -> int:
    sources = sorted({kind[2] for kind in trial.counts})
    print(f"\n{'recall, percent found':40} {'target':>6} {'takes':>6} {'found':>6} {'fail':>6}", end="")
    print("".join(f" {source:>9}" for source in sources) + f" {'short':>6}")
    missed = 0
    for name, (_, target) in FAULTS.items():
        by_source = {s: trial.counts.get((*name, s, False), Count()) for s in sources}
        long = _sum(by_source.values())
        short = _sum(trial.counts.get((*name, s, True), Count()) for s in sources)
        is_missed = long.percent < target
        missed += is_missed
        fails = 100 * long.verdicts[Verdict.FAIL] / max(1, long.takes)
        print(f"{', '.join(name):40} {target or '':>6} {long.takes:6} {long.percent:6.1f} {fails:6.1f}", end="")
        print("".join(f" {count.percent:9.1f}" for count in by_source.values()), end="")
        print(f" {short.percent:6.1f}{'  missed' if is_missed else ''}")
    return missed


def _sum(counts: object) -> Count:
    total: Counter[Verdict] = Counter()
    for count in counts:  # type: ignore[attr-defined]
        total += count.verdicts
    return Count(total)


def _print_false_alarms(trial: Trial) -> int:
    print(f"\n{'clean takes':24} {'takes':>6} {'not passed':>10} {'%':>6} {'fail':>5}")
    clean = {kind: count for kind, count in trial.counts.items() if not kind[0]}
    for (_, _, source, is_short), count in sorted(clean.items()):
        print(_row(f"{source}, {'short' if is_short else 'long'}", count))
    total = _sum(clean.values())
    print(_row("all", total))
    for clip, judgement in trial.false_alarms:
        print(f"  {clip.voice.name}: {clip.text[:40]!r} {judgement.verdict}: {'; '.join(judgement.reasons)}")
    return int(total.percent > _MOST_FALSE_PERCENT)


def _row(name: str, count: Count) -> str:
    return f"{name:24} {count.takes:6} {count.found:10} {count.percent:6.2f} {count.verdicts[Verdict.FAIL]:5}"


def _print_cost(clips: list[Clip]) -> None:
    """Milliseconds of one core for a take of 45 s, norm included."""
    chosen = sorted(clips, key=lambda clip: -len(clip.samples))[:20]
    begun = time.process_time()
    for clip in chosen:
        judge(clip.samples, clip.text, language=clip.voice.language)
    seconds = sum(PIPELINE_FORMAT.seconds_of(len(clip.samples)) for clip in chosen)
    print(f"\n{1000 * 45 * (time.process_time() - begun) / seconds:.1f} ms of one core for a take of 45 s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--voices", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--unknown", action="store_true")
    sys.exit(main(parser.parse_args()))
