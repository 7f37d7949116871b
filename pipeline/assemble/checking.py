"""Whether sound files are what a target asks for: one row a rule, with the value, the limit and the place."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from pathlib import Path
from threading import Event

from pydantic import BaseModel, ConfigDict, Field, computed_field

from pipeline.assemble.ahead import ahead
from pipeline.assemble.meter import Measured, Meter
from pipeline.assemble.soundfile import FileFacts, SoundFile, decoded
from pipeline.assemble.targets import Target, Window
from pipeline.errors import AudioError, CheckFailed, Interrupted

_EDGE_TOLERANCE_MS = 20  # two steps of the meter: where a breathed first sound begins is not sharper than that
_DC_MOST_PERCENT = 1.0  # more moves the level of a fade audibly and costs headroom

_LENGTH_OFF_MOST_S = 0.08  # more than a codec pads with (46 ms of AAC at 22 kHz), less than a lost block of FLAC (85)


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  a verdict, no password
    FAIL = "fail"
    NOT_ASKED = "not asked"


class Row(BaseModel):
    """One rule. `value` is a number of `unit`, a word, or nothing where there is silence only.

    `least`, `most`: the limits, numbers of `unit`; `wanted`: the words allowed. None of them: the target asks nothing.
    `at_s`: the place to look at, in seconds from the file's beginning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    value: float | str | None
    unit: str = ""
    least: float | None = None
    most: float | None = None
    wanted: tuple[str, ...] = ()
    verdict: Verdict
    at_s: float | None = None


class FileCheck(BaseModel):
    """One file against a target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    container: str
    codec: str
    seconds: float
    rows: tuple[Row, ...]
    measured: Measured = Field(exclude=True, repr=False)


class Unreadable(BaseModel):
    """A file that could not be checked, and the one line that says why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    reason: str


class CheckReport(BaseModel):
    """Several files against a target: what `check --json` prints. A value that is null: there is silence only.

    `together`: what the files have to have in common. `remark`: what the store asks for that no file shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    title: str
    remark: str
    files: tuple[FileCheck, ...]
    together: tuple[Row, ...]
    unreadable: tuple[Unreadable, ...]

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def exit_code(self) -> int:
        """8: a rule fails; 3: a file could not be checked; 0: neither."""
        if failed_rules(*self.files, self.together):
            return CheckFailed.exit_code
        return AudioError.exit_code if self.unreadable else 0


def check_files(paths: Sequence[Path], target: Target, *, heard: Callable[[float], None] | None = None) -> CheckReport:
    """Check every file, as many at once as there are cores; none stops the others, and Ctrl-C stops all at once."""
    stopped = Event()

    def listen(seconds: float) -> None:
        if stopped.is_set():
            raise Interrupted("interrupted")
        if heard is not None:
            heard(seconds)

    with ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="check") as pool:
        try:
            outcomes = list(pool.map(lambda path: _outcome(path, target, listen), paths))
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)
    checks = tuple(one for one in outcomes if isinstance(one, FileCheck))
    return CheckReport(
        target=target.name,
        title=target.title,
        remark=target.remark,
        files=checks,
        together=check_together(checks, target),
        unreadable=tuple(one for one in outcomes if isinstance(one, Unreadable)),
    )


def _outcome(path: Path, target: Target, heard: Callable[[float], None]) -> FileCheck | Unreadable:
    try:
        return check_file(path, target, heard=heard)
    except AudioError as error:
        return Unreadable(path=str(path), reason=str(error))


def check_file(path: Path, target: Target, *, heard: Callable[[float], None] | None = None) -> FileCheck:
    """Decode a file, measure it and hold it against a target; `heard` is told the seconds of every piece.

    Raises `AudioError` for what is missing, empty, or has no sound in it.
    """
    with SoundFile(path) as file:
        meter = Meter(rate=file.rate, channels=file.channels)
        for piece in ahead(file.pieces()):
            meter.feed(piece)
            if heard is not None:
                heard(piece.shape[1] / file.rate)
        measured, facts = meter.finish(), file.facts()
    if not measured.seconds:
        raise AudioError("there is no sound in it", where=str(path))
    return FileCheck(
        path=str(path),
        container=facts.container,
        codec=facts.codec,
        seconds=measured.seconds,
        rows=check_measured(facts, measured, target),
        measured=measured,
    )


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file is, and what it measures once decoded."""

    facts: FileFacts
    measured: Measured


def proof_of(path: Path) -> Proof:
    """Measure a file that has just been encoded, decoding it. Raises `AudioError` where there is no sound in it."""
    with SoundFile(path) as file:
        facts = file.declared()
    meter = Meter(rate=facts.rate, channels=facts.channels)
    for piece in ahead(decoded(path)):
        meter.feed(piece)
    return Proof(facts, meter.finish())


def check_measured(facts: FileFacts, measured: Measured, target: Target) -> tuple[Row, ...]:
    """Every rule of a target for one file, those it does not ask for included."""
    return (*_format_rows(facts, measured, target), *_level_rows(measured, target), *_edge_rows(measured, target))


def check_together(checks: Sequence[FileCheck], target: Target) -> tuple[Row, ...]:
    """What several files have to have in common; those of different codecs are different deliveries."""
    by_codec: dict[str, list[Measured]] = {}
    for check in checks:
        by_codec.setdefault(check.codec, []).append(check.measured)
    return tuple(
        row
        for codec, group in by_codec.items()
        if len(group) > 1
        for row in _rows_together(group, target, suffix=f" ({codec})" if len(by_codec) > 1 else "")
    )


