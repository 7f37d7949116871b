"""The fault script: when a fault comes, what a script may say, and what a wrong one is told."""

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.rehearsal.chat_faults import MISLEADINGS
from pipeline.rehearsal.draw import Asking, drawn
from pipeline.rehearsal.fault_script import load_script, parse_script, script_of
from pipeline.rehearsal.faults import CHAT_KINDS, KEYS, Fault, FaultScript, Kind
from pipeline.rehearsal.reading_faults import MISREADINGS
from pipeline.rehearsal.refusals import REFUSALS
from pipeline.rehearsal.sound_faults import DISTORTIONS
from pipeline.rehearsal.wire_faults import JOURNEYS, LABELS, WRAPPINGS

CONFIGS = Path(__file__).parents[2] / "configs"
EXAMPLE = CONFIGS / "faults.toml"
RATES = FaultScript(faults=(Fault(kind="cut", probability=0.05), Fault(kind="silent", probability=0.2)))


def test_probabilities_are_what_they_say():
    names = Counter(
        fault.name if fault else "ok" for fault in (drawn(RATES, Asking(1, str(count))) for count in range(20_000))
    )
    assert names["cut"] == pytest.approx(1_000, rel=0.1)
    assert names["silent"] == pytest.approx(4_000, rel=0.05)


@given(digest=st.text(), asked_before=st.integers(0, 50), attempt=st.integers(1, 10_000))
def test_a_draw_does_not_know_when_it_was_made(digest, asked_before, attempt):
    now, later = Asking(attempt, digest, asked_before), Asking(1, digest, asked_before, at_s=9.0)
    assert drawn(RATES, now) == drawn(RATES, later)


def test_each_retry_and_each_seed_draws_anew():
    again = {drawn(RATES, Asking(1, "x", count)) for count in range(100)}
    seeds = {drawn(RATES.model_copy(update={"seed": seed}), Asking(1, "x")) for seed in range(99)}
    assert again == seeds == {None, *RATES.faults}


def test_a_position_wins_over_a_draw():
    script = FaultScript(faults=(Fault(kind="cut", probability=1.0), Fault(kind="odd", attempts=(3,))))
    kinds = [drawn(script, Asking(attempt, "x")).kind for attempt in (2, 3, 4)]
    assert kinds == ["cut", "odd", "cut"]


def test_one_word_an_attempt():
    script = script_of("ok, 429(2s), 500, cut, hang, ok")
    faults = [drawn(script, Asking(attempt)) for attempt in range(1, 8)]
    assert [fault.name if fault else "ok" for fault in faults] == ["ok", "429", "500", "cut", "hang", "ok", "ok"]
    assert faults[1].retry_after_s == 2.0


def test_the_seconds_of_a_word_are_what_its_kind_takes():
    faults = script_of("hang(3s), gap(1.5s), slow(8s), 503(9s)").faults
    assert (faults[0].hold_s, faults[1].seconds, faults[2].seconds, faults[3].retry_after_s) == (3.0, 1.5, 8.0, 9.0)


def test_what_a_script_leaves_out_is_what_its_kind_says():
    assert Fault(kind="truncated", attempts=(1,)).share == 0.5
    assert Fault(kind="looped", attempts=(1,)).share == 1.0
    assert Fault(kind="looped", attempts=(1,), share=0.2).share == 0.2


@pytest.mark.parametrize(
    ("when", "holds_at"),
    [
        ({"attempts": (3,)}, {3}),
        ({"from_attempt": 5}, {5, 6}),
        ({"from_s": 20}, {2, 3, 4, 5, 6}),
        ({"from_s": 20, "until_s": 40}, {2, 3}),
        ({"text": "[24] s?heep"}, {2, 4}),
        ({"text": "sheep", "from_attempt": 6}, {6}),
        ({"text": "sheep", "model": "other"}, set()),
        ({"probability": 0.0, "attempts": (2, 4)}, {2, 4}),
        ({"attempts": (2, 4), "until_s": 30}, {2}),
        ({"probability": 1.0, "attempts": (2,), "from_s": 40}, {4, 5, 6}),
        ({"probability": 1.0, "per_text": True, "from_s": 60}, {6}),
        ({"probability": 0.0}, set()),
    ],
)
def test_positions_and_chances_strike_where_all_the_rest_holds(when, holds_at):
    script = FaultScript(faults=(Fault(kind="odd", **when),))
    asked = (Asking(n, "x", at_s=10.0 * n, model="this", text=f"{n} sheep") for n in range(1, 7))
    assert {asking.attempt for asking in asked if drawn(script, asking)} == holds_at


def test_a_chance_that_does_not_hold_now_leaves_the_others_theirs():
    both = FaultScript(faults=(Fault(kind="cut", probability=0.5, from_s=60), Fault(kind="odd", probability=0.5)))
    kinds = {s: [drawn(both, Asking(1, str(n), at_s=s)) for n in range(200)] for s in (0.0, 60.0)}
    assert all(later and (now is None or now == later) for now, later in zip(kinds[0.0], kinds[60.0], strict=True))
    assert [now is None for now in kinds[0.0]] == [later.kind == "cut" for later in kinds[60.0]]


