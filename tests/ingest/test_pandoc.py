"""Books that pandoc reads for us: bounded in time and size, and a clear word where there is no pandoc."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.errors import BookNotFound, DamagedBook, UnknownFormat, UnsafeBook
from pipeline.ingest import pandoc, read_book

SOURCE = """---
title: The Lamp
author: Ann Author
lang: fr
---

# One

Once^[A note.] upon a time.

# Two

- a
- b
"""
needs_pandoc = pytest.mark.skipif(shutil.which("pandoc") is None, reason="the program pandoc is not on this machine")


def converted(folder: Path, suffix: str) -> Path:
    path = folder / f"book{suffix}"
    form = {".tex": "latex"}.get(suffix, suffix[1:])
    command = ["pandoc", "--from=markdown", f"--to={form}", "--standalone", "-o", str(path)]
    subprocess.run(command, input=SOURCE.encode(), check=True, capture_output=True)
    return path


@needs_pandoc
@pytest.mark.parametrize("suffix", [".docx", ".odt", ".fb2", ".rst", ".org", ".tex", ".rtf", ".textile"])
def test_what_pandoc_reads_is_read(tmp_path: Path, suffix: str) -> None:
    book = read_book(converted(tmp_path, suffix))
    assert [chapter.title for chapter in book.chapters][:2] == ["One", "Two"]
    texts = [block.text for block in book.blocks() if not block.rule]
    assert [text[-1] for text in texts if len(text.strip("• ")) == 1] == ["a", "b"]
    assert any(text.startswith("Once") for text in texts)
    assert book.coverage.missing_chars == 0
    assert "read through pandoc" in book.notes


@needs_pandoc
def test_metadata_and_notes(tmp_path: Path) -> None:
    book = read_book(converted(tmp_path, ".docx"))
    assert book.metadata.title == "The Lamp"
    assert book.metadata.creators == ("Ann Author",)
    assert "note" in book.coverage.excluded_chars


@needs_pandoc
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    path = tmp_path / "book.docx"
    path.write_bytes(b"no zip")
    with pytest.raises(DamagedBook, match="pandoc cannot read it"):
        read_book(path)


@needs_pandoc
def test_no_file_is_drawn_in(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    path = tmp_path / "book.rst"
    path.write_text("Once.\n\n.. include:: secret.txt\n")
    try:
        book = read_book(path)
    except DamagedBook:
        return
    assert [block.text for block in book.blocks()] == ["Once."]


@needs_pandoc
def test_a_format_this_pandoc_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc, "FORMATS", {".rst": "nosuchformat"})
    path = tmp_path / "book.rst"
    path.write_text("Once.")
    with pytest.raises(UnknownFormat, match="does not read nosuchformat"):
        read_book(path)


def test_without_pandoc_the_way_out_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    path = tmp_path / "book.docx"
    path.write_bytes(b"")
    with pytest.raises(UnknownFormat, match="install pandoc"):
        read_book(path)


def test_a_missing_file_is_said_first(tmp_path: Path) -> None:
    with pytest.raises(BookNotFound):
        read_book(tmp_path / "book.docx")


def test_an_unknown_format_says_which_are_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match=r"\.epub.*\.md.*\.txt.*\.html.*pandoc"):
        read_book(tmp_path / "book.xyz")


@pytest.fixture
def fake_pandoc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in pandoc's place; the test writes what it does."""
    program = tmp_path / "bin" / "pandoc"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


@pytest.mark.parametrize(
    ("script", "reason"),
    [("exec sleep 60", "not done"), ("exec yes", "more than"), ("exec 1>&-; exec sleep 60", "not done")],
)
def test_a_pandoc_that_runs_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake_pandoc: Path, script: str, reason: str
) -> None:
    monkeypatch.setattr(pandoc, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(pandoc, "MAX_PAGE_BYTES", 1000)
    fake_pandoc.write_text(f"#!/bin/sh\n{script}\n")
    fake_pandoc.chmod(0o755)
    path = tmp_path / "book.docx"
    path.write_bytes(b"")
    with pytest.raises(UnsafeBook, match=reason):
        read_book(path)
