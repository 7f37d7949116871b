"""Documents bound into a Book: chapters cut, sums checked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.book import Block, Book, Coverage, Image, Metadata, count_chars
from pipeline.errors import CoverageError, EmptyBook
from pipeline.ingest.alphabets import language_by_letters, slices
from pipeline.ingest.chapters import divide
from pipeline.ingest.contents import Entry
from pipeline.ingest.document import Document
from pipeline.ingest.repetitions import RULE as REPEATED
from pipeline.ingest.repetitions import spoken_once
from pipeline.ingest.rulings import is_left_out
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings

MAX_NOTES = 100  # a book with more faults than that is broken throughout; twenty thousand lines do not say it better


def bind(
    path: Path,
    metadata: Metadata,
    documents: Sequence[Document],
    entries: Sequence[Entry] = (),
    *,
    cover: Image | None = None,
    notes: Sequence[str] = (),
    settings: ReadingSettings = DEFAULT_READING,
) -> Book:
    """The finished book. Raises EmptyBook if nothing is to be spoken, CoverageError if a character went missing."""
    for document in documents:
        _check(document.coverage, f"{path.name}, {document.file}")
    if not any(document.coverage.spoken_chars for document in documents):
        raise EmptyBook("there is no text to speak in it", where=path.name)
    if not metadata.title:
        metadata = replace(metadata, title=path.stem)
        notes = (*notes, "the book does not say its title; the file's name was taken")
    if not metadata.language:
        language, found = _language(documents)
        metadata, notes = replace(metadata, language=language), (*notes, *found)
        documents = [_in_language(document, language) for document in documents] if language else documents
    if is_left_out(REPEATED, settings):
        documents = spoken_once(documents, entries, metadata.title)
    coverage = sum((document.coverage for document in documents), Coverage())
    division = divide(documents, entries, metadata.title, notes_at=settings.notes)
    book = Book(metadata, division.chapters, cover, coverage, _bounded((*notes, *division.notes)))
    _check_division(book, documents, path.name)
    return book


def _language(documents: Sequence[Document]) -> tuple[str, tuple[str, ...]]:
    """What most of the text says it is in, else what its letters tell; and a note on that."""
    spoken = [block for document in documents for block in document.blocks if not block.rule]
    stated = Counter[str]()
    for block in spoken:
        stated[block.language] += len(block.text)
    if language := max(stated, key=stated.__getitem__, default=""):
        return language, (f"the book does not say its language; most of its text is marked {language!r}",)
    alphabet, language = language_by_letters(slices([block.text for block in spoken if not block.language]))
    note = f"the book does not say its language; its letters are {alphabet}, which makes it {language!r}"
    return language, (note,) if language else ()


def _in_language(document: Document, language: str) -> Document:
    """The document in a book of that language: what is in it says so no more."""
    blocks = tuple(
        replace(block, language="") if block.language.casefold() == language.casefold() else block
        for block in document.blocks
    )
    return replace(document, blocks=blocks)


def _bounded(notes: Sequence[str]) -> tuple[str, ...]:
    """As many notes as anybody reads."""
    more = len(notes) - MAX_NOTES
    return (*notes[:MAX_NOTES], f"and {more:,} more notes of this kind") if more > 0 else tuple(notes)


def _check(coverage: Coverage, where: str) -> None:
    if coverage.missing_chars:
        raise CoverageError(f"{coverage.missing_chars} characters are neither spoken nor excluded", where=where)


def _check_division(book: Book, documents: Sequence[Document], where: str) -> None:
    """The chapters must hold what the documents held, and what was left out of them, no more and no less."""
    read = {id(block): _spoken(block) for document in documents for block in document.blocks}
    missing = sum(read.values())
    for block in book.blocks():
        missing -= read[id(block)] if id(block) in read else _spoken(block)  # most are the very ones that were read
    if missing:
        raise CoverageError(f"{missing} characters were lost between documents and chapters", where=where)
    left_out = Counter(book.coverage.excluded_chars)
    for block in book.blocks():
        if block.rule:
            left_out[block.rule] -= count_chars(block.text)
        for omission in block.omissions:
            left_out[omission.rule] -= count_chars(omission.text)
    if any(left_out.values()):
        raise CoverageError(f"what was left out is not all in the book: {dict(left_out)}", where=where)


def _spoken(block: Block) -> int:
    return 0 if block.rule else count_chars(block.text)
