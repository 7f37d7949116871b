"""Sounds beside a report: made once under their names, whole, and gone with what they were of."""

from pathlib import Path

import av
import numpy as np

from pipeline.assemble.excerpts import write_excerpts
from pipeline.assemble.names import IGNORE_NAME
from pipeline.recording import Samples


def sound() -> Samples:
    return (3_000 * np.sin(np.arange(36_000) / 20)).astype(np.int16)


def refuse() -> Samples:
    raise AssertionError("was read again")


def test_a_sound_is_there_whole_and_no_player_of_books_takes_it_for_a_chapter(tmp_path: Path) -> None:
    assert write_excerpts(tmp_path, {"ab12": sound}) == {"ab12": "ab12.m4a"}
    with av.open(str(tmp_path / "ab12.m4a")) as container:
        assert container.duration == 1_500_000
    assert (tmp_path / IGNORE_NAME).exists()


def test_what_is_there_is_not_made_again_and_what_is_no_more_of_it_goes(tmp_path: Path) -> None:
    write_excerpts(tmp_path, {"ab12": sound, "cd34": sound})
    assert write_excerpts(tmp_path, {"ab12": refuse}) == {"ab12": "ab12.m4a"}
    assert {path.name for path in tmp_path.iterdir()} == {"ab12.m4a", IGNORE_NAME}


def test_of_a_sound_that_is_gone_there_is_no_file(tmp_path: Path) -> None:
    assert write_excerpts(tmp_path, {"ab12": lambda: None, "cd34": lambda: np.zeros(0, dtype=np.int16)}) == {}
    assert write_excerpts(tmp_path / "none", {}) == {}
    assert not (tmp_path / "none").exists()
