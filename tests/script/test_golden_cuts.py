"""Every cut point of the samples, pinned: a paid take hangs on each."""

import hashlib
import json
from pathlib import Path

from pipeline.ingest import read_book
from pipeline.script import Script, script_of
from tests.fakes.books import default_script_settings, paid_limits

SAMPLES = Path(__file__).parents[2] / "samples"

_COST = (
    "the cut points of {books} changed: everybody who has takes of a book pays again for each chunk that moved. "
    "If that is meant, run `pytest --rewrite-golden tests/script/test_golden_cuts.py`, look at the difference, and add "
    "a line to the changelog that says so"
)


def _samples() -> list[Path]:
    return sorted(path for path in SAMPLES.iterdir() if path.suffix in {".epub", ".md"} and path.stem != "README")


def _pinned(script: Script) -> dict[str, object]:
    cuts = [[chapter.number, [[chunk.text, chunk.after] for chunk in chapter.chunks]] for chapter in script.chapters]
    digest = hashlib.sha256(json.dumps(cuts, ensure_ascii=False).encode()).hexdigest()
    return {"chapters": len(script.chapters), "chunks": sum(1 for _ in script.chunks()), "digest": digest}


def test_the_samples_are_cut_where_they_always_were(golden):
    settings, limits = default_script_settings(), paid_limits()
    found = {}
    for path in _samples():
        book = read_book(path)
        found[path.name] = _pinned(script_of(book, settings, limits, language=book.metadata.language))
    assert len(found) >= 3
    expected = json.loads(golden("cuts.json", json.dumps(found, indent=2) + "\n") or "{}")
    changed = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    assert not changed, _COST.format(books=", ".join(changed))
