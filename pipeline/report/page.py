"""`report.html`: the book report as a page that opens anywhere, without a network."""

from typing import TYPE_CHECKING

from pipeline.report.schema import BookReport

if TYPE_CHECKING:
    import jinja2


def page_of(report: BookReport, *, has_cover: bool, paid: str = "") -> str:
    """The page; a cover is linked as `cover.jpg` beside it, `paid` is a line on the whole run. All text is escaped."""
    return environment().get_template("page.html.j2").render(book=report, has_cover=has_cover, paid=paid)


def environment() -> "jinja2.Environment":
    """What pages are made with: whatever is put into them is escaped, and nothing may be missing."""
    import jinja2  # here, because `clock` is for plans too

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline", "report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    made.filters |= {"clock": clock, "level": _level}
    return made


def _level(value: float | None) -> str:
    """A level with a real minus sign; a dash for none."""
    return "–" if value is None else f"{value:.1f}".replace("-", "−")


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
