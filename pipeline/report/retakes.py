"""`retakes.html` and `retakes.json`: takes of the same chunk to compare by ear, and which of them speaks."""

from collections.abc import Iterator
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from pipeline.report.page import environment
from pipeline.report.schema import AccountData, BookReport
from pipeline.report.text import account_line, money
from pipeline.report.text import summary_lines as book_lines
from pipeline.speech.request import shortened


class Version(BaseModel):
    """One of the takes of a chunk. `number` is the retake's, 0 for what the program uses by itself.

    `file` stands beside the page, "" where there is no sound; `says` is what was changed for it. `refused` is why it is
    no take: it failed its checks or was never spoken. `figures` are those of its checks, `digest` that of its sound.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    says: str = ""
    key: str = ""
    digest: str = ""
    file: str = ""
    seconds: float = 0.0
    cost_usd: float = 0.0
    suspect: list[str] = Field(default_factory=list)
    refused: str = ""
    figures: dict[str, float] = Field(default_factory=dict)

    @property
    def chars_per_s(self) -> float | None:
        """How fast it speaks, pauses aside."""
        sounding_s = self.figures.get("sounding_s", 0.0)
        return self.figures.get("spoken_chars", 0.0) / sounding_s if sounding_s else None

    @property
    def level_dbfs(self) -> float | None:
        """How loud it is as it came; to be heard they are made equally loud."""
        return self.figures.get("level_dbfs")

    @property
    def figures_line(self) -> str:
        """Length, pace and what is to be said against it."""
        rate = f", {self.chars_per_s:.1f} characters a second" if self.chars_per_s else ""
        doubt = f", suspect: {'; '.join(self.suspect)}" if self.suspect else ""
        return f"{self.seconds:.1f} s{rate}{doubt}"


class RetakenChunk(BaseModel):
    """A chunk that was taken again: what spoke it, the retake, and what speaks it from now on: "old" or "new".

    `error` says why there is nothing to compare; the old take then stays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    chapter: str
    text: str
    places: int = 1
    old: Version
    new: Version
    kept: str = ""
    error: str = ""
    exit_code: int = 0

    @property
    def is_same_sound(self) -> bool:
        return bool(self.new.digest) and self.new.digest == self.old.digest

    @property
    def better(self) -> str:
        """Which one is kept if nobody listens: the new one, unless its checks say less good of it or it is the same."""
        is_worse = bool(self.error or self.new.refused or (self.new.suspect and not self.old.suspect))
        return "old" if is_worse or self.is_same_sound else "new"


class RetakeReport(BaseModel):
    """What `retake --json` prints. `book` is the report of the book delivered anew, where it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    author: str
    source: str
    model: str
    language: str
    is_paid: bool
    folder: str
    exit_code: int = 0
    chunks: list[RetakenChunk] = Field(default_factory=list)
    account: AccountData | None = None
    book: BookReport | None = None


def retakes_page(report: RetakeReport) -> str:
    """The page; the sounds are linked as they stand beside it. All text is escaped."""
    surroundings = environment()
    surroundings.filters |= {"money": money, "address": quote, "shortened": shortened}
    return surroundings.get_template("retakes.html.j2").render(report=report)


def summary_lines(report: RetakeReport) -> Iterator[str]:
    """A line a chunk, what became of the book, and what was paid."""
    for chunk in report.chunks:
        name, new = f"{shortened(chunk.key)} in {chunk.chapter}", chunk.new
        if chunk.error:
            yield f"✗ {name}: {chunk.error}"
        elif new.refused:
            yield f"✗ {name}: retake {new.number} failed its checks ({new.refused}); the old take stays"
        else:
            same = "; it is the same sound as before" if chunk.is_same_sound else ""
            yield f"✓ {name}: retake {new.number}, {new.figures_line}; the {chunk.kept} one is kept{same}"
    if report.book:
        yield from book_lines([report.book])
    if paid := account_line(report.account):
        yield paid
