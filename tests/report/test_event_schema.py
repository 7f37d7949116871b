"""The schema of event lines: every event, every field, and a word about each."""

import dataclasses
from typing import get_args

from pipeline.events import Event
from pipeline.report import event_schema
from pipeline.report.event_schema import events_schema


def test_every_event_and_every_field_of_it_is_told_of() -> None:
    schema = events_schema()
    assert [item["$ref"] for item in schema["oneOf"]] == [f"#/$defs/{name}" for name in schema["$defs"]]
    for kind in get_args(Event):
        described = schema["$defs"][kind.__name__]
        assert not described["description"].startswith(f"{kind.__name__}("), f"{kind.__name__} has no docstring"
        own = {field.name for field in dataclasses.fields(kind)}
        assert set(described["required"]) == set(described["properties"]) == own | {"event", "at", "run", "version"}
        assert all(part.get("description") for name, part in described["properties"].items() if name != "event")


def test_no_meaning_is_of_a_field_that_is_none() -> None:
    fields = {field.name for kind in get_args(Event) for field in dataclasses.fields(kind)}
    assert set(event_schema._MEANINGS) == fields
