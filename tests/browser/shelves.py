"""A shelf of two small books as a rehearsed night leaves it: one is delivered with doubts, one is not."""

from pathlib import Path

from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from tests.assemble.pictures import png
from tests.corpus import made
from tests.crash.console import Ended, here

DOUBTFUL, CURSED = "came on a Tuesday", "heard an owl"

FAULTS = {
    "fault": [
        {"kind": "trailing", "seconds": 2.5, "text": DOUBTFUL},
        {"kind": "status", "status": 400, "text": CURSED},
        {"kind": "silent", "attempts": [1]},
    ]
}

OWL = """---
title: The Owl & <Co>
author: Bo Binder
---

# The Valley

Nobody in that valley had ever heard an owl.

In the morning the post was late again, and there was snow on every roof.
"""


def made_shelf(folder: Path) -> Ended:
    """Under `folder`: takes, and in `out` the books and their shelf page."""
    tiny = made.epub(folder / "tiny.epub", made.TINY, cover=png(60, 90))
    owl = folder / "owl.md"
    owl.write_text(OWL, "utf-8")
    with server_in_thread(RehearsalOptions(workers=2), script=script_from(FAULTS, where="test")) as server:
        return here(
            tiny,
            owl,
            *("--takes", folder / "takes", "--out", folder / "out", "--json", "--yes", "--engine", "openrouter"),
            *("--set", "script.target_seconds=5", "--set", f"speech.base_url={server.base_url}"),
            *("--set", "pace.max_concurrency=1", "--set", "acceptance.retakes=1", "--set", "acceptance.split=false"),
        )
