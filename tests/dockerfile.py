"""A Dockerfile's instructions, read just far enough to hold them to the project and to run some of them elsewhere."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCKERFILE = Path(__file__).parents[1] / ".docker" / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined; `stage` counts the FROMs before it, from 0."""

    stage: int
    name: str
    words: str


def instructions(text: str) -> list[Instruction]:
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    found: list[Instruction] = []
    stage = -1
    for line in filter(None, joined.splitlines()):
        name, _, words = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, words))
    return found


def of_kind(name: str) -> list[Instruction]:
    """The instructions of a kind in the project's own file."""
    return [one for one in instructions(DOCKERFILE.read_text("utf-8")) if one.name == name]


def pip_steps() -> list[str]:
    """The shell lines that install something, as they stand there."""
    return [one.words for one in of_kind("RUN") if " -m pip " in one.words]


def copied() -> list[str]:
    """What of the project is in the first image when its wheel is built."""
    return [word for one in of_kind("COPY") if "--from" not in one.words for word in one.words.split()[:-1]]
