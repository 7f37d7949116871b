"""The README's pictures, made anew: `python -m tests.pictures` writes `.docs/plan.svg`, `make.svg`, `report.png`.

A paid night is played against the rehearsal server, in a terminal of our own, and drawn as SVG; its report is opened by
Chromium (`apt-get install chromium`).
"""

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import pyte

from pipeline.rehearsal.fault_script import parse_script
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".docs"

COLUMNS, ROWS = 100, 34
CELL_PX = (8.4, 18)
"""Width and height of a cell at the font size below; each run's width is said, so that any font keeps the columns."""

_FONT_PX = 14
_MARGIN_PX = 16
_FRAME_S = 0.7
_LAST_S = 5.0
_MOST_FRAMES = 14

_COLOURS = {
    "default": "#d8dee9",
    "black": "#4c566a",
    "red": "#e06c75",
    "green": "#98c379",
    "brown": "#e5c07b",
    "blue": "#81a1c1",
    "magenta": "#c89bd0",
    "cyan": "#88c0d0",
    "white": "#eceff4",
}

Row = tuple[pyte.screens.Char, ...]
Frame = tuple[Row, ...]

_CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def recorded(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> list[Frame]:
    """What a terminal of `COLUMNS` by `ROWS` shows while a command runs: each state once, the last one at the end."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"\x1b[1;32m$\x1b[0m {' '.join(command)}\r\n".encode())
    frames = [_frame(screen)]
    for piece in _output(command, folder, variables):
        stream.feed(piece)
        frames.append(_frame(screen))
    return [frame for frame, _ in groupby(frames)]


def _frame(screen: pyte.Screen) -> Frame:
    return tuple(tuple(screen.buffer[row][column] for column in range(COLUMNS)) for row in range(ROWS))


def _output(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Iterator[bytes]:
    """What it writes to its terminal, a fifth of a second at a time."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", **variables}
    program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    with subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment) as process:
        os.close(theirs)
        while process.poll() is None or select.select([ours], [], [], 0)[0]:
            piece = _read_for(ours, 0.2)
            if piece is None:
                break
            yield piece
    os.close(ours)


def _read_for(terminal: int, seconds: float) -> bytes | None:
    """All that comes in that time; None at the end."""
    piece, until = b"", time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                piece += os.read(terminal, 65_536)
            except OSError:  # Linux says so when the other end is closed
                return piece or None
    return piece


def svg_of(frames: Sequence[Frame], title: str) -> str:
    """The frames one after the other, for ever; a still of the last one where motion is not wanted."""
    shown = _chosen(frames)
    height = max(number for frame in shown for number, row in enumerate(frame, 1) if _text(row))
    width_px = COLUMNS * CELL_PX[0] + 2 * _MARGIN_PX
    height_px = height * CELL_PX[1] + 2 * _MARGIN_PX
    total_s = _FRAME_S * (len(shown) - 1) + _LAST_S
    body = "".join(_group(frame, number, len(shown)) for number, frame in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_px:g} {height_px:g}" width="{width_px:g}" '
        f'role="img" aria-labelledby="title"><title id="title">{escape(title)}</title>'
        f"<style>{_style(len(shown), total_s)}</style>"
        f'<rect width="100%" height="100%" rx="8" fill="#2e3440"/>{body}</svg>\n'
    )


