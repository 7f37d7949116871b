"""Whatever pandoc reads, where it is installed: converted to one HTML page in a sandbox, then read as one."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import IO

from pipeline.book import Book
from pipeline.errors import DamagedBook, UnknownFormat, UnsafeBook
from pipeline.ingest.page import book_of_page
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings

TIMEOUT_S = 60
MAX_FILE_BYTES = 256 * 2**20  # a manuscript with pictures, which are not read
MAX_PAGE_BYTES = 64 * 2**20
MAX_HEAP = "2g"
LOWEST_LEVEL = 6
MAX_COMPLAINT_CHARS = 300

FORMATS: Mapping[str, str] = {
    ".docx": "docx",
    ".odt": "odt",
    ".fb2": "fb2",
    ".rtf": "rtf",
    ".rst": "rst",
    ".org": "org",
    ".tex": "latex",
    ".latex": "latex",
    ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
    ".textile": "textile",
    ".mediawiki": "mediawiki",
    ".dbk": "docbook",
    ".docbook": "docbook",
    ".muse": "muse",
    ".t2t": "t2t",
    ".typ": "typst",
    ".dj": "djot",
}
"""What pandoc calls the format of each suffix; which of them it reads depends on its version."""

_ARGUMENTS = (
    "--to=html5",
    "--standalone",
    "--sandbox",  # reads no other file, wherever the book points
    "--mathml",
    "--shift-heading-level-by=1",  # the title pandoc puts at the head of the page is level 1, and no chapter
)
_INSTALL = "install pandoc (https://pandoc.org/installing.html, or `apt install pandoc`, `brew install pandoc`)"


def read_by_pandoc(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`. Raises UnknownFormat without a pandoc that reads it, else as `read_page` does."""
    program = shutil.which("pandoc")
    if program is None:
        what = f"a {path.suffix} file is read through the program pandoc, which is not on this machine"
        raise UnknownFormat(what, where=path.name, remedy=_INSTALL)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnsafeBook(f"the file is larger than {MAX_FILE_BYTES:,} bytes", where=path.name)
    page = _converted(program, path, FORMATS[path.suffix.lower()])
    below_title = {"chapter_level": min(LOWEST_LEVEL, settings.chapter_level + 1) if settings.chapter_level else 0}
    return book_of_page(page, path, settings.model_copy(update=below_title), notes=("read through pandoc",))


def _converted(program: str, path: Path, form: str) -> bytes:
    """The page pandoc makes of the file, in bounded time, memory and size."""
    command = [program, f"--from={form}", *_ARGUMENTS, "+RTS", f"-M{MAX_HEAP}", "-RTS", str(path.resolve())]
    with tempfile.TemporaryFile() as complaint:
        with subprocess.Popen(  # noqa: S603  no shell; the path is absolute, so it cannot be taken for an option
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaint
        ) as process:
            page, has_timed_out = _bounded_output(process)
        if has_timed_out:
            raise UnsafeBook(f"pandoc was not done with it after {TIMEOUT_S} seconds", where=path.name)
        if len(page) > MAX_PAGE_BYTES:
            raise UnsafeBook(f"pandoc makes more than {MAX_PAGE_BYTES:,} bytes of it", where=path.name)
        if process.returncode:
            raise _refusal(complaint, path, form)
    return page


def _bounded_output(process: subprocess.Popen[bytes]) -> tuple[bytes, bool]:
    """What the process writes, to one byte past the limit, and whether it ran out of time."""
    assert process.stdout is not None
    timer = Timer(TIMEOUT_S, process.kill)
    timer.start()
    try:
        page = process.stdout.read(MAX_PAGE_BYTES + 1)
        if len(page) <= MAX_PAGE_BYTES:
            process.wait()
        return page, not timer.is_alive()
    finally:
        timer.cancel()
        process.kill()


def _refusal(complaint: IO[bytes], path: Path, form: str) -> UnknownFormat | DamagedBook:
    complaint.seek(0)
    words = " ".join(complaint.read().decode(errors="replace").split())[:MAX_COMPLAINT_CHARS]
    if "Unknown input format" in words:
        return UnknownFormat(
            f"this machine's pandoc does not read {form}", where=path.name, remedy="install a newer pandoc"
        )
    return DamagedBook(f"pandoc cannot read it: {words}", where=path.name)
