"""What a reader of books may be told: the `[reading]` section."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ReadingSettings(BaseModel):
    """The `[reading]` section: what is spoken of what a book holds beside its text.

    `keep` names rules whose text is spoken after all, `drop` rules to exclude that are not excluded by default
    (`front-matter:foreword`, `image` …; a name without its part after the colon means all of them). `notes` are left
    out, read where they are referred to, or read at the chapter's end. `images` reads their alternative texts, `code`
    code blocks. `ruby` says which of base and reading is spoken. Tables of more than `table_rows` rows are announced
    and skipped. `nonlinear` reads files the book marks as outside the reading order. `chapter_level` is the heading
    level that makes a chapter in Markdown (0: found from the document).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep: tuple[str, ...]
    drop: tuple[str, ...]
    notes: Literal["skip", "inline", "chapter-end"]
    images: Literal["skip", "speak"]
    code: Literal["skip", "speak"]
    ruby: Literal["base", "reading"]
    table_rows: int = Field(ge=0)
    nonlinear: Literal["skip", "speak"]
    chapter_level: int = Field(ge=0, le=6)


DEFAULT_READING = ReadingSettings(
    keep=(),
    drop=(),
    notes="skip",
    images="skip",
    code="speak",
    ruby="base",
    table_rows=40,
    nonlinear="skip",
    chapter_level=0,
)
"""What `configs/default.toml` says, for callers without a configuration; a test holds the two together."""
