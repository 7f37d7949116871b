"""`report.html`: what became of a book, as a page that opens anywhere, without a network."""

from pipeline.report import drawing
from pipeline.report.evidence import FlaggedChunk
from pipeline.report.page import environment
from pipeline.report.schema import BookReport

MOST_CARDS = 300
"""Flagged chunks that are shown; a page of more would be of use to nobody, and `report.json` has them all."""

_FIRST = {"failed": 0, "suspect": 1, "retaken": 2}


def page_of(report: BookReport, *, has_cover: bool, paid: str = "") -> str:
    """The page; a cover is linked as `cover.jpg` beside it, `paid` is a line on the whole run. All text is escaped."""
    flagged = sorted(report.evidence.flagged, key=_urgency)
    surroundings = environment()
    return surroundings.get_template("book.html.j2").render(
        book=report,
        has_cover=has_cover,
        paid=paid,
        flagged=flagged[:MOST_CARDS],
        more=len(flagged) - len(flagged[:MOST_CARDS]),
        untold=[chunk for chunk in report.failed if chunk.key not in {one.key for one in flagged}],
        loudness=drawing.loudness_plot(report),
        pace=drawing.pace_of(report),
        takes=drawing.takes_needed(report),
        bars=drawing.bars_for(len(report.chapters)),
        outline=drawing.outline,
        flags_in=drawing.flags_in,
    )


def _urgency(chunk: FlaggedChunk) -> tuple[int, float]:
    """Failures before doubts before what is well by now; of doubts the worst first, the others as they are read."""
    badness = max((take.badness for take in chunk.takes if take.is_used), default=0.0)
    return _FIRST[chunk.kind], -badness if chunk.kind == "suspect" else 0.0
