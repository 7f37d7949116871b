"""Sheets that import sheets: in the cascade's order, each once, and never more than a page may come to."""

from pipeline.ingest.imports import MAX_IMPORT_DEPTH, MAX_IMPORTED, with_imports


def found(tangle: dict[str, list[str]]) -> list[str]:
    return with_imports("main", lambda sheet: tangle.get(sheet, []))


def test_what_is_imported_stands_before_what_asks_for_it() -> None:
    assert found({"main": ["a", "b"], "a": ["deep"]}) == ["deep", "a", "b", "main"]


def test_a_cycle_ends_and_no_sheet_comes_twice() -> None:
    assert found({"main": ["a", "a", "main"], "a": ["b"], "b": ["a", "main"]}) == ["b", "a", "main"]


def test_depth_is_bounded() -> None:
    tangle = {f"s{depth}": [f"s{depth + 1}"] for depth in range(100)}
    assert len(found({"main": ["s0"]} | tangle)) == MAX_IMPORT_DEPTH + 1


def test_their_number_is_bounded() -> None:
    assert len(found({"main": [f"s{number}" for number in range(500)]})) == MAX_IMPORTED