def _chosen(frames: Sequence[Frame]) -> list[Frame]:
    """First and last, and of the others as many as there is room for."""
    step = max(1, -(-(len(frames) - 1) // (_MOST_FRAMES - 1)))
    return [*frames[:-1:step], frames[-1]]


def _style(count: int, total_s: float) -> str:
    font = f"text{{font:{_FONT_PX}px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}}"
    if count == 1:
        return font
    rules = [font, f"g{{visibility:hidden;animation:{total_s:g}s step-end infinite}}"]
    for number in range(count):
        start = 100 * number * _FRAME_S / total_s
        end = 100 if number == count - 1 else 100 * (number + 1) * _FRAME_S / total_s
        before = "0%{visibility:hidden}" if number else ""
        after = f"{end:.2f}%{{visibility:hidden}}" if end < 100 else ""
        rules.append(f"#f{number}{{animation-name:k{number}}}")
        rules.append(f"@keyframes k{number}{{{before}{start:.2f}%{{visibility:visible}}{after}}}")
    rules.append(f"@media(prefers-reduced-motion:reduce){{g{{animation:none}}#f{count - 1}{{visibility:visible}}}}")
    return "".join(rules)


def _group(frame: Frame, number: int, count: int) -> str:
    rows = "".join(_row(row, y) for y, row in enumerate(frame, 1) if _text(row))
    return f'<g id="f{number}">{rows}</g>' if count > 1 else rows


def _text(row: Row) -> str:
    return "".join(cell.data for cell in row).rstrip()


def _row(row: Row, y: int) -> str:
    """One text element a run of equal style, each of the width of its cells."""
    runs: list[str] = []
    column = 0
    for (colour, is_bold), cells in groupby(row, key=lambda cell: (_colour(cell), cell.bold)):
        run = list(cells)
        text = "".join(cell.data for cell in run)
        if text.strip():
            weight = ' font-weight="bold"' if is_bold else ""
            before = len(text) - len(text.lstrip())
            x = _MARGIN_PX + (column + before) * CELL_PX[0]
            length = len(text.strip()) * CELL_PX[0]
            runs.append(
                f'<text x="{x:.1f}" y="{_MARGIN_PX + y * CELL_PX[1] - 4:g}" textLength="{length:.1f}" '
                f'lengthAdjust="spacingAndGlyphs" fill="{colour}"{weight}>{escape(text.strip())}</text>'
            )
        column += len(run)
    return "".join(runs)


def _colour(cell: pyte.screens.Char) -> str:
    name = cell.bg if cell.reverse and cell.bg != "default" else cell.fg
    name = name.removeprefix("bright")
    return _COLOURS.get(name, f"#{name}" if len(name) == 6 and not name.isalpha() else _COLOURS["default"])


def photographed(page: Path, picture: Path, *, height_px: int) -> None:
    """The top of a page, as Chromium shows it in a light room."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium here: the report page was not photographed", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as profile:
        flags = [f"--user-data-dir={profile}", f"--window-size=1000,{height_px}", f"--screenshot={picture}"]
        subprocess.run([browser, *_CHROMIUM, *flags, page.as_uri()], check=True, capture_output=True, timeout=90)


_JOB = """[speech]
engine = "openrouter"
base_url = "{base_url}"

[pace]
budget_usd = 3

[[book]]
source = "alice.epub"
chapters = "1"
speech.voice = "Kore"

[[book]]
source = "three-tales.md"
chapters = "1"
"""


_FAULTS = """seed = 2
[[fault]]
kind = "silent"
attempts = [4]

[[fault]]
kind = "gap"
attempts = [9, 12, 13]

[[fault]]
kind = "status"
status = 503
attempts = [7]
"""
"""So that the report has something to show."""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    faults = parse_script(_FAULTS, where="pictures")
    options = RehearsalOptions(workers=2, voice="tone")
    with tempfile.TemporaryDirectory() as name, server_in_thread(options, script=faults) as server:
        folder = Path(name)
        for book in ("alice.epub", "three-tales.md"):
            shutil.copy(ROOT / "samples" / book, folder)
        (folder / "shelf.toml").write_text(_JOB.format(base_url=server.base_url), "utf-8")
        variables = {"OPENROUTER_API_KEY": "rehearsal", "XDG_CACHE_HOME": str(folder / "cache")}
        plan = recorded(["run-pipeline", "plan", "alice.epub", "--voice", "Kore"], folder, variables)
        (FOLDER / "plan.svg").write_text(svg_of(plan[-1:], "run-pipeline plan alice.epub"), "utf-8")
        made = recorded(["run-pipeline", "shelf.toml"], folder, variables)
        (FOLDER / "make.svg").write_text(svg_of(made, "run-pipeline shelf.toml"), "utf-8")
        report = next(folder.glob("audiobooks/Lewis Carroll/*/report.html"))
        photographed(report, FOLDER / "report.png", height_px=1_260)
    for picture in sorted(FOLDER.iterdir()):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
