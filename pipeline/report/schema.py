"""What a run says of itself, for programs: the plan, the report, the timeline. Times in seconds, money in USD."""

from pydantic import BaseModel, ConfigDict


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CoverageData(_Data):
    total_chars: int
    spoken_chars: int
    excluded_chars: dict[str, int]


class ChapterPlan(_Data):
    number: int
    title: str
    chunks: int
    missing_chunks: int
    seconds: float
    cost_usd: float


class PronunciationUse(_Data):
    """A rule of `[pronunciations]`: the chunks it touches, and what rendering just these would cost."""

    words: str
    chunks: int
    cost_usd: float


class BookPlan(_Data):
    """One book of `plan --json`. `cost_usd` is what the missing chunks are expected to cost, and what a budget holds
    back for them; what they will have cost lies between `cost_low_usd` and `cost_high_usd`, retakes aside.
    """

    source: str
    title: str
    creators: list[str]
    language: str
    engine: str
    model: str
    voice: str
    chapters: list[ChapterPlan]
    chunks: int
    missing_chunks: int
    seconds: float
    missing_seconds: float
    cost_usd: float
    cost_low_usd: float
    cost_high_usd: float
    coverage: CoverageData
    pronunciations: list[PronunciationUse] = []
    notes: list[str]


class FailedChunk(_Data):
    chapter: str
    key: str
    text: str
    reason: str


class ChapterReport(_Data):
    number: int
    title: str
    start_s: float
    end_s: float
    chunks: int
    reused: bool


class BookReport(_Data):
    """One book of a run. `files` are delivered paths; `error` is empty where everything was delivered."""

    source: str
    title: str = ""
    exit_code: int = 0
    error: str = ""
    files: list[str] = []
    folder: str = ""
    engine: str = ""
    model: str = ""
    voice: str = ""
    seconds: float = 0.0
    chunks: int = 0
    rendered: int = 0
    reused: int = 0
    retries: int = 0
    cost_usd: float = 0.0
    chapters: list[ChapterReport] = []
    failed: list[FailedChunk] = []
    coverage: CoverageData | None = None
    notes: list[str] = []


class RunReport(_Data):
    """What `make --json` prints. `exit_code` is that of the worst book."""

    exit_code: int
    books: list[BookReport]


class SentenceTime(_Data):
    """`start_frame` and `end_frame` are estimated inside the clip by the length of the text."""

    text: str
    file: str
    element: str
    start: int
    end: int
    start_frame: int
    end_frame: int


class ClipTime(_Data):
    chunk: int
    key: str
    start_frame: int
    end_frame: int
    sentences: list[SentenceTime]


class ChapterTimeline(_Data):
    number: int
    title: str
    start_frame: int
    end_frame: int
    clips: list[ClipTime]


class Timeline(_Data):
    """`timeline.json`. Frames count from the beginning of the book at `rate` Hz; chapters tile it."""

    rate: int
    frames: int
    chapters: list[ChapterTimeline]
