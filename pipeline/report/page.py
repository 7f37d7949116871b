"""What all pages are made with."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


@cache
def environment() -> "jinja2.Environment":
    """What pages are made with: whatever is put into them is escaped, and nothing may be missing.

    One for all, since it keeps its templates compiled, which takes longer than to fill them.
    """
    from urllib.parse import quote

    import jinja2  # here, because `clock` is for plans too

    from pipeline.report.text import money  # which needs `clock` in its turn

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline", "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "clock": clock,
        "level": _level,
        "money": money,
        "address": quote,
        "share": _share,
        "counted": counted,
    }
    return made


def _level(value: float | None) -> str:
    """A level with a real minus sign; a dash for none."""
    return "–" if value is None else f"{value:.1f}".replace("-", "−")


def _share(part: float, whole: float) -> str:
    """`95.3 %`; all is `100 %`, and what is less never is."""
    if not whole or part == whole:
        return "100 %" if whole else "–"
    return f"{min(99.9, 100 * part / whole):.1f} %"


def counted(number: int, what: str, rest: str = "") -> str:
    """`1 take refused`, `2,000 takes refused`."""
    return f"{number:,} {what}{'s' * (number != 1)}" + (f" {rest}" if rest else "")


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
