"""What a run, and each of its books, begins with: the words of a plan for whoever watches."""

from collections.abc import Sequence

from pipeline.errors import PipelineError
from pipeline.events import BookPlanned, Emit, RunPlanned
from pipeline.facilities import budget_of
from pipeline.planning import Failed, Plan
from pipeline.takes.store import TakeStore


def announce_run(plans: Sequence[Plan | Failed], emit: Emit, *, run: str) -> None:
    """Say what all books will take together; those that cannot be planned are counted and take nothing."""
    each = [planned for plan in plans if isinstance(plan, Plan) and (planned := _planned(plan)) is not None]
    emit(
        RunPlanned(
            run,
            len(plans),
            sum(one.chunks for one in each),
            sum(one.reused for one in each),
            sum(one.seconds for one in each),
            sum(one.missing_seconds for one in each),
            sum(one.cost_usd for one in each),
            budget_of([plan.job.settings for plan in plans]),
        )
    )


def announce_plan(plan: Plan, emit: Emit) -> int:
    """Say what the book will take; the chunks that are still to be rendered."""
    planned = planned_of(plan)
    emit(planned)
    return planned.chunks - planned.reused


def planned_of(plan: Plan) -> BookPlanned:
    """What the book will take; halves of a chunk are one chunk, as its bar counts it.

    A book has the run's budget where it has none of its own.
    """
    resolved = plan.resolved(TakeStore(plan.job.settings.run.takes_folder))
    pace = plan.job.settings.pace
    return BookPlanned(
        plan.title,
        len(plan.chapters),
        len(plan.orders),
        len(plan.orders) - len(resolved.unspoken),
        plan.expected_s,
        sum(order.cost_usd for order in resolved.lacking.values()),
        sum(order.expected_s for order in resolved.lacking.values()),
        pace.book_budget_usd or pace.budget_usd,
    )


def _planned(plan: Plan) -> BookPlanned | None:
    try:
        return planned_of(plan)
    except PipelineError:  # a store that cannot be read is that book's matter, when its turn comes
        return None
