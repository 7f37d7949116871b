"""Directed takes are judged by their words, and allowed to be what was asked for."""

import asyncio

import numpy as np
import pytest

from pipeline.recording import Samples
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.request import SpeechRequest, Turn
from pipeline.speech.tags import without_tags
from pipeline.takes.acceptance import Judgement, Verdict, acting_of, judge
from pipeline.takes.acceptance.acting import PLAIN
from pipeline.takes.listener import Listener
from tests.takes.acceptance.conftest import OTHERS, PARAGRAPH

HALF = PARAGRAPH.index("By noon")

TEXTS = {
    "whispered": f"⟦whispers⟧ {PARAGRAPH}",
    "whispers later": f"{PARAGRAPH[:HALF]}⟦whispers⟧ {PARAGRAPH[HALF:]}",
    "extremely fast": f"⟦extremely fast⟧ {OTHERS[0]}",
    "very slow": f"⟦very slow⟧ {OTHERS[0]}",
    "paused": OTHERS[0].replace("waists.", "waists. ⟦long pause, medium pause⟧"),
    "words": f"⟦sarcastically, one painfully slow word at a time, neutral⟧ {OTHERS[1]} ⟦laughs⟧",
    "short": "⟦whispers, trembling, reluctantly⟧ No.",
}


def request(text: str, voice: str = "en+m3", *, tag_syntax="embedded") -> SpeechRequest:
    return SpeechRequest("espeak", "espeak-ng", (Turn(text, voice),), tag_syntax=tag_syntax)


@pytest.fixture(scope="session")
def acted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Samples]:
    folder = tmp_path_factory.mktemp("acted")

    async def spoken(engine: EspeakEngine, name: str) -> Samples:
        speech = await engine.speak(request(TEXTS[name]), folder / f"{name}.pcm", timeout_s=60)
        return np.frombuffer(speech.body.read_bytes(), "<i2").astype(np.int16)

    async def scene() -> dict[str, Samples]:
        engine = EspeakEngine(workers=2)
        try:
            return dict(zip(TEXTS, await asyncio.gather(*(spoken(engine, name) for name in TEXTS)), strict=True))
        finally:
            await engine.aclose()

    return asyncio.run(scene())


@pytest.fixture
def listener(clips) -> Listener:
    """One that knows the voice from its plain takes."""
    listener = Listener()
    for text in OTHERS:
        listener.judge(clips["en+m3", text].samples, request(text, tag_syntax=""), "en")
    return listener


def undirected(samples: Samples, text: str) -> Judgement:
    return judge(samples, without_tags(text, "embedded"), language="en")


@pytest.mark.parametrize("name", TEXTS)
def test_a_good_directed_take_passes_known_voice_or_not(acted, listener, name):
    for judging in (Listener(), listener):
        judgement = judging.judge(acted[name], request(TEXTS[name]), "en")
        assert (judgement.verdict, judgement.reasons) == (Verdict.PASS, ())


@pytest.mark.parametrize("name", ["whispers later", "extremely fast", "paused"])
def test_without_its_direction_it_would_not(acted, name):
    assert undirected(acted[name], TEXTS[name]).verdict is not Verdict.PASS


def test_tags_are_no_words_to_wait_for(acted):
    judgement = Listener().judge(acted["words"], request(TEXTS["words"]), "en")
    plain = undirected(acted["words"], OTHERS[1])
    assert judgement.figures["spoken_chars"] == plain.figures["spoken_chars"]


def test_from_a_directed_take_nothing_is_learnt_of_the_voice(acted, clips, listener):
    for name, text in TEXTS.items():
        if name == "paused":
            continue
        listener.judge(acted[name], request(text), "en")
        listener.recall(request(text), "en", lambda: pytest.fail("looked at"))
    plain = judge(clips["en+m3", PARAGRAPH].samples, PARAGRAPH, language="en")
    again = listener.judge(clips["en+m3", PARAGRAPH].samples, request(PARAGRAPH, tag_syntax=""), "en")
    assert (again.verdict, again.figures) == (Verdict.PASS, plain.figures)


