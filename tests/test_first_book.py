"""The ten-minute guide, command by command as it stands in the text, with what it says that you will see."""

import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.manual import found
from tests.crash.console import here

BLOCKS = re.findall(r"^```(sh|text)\n(.*?)^```$", found("first-book"), flags=re.MULTILINE | re.DOTALL)


def _ran(command: str) -> str:
    """What a person sees of one command: ours in this process, for speed, and all others by a shell."""
    if command.startswith("run-pipeline "):
        ended = here(*shlex.split(command)[1:])
        assert ended.code == 0, (command, ended.err)
        return ended.out + ended.err
    return subprocess.run(["bash", "-euc", command], check=True, capture_output=True, text=True).stdout


def _commands(block: str) -> list[str]:
    """The commands of a block: a line each, but a here-document is one."""
    return [block] if "<<" in block else block.splitlines()


def _shows(seen: str, promised: str) -> bool:
    """Whether the promised lines are seen in their order, others between them; `…` stands for whatever it is."""
    patterns = [re.escape(line).replace("…", ".*") for line in promised.splitlines()]
    return re.search("".join(rf"^{pattern}$[\s\S]*?" for pattern in patterns), seen, flags=re.MULTILINE) is not None


def test_every_promise_follows_a_command() -> None:
    kinds = [kind for kind, _ in BLOCKS]
    assert kinds[0] == "sh"
    assert ("text", "text") not in set(pairwise(kinds))
    assert sum(block.count("run-pipeline ") for kind, block in BLOCKS if kind == "sh") >= 8


def test_the_guide_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen = ""
    for kind, block in BLOCKS:
        if kind == "sh":
            seen = "".join(_ran(command) for command in _commands(block))
        else:
            assert _shows(seen, block), f"promised:\n{block}\nseen:\n{seen}"
