"""What every test stands on: nobody's real key or take store, and properties that find the same examples everywhere."""

from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

GOLDEN = Path(__file__).parent / "golden"

hypothesis.settings.register_profile(
    "everywhere",
    deadline=None,  # two busy cores say nothing about the code
    derandomize=True,
    max_examples=50,
)
hypothesis.settings.load_profile("everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write what is found over the golden files")


@pytest.fixture(autouse=True)
def nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test spends a developer's money or touches a developer's takes."""
    for name in ("OPENROUTER_API_KEY", "OPENAI_API_KEY", "RUN_PIPELINE_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """`golden(name, found)`: the golden file's text, after writing `found` to it under `--rewrite-golden`."""

    def expected(name: str, found: str) -> str:
        file = GOLDEN / name
        if request.config.getoption("--rewrite-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(found, "utf-8")
        return file.read_text("utf-8") if file.exists() else ""

    return expected
