"""A terminal whose screen can be read: a real pseudo-terminal, and pyte behind it."""

import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Callable
from typing import TextIO

import pyte


class _Screen(pyte.Screen):
    """Counts the lines that were too long for it."""

    overlong = 0
    _is_drawing = False

    def draw(self, data: str) -> None:
        self._is_drawing = True
        super().draw(data)
        self._is_drawing = False

    def linefeed(self) -> None:
        self.overlong += self._is_drawing
        super().linefeed()


_ALL_SHOWN = "all shown"


class Terminal:
    """`stream` writes to it. `frames` are all screens there have been, without empty lines.

    `watching` is called with each of them, on another thread.
    """

    def __init__(
        self, columns: int, *, rows: int = 60, watching: Callable[["Terminal", str], None] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        self._rows = rows
        self._watching = watching
        self._screen = _Screen(columns, rows)
        self._feed = pyte.ByteStream(self._screen)
        self.frames: list[list[str]] = []
        self._shown = threading.Semaphore(0)
        self.resize(columns)
        self.stream: TextIO = os.fdopen(theirs, "w", encoding="utf-8")
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def resize(self, columns: int) -> None:
        """As when somebody pulls at the window; what stands on it is cut off."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", self._rows, columns, 0, 0))
        self._screen.resize(self._rows, columns)

    def settled(self) -> list[str]:
        """What stands on it when all that was written has been shown."""
        self.stream.write(f"\x1b]0;{_ALL_SHOWN}\x07")  # a title for its window: nothing that is seen
        self.stream.flush()
        self._shown.acquire(timeout=30)
        return self.frames[-1]

    def close(self) -> list[str]:
        """The last screen, when everything has been shown."""
        self.stream.close()
        self._reading.join(30)
        os.close(self._ours)
        return self.frames[-1] if self.frames else []

    @property
    def overlong(self) -> int:
        """Lines that were wider than the terminal and went on in the next."""
        return self._screen.overlong

    def _read(self) -> None:
        while True:
            try:
                said = os.read(self._ours, 65_536)
            except OSError:  # the last writer has closed it
                return
            self._feed.feed(said)
            self.frames.append([line.rstrip() for line in self._screen.display if line.strip()])
            if self._screen.title == _ALL_SHOWN:
                self._screen.set_title("")
                self._shown.release()
            if self._watching is not None:
                self._watching(self, "\n".join(self.frames[-1]))
