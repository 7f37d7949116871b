"""Chapters cut for stores: short enough, at scenes, and nothing lost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.order import ChapterOrder, Spoken
from pipeline.assemble.portions import sample_order, split_order
from pipeline.assemble.timeline import Cut, Pauses, part_of, place
from pipeline.recording import Boundary, Take

PAUSES = Pauses(head=5, seam=0, after=dict.fromkeys(Boundary, 2) | {Boundary.SCENE: 4, Boundary.CHAPTER: 8})
S, P, N, M, E = Boundary.SCENE, Boundary.PARAGRAPH, Boundary.SENTENCE, Boundary.SEAM, Boundary.CHAPTER


def order_of(after: Sequence[Boundary], frames: Sequence[int]) -> ChapterOrder:
    spoken = [
        Spoken(i, Take(f"key{i}", "", own), each) for i, (each, own) in enumerate(zip(after, frames, strict=True))
    ]
    return ChapterOrder(7, "Seven", tuple(spoken))


def length_of(order: ChapterOrder) -> int:
    parts = [part_of(each, Cut(0, each.take.frames)) for each in order.spoken]
    return place(order.number, order.title, parts, PAUSES, packet_frames=1).frames


def split(after: Sequence[Boundary], frames: Sequence[int], longest: int) -> list[list[int]]:
    order = order_of(after, frames)
    portions = split_order(order, frames=frames, pauses=PAUSES, longest_frames=longest)
    return [[each.chunk for each in portion.spoken] for portion in portions]


def test_a_chapter_that_is_short_enough_is_left_alone() -> None:
    order = order_of([P, E], [100, 100])
    assert split_order(order, frames=[100, 100], pauses=PAUSES, longest_frames=length_of(order)) == (order,)


def test_a_long_one_is_cut_at_a_scene_though_a_paragraph_is_nearer_to_the_middle() -> None:
    assert split([P, S, P, P, P, P, P, E], [100] * 8, 800) == [[0, 1], [2, 3, 4, 5, 6, 7]]


def test_without_a_scene_it_is_cut_at_the_paragraph_nearest_to_the_middle() -> None:
    assert split([N, P, P, N, N, E], [100] * 6, 500) == [[0, 1, 2], [3, 4, 5]]


def test_a_scene_that_leaves_too_much_is_no_place() -> None:
    assert split([S, P, P, P, P, E], [100] * 6, 450) == [[0, 1, 2], [3, 4, 5]]


def test_portions_are_named_and_end_as_chapters_do() -> None:
    order = order_of([P, P, P, Boundary.PART], [100] * 4)
    first, second = split_order(order, frames=[100] * 4, pauses=PAUSES, longest_frames=300)
    assert (first.title, second.title, first.number, second.number) == ("Seven (1/2)", "Seven (2/2)", 7, 7)
    assert [portion.spoken[-1].after for portion in (first, second)] == [Boundary.CHAPTER, Boundary.PART]


def test_a_take_that_is_too_long_by_itself_is_a_portion() -> None:
    assert split([P, P, E], [100, 900, 100], 200) == [[0], [1], [2]]


chapters = st.lists(
    st.tuples(st.sampled_from([S, P, N, M, Boundary.HEADING, Boundary.TURN, Boundary.VERSE]), st.integers(1, 60)),
    min_size=1,
    max_size=40,
)


@given(chapters, st.integers(80, 400))
def test_every_portion_is_short_enough_and_nothing_is_lost(takes: list[tuple[Boundary, int]], longest: int) -> None:
    frames = [own for _, own in takes]
    order = order_of([each for each, _ in takes[:-1]] + [E], frames)
    portions = split_order(order, frames=frames, pauses=PAUSES, longest_frames=longest)
    assert [each.take for portion in portions for each in portion.spoken] == [each.take for each in order.spoken]
    assert all(length_of(portion) <= longest for portion in portions)
    fewest = -(-length_of(order) // longest)
    assert fewest <= len(portions) <= 2 * fewest + 1


@given(chapters, st.integers(80, 400))
def test_a_sample_is_a_beginning_that_fits(takes: list[tuple[Boundary, int]], longest: int) -> None:
    frames = [own for _, own in takes]
    order = order_of([each for each, _ in takes[:-1]] + [E], frames)
    sample = sample_order(order, frames=frames, pauses=PAUSES, longest_frames=longest)
    assert sample is not None
    assert length_of(sample) <= longest
    assert [each.take for each in sample.spoken] == [each.take for each in order.spoken[: len(sample.spoken)]]


@pytest.mark.parametrize(
    ("after", "count"),
    [([P, P, P, N, N, E], 3), ([S, N, N, N, N, E], 1), ([S, N, P, N, N, E], 3), ([N, N, N, N, M, E], 4), ([P, E], 2)],
)
def test_a_sample_ends_at_the_last_paragraph_that_fits(after: list[Boundary], count: int) -> None:
    frames = [100] * len(after)
    sample = sample_order(order_of(after, frames), frames=frames, pauses=PAUSES, longest_frames=525)
    assert sample is not None
    assert len(sample.spoken) == count
    assert sample.spoken[-1].after is Boundary.CHAPTER


def test_nothing_is_a_sample_of_a_take_that_is_too_long() -> None:
    assert sample_order(order_of([P, E], [900, 9]), frames=[900, 9], pauses=PAUSES, longest_frames=500) is None


@given(chapters, st.integers(400, 2_000), st.lists(st.sampled_from([0, 1, 10]), min_size=80, max_size=80))
def test_silences_that_are_asked_for_count(takes: list[tuple[Boundary, int]], longest: int, asked: list[int]) -> None:
    frames = [own for _, own in takes]
    plain = order_of([each for each, _ in takes[:-1]] + [E], frames)
    spoken = [
        replace(each, silence_before_ms=before, silence_after_ms=after)
        for each, before, after in zip(plain.spoken, asked[::2], asked[1::2], strict=False)
    ]
    order = replace(plain, spoken=tuple(spoken))
    portions = split_order(order, frames=frames, pauses=PAUSES, longest_frames=longest)
    assert all(length_of(portion) <= longest or len(portion.spoken) == 1 for portion in portions)
