"""What `plan --json` says, for programs: a `PlanReport`. Times in seconds, money in USD, text in characters that are no
white space. `run-pipeline schema plan` prints it as a JSON schema.
"""

from pydantic import BaseModel, ConfigDict, Field


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CoverageData(_Data):
    """Where every character of the source went: `spoken_chars` and all `excluded_chars` make `total_chars`."""

    total_chars: int = Field(description="Characters of the source.")
    spoken_chars: int = Field(description="Of these, the ones that are spoken.")
    excluded_chars: dict[str, int] = Field(description="The others, by the rule under which they are left out.")


class VoiceUse(_Data):
    """A part: who speaks in which voice, the chunks they have words in, how long it takes and what to render costs."""

    speaker: str = Field(description="The narrator, or one of the cast.")
    voice: str = Field(description="The voice, as its model names it.")
    chunks: int = Field(description="Chunks they have words in; one that several share counts for each.")
    seconds: float = Field(description="Speech of theirs, in seconds as expected.")
    cost_usd: float = Field(description="What rendering these chunks costs, whether they are there or not.")


class ChapterPlan(_Data):
    """A chapter that is made."""

    number: int = Field(description="Its place in the book, from 1; 0 and one past the last are credits of ours.")
    title: str = Field(description="As the book's table of contents names it.")
    chunks: int = Field(description="Requests it is made of.")
    different_chunks: int = Field(description="Of these, the different ones that no chapter before it has too.")
    missing_chunks: int = Field(description="Of these, the ones no take in the store speaks yet.")
    seconds: float = Field(description="Speech in it, in seconds as expected.")
    cost_usd: float = Field(description="What its missing chunks are expected to cost.")


class SkippedChapter(_Data):
    """A chapter that is left out whole, and the rules under which."""

    number: int = Field(description="Its place in the book, from 1.")
    title: str = Field(description="As the book's table of contents names it.")
    rules: list[str] = Field(description="The rules under which its text is left out.")


class ExcludedRule(_Data):
    """A rule under which text is left out, those that take the most first."""

    rule: str = Field(description="Its name, as `reading.keep` and `reading.drop` take it.")
    chars: int = Field(description="Characters left out under it.")
    meaning: str = Field(description="What it leaves out, in a few words; empty for a rule nothing is said about.")


class PronunciationUse(_Data):
    """A rule of `[pronunciations]`, or of the book's own: the chunks it touches, what rendering these costs."""

    words: str = Field(description="What it says how to say.")
    chunks: int = Field(description="Chunks it touches.")
    cost_usd: float = Field(description="What rendering these costs, whether they are there or not.")
    from_book: bool = Field(default=False, description="Whether the book brought it, and not the settings.")


class DirectorPlan(_Data):
    """What `direct` would ask a chat model: `windows` questions, of which `kept` are answered. USD for the rest, None
    where no price is known before the service is asked; `plan` and `make` never ask.
    """

    model: str = Field(description="The chat model.")
    windows: int = Field(description="Questions, each about a stretch of the book.")
    kept: int = Field(description="Of these, the ones answered already.")
    expected_usd: float | None = Field(description="What the rest is expected to cost.")
    most_usd: float | None = Field(description="What the rest costs at most.")


class OtherEngine(_Data):
    """What would speak the whole book instead: the paid default where the voice is free, else the embedded voice."""

    engine: str = Field(description="The value of `--engine` that chooses it.")
    model: str = Field(description="The model it then speaks with.")
    cost_usd: float = Field(description="What the whole book is expected to cost with it.")


class BookPlan(_Data):
    """One book of `plan --json`. `cost_usd` is what the missing chunks are expected to cost, and what a budget holds
    back for them; what they will have cost lies between `cost_low_usd` and `cost_high_usd`, retakes aside.
    """

    source: str = Field(description="The file it was read from.")
    title: str = Field(description="As the book says, else as its file is named.")
    creators: list[str] = Field(description="Who wrote it, in the order the book names them.")
    language: str = Field(description="BCP 47; empty where neither book nor settings say.")
    engine: str = Field(description="What speaks: openrouter, openai or espeak.")
    model: str = Field(description="The model profile.")
    voice: str = Field(description="The narrator's voice.")
    is_paid: bool = Field(default=False, description="Whether what is missing costs money.")
    chapters: list[ChapterPlan] = Field(description="Those that are made, in the book's order.")
    skipped: list[SkippedChapter] = Field(default=[], description="Those of which nothing is spoken.")
    not_chosen: int = Field(default=0, description="Chapters that `--chapters` leaves out of this run.")
    chunks: int = Field(description="Requests the book is made of.")
    different_chunks: int = Field(description="Of these, the different ones: equal chunks share a take.")
    missing_chunks: int = Field(description="Of these, the ones no take in the store speaks yet.")
    seconds: float = Field(description="Speech in all of it, in seconds as expected; the pauses between are not in it.")
    missing_seconds: float = Field(description="Of these, what is still to be spoken.")
    cost_usd: float = Field(description="What is missing, as expected.")
    cost_low_usd: float = Field(description="What is missing, at the least.")
    cost_high_usd: float = Field(description="What is missing, at the most, retakes aside.")
    budget_usd: float | None = Field(default=None, description="What this book may cost; null without a limit.")
    coverage: CoverageData = Field(description="Where every character of the source went.")
    excluded: list[ExcludedRule] = Field(default=[], description="What is left out, those rules first that take most.")
    voices: list[VoiceUse] = Field(default=[], description="Who speaks; one entry where it is the narrator alone.")
    pronunciations: list[PronunciationUse] = Field(default=[], description="Rules on how words are said.")
    director: DirectorPlan | None = Field(default=None, description="Null where no chat model is to be asked.")
    other: OtherEngine | None = Field(default=None, description="What would speak it instead.")
    notes: list[str] = Field(description="What was mended in the book, or is to be known about it.")


class PlanFailure(_Data):
    """A book that did not come as far as a plan."""

    source: str = Field(description="The file.")
    error: str = Field(description="What is wrong, where, and what to do.")
    exit_code: int = Field(description="What a run of this book alone would end with.")


class PlanTotals(_Data):
    """All books of a plan together. What two of them share is counted in each."""

    books: int = Field(description="Books that can be made.")
    chapters: int = Field(description="Chapters that are made.")
    chunks: int = Field(description="Requests in all.")
    different_chunks: int = Field(description="Of these, the different ones of each book.")
    missing_chunks: int = Field(description="Of these, the ones no take in the store speaks yet.")
    seconds: float = Field(description="Speech in all of them, in seconds as expected.")
    missing_seconds: float = Field(description="Of these, what is still to be spoken.")
    cost_usd: float = Field(description="What is missing, as expected.")
    cost_low_usd: float = Field(description="What is missing, at the least.")
    cost_high_usd: float = Field(description="What is missing, at the most, retakes aside.")
    budget_usd: float | None = Field(default=None, description="What the run may spend; null where none is set.")
    stop_at: str = Field(default="", description="When the run ends whatever is left, as it was set; empty: never.")


class PlanReport(_Data):
    """What `plan --json` prints."""

    exit_code: int = Field(description="0, or that of the worst book that cannot be made.")
    books: list[BookPlan] = Field(description="The books that can be made, in the order they were named.")
    failures: list[PlanFailure] = Field(default=[], description="The books that cannot.")
    totals: PlanTotals = Field(description="All that can be made together.")
