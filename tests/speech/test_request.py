"""The key: what every paid take hangs on."""

import dataclasses
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recording import PcmFormat
from pipeline.speech.request import Direction, SpeechRequest, Turn, canonical, from_canonical, key_of, seeded

ENGINE, MODEL = "openrouter", "google/gemini-3.1-flash-tts-preview"

PLAIN = SpeechRequest(ENGINE, MODEL, (Turn("It was a dark and stormy night.", "Charon"),))
FULL = SpeechRequest(
    "openai",
    "kokoro",
    (Turn("Ты здесь?", "Kore", "Анна", "whispering"), Turn("“I am” — [sic] …", "Puck", "Bob")),
    service="localhost",
    direction=Direction("a tired clerk", "an office at night", "slowly"),
    parameters=(("max_tokens", 4096), ("temperature", 0.7), ("voice_mix", "a+b")),
    seed=0,
    format=PcmFormat(48_000, 2),
    take=3,
)

_PINNED = {
    "plain": (PLAIN, "c713f9926fa691e20b7cf8407236bb35f9bcd091c16983ee126dea961c212fee"),
    "seeded": (seeded(PLAIN), "9506667ec19f16eb05299775aef7d9ec41658d6599c0fb6aaffb4b068ebd0377"),
    "full": (FULL, "825110ba42efe144f77cf86465414cd441de0da4a8aa2d77cb4bb775dc31e46c"),
}


@pytest.mark.parametrize("name", _PINNED)
def test_keys_are_what_they_were_when_takes_were_bought(name):
    request, key = _PINNED[name]
    assert key_of(request) == key, (
        "every take ever paid for is lost to its owner; a changed key needs a very good reason"
    )


def test_the_canonical_form_is_written_as_documented():
    text = canonical(PLAIN)
    assert text == (
        '{"engine":"openrouter","format":{"channels":1,"rate":24000},"model":"google/gemini-3.1-flash-tts-preview",'
        '"schema":1,"turns":[{"text":"It was a dark and stormy night.","voice":"Charon"}]}'
    )
    assert key_of(PLAIN) == hashlib.sha256(text.encode()).hexdigest()
    assert "Ты здесь?" in canonical(FULL)


def test_a_field_added_later_leaves_old_keys_as_they_are():
    later = dataclasses.make_dataclass(
        "Later",
        [
            ("mood", str, dataclasses.field(default="")),
            ("breath", float | None, dataclasses.field(default=None)),
            ("effects", tuple, dataclasses.field(default=())),
            ("options", dict, dataclasses.field(default_factory=dict)),
        ],
        bases=(SpeechRequest,),
        frozen=True,
    )
    for request in (PLAIN, FULL):
        fields = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        assert canonical(later(**fields)) == canonical(request)
        assert canonical(later(**fields, mood="grim")) != canonical(request)


_CHANGES = {
    SpeechRequest: {
        "engine": "openrouter",
        "model": "google/gemini-3.8-flash-tts",
        "turns": (*FULL.turns, Turn("And then?", "Puck")),
        "service": "",
        "direction": Direction(),
        "parameters": (("max_tokens", 4096), ("temperature", 0.8), ("voice_mix", "a+b")),
        "seed": None,
        "format": PcmFormat(48_000, 1),
        "take": 0,
        "framing": "transcript",
        "layout": "labelled",
        "tag_syntax": "square",
        "schema": 2,
    },
    Turn: {"text": "Ты здесь!", "voice": "Puck", "speaker": "", "style": "shouting"},
    Direction: {
        "profile": "",
        "scene": "a garden",
        "style": "slowly.",
        "name": "Anna",
        "role": "a clerk",
        "pace": "slow",
        "accent": "Scottish",
    },
    PcmFormat: {"rate": 24_000, "channels": 1},
}


def _with(kind, name, value):
    change = {name: value}
    if kind is Turn:
        change = {"turns": (dataclasses.replace(FULL.turns[0], **change), *FULL.turns[1:])}
    elif kind is Direction:
        change = {"direction": dataclasses.replace(FULL.direction, **change)}
    elif kind is PcmFormat:
        change = {"format": dataclasses.replace(FULL.format, **change)}
    return dataclasses.replace(FULL, **change)


@pytest.mark.parametrize("kind", _CHANGES)
def test_whatever_changes_the_sound_changes_the_key(kind):
    assert set(_CHANGES[kind]) == {field.name for field in dataclasses.fields(kind)}, (
        "a new field needs its change here"
    )
    changed = [_with(kind, name, value) for name, value in _CHANGES[kind].items()]
    keys = {key_of(FULL), *map(key_of, changed)}
    assert len(keys) == 1 + len(_CHANGES[kind])


def test_moving_words_between_fields_changes_the_key():
    one = dataclasses.replace(PLAIN, turns=(Turn("ab", "c"),))
    other = dataclasses.replace(PLAIN, turns=(Turn("a", "bc"),))
    two = dataclasses.replace(PLAIN, turns=(Turn("a", "c"), Turn("b", "c")))
    assert len({key_of(one), key_of(other), key_of(two)}) == 3


def test_a_seed_of_zero_and_no_seed_are_two_things():
    assert key_of(dataclasses.replace(PLAIN, seed=0)) != key_of(PLAIN)


_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_NAMES = _WORDS.filter(bool)
_TURNS = st.lists(st.builds(Turn, _NAMES, _NAMES, _WORDS, _WORDS), min_size=1, max_size=3).map(tuple)
_PARAMETERS = st.dictionaries(
    _NAMES, st.one_of(_WORDS, st.integers(), st.floats(allow_nan=False, allow_infinity=False)), max_size=3
)
_REQUESTS = st.builds(
    SpeechRequest,
    engine=_NAMES,
    model=_NAMES,
    turns=_TURNS,
    service=_WORDS,
    direction=st.builds(Direction, _WORDS, _WORDS, _WORDS),
    parameters=_PARAMETERS.map(lambda found: tuple(sorted(found.items()))),
    seed=st.one_of(st.none(), st.integers(0, 2**31 - 1)),
    format=st.builds(PcmFormat, st.integers(1, 384_000), st.integers(1, 8)),
    take=st.integers(0, 9),
)


@given(_REQUESTS)
def test_the_canonical_form_reads_back_as_the_request(request):
    assert from_canonical(canonical(request)) == request
    assert canonical(from_canonical(canonical(request))) == canonical(request)


@given(_REQUESTS)
def test_the_seed_comes_of_the_request_and_nothing_else(request):
    derived = seeded(request)
    assert derived == seeded(dataclasses.replace(request, seed=12345)), "not of a seed it had before"
    assert dataclasses.replace(derived, seed=request.seed) == request, "and changes nothing but the seed"
    assert 0 <= derived.seed < 2**31


def test_each_take_has_a_seed_of_its_own_and_all_bits_are_used():
    seeds = [seeded(dataclasses.replace(PLAIN, take=take)).seed for take in range(400)]
    assert len(set(seeds)) == 400
    assert max(seeds) > 0.98 * 2**31
    assert sum(seed % 2 for seed in seeds) in range(150, 250)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"turns":[]}', json.dumps({"engine": "x", "turns": [{"voice": 1}]})])
def test_what_is_no_canonical_form_is_refused(text):
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_canonical(text)
