"""What can be held true of the image without building one; `tests.packaging` runs its steps."""

import json
import tomllib
from pathlib import Path

from tests.dockerfile import DOCKERFILE, copied, instructions, of_kind, pip_steps

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_continued_lines_are_one_instruction() -> None:
    read = instructions("# remark\nFROM a AS b\nRUN one \\\n    && two\nFROM c\nUSER 1000\n")
    assert [(one.stage, one.name, one.words) for one in read] == [
        (0, "FROM", "a AS b"),
        (0, "RUN", "one && two"),
        (1, "FROM", "c"),
        (1, "USER", "1000"),
    ]


def test_both_stages_stand_on_the_same_slim_python_which_the_project_takes() -> None:
    images = {one.words.split()[0] for one in of_kind("FROM")}
    assert images == {f"python:{PROJECT['project']['requires-python'].removeprefix('>=')}-slim"}


def test_nothing_runs_as_root() -> None:
    last = instructions(DOCKERFILE.read_text("utf-8"))[-1].stage
    [user] = [one for one in of_kind("USER") if one.stage == last]
    assert int(user.words) > 0


def test_books_and_takes_outlive_the_container() -> None:
    [volumes] = of_kind("VOLUME")
    assert json.loads(volumes.words) == ["/books", "/takes"]
    assert any("XDG_CACHE_HOME=/takes" in one.words for one in of_kind("ENV"))
    assert of_kind("WORKDIR")[-1].words == "/books"


def test_the_entry_point_is_the_console_script() -> None:
    [entry] = of_kind("ENTRYPOINT")
    assert set(json.loads(entry.words)) == set(PROJECT["project"]["scripts"])


def test_what_is_copied_is_there_and_is_let_through() -> None:
    allowed = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert "*" in allowed, "everything else stays outside, keys among it"
    for name in copied():
        if name != "./":
            assert (ROOT / name).exists()
            assert f"!{name}" in allowed


def test_what_is_installed_leaves_no_cache_in_the_image() -> None:
    steps = pip_steps()
    assert len(steps) == 2
    for step in steps:
        assert step.count(" -m pip ") == step.count("--no-cache-dir")
