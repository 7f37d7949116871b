"""Answers on disk: found as they came, or set aside."""

import json
from pathlib import Path

from pipeline.director.kept import Kept
from pipeline.director.question import AnswerKey

KEY = AnswerKey("ab" + "0" * 62)


def test_an_answer_comes_back_as_it_came(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    answer = '{"choices": “…”}\n\r\u2028\ud800'.encode("utf-8", "replace").decode()
    assert kept.find(KEY) is None
    kept.put(KEY, {"model": "m"}, answer, at=1_000.9)
    assert kept.find(KEY) == answer
    record = json.loads((tmp_path / "directions" / "ab" / f"{KEY}.json").read_text("utf-8"))
    assert (record["key"], record["request"], record["stored_at"]) == (KEY, {"model": "m"}, 1_000)
    kept.forget(KEY)
    assert kept.find(KEY) is None


def test_a_damaged_answer_is_set_aside(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    file = tmp_path / "directions" / "ab" / f"{KEY}.json"
    for damage in (b"{", b'{"answer": "x", "digest": "y"}', b'{"answer": 3, "digest": ""}', b"\xff\xfe"):
        kept.put(KEY, {}, "an answer", at=0)
        file.write_bytes(damage)
        assert kept.find(KEY) is None
        assert not file.exists()
        assert (tmp_path / "damaged" / file.name).read_bytes() == damage
