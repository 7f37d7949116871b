"""What is told of a run that has ended, in words and as facts. Pure."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import Interrupted, StoppedOnPurpose
from pipeline.notify.settings import Outcome
from pipeline.report.schema import BookReport, RunReport
from pipeline.report.text import account_line, summary_lines

_PRIORITY: Mapping[Outcome, str] = {"done": "default", "stopped": "high", "failed": "high"}
_TAGS: Mapping[Outcome, str] = {"done": "white_check_mark", "stopped": "pause_button", "failed": "x"}
"""As ntfy names them (docs.ntfy.sh/publish)."""

_LONGEST_CHARS = 3_000
"""Of a message: ntfy takes 4,096 bytes and makes a file of what is longer."""


@dataclass(frozen=True, slots=True)
class Message:
    """A line, some more, and how they are to be shown."""

    outcome: Outcome
    title: str
    text: str

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the text over HTTP."""
        return {
            "Title": _header(self.title),
            "Priority": _PRIORITY[self.outcome],
            "Tags": _TAGS[self.outcome],
            "Content-Type": "text/plain; charset=utf-8",
        }


def outcome_of(exit_code: int) -> Outcome:
    if exit_code == 0:
        return "done"
    return "stopped" if exit_code in (StoppedOnPurpose.exit_code, Interrupted.exit_code) else "failed"


def message_of(report: RunReport) -> Message:
    """What came of the run, and a line a book."""
    outcome = outcome_of(report.exit_code)
    text = "\n".join(filter(None, (*summary_lines(list(report.books)), account_line(report.account))))
    shown = text if len(text) <= _LONGEST_CHARS else text[: _LONGEST_CHARS - 1] + "…"
    return Message(outcome, _title(report.books, outcome), shown)


def facts_of(report: RunReport, message: Message, *, run: str, log: str) -> dict[str, str]:
    """The run as variables of an environment; several files or folders stand on a line each."""
    account = report.account
    facts = {
        "OUTCOME": message.outcome,
        "EXIT_CODE": str(report.exit_code),
        "TITLE": message.title,
        "MESSAGE": message.text,
        "BOOKS": str(len(report.books)),
        "DELIVERED": str(sum(not book.error for book in report.books)),
        "FOLDERS": "\n".join(book.folder for book in report.books if book.folder),
        "FILES": "\n".join(file for book in report.books for file in book.files),
        "COST_USD": f"{account.actual_usd + account.estimated_usd:.4f}" if account else "0.0000",
        "RUN": run,
        "LOG": log,
    }
    return {f"RUN_PIPELINE_{name}": value.replace("\0", "") for name, value in facts.items()}


def _title(books: list[BookReport], outcome: Outcome) -> str:
    said = {"done": "done", "stopped": "stopped", "failed": "not delivered"}[outcome]
    if len(books) == 1:
        book = books[0]
        return f"{book.title or book.source}: {'delivered, with faults' if book.exit_code and not book.error else said}"
    delivered = sum(not book.error for book in books)
    return f"{delivered} of {len(books)} books delivered"


def _header(text: str) -> str:
    """Text as a header can carry it: beyond ASCII as an encoded word (RFC 2047)."""
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    return f"=?UTF-8?B?{base64.b64encode(line.encode(errors='replace')).decode()}?="
