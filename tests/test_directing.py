"""Who says which words: scenes, casts and files of these."""

from pathlib import Path

import pytest

from pipeline.config import BookJob, Layer, settings_of
from pipeline.directing import directed
from pipeline.errors import SettingsError
from pipeline.jobs import jobs_of
from tests.fakes.books import book_of, paragraphs

BOOK = book_of(paragraphs("One.", "Two."), paragraphs("Three."), paragraphs("Four."))


def direction(**table):
    settings = settings_of([Layer("a test", table)])
    return directed(BOOK, BookJob(Path("a.md"), settings), settings.company, max_speakers=1).directions


def test_a_book_nobody_directs_has_no_cues():
    assert direction().cues == {}


def test_a_scene_holds_for_its_chapters_and_the_last_one_counts():
    scenes = [{"place": "A garden"}, {"chapters": "2-3", "place": "A hall.", "mood": "Cold"}]
    cues = direction(scene=scenes).cues
    assert {place: cue.scene for place, (cue,) in cues.items()} == {
        (1, 0): "A garden",
        (1, 1): "A garden",
        (2, 0): "A hall. Cold",
        (3, 0): "A hall. Cold",
    }


def test_a_scene_may_name_chapters_that_the_book_does_not_have():
    assert set(direction(scene=[{"chapters": "3-9", "mood": "Cold"}]).cues) == {(3, 0)}


CAST = '[cast.Alice]\nvoice = "Leda"\naliases = ["Miss Liddell"]\n[voice_by_language]\nfr = "Aoede"\n'


def test_a_cast_file_is_found_from_the_job_file_and_the_job_has_the_last_word(tmp_path):
    (tmp_path / "series.toml").write_text(CAST, "utf-8")
    job = tmp_path / "job.toml"
    job.write_text(
        '[direction]\ncast = "series.toml"\n[cast.Alice]\nstyle = "curious"\n[[book]]\nsource = "a.md"\n', "utf-8"
    )
    [found] = jobs_of([job], [])
    alice = found.settings.company.role("Alice")
    assert (alice.voice, alice.style, found.settings.company.named("miss liddell")) == ("Leda", "curious", "Alice")
    assert found.settings.company.by_language == {"fr": "Aoede"}


@pytest.mark.parametrize(
    ("text", "says"),
    [("[speech]\nvoice = 'Kore'\n", "'speech' has no place"), ("[cast", "no valid TOML"), (None, "no such cast file")],
)
def test_a_cast_file_that_is_none_is_named(tmp_path, text, says):
    path = tmp_path / "series.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=says) as raised:
        settings_of([Layer("a test", {"direction": {"cast": str(path)}})])
    assert str(path) in str(raised.value)


def test_a_cast_that_cannot_be_is_told_with_its_file_which_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "series.toml"
    path.write_text('\ufeff[cast.Alice]\nvioce = "Leda"\n', "utf-8")
    with pytest.raises(SettingsError, match="did you mean voice") as raised:
        settings_of([Layer("a test", {"direction": {"cast": str(path)}})])
    assert str(path) in str(raised.value)