def failed_rules(*groups: Iterable[Row] | FileCheck) -> tuple[Row, ...]:
    """The rows that fail, of files and of what they have in common."""
    rows = (row for group in groups for row in (group.rows if isinstance(group, FileCheck) else group))
    return tuple(row for row in rows if row.verdict is Verdict.FAIL)


def _format_rows(facts: FileFacts, measured: Measured, target: Target) -> Iterator[Row]:
    damaged = facts.damaged + measured.broken_frames
    yield _number("damaged places", damaged, "", most=0, at_s=facts.damaged_at_s)
    yield _word("format", facts.codec, target.codecs)
    yield _number("sample rate", facts.rate, "Hz", least=target.rate_hz, most=target.rate_hz)
    yield _number("channels", facts.channels, "", most=target.channels_most)
    is_mp3 = facts.codec == "mp3"
    lowest, highest = (target.mp3_kbps, target.mp3_kbps_most) if is_mp3 else (None, None)
    yield _number("bit rate", facts.kbps, "kb/s", least=lowest, most=highest)
    if is_mp3:
        kind = "constant" if facts.is_constant else "variable"
        yield _word("bit rate is", kind, ("constant",) if target.constant else ())
    yield _number("length", measured.seconds / 60, "min", most=target.longest_min)
    off_s = abs(measured.seconds - facts.declared_s) if facts.declared_s else 0.0
    yield _number("stated length is off by", off_s, "s", most=_LENGTH_OFF_MOST_S)
    yield _number("size", facts.size_bytes / 1e6, "MB", most=target.largest_mb)


def _level_rows(measured: Measured, target: Target) -> Iterator[Row]:
    aim, tolerance = target.loudness_lufs, target.tolerance_lu
    lowest, highest = (None, None) if target.is_rms else (aim - tolerance, aim + tolerance)
    yield _number("loudness", measured.lufs, "LUFS", least=lowest, most=highest)
    yield _window("RMS", measured.rms_db, "dBFS", target.rms_db)
    true_peak = measured.true_peak
    yield _number("true peak", true_peak.db, "dBTP", most=target.ceiling_dbtp, at_s=true_peak.at_s)
    yield _number("sample peak", measured.peak.db, "dBFS", at_s=measured.peak.at_s)
    yield _number("noise floor", measured.floor.db, "dBFS", most=target.floor_db, at_s=measured.floor.at_s)
    yield _number("clipped crests", measured.clipped, "", most=0, at_s=measured.clipped_at_s)
    yield _number("DC offset", 100 * measured.dc, "%", most=_DC_MOST_PERCENT)


def _edge_rows(measured: Measured, target: Target) -> Iterator[Row]:
    zero_most = None if target.tone_db is None else 0.0
    yield _number("digital silence", measured.zero_s, "s", most=zero_most, at_s=measured.zero_at_s)
    edge = _EDGE_TOLERANCE_MS
    ends_s = measured.seconds - measured.tail_ms / 1000
    yield _window("silence at the head", measured.head_ms, "ms", target.head_ms, tolerance=edge, at_s=0.0)
    yield _window("silence at the tail", measured.tail_ms, "ms", target.tail_ms, tolerance=edge, at_s=ends_s)


def _rows_together(group: Sequence[Measured], target: Target, *, suffix: str) -> Iterator[Row]:
    for rule, values in (
        ("sample rates", sorted({one.rate for one in group})),
        ("channels", sorted({one.channels for one in group})),
    ):
        value = ", ".join(map(str, values))
        verdict = Verdict.PASS if len(values) == 1 else Verdict.FAIL
        yield Row(rule=rule + suffix, value=value, wanted=("all alike",), verdict=verdict)
    loudness = [one.lufs for one in group if isfinite(one.lufs)]
    spread = max(loudness, default=0.0) - min(loudness, default=0.0)
    yield _number(f"loudness apart{suffix}", spread, "LU", most=target.spread_lu)


def _window(
    rule: str, value: float, unit: str, window: Window | None, *, tolerance: float = 0.0, at_s: float = -1
) -> Row:
    least, most = window or (None, None)
    row = _number(rule, value, unit, least=least, most=most, at_s=at_s)
    if row.verdict is Verdict.FAIL and window and window[0] - tolerance <= value <= window[1] + tolerance:
        return row.model_copy(update={"verdict": Verdict.PASS})
    return row


def _number(
    rule: str, value: float, unit: str, *, least: float | None = None, most: float | None = None, at_s: float = -1.0
) -> Row:
    """A value within its limits, at the two decimals that people see: what reads -3.00 is not over -3."""
    shown = round(value, 2)
    is_within = (least is None or shown >= least) and (most is None or shown <= most)
    verdict = Verdict.PASS if is_within else Verdict.FAIL
    return Row(
        rule=rule,
        value=shown if isfinite(value) else None,
        unit=unit,
        least=least,
        most=most,
        verdict=Verdict.NOT_ASKED if least is None and most is None else verdict,
        at_s=round(at_s, 2) if at_s >= 0 else None,
    )


def _word(rule: str, value: str, wanted: tuple[str, ...]) -> Row:
    verdict = Verdict.PASS if value in wanted else Verdict.FAIL
    return Row(rule=rule, value=value, wanted=wanted, verdict=verdict if wanted else Verdict.NOT_ASKED)
