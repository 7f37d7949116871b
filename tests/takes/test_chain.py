"""What to do next about a chunk: read from what its takes came to, and from nothing else."""

import dataclasses
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recording import Take
from pipeline.speech.prompt import FRAMED
from pipeline.speech.request import Key, SpeechRequest, key_of, retaken, seeded
from pipeline.takes.chain import AcceptanceSettings, Again, Link, Rejection, Spent, Use, chain_of, next_step
from tests.fakes.studio import request_of

REQUEST = request_of("It was a dark and stormy night.")
SETTINGS = AcceptanceSettings(retakes=3, suspect_retakes=1, policy="keep-suspects", split=True)
STRICT = SETTINGS.model_copy(update={"policy": "strict"})

Outcome = Take | Rejection
Store = dict[Key, Outcome]


def outcome_of(word: str, request: SpeechRequest) -> Outcome:
    """`pass`, `suspect3` (of badness 3), `fail`, `refused`, `filter`."""
    name = word.rstrip("0123456789")
    if name in {"pass", "suspect"}:
        badness = float(word[len(name) :] or 0)
        return Take(key_of(request), "digest", 24_000, is_suspect=name == "suspect", badness=badness)
    return Rejection(word, is_refused=name != "fail", is_filter=name == "filter")


def links_of(words: str, *, framing: str = FRAMED) -> tuple[Link, ...]:
    """The chain of takes that came to these words, one after the other."""
    store: Store = {}
    for word in words.split():
        request = following(store, framing=framing)
        store[key_of(request)] = outcome_of(word, request)
    return chain(store, framing=framing)


def chain(store: Store, *, framing: str = FRAMED, request: SpeechRequest = REQUEST) -> tuple[Link, ...]:
    return chain_of(request, lambda asked: store.get(key_of(asked)), framing=framing)


def following(store: Store, *, framing: str) -> SpeechRequest:
    """The first take in a chain that the store does not know."""
    missing: list[SpeechRequest] = []

    def look_up(request: SpeechRequest) -> Outcome | None:
        found = store.get(key_of(request))
        if found is None:
            missing.append(request)
        return found

    chain_of(REQUEST, look_up, framing=framing)
    return missing[0]


def told(step: Use | Again | Spent) -> str:
    match step:
        case Use(take):
            return f"use {take.badness:g}"
        case Again(request):
            return f"again {request.take}" + (" framed" if request.framing else "")
        case Spent(last, again):
            return f"spent: {last.reason}, next {again.take}"


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("", "again 0"),
        ("pass", "use 0"),
        ("fail", "again 1"),
        ("fail pass", "use 0"),
        ("fail fail fail", "again 3"),
        ("fail fail fail fail", "spent: fail, next 4"),
        ("fail fail fail fail pass", "use 0"),  # another run gave it more chances
        ("suspect2", "again 1"),
        ("suspect2 pass", "use 0"),
        ("suspect2 suspect1", "use 1"),
        ("suspect1 suspect2", "use 1"),
        ("fail suspect2", "again 2"),
        ("suspect2 fail fail", "again 3"),
        ("suspect2 fail fail fail", "use 2"),
        ("refused", "spent: refused, next 1"),
        ("suspect2 refused", "use 2"),
        ("filter", "again 1 framed"),
        ("filter pass", "use 0"),
        ("filter filter", "again 2 framed"),
        ("filter filter filter", "spent: filter, next 3"),
        ("filter fail", "again 2 framed"),
    ],
)
def test_the_next_step(words, step):
    assert told(next_step(REQUEST, links_of(words), SETTINGS, framing=FRAMED)) == step


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("suspect2 suspect1", "again 2"),
        ("suspect2 suspect1 suspect1 pass", "use 0"),
        ("suspect2 suspect1 suspect1 suspect1", "spent: every take of it was suspect, next 4"),
        ("suspect2 fail suspect1 suspect1", "spent: fail, next 4"),
    ],
)
def test_the_strict_use_no_suspects(words, step):
    assert told(next_step(REQUEST, links_of(words), STRICT, framing=FRAMED)) == step