@pytest.mark.parametrize("name", ["whispered", "whispers later", "very slow"])
def test_what_is_certain_fails_in_a_directed_take_too(acted, listener, name):
    samples, asked = acted[name], request(TEXTS[name])
    third = len(samples) // 3
    rng = np.random.default_rng(1)
    spoiled = {
        "is cut": samples[: third // 2],
        "silent for": np.concatenate([samples[:third], np.zeros(24_000 * 6, np.int16), samples[third:]]),
        "noise": rng.integers(-9_000, 9_000, len(samples)).astype(np.int16),
        "says its text|that the text says once": np.concatenate([samples, samples]),
    }
    for said, sound in spoiled.items():
        judgement = listener.judge(sound, asked, "en")
        assert judgement.verdict is Verdict.FAIL
        assert any(word in reason for word in said.split("|") for reason in judgement.reasons), judgement.reasons


def test_a_pause_is_as_long_as_asked_for_and_no_other_with_it(acted):
    judgement = Listener().judge(acted["paused"], request(TEXTS["paused"]), "en")
    assert judgement.figures["pause_s"] < 1.0 < undirected(acted["paused"], OTHERS[0]).figures["pause_s"]
    at = len(acted["paused"]) // 4
    hole = np.concatenate([acted["paused"][:at], np.zeros(24_000 * 4, np.int16), acted["paused"][at:]])
    assert Listener().judge(hole, request(TEXTS["paused"]), "en").verdict is not Verdict.PASS


@pytest.mark.parametrize("syntax", ["square", "angle"])
def test_the_request_says_what_a_tag_is(syntax):
    opened, closed = {"square": "[]", "angle": "<>"}[syntax]
    text = f"{opened}very slow, whispers{closed} Come. {opened}long pause{closed} Go. {opened}sighs{closed}"
    acting = acting_of(request(text, tag_syntax=syntax))
    assert (acting.sounds, acting.silences_s, acting.is_varied) == (1, (1.0, 0.4), True)
    assert acting.slower == pytest.approx(1.25 / (0.6 * 0.92))
    assert acting.faster == 1.25
    assert acting_of(request(text, tag_syntax="")) == PLAIN
    assert request(text, tag_syntax=syntax).words == "Come. Go."


def test_a_plain_reading_has_the_figures_it_always_had_and_a_pause_leaves_it_plain():
    assert PLAIN.figures() == {}
    paused = acting_of(request("Come. ⟦long pause⟧ Go."))
    assert (paused.figures(), paused.is_varied) == ({"asked_pause_s": 1.0}, False)
    assert acting_of(request("⟦sighs⟧ Go.")).figures() == {"asked_pause_s": 0.4, "sounds": 1, "varied": True}


def test_a_pause_may_be_asked_for_at_the_edge(clips):
    silence, sound = np.zeros(24_000 * 2, np.int16), clips["en+m3", OTHERS[0]].samples
    for samples in (np.concatenate([silence, sound]), np.concatenate([sound, silence])):
        assert Listener().judge(samples, request(OTHERS[0], tag_syntax=""), "en").verdict is Verdict.SUSPECT
        asked = request(f"⟦long pause⟧ {OTHERS[0]}")
        assert Listener().judge(samples, asked, "en").verdict is Verdict.PASS


def test_two_voices_are_not_held_to_one(clips):
    turns = (Turn(PARAGRAPH, "en+m3"), Turn(PARAGRAPH, "en+f4"))
    both = np.concatenate([clips["en+m3", PARAGRAPH].samples, clips["en+f4", PARAGRAPH].samples])
    asked = SpeechRequest("espeak", "espeak-ng", turns)
    assert "changes its pitch on the way" in judge(both, asked.words, language="en").reasons
    assert Listener().judge(both, asked, "en").verdict is Verdict.PASS
