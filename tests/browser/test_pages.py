"""The pages as a person has them: in Debian's Chromium, by eye, by ear and by keyboard.

Skipped where there is no Chromium, no node, or no packages for it: `.ci/run` puts them where `BROWSER_MODULES` says.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.shelves import made_shelf

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
MODULES = os.environ.get("BROWSER_MODULES", "")
IN_CI = bool(os.environ.get("BROWSER_REQUIRED"))

pytestmark = pytest.mark.skipif(
    not IN_CI and not (CHROMIUM and shutil.which("node") and Path(MODULES, "axe-core").is_dir()),
    reason="needs chromium, node, and BROWSER_MODULES with playwright-core and axe-core",
)

PATIENCE_S = 120


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser found, by page: of a delivered book with doubts, of one that failed, and of their shelf."""
    folder = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
        made_shelf(folder)
    out = folder / "out"
    pages = {"report": next(out.glob("Ann*/*/report.html")), "failed": next(out.glob("Bo*/*/report.html"))}
    pages["shelf"] = out / "shelf.html"
    look = Path(__file__).with_name("look.cjs")
    environment = {**os.environ, "NODE_PATH": MODULES, "CHROMIUM": CHROMIUM}
    done = subprocess.run(
        ["node", look, *pages.values()],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(pages, json.loads(done.stdout), strict=True))


PAGES = pytest.mark.parametrize("page", ["report", "failed", "shelf"])


@PAGES
def test_nothing_is_said_on_the_console_and_nothing_asked_of_the_network(looked_at: Any, page: str) -> None:
    assert (looked_at[page]["console"], looked_at[page]["requests"]) == ([], [])


@PAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(looked_at: Any, page: str, scheme: str) -> None:
    assert looked_at[page][scheme]["axe"] == []


@PAGES
def test_light_and_dark_are_two_papers(looked_at: Any, page: str) -> None:
    assert looked_at[page]["light"]["paper"] != looked_at[page]["dark"]["paper"]


def test_every_player_plays(looked_at: Any) -> None:
    lengths = {page: found["players"] for page, found in looked_at.items()}
    assert {page: len(players) for page, players in lengths.items()} == {"report": 5, "failed": 0, "shelf": 1}
    assert all(seconds > 0 for players in lengths.values() for seconds in players.values())


@PAGES
def test_the_keyboard_alone_reaches_everything_and_sees_where_it_is(looked_at: Any, page: str) -> None:
    walk = looked_at[page]["walk"]
    assert walk["first"]["name"] == "skip"
    assert (walk["unreached"], walk["ringless"]) == ([], [])


def test_a_chapter_plays_from_its_mark(looked_at: Any) -> None:
    seeked = looked_at["report"]["seeked"]
    assert seeked["wanted"] > 30
    assert seeked["at"] == pytest.approx(seeked["wanted"], abs=1.0)


@PAGES
def test_a_telephone_need_not_scroll_sideways(looked_at: Any, page: str) -> None:
    assert looked_at[page]["wider"] <= 0
