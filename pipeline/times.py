"""When everything is said: text and time of a finished book, from which every read-along file is made.

`timeline.json` is this, as it stands.
"""

from pydantic import BaseModel, ConfigDict


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SentenceTime(_Data):
    """A sentence, or what of it one chunk holds: characters `start` to `end` of block `block` of its chapter's text.

    `file` and `element` are where that block stands in the source. `start_frame` and `end_frame` are estimates inside
    the clip, by its silences and by what the text takes to say; the sentences of a clip tile it.
    """

    text: str
    file: str
    element: str
    block: int
    start: int
    end: int
    start_frame: int
    end_frame: int
    speaker: str = ""


class ClipTime(_Data):
    """A take in the book. `speaker` is who begins it, `speakers` all of them where there are more."""

    chunk: int
    key: str
    start_frame: int
    end_frame: int
    sentences: list[SentenceTime]
    speaker: str = ""
    speakers: list[str] = []


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
