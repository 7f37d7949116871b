"""A director's part of `direct`: what it would cost, the yes to that, and what it proposes."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.cli.books import awaited, have_agreed

if TYPE_CHECKING:
    from pipeline.config import BookJob
    from pipeline.directing import Directed
    from pipeline.events import Emit
    from pipeline.outlook import Outlook


def with_director(found: "Directed", job: "BookJob", *, language: str, has_yes: bool, emit: "Emit") -> "Directed":
    """What was found, with what the job's director proposes in its place; as it is where the job has none.

    `found` are cues by any names. Raises `UsageError` where it costs money and nobody agreed to that, and the
    `PipelineError` that ended the asking: the same command then goes on where it was.
    """
    if not job.settings.director.model:
        return found
    from pipeline.proposing import priced_outlook, proposed

    outlook = awaited(priced_outlook(found.book, job, language=language))
    _ask_before_spending(outlook, job, has_yes=has_yes)
    proposal = awaited(proposed(found.book, job, found=found.directions.cues, language=language, emit=emit))
    directions = replace(found.directions, cues=proposal.cues)
    return replace(found, directions=directions, notes=(*found.notes, *proposal.notes))


def _ask_before_spending(outlook: "Outlook", job: "BookJob", *, has_yes: bool) -> None:
    from pipeline.report.text import money

    if not outlook.most_usd or has_yes or job.settings.pace.budget_usd:
        return
    cost = f"about {money(outlook.expected_usd or 0.0)} and at most {money(outlook.most_usd)}"
    question = f"{outlook.due} questions to {outlook.model} would cost {cost}"
    have_agreed(question)
