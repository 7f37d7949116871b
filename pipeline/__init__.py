"""run-pipeline: from a book to a finished audiobook.

    from pipeline import plan, make

    print(plan("book.epub").books[0].cost_usd)
    report = make("book.epub", settings={"speech.engine": "espeak", "run.out": "audiobooks"})

`pipeline.api` says what each function promises, `run-pipeline help python-api` shows them at work. A name is loaded,
with the libraries it needs, when it is first asked for: `import pipeline` alone loads nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.api import check as check
    from pipeline.api import make as make
    from pipeline.api import make_async as make_async
    from pipeline.api import plan as plan
    from pipeline.api import read as read
    from pipeline.assemble.checking import CheckReport as CheckReport
    from pipeline.book import Book as Book
    from pipeline.errors import PipelineError as PipelineError
    from pipeline.events import Event as Event
    from pipeline.report.schema import PlanReport as PlanReport
    from pipeline.report.schema import RunReport as RunReport

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("check", "make", "make_async", "plan", "read"), "pipeline.api"),
    "CheckReport": "pipeline.assemble.checking",
    "Book": "pipeline.book",
    "PipelineError": "pipeline.errors",
    "Event": "pipeline.events",
    "PlanReport": "pipeline.report.schema",
    "RunReport": "pipeline.report.schema",
}
"""Where each public name lives."""

__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604  the names of the table, so that there is one list of them


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
