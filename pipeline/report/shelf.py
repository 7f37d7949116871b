"""`shelf.html`: the books of a run side by side."""

from pydantic import BaseModel, ConfigDict, Field

from pipeline.report.page import environment
from pipeline.report.schema import BookReport


class ShelfEntry(BaseModel):
    """A book on the shelf; its places are relative to the page, and empty where there is nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: BookReport
    page: str = Field(default="", description="Its `report.html`.")
    cover: str = Field(default="", description="Its `cover.jpg`.")
    file: str = Field(default="", description="What plays it, or its first chapter.")

    @property
    def status(self) -> str:
        """In a word: `failed` is not delivered, `doubtful` is with something to listen to or a rule it misses."""
        if self.report.error:
            return "failed"
        return "doubtful" if self.report.suspects or self.report.missed else "good"


def shelf_page(entries: list[ShelfEntry], *, paid: str = "") -> str:
    """The page; `paid` is a line on the whole run. All text is escaped."""
    return environment().get_template("shelf.html.j2").render(entries=entries, paid=paid)
