"""The outcome of a run as lines for people; those of a plan are in `plan_text`."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.report.page import clock
from pipeline.report.schema import AccountData, BookReport, Remaining


def summary_lines(reports: list[BookReport]) -> Iterator[str]:
    """One line a book: what was delivered, or why not."""
    for report in reports:
        name = report.title or report.source
        if report.error:
            entry = f" [{report.error_entry}]" if report.error_entry else ""
            place = "" if Path(name).name in report.error else f"{name}: "
            yield f"✗ {place}{report.error}{entry}"
            if report.rendered + report.reused and report.remaining is not None and report.remaining.chunks:
                yield f"  {left(report.remaining)}"
        else:
            spent = f", {money(report.cost_usd)}" if report.cost_usd else ""
            doubts = f", {len(report.suspects)} suspect (see report.html)" if report.suspects else ""
            counts = f"{report.rendered} rendered, {report.reused} reused"
            yield f"✓ {name}: {clock(report.seconds)}, {counts}{spent}{doubts}"
            yield from _missed_lines(report)


def _missed_lines(report: BookReport) -> Iterator[str]:
    """What of the target a delivery does not keep: a line a rule, with the worst of it."""
    for rule in dict.fromkeys(missed.rule for missed in report.missed):
        found = [missed for missed in report.missed if missed.rule == rule]
        first = found[0]
        limits = " to ".join(f"{limit:g}" for limit in (first.least, first.most) if limit is not None)
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        asked = f"asked: {limits}" if limits else "another is asked"
        value = f"{first.value} {first.unit}".strip()
        yield f"  misses {report.target}: {rule} {value} ({asked}) in “{first.chapter}”{more}"


def account_line(account: AccountData | None) -> str:
    """What a run has paid, by how sure that is; nothing for one that paid nothing."""
    if account is None:
        return ""
    figures = {
        "{} by the service's records": account.actual_usd,
        "{} by estimate, where they say nothing yet": account.estimated_usd,
        "at most {} in doubt, for answers that never came": account.doubtful_usd,
    }
    known = [said.format(money(usd)) for said, usd in figures.items() if usd]
    return f"paid in this run: {'; '.join(known)}" if known else ""


def left(remaining: Remaining) -> str:
    """What a stopped book still needs, in a line."""
    cost = f", about {money(remaining.cost_usd)}" if remaining.cost_usd else ""
    return f"left: {remaining.chunks} chunks, {clock(remaining.seconds)} of speech{cost}"


def money(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.005 or usd == 0 else "<$0.01"


def money_range(low_usd: float, high_usd: float) -> str:
    """`$1.80-$2.40`, or one figure where both come to the same cent."""
    low, high = money(low_usd), money(high_usd)
    return low if low == high else f"{low}-{high}"