@pytest.mark.parametrize(("words", "step"), [("filter", "again 1"), ("filter filter", "spent: filter, next 2")])
def test_a_model_without_marks_is_asked_plainly_once_more(words, step):
    assert told(next_step(REQUEST, links_of(words, framing=""), SETTINGS, framing="")) == step


def test_a_suspect_is_kept_at_once_where_no_retake_is_wanted():
    settings = SETTINGS.model_copy(update={"suspect_retakes": 0})
    assert told(next_step(REQUEST, links_of("suspect2"), settings, framing=FRAMED)) == "use 2"


def test_without_retakes_one_chance_is_all():
    settings = SETTINGS.model_copy(update={"retakes": 0})
    assert told(next_step(REQUEST, (), settings, framing=FRAMED)) == "again 0"
    assert told(next_step(REQUEST, links_of("fail"), settings, framing=FRAMED)) == "spent: fail, next 1"


def test_a_chain_ends_at_the_first_good_take():
    store: Store = {}
    for word in ["fail", "suspect1", "pass", "pass"]:
        request = retaken(REQUEST, take=len(store))
        store[key_of(request)] = outcome_of(word, request)
    assert [link.request.take for link in chain(store)] == [0, 1, 2]


def test_a_hole_in_a_chain_ends_it():
    request = retaken(REQUEST, take=1)
    assert chain({key_of(request): outcome_of("pass", request)}) == ()


def test_a_retake_has_a_seed_of_its_own_where_there_are_seeds():
    first = seeded(REQUEST)
    store: Store = {key_of(first): outcome_of("fail", first)}
    step = next_step(first, chain(store, request=first), SETTINGS, framing=FRAMED)
    assert isinstance(step, Again)
    assert step.request.seed not in {None, first.seed}
    assert dataclasses.replace(step.request, seed=None, take=0) == dataclasses.replace(first, seed=None)


_WORDS = st.one_of(
    st.sampled_from(["pass", "fail", "refused", "filter"]), st.integers(0, 9).map(lambda badness: f"suspect{badness}")
)
_SETTINGS = st.builds(
    AcceptanceSettings,
    retakes=st.integers(0, 6),
    suspect_retakes=st.integers(0, 6),
    policy=st.sampled_from(["keep-suspects", "strict"]),
    split=st.booleans(),
)


def played(words: Sequence[str], settings: AcceptanceSettings, framing: str) -> tuple[Use | Spent, Store]:
    """Ask as told until there is nothing more to ask; `words` say what comes of each, in a circle."""
    store: Store = {}
    while isinstance(step := next_step(REQUEST, chain(store, framing=framing), settings, framing=framing), Again):
        key = key_of(step.request)
        assert key not in store, "no take is asked for twice"
        assert len(store) <= settings.retakes, "one take and its retakes are all that may be asked for"
        store[key] = outcome_of(words[len(store) % len(words)], step.request)
    return step, store


@given(st.lists(_WORDS, min_size=1, max_size=8), _SETTINGS, st.sampled_from(["", FRAMED]))
def test_it_comes_to_an_end_and_a_second_look_comes_to_the_same(words, settings, framing):
    end, store = played(words, settings, framing)
    assert next_step(REQUEST, chain(store, framing=framing), settings, framing=framing) == end
    takes = [outcome for outcome in store.values() if isinstance(outcome, Take)]
    good = [take for take in takes if not take.is_suspect]
    if good:
        assert end == Use(good[0])
    elif takes and settings.policy == "keep-suspects":
        assert end == Use(min(takes, key=lambda take: take.badness))
    else:
        assert isinstance(end, Spent)
        assert key_of(end.again) not in store


@given(st.lists(_WORDS, min_size=1, max_size=8), _SETTINGS)
def test_the_first_request_of_a_chain_is_the_chunks_own(words, settings):
    _, store = played(words, settings, FRAMED)
    assert key_of(REQUEST) in store
    assert chain(store)[0].request == REQUEST
