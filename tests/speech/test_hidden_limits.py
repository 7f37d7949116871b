"""The pace against services that do not tell their limits: two scenes of the bench, and the yardstick itself."""

from collections import Counter, deque

import pytest

from tests.bench.hidden_limits import Hidden, Scene, State, ideal_end_s
from tests.bench.pace import ran
from tests.fakes.virtual import run_virtually


@pytest.mark.parametrize("limits", [Hidden(16, 0), Hidden(0, 60)], ids=["16 at once", "60 a minute"])
def test_a_run_is_nearly_as_short_as_the_limits_allow(limits):
    scene = Scene("scene", ((0.0, limits),), 0.2, hints="nothing", at_least=600, minutes=5.0)
    run = run_virtually(ran(scene))
    assert run.end_s <= 1.1 * ideal_end_s(scene)
    assert run.refused_share < 0.02
    assert run.lost == 0


def test_the_ideal_sends_each_chunk_the_moment_it_would_be_taken():
    def ideal(limits: Hidden, chunks: int) -> float:
        scene = Scene("scene", ((0.0, limits),), 0.0, at_least=chunks)
        return ideal_end_s(scene, State(0.0, [], deque(), deque(range(chunks)), Counter()))

    assert ideal(Hidden(0, 60), 60) == 0
    assert ideal(Hidden(0, 60), 61) == 60
    assert ideal(Hidden(0, 60), 181) == 180
    assert ideal(Hidden(3, 0), 99) == 0


def test_the_ideal_waits_for_the_end_of_an_outage():
    scene = Scene("scene", ((0.0, Hidden(1, 0)),), 0.2, outage_s=(1.0, 500.0))
    whole_s = sum(scene.service_s(chunk) for chunk in range(scene.chunks))
    assert ideal_end_s(scene) == pytest.approx(500 + whole_s)
