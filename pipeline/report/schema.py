"""What a run says of itself, for programs: its report. Times in seconds, money in USD. Plans are in `plan_data`."""

from pydantic import BaseModel, ConfigDict

from pipeline.report.evidence import Evidence
from pipeline.report.plan_data import CoverageData, VoiceUse


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FailedChunk(_Data):
    chapter: str
    key: str
    text: str
    reason: str


class SuspectChunk(_Data):
    """A chunk that is spoken by a take with something to say against it; the best of what was bought."""

    chapter: str
    key: str
    take: str
    text: str
    reasons: list[str]


class ChosenRetake(_Data):
    """A chunk that a retake speaks because a person chose it. `said` is what the voice was given in place of the book's
    words, for the ear alone: `words`, and all that is written of the book, are as it has them. Empty: nothing changed.
    """

    chapter: str
    key: str
    words: str
    number: int
    voice: str = ""
    said: str = ""
    parameters: dict[str, str | int | float] = {}


class Remaining(_Data):
    """What was left when a book was stopped: chunks, seconds of speech, and what they are expected to cost."""

    chunks: int
    seconds: float
    cost_usd: float


class AccountData(_Data):
    """Money of a run by how sure it is: what the service's records say, what is expected of the rest, and the most that
    answers which never came can have cost.
    """

    attempts: int
    stored: int
    rejected: int
    refused: int
    doubtful: int
    unpriced: int
    actual_usd: float
    estimated_usd: float
    doubtful_usd: float


class ChapterReport(_Data):
    """A chapter as delivered. `waveform` is its outline in equal parts, two hex digits each, ff being full scale; empty
    where it was not kept. `file` is what plays it, beside the report, from `file_at_s` on.
    """

    number: int
    title: str
    start_s: float
    end_s: float
    chunks: int
    reused: bool
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    waveform: str = ""
    file: str = ""
    file_at_s: float = 0.0


class MissedRule(_Data):
    """A rule of the delivery target that a chapter does not keep in one of its encodings; limits where there are."""

    chapter: str
    codec: str
    rule: str
    value: float | str | None
    unit: str
    least: float | None
    most: float | None
    at_s: float | None


class BookReport(_Data):
    """One book of a run. `files` are delivered paths; `error` is empty where everything was delivered.

    `error_entry` is where the manual says more of it: `run-pipeline help ENTRY`.

    `target` is what they were made for, `missed` what they do not keep of it. `evidence` is what there is to show.
    """

    source: str
    title: str = ""
    exit_code: int = 0
    error: str = ""
    error_entry: str = ""
    files: list[str] = []
    folder: str = ""
    engine: str = ""
    model: str = ""
    voice: str = ""
    seconds: float = 0.0
    chunks: int = 0
    rendered: int = 0
    reused: int = 0
    rejected: int = 0
    retries: int = 0
    cost_usd: float = 0.0
    remaining: Remaining | None = None
    target: str = ""
    target_lufs: float | None = None
    missed: list[MissedRule] = []
    chapters: list[ChapterReport] = []
    failed: list[FailedChunk] = []
    suspects: list[SuspectChunk] = []
    retakes: list[ChosenRetake] = []
    coverage: CoverageData | None = None
    voices: list[VoiceUse] = []
    notes: list[str] = []
    creators: list[str] = []
    language: str = ""
    evidence: Evidence = Evidence()


class RunReport(_Data):
    """What `make --json` prints. `exit_code` is that of the worst book; no `account` where nothing was asked for."""

    exit_code: int
    account: AccountData | None = None
    books: list[BookReport]
