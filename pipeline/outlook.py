"""What asking a director about a book would take, by the book, the settings and what is kept: nobody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.book import Book
from pipeline.config import BookJob
from pipeline.director.given import Given, Prices, kept_for
from pipeline.director.kept import Kept
from pipeline.director.question import Brief, Question, question_of
from pipeline.director.settings import DirectorSettings
from pipeline.director.windows import windows_of
from pipeline.speech.cast import NARRATOR
from pipeline.speech.tags import known_tags


@dataclass(frozen=True, slots=True)
class Outlook:
    """What asking about a book would take: `windows` in all, of which `kept` are answered already.

    Money for the rest as expected, and at most; None where no price is known yet.
    """

    model: str
    windows: int
    kept: int
    expected_usd: float | None = None
    most_usd: float | None = None

    @property
    def due(self) -> int:
        return self.windows - self.kept


def outlook_for(book: Book, job: BookJob, *, language: str) -> Outlook | None:
    """What a plan can say: it asks nobody, so that prices are those of the settings. None without a director, and where
    a direction file takes its place.
    """
    if not job.settings.director.model or job.settings.direction.script:
        return None
    return outlook_of(questions_of(book, job, language), job, stated_prices(job.settings.director))


def questions_of(book: Book, job: BookJob, language: str) -> list[Question]:
    """What a book's director is asked, in reading order."""
    settings = job.settings.director
    people = {name: role.aliases for name, role in job.settings.company.roles.items() if name != NARRATOR}
    brief = Brief(settings, book.metadata, language, people, known_tags())
    windows = windows_of(book, language=language, window_chars=settings.window_chars, picked=job.chapters)
    return [question_of(window, brief) for window in windows]


def kept_answer(question: Question, job: BookJob) -> Given | None:
    """What is kept of a question; None where it is still to be asked."""
    settings = job.settings.director
    kept = Kept(job.settings.run.takes_folder)
    return kept_for(question, kept, attempts=settings.attempts, tags=tags_of(settings))


def tags_of(settings: DirectorSettings) -> frozenset[str]:
    """The audio tags it may propose."""
    return known_tags() if settings.tags else frozenset()


def outlook_of(questions: Sequence[Question], job: BookJob, prices: Prices | None) -> Outlook:
    """What asking them would take at these prices."""
    due = [question for question in questions if kept_answer(question, job) is None]
    model, kept = job.settings.director.model, len(questions) - len(due)
    if prices is None:
        return Outlook(model, len(questions), kept)
    expected_usd = sum(prices.expected_usd(question) for question in due)
    return Outlook(model, len(questions), kept, expected_usd, sum(prices.most_usd(question) for question in due))


def stated_prices(settings: DirectorSettings) -> Prices | None:
    """The prices that need not be asked for."""
    if settings.usd_per_m_input or settings.usd_per_m_output or settings.is_free:
        return Prices(settings.usd_per_m_input, settings.usd_per_m_output)
    return None