def test_a_chance_per_text_is_the_same_whoever_asks():
    script = FaultScript(faults=(Fault(kind="silent", probability=0.3, per_text=True),))
    texts = [f"Text {n}." for n in range(300)]
    first, again = ([drawn(script, Asking(n, f"{n}{t}", n, text=t)) for t in texts] for n in (1, 7))
    assert first == again
    assert sum(fault is not None for fault in first) == pytest.approx(90, abs=25)


@pytest.mark.parametrize("words", ["ok, kaputt", "429(soon)", "OK", "200"])
def test_a_word_that_is_no_fault(words):
    with pytest.raises(SettingsError):
        script_of(words)


def test_every_kind_is_handled_in_exactly_one_place():
    tables = (DISTORTIONS, MISREADINGS, JOURNEYS, WRAPPINGS, LABELS, REFUSALS, MISLEADINGS)
    assert Counter(KEYS.keys()) == Counter([name for table in tables for name in table] + ["hang"])
    assert set(KEYS) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[fault]]\nkind = 'cut'\nprobabilty = 0.1", r"F\.toml: fault\[1\]\.probabilty: .*did you mean 'probability'"),
        (
            "[[fault]]\nkind = 'trunkated'\nattempts = [1]",
            r"fault\[1\]\.kind: .*'trunkated' → did you mean 'truncated'",
        ),
        ("[[fault]]\nkind = 'xyz'\nattempts = [1]", r"one of status, .*hang, stall, cut"),
        ("sead = 1", r"F\.toml: sead: .*did you mean 'seed'"),
        ("[[fault]]\nkind = 'cut'", r"fault\[1\]: say when"),
        ("[[fault]]\nkind = 'status'\nattempts = [1]", r"belongs to kind"),
        ("[[fault]]\nkind = 'cut'\nstatus = 500\nattempts = [1]", r"belongs to kind"),
        ("[[fault]]\nkind = 'status'\nstatus = 200\nattempts = [1]", r"fault\[1\]\.status: .*400"),
        ("[[fault]]\nkind = 'cut'\nattempts = [0]", r"fault\[1\]\.attempts\[1\]: "),
        ("[[fault]]\nkind = 'odd'\nshare = 0.5\nattempts = [1]", r"fault\[1\]: `share` does not belong to kind 'odd'"),
        ("[[fault]]\nkind = 'gone'\nprobability = 0.5", r"fault\[1\]: 'gone' is a state, not a chance"),
        ("[[fault]]\nkind = 'cut'\ntext = '('", r"fault\[1\]\.text: not a regular expression"),
        ("[[limits]]\nconcurrency = 4", r"limits\[1\]\.concurrency: .*did you mean 'max_concurrency'"),
        ("[[limit]]\nfrom_s = 4", r"limit: .*did you mean 'limits'"),
        ("[[top_up]]\nfrom_s = 4\nusd = 1", r"needs a `credit_usd`"),
        ("[[fault]]\nkind = 'gone'\nexpiration_date = 'soon'", r"expiration_date: "),
        ("[[fault]]\nkind = 'cut'\nprobability = 5", r"fault\[1\]\.probability: .*less than or equal to 1"),
        ("[[fault]]\nkind = 'cut'\nprobability = 0.6\n" * 2, r"add up to more than 1"),
        ("[[fault", r"F\.toml: not TOML"),
    ],
)
def test_a_wrong_script_is_told_what_and_where(text, told):
    with pytest.raises(SettingsError, match=told):
        parse_script(text, where="F.toml")


def test_the_example_is_a_script():
    script = load_script(EXAMPLE)
    assert {fault.name for fault in script.faults} == {"429", "500", "cut", "hang", "truncated", "silent"}


def test_the_examples_left_out_are_faults_too():
    left_out = EXAMPLE.read_text("utf-8").split("Others to try")[1].splitlines()[1:]
    text = "\n".join(line.removeprefix("# ") for line in left_out)
    left_out = parse_script(text, where=str(EXAMPLE))
    assert (len(left_out.faults), left_out.record_lag_s, left_out.credit_usd) == (6, 30.0, 0.5)
    assert (len(left_out.limits), len(left_out.top_ups)) == (1, 1)


def test_the_bad_night_plays_every_kind_that_passes():
    script = load_script(CONFIGS / "bad-night.toml")
    assert {fault.kind for fault in script.faults} == KEYS.keys() - {"filter", "gone", "revoked"} - CHAT_KINDS
    assert sum(fault.probability for fault in script.faults) == pytest.approx(0.3)


def test_the_documented_keys_are_the_keys():
    told = EXAMPLE.read_text("utf-8").split("seed = 1")[0]
    for kind, keys in KEYS.items():
        assert f"#     {kind} " in told
        assert all(f"`{key}" in told for key in keys), kind
