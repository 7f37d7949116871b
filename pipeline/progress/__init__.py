"""Watching a run: events as moving lines on a terminal, as JSON lines, as a log, or as nothing but warnings.

talk       what events say to people
lines      JSON for programs; next to nothing for pipes
bars       a terminal: headway (how far, how fast) in a layout of so many columns
log        a run's own file, and what no watcher may be told
"""

from typing import Protocol

from pipeline.events import Event
from pipeline.progress.bars import Bars
from pipeline.progress.lines import Lines, Quiet, Silent

__all__ = ["Bars", "Lines", "Progress", "Quiet", "Silent"]


class Progress(Protocol):
    """Watches a run."""

    def __call__(self, event: Event) -> None: ...

    def close(self) -> None: ...
