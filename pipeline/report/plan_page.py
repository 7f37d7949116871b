"""A plan as a page for a browser: one file, without a network. All text is escaped."""

from pipeline.report.page import environment
from pipeline.report.plan_data import BookPlan, ChapterPlan, PlanReport, PlanTotals
from pipeline.report.plan_table import in_order
from pipeline.report.plan_text import budget_line, director_line, other_line, verb_of
from pipeline.report.text import money, money_range

_LONG_LIST = 12  # of which more is folded away until somebody opens it


def plan_page(report: PlanReport) -> str:
    """The page: what all books take together where there are several, then each of them."""
    surroundings = environment()
    surroundings.filters |= {
        "money": money,
        "price": _price,
        "there": _there,
        "entries": in_order,
        "verb": verb_of,
        "other": other_line,
        "direction": director_line,
        "kind": _kind,
    }
    surroundings.globals |= {"budget_line": budget_line, "long_list": _LONG_LIST}
    return surroundings.get_template("plan.html.j2").render(plan=report)


def _price(plan: BookPlan | PlanTotals) -> str:
    return money_range(plan.cost_low_usd, plan.cost_high_usd).replace("-", "–")


def _there(plan: BookPlan | PlanTotals) -> float:
    """The share of the chunks that is there, from 0 to 1."""
    return 1 - plan.missing_chunks / plan.different_chunks if plan.different_chunks else 1.0


def _kind(chapter: ChapterPlan) -> str:
    """How much of a chapter is missing: `good` for nothing, `doubt` for a part."""
    if not chapter.missing_chunks:
        return "good"
    return "" if chapter.missing_chunks == chapter.different_chunks else "doubt"
