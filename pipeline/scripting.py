"""The script of a book as a job has it read: its chapters, and the words of our own before, between and after them."""

from pipeline.book import Book
from pipeline.config import BookJob
from pipeline.errors import EmptyBook
from pipeline.languages import primary_subtag
from pipeline.script import Limits, Script, script_of
from pipeline.script.additions import cutter
from pipeline.script.announcements import with_announcements
from pipeline.script.credits import Narrator, credits_of, spoken_model, spoken_voice, values_of, with_credits
from pipeline.script.direction import UNDIRECTED, Directions
from pipeline.script.parts import with_parts
from pipeline.script.phrases import UNKNOWN, phrases_of
from pipeline.speech.profiles import ModelProfile


def script_for(
    job: BookJob, book: Book, profile: ModelProfile, *, voice: str, language: str, directions: Directions = UNDIRECTED
) -> Script:
    """What the job has spoken. Raises `EmptyBook` where that is nothing."""
    settings = job.settings
    phrases, limits = phrases_of(primary_subtag(language)), limits_of(profile)
    cut = cutter(settings.script, limits, language=language)
    script = with_parts(script_of(book, settings.script, limits, language=language, directions=directions), book)
    script = with_announcements(script, book, settings.credits.announce, phrases=phrases, cut=cut)
    if has_credits(job) and script.chapters:
        values = values_of(book.metadata, narrator_of(job, profile, voice), phrases)
        opening, closing = credits_of(settings.credits, phrases, values)
        script = with_credits(script, opening, closing, cut=cut, count=len(book.chapters))
    picked = tuple(chapter for chapter in script.chapters if job.chapters is None or chapter.number in job.chapters)
    if not picked:
        numbers = f"1-{len(book.chapters)}"
        raise EmptyBook("no chapter to speak", where=str(job.source), remedy=f"the book has chapters {numbers}")
    return Script(picked)


def notes_on_script(job: BookJob, *, language: str) -> tuple[str, ...]:
    """What deserves a word: credits in a language that we have no words of."""
    own = job.settings.credits
    is_known = phrases_of(primary_subtag(language)) is not phrases_of(UNKNOWN) or (own.opening and own.closing)
    if is_known or job.chapters is not None or not has_credits(job):
        return ()
    name = repr(language) if language else "a language the book does not say"
    return (f"there are no credits in {name}: they are names and title alone; credits.opening and .closing set others",)


def has_credits(job: BookJob) -> bool:
    spoken = job.settings.credits.spoken
    return spoken == "yes" or (spoken == "auto" and job.settings.delivery.goal.credits)


def narrator_of(job: BookJob, profile: ModelProfile, voice: str) -> Narrator:
    """The narrator as the credits name it; the embedded voices are called by their language, which is no name."""
    model = job.settings.speech.model_name or profile.name
    name = "" if profile.engine == "espeak" else spoken_voice(voice)
    return Narrator(spoken_model(model), name, job.settings.delivery.narrator)


def limits_of(profile: ModelProfile) -> Limits:
    """What one request to the model may hold."""
    seconds = profile.max_output_tokens / profile.audio_tokens_per_s if profile.audio_tokens_per_s else 0.0
    return Limits(profile.max_chars, profile.max_input_tokens, seconds)
