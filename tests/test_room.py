"""Room on the disks, before anything is spent."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from pipeline.config import Layer, flag_layer
from pipeline.errors import MachineError
from pipeline.jobs import jobs_of
from pipeline.planning import plan_of
from pipeline.room import Need, Rooms, existing_part, needs_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from tests.corpus import made

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free(monkeypatch):
    """Sets what the disk says is free."""

    def with_free(size):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 0, size))

    return with_free


def test_books_share_a_disk_and_the_one_that_does_not_fit_is_told(tmp_path, free):
    free(1_050_000_000)
    rooms = Rooms()
    rooms.take([Need(tmp_path / "a", 300_000_000), Need(tmp_path / "b", 300_000_000)])
    with pytest.raises(MachineError) as caught:
        rooms.take([Need(tmp_path / "c", 300_000_000), Need(tmp_path / "d", 300_000_000)])
    assert (caught.value.where, caught.value.exit_code) == (str(tmp_path / "d"), 7)
    assert "0.60 GB more are needed and 0.40 GB are free" in str(caught.value)
    rooms.take([Need(tmp_path / "e", 400_000_000)])


def test_a_full_disk_has_no_room_at_all(tmp_path, free):
    free(0)
    with pytest.raises(MachineError, match=r"0\.00 GB are free"):
        Rooms().take([Need(tmp_path, 1)])


def test_a_book_needs_its_takes_its_chapters_and_its_delivery(tmp_path):
    book = made.markdown(tmp_path / "book.md", {"One": made.paragraphs(1, 40), "Two": made.paragraphs(2, 40)})
    [job] = jobs_of([book], [flag_layer("--takes", "run.takes", str(tmp_path / "takes"))])
    plan = plan_of(job, load_profiles({})[DEFAULT_PAID_MODEL])
    takes, delivery = needs_of(plan, plan.orders)
    assert takes.folder == tmp_path / "takes"
    assert takes.bytes == pytest.approx(plan.expected_s * (48_000 * 15 / 14.2 + 8_000), rel=1e-6)
    assert (delivery.folder, delivery.bytes) == (Path("audiobooks"), round(plan.expected_s * 8_000))
    few, _ = needs_of(plan, plan.orders[-1:])
    last = plan.orders[-1].expected_s * 48_000 * 15 / 14.2
    assert few.bytes == pytest.approx(last + plan.chapters[-1].expected_s * 8_000, rel=1e-6)


def test_files_with_the_sound_in_them_need_room_for_it(tmp_path):
    book = made.markdown(tmp_path / "book.md", {"One": made.paragraphs(1, 40)})
    [job] = jobs_of([book], [Layer("a test", {"delivery": {"read_along": ["lpf", "epub", "vtt"]}})])
    plan = plan_of(job, load_profiles({})[DEFAULT_PAID_MODEL])
    _, delivery = needs_of(plan, plan.orders)
    assert delivery.bytes == round(plan.expected_s * 4 * 8_000), "an M4B, an MP3 to embed, and two that embed it"


def test_a_folder_that_is_not_there_stands_where_it_will_be_made(tmp_path):
    assert existing_part(tmp_path / "a" / "b") == tmp_path
    assert existing_part(tmp_path) == tmp_path
