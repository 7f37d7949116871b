"""`audition.html` and `audition.json`: voices to compare by ear, with what each would cost."""

from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from pipeline.report.page import environment
from pipeline.report.schema import AccountData
from pipeline.report.text import money


class Trial(BaseModel):
    """One voice, or one of the cast in it, and what it said.

    `file` stands beside the page ("" where there is none, and `error` says why). `book_seconds` and `book_cost_usd`
    are the whole book, or what the part says of it, at the pace it was spoken here. `choose` is the flag or the lines
    of a job file that choose it. `is_own`: the passage is what that part says in the book.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    name: str
    voice: str
    character: str = ""
    language: str = ""
    chapter: str = ""
    is_own: bool = False
    paragraphs: list[str]
    choose: str
    file: str = ""
    seconds: float = 0.0
    cost_usd: float = 0.0
    book_seconds: float = 0.0
    book_cost_usd: float = 0.0
    suspect: list[str] = Field(default_factory=list)
    error: str = ""
    exit_code: int = 0


class AuditionReport(BaseModel):
    """An audition. `of_cast`: each trial is one of the cast; else each is a voice for all of the book.

    `book_seconds`, `low_usd` and `high_usd` are what the plan says of the book as it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    author: str
    source: str
    model: str
    language: str
    is_paid: bool
    of_cast: bool
    book_seconds: float
    low_usd: float
    high_usd: float
    folder: str
    exit_code: int
    trials: list[Trial]
    account: AccountData | None = None

    @property
    def shared(self) -> list[str]:
        """The passage all of them say; nothing where they differ."""
        first = self.trials[0].paragraphs
        return first if all(trial.paragraphs == first for trial in self.trials) else []


def audition_page(report: AuditionReport) -> str:
    """The page; the sounds are linked as they stand beside it. All text is escaped."""
    surroundings = environment()
    surroundings.filters |= {"money": money, "address": quote}
    return surroundings.get_template("audition.html.j2").render(report=report)
