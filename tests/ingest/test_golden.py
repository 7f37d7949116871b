"""Every case of `tests/golden/read`: a tiny book, and what a correct reader makes of it, as text."""

import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.book import Block, Book
from pipeline.errors import BookError
from pipeline.ingest import read_book
from pipeline.ingest.settings import DEFAULT_READING

CASES = Path(__file__).parent.parent / "golden" / "read"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_a_book_reads_as_its_golden_file_says(case: str, golden: Callable[[str, str], str], tmp_path: Path) -> None:
    found = as_text(CASES / case, tmp_path)
    assert found == golden(f"read/{case}/expected.txt", found)


def test_every_case_stands_in_the_table() -> None:
    table = (CASES / "README.md").read_text("utf-8")
    assert not [path.name for path in CASES.iterdir() if path.is_dir() and f"`{path.name}`" not in table]


def as_text(case: Path, folder: Path) -> str:
    options = case / "settings.toml"
    changes = tomllib.loads(options.read_text("utf-8")) if options.exists() else {}
    settings = type(DEFAULT_READING).model_validate(DEFAULT_READING.model_dump() | changes)
    try:
        book = read_book(_input(case, folder), settings)
    except BookError as error:
        return f"refused: {type(error).__name__}: {error}\n"
    assert book.coverage.missing_chars == 0
    return "\n".join(_lines(book)) + "\n"


def _input(case: Path, folder: Path) -> Path:
    ready = next((path for path in sorted(case.glob("input.*"))), None)
    if ready is not None:
        return ready
    path = folder / "book.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((case / "book").rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(case / "book").as_posix())
    return path


def _lines(book: Book) -> Iterator[str]:
    for chapter in book.chapters:
        yield f"{'#' * chapter.depth} {chapter.title}"
        for block in chapter.blocks:
            yield _block(block)
            yield from _roles(block)
            for sound in block.sounds:
                yield f"    said: {block.text[sound.start : sound.end]} = /{sound.ipa}/ at {sound.start}"
            for omission in block.omissions:
                place = f"{block.text[: omission.at][-12:]}|{block.text[omission.at :][:12]}"
                yield f"    left out, {omission.rule}: {' '.join(omission.text.split())!a} at {place!r}"
    for lexeme in book.lexicon:
        said = " = ".join(filter(None, (lexeme.words, lexeme.say, lexeme.ipa and f"/{lexeme.ipa}/")))
        yield f"lexicon ({lexeme.language}{', as written' if lexeme.is_cased else ''}): {said}"
    yield from (f"note: {note}" for note in book.notes)


def _roles(block: Block) -> Iterator[str]:
    if block.label:
        yield f"    speaks: {block.label}"
    for start, end in block.asides:
        yield f"    stage direction: {block.text[start:end]}"


def _block(block: Block) -> str:
    language = f" ({block.language})" if block.language else ""
    if block.rule:
        return f"left out, {block.rule}: {block.text}"
    return f"{block.kind.value}{block.level or ''}{language}: {block.text}".rstrip()
