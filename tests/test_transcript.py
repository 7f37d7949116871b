"""What `plan --text` shows of direction: who, in which manner and scene, with which tags."""

from pathlib import Path

import pytest

from tests.crash.console import here

BOOK = """---
title: The Mouse
language: en
---

# Down

“Sit down!” said the Mouse. [sic]

They [short pause] sat.
"""
SCRIPT = """# 1. Down

Down

[[scene: A bank]]

**Mouse** (crossly): [shouting] “Sit [sighs] down!”

said the Mouse. \\[sic\\] [long pause]

[[scene]]

They \\[short pause\\] sat.
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mouse.md").write_text(BOOK, "utf-8")
    (tmp_path / "mouse.direction.md").write_text(SCRIPT.replace("!”\n\nsaid", "!”  \nsaid"), "utf-8")
    (tmp_path / "job.toml").write_text('[cast."Mouse"]\n[[book]]\nsource = "mouse.md"\n', "utf-8")
    return tmp_path


def shown(*more: str) -> list[str]:
    ended = here("plan", "job.toml", "--text", "--engine", "espeak", *more)
    assert ended.code == 0, ended.err
    return [line for line in ended.out.splitlines() if line and not line.startswith("    -- ")]


@pytest.mark.usefixtures("folder")
def test_direction_is_shown_as_words_that_are_not_the_books() -> None:
    assert shown("--script", "mouse.direction.md")[2:] == [
        "⟨scene: A bank⟩",
        "Mouse (crossly) ▸ ⟨[shouting]⟩ “Sit ⟨[sighs]⟩ down!”",
        "said the Mouse. [sic]⟨[long pause]⟩",
        "⟨the scene ends⟩",
        "They [short pause] sat.",
    ]


@pytest.mark.usefixtures("folder")
def test_a_tag_that_stood_in_the_text_is_shown_once() -> None:
    assert shown("--set", "direction.tags_in_text=true")[-1] == "They ⟦audio-tag: [short pause]⟧sat."
