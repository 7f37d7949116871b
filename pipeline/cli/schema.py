"""`schema`: what is printed and written for programs, as JSON schemas."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pydantic import BaseModel

_DRAFT = "https://json-schema.org/draft/2020-12/schema"

SCHEMAS = {
    "plan": "what `plan --json` prints",
    "report": "what `make --json` prints",
    "book": "report.json, beside each book",
    "events": "the lines `make --json` writes to stderr, and those of a run's log",
    "timeline": "timeline.json, beside each book: every chunk and sentence with its place in the sound",
}


@click.command()
@click.argument("name", type=click.Choice([*SCHEMAS]))
def schema(name: str) -> None:
    """Print the JSON schema of what is there for programs.

    \b
    plan       what `plan --json` prints
    report     what `make --json` prints
    book       report.json, beside each book
    events     the lines `make --json` writes to stderr, and those of a run's log
    timeline   timeline.json, beside each book: every chunk and sentence with its place in the sound

    \b
    run-pipeline schema plan > plan.schema.json
    """
    print_schema(name)


def print_schema(name: str) -> None:
    """The schema of one of `SCHEMAS`, as draft 2020-12."""
    click.echo(json.dumps(_schema_of(name), ensure_ascii=False, indent=1))


def _schema_of(name: str) -> dict[str, Any]:
    from pipeline.report.event_schema import events_schema
    from pipeline.report.plan_data import PlanReport
    from pipeline.report.schema import BookReport, RunReport
    from pipeline.times import Timeline

    if name == "events":
        return events_schema()
    types: dict[str, type[BaseModel]] = {
        "plan": PlanReport,
        "report": RunReport,
        "book": BookReport,
        "timeline": Timeline,
    }
    return {"$schema": _DRAFT, **types[name].model_json_schema(mode="serialization")}
