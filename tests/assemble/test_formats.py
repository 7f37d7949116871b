"""What a chapter is encoded to, and how many frames of it fill whole packets."""

from typing import Any

import pytest

from pipeline.assemble.formats import DeliverySettings, Encoding
from pipeline.config import set_layer, settings_of
from pipeline.errors import SettingsError


def delivery(*assignments: str) -> DeliverySettings:
    return settings_of([set_layer(f"delivery.{assignment}") for assignment in assignments]).delivery


@pytest.mark.parametrize(
    ("assignments", "frames"),
    [
        (["formats=['m4b']"], 1_024),
        (["formats=['flac', 'wav']"], 1_024),
        (["formats=['mp3']"], 1_024),
        (["formats=['mp3']", "mp3='one'"], 576),
        (["formats=['m4b', 'mp3']", "mp3='one'"], 9_216),
        (["formats=['opus']"], 480),
        (["formats=['m4b', 'opus']"], 15_360),
        (["formats=['m4b', 'mp3', 'opus']", "mp3='one'"], 46_080),
        (["target='librivox'", "formats=['mp3']", "mp3='one'"], 30_720),
    ],
)
def test_a_chapter_is_whole_packets_of_all_that_is_joined(assignments: list[str], frames: int) -> None:
    assert delivery(*assignments).packet_frames == frames


@pytest.mark.parametrize(
    ("encoding", "lead", "priming"),
    [
        (Encoding("aac", 64_000), 0, 1),
        (Encoding("mp3", 64_000), 0, 1),
        (Encoding("mp3", 64_000, joins=True), 47, 2),
        (Encoding("mp3", 128_000, 44_100, joins=True), 47, 1),
        (Encoding("opus", 32_000), 324, 1),
    ],
)
def test_what_is_joined_is_late_by_whole_packets(encoding: Encoding, lead: int, priming: int) -> None:
    assert (encoding.lead_frames, encoding.priming_packets) == (lead, priming)
    if encoding.is_joined:
        assert encoding.delay_frames + lead == priming * encoding.packet_frames


@pytest.mark.parametrize(("target", "kbps", "rate"), [("personal", 64_000, 24_000), ("acx", 192_000, 44_100)])
def test_an_mp3_is_what_the_target_asks_for(target: str, kbps: int, rate: int) -> None:
    [encoding] = delivery(f"target={target!r}", "formats=['mp3']").encodings
    assert encoding == Encoding("mp3", kbps, rate)


@pytest.mark.parametrize(
    ("assignments", "is_possible"),
    [
        (["formats=['mp3']", "mp3_kbps=160"], True),
        (["formats=['mp3']", "mp3_kbps=144"], True),
        (["formats=['mp3']", "mp3_kbps=192"], False),
        (["formats=['m4b']", "mp3_kbps=192"], True),
        (["formats=['mp3']", "mp3_kbps=192", "target='acx'"], True),
        (["formats=['mp3']", "mp3_kbps=144", "target='acx'"], False),
        (["formats=['mp3']", "mp3='one'", "target='acx'"], False),
        (["formats=['mp3']", "mp3='one'", "target='librivox'"], True),
    ],
)
def test_what_no_mp3_can_be_is_refused(assignments: list[str], is_possible: bool) -> None:
    outcome: Any = None
    try:
        outcome = delivery(*assignments)
    except SettingsError as error:
        assert str(error).startswith("--set: delivery.mp3")
    assert (outcome is not None) == is_possible
