"""The embedded voice: the same bytes always, and no process left behind."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import RequestRefused, ServiceTrouble, TimedOut
from pipeline.recording import Samples
from pipeline.speech.body import read_pcm
from pipeline.speech.espeak import EspeakEngine, embedded_voice_for, embedded_voices, resolved_voice
from pipeline.speech.request import SpeechRequest, Turn
from pipeline.takes.acceptance.features import sound_of
from pipeline.takes.acceptance.pitch import pitches_hz

TEXTS = ("It was a dark and stormy night.", "The rain fell in torrents!", "“Who goes there?” she cried.")

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes where Linux has them")


def request(text: str, voice: str = "en", **parameters: Any) -> SpeechRequest:
    tags = "embedded" if "⟦" in text else ""
    given = tuple(sorted(parameters.items()))
    return SpeechRequest("espeak", "espeak-ng", (Turn(text, voice),), parameters=given, tag_syntax=tags)


async def spoken(engine: EspeakEngine, folder: Path, asked: SpeechRequest) -> bytes:
    body = folder / f"{abs(hash(asked))}.{os.urandom(4).hex()}.body"
    speech = await engine.speak(asked, body, timeout_s=30)
    assert (speech.body, speech.cost_usd) == (body, 0.0)
    return body.read_bytes()


def speak(folder: Path, *requests: SpeechRequest, workers: int = 1) -> list[bytes]:
    async def scene() -> list[bytes]:
        async with contextlib.aclosing(EspeakEngine(workers=workers)) as engine:
            return list(await asyncio.gather(*(spoken(engine, folder, asked) for asked in requests)))

    return asyncio.run(scene())


def workers_alive() -> set[int]:
    """Process ids of espeak workers that are children of this process and no zombies."""
    found = set()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            is_worker = b"espeak_worker" in (folder / "cmdline").read_bytes()
            if is_worker and state != "Z" and int(parent) == os.getpid():
                found.add(int(folder.name))
    return found


def test_the_same_bytes_in_any_order_and_process(tmp_path):
    asked = [request(text) for text in TEXTS]
    once = speak(tmp_path, *asked)
    backwards = speak(tmp_path, *asked[::-1])
    spread = speak(tmp_path, *asked, *asked, workers=2)
    assert once == backwards[::-1]
    assert spread == once + once
    assert len(set(once)) == 3


def test_what_comes_out_is_speech_of_a_natural_length(tmp_path):
    async def scene():
        async with contextlib.aclosing(EspeakEngine(workers=1)) as engine:
            return await engine.speak(request(TEXTS[0]), tmp_path / "body", timeout_s=30)

    speech = asyncio.run(scene())
    samples = read_pcm(speech.body, content_type=speech.content_type, assumed_rate=8_000)
    assert 1.0 < len(samples) / 24_000 < 4.0
    assert np.abs(samples.astype(int)).max() > 3_000


def test_voice_and_parameters_are_heard(tmp_path):
    plain, american, fast, high = speak(
        tmp_path,
        request(TEXTS[0]),
        request(TEXTS[0], "en-US"),
        request(TEXTS[0], rate_wpm=300),
        request(TEXTS[0], pitch=90),
    )
    assert len({plain, american, fast, high}) == 4
    assert len(fast) < 0.8 * len(plain)
    assert len(high) == pytest.approx(len(plain), rel=0.2)


def test_an_unknown_voice_is_refused_and_the_worker_goes_on(tmp_path):
    async def scene():
        async with contextlib.aclosing(EspeakEngine(workers=1)) as engine:
            with pytest.raises(RequestRefused, match="nobody"):
                await engine.speak(request("Hello.", "nobody"), tmp_path / "body", timeout_s=30)
            before = workers_alive()
            assert await spoken(engine, tmp_path, request("Hello."))
            assert workers_alive() == before

    asyncio.run(scene())


@pytest.fixture
def workers_here() -> Callable[[], set[int]]:
    """The workers begun since the test began: a server of another test may hold some of its own."""
    before = workers_alive()
    return lambda: workers_alive() - before


@needs_proc
def test_a_worker_that_dies_is_passing_trouble_and_another_takes_its_place(tmp_path, workers_here):
    async def scene():
        async with contextlib.aclosing(EspeakEngine(workers=1)) as engine:
            first = await spoken(engine, tmp_path, request(TEXTS[0]))
            (pid,) = workers_here()
            os.kill(pid, signal.SIGSTOP)
            asking = asyncio.create_task(engine.speak(request(TEXTS[1]), tmp_path / "body", timeout_s=30))
            await asyncio.sleep(0)
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(ServiceTrouble, match="died"):
                await asking
            assert await spoken(engine, tmp_path, request(TEXTS[0])) == first
            assert pid not in workers_here()
        return workers_here()

    assert asyncio.run(scene()) == set()


@needs_proc
def test_a_worker_that_hangs_is_given_up_and_never_gives_a_stale_answer(tmp_path, workers_here):
    async def scene():
        async with contextlib.aclosing(EspeakEngine(workers=1)) as engine:
            right = await spoken(engine, tmp_path, request(TEXTS[1]))
            (pid,) = workers_here()
            os.kill(pid, signal.SIGSTOP)
            with pytest.raises(TimedOut):
                await engine.speak(request(TEXTS[0]), tmp_path / "late", timeout_s=0.05)
            assert await spoken(engine, tmp_path, request(TEXTS[1])) == right
        return workers_here()

    assert asyncio.run(scene()) == set()


@needs_proc
def test_workers_start_when_needed_and_end_with_the_engine(tmp_path, workers_here):
    async def scene():
        async with contextlib.aclosing(EspeakEngine(workers=3)) as engine:
            assert workers_here() == set()
            await spoken(engine, tmp_path, request("One."))
            await spoken(engine, tmp_path, request("Two."))
            assert len(workers_here()) == 1
            await asyncio.gather(*(spoken(engine, tmp_path, request(text)) for text in TEXTS * 2))
            assert len(workers_here()) == 3
        return workers_here()

    assert asyncio.run(scene()) == set()


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("en-US", "en-US"),
        ("EN_us", "en-US"),
        ("ru-RU", "ru"),
        ("de-AT", "de"),
        ("pt-BR", "pt-BR"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("ja", "ja"),
        ("", "en"),
        ("tlh-x-unheard-of", "en"),
    ],
)
def test_a_language_has_its_voice(language, voice):
    assert embedded_voice_for(language) == voice


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("en", "en"),
        ("EN-us", "en-US"),
        ("en+f3", "en+f3"),
        ("ru+m1", "ru+m1"),
        ("nobody", ""),
        ("en+nobody", ""),
        ("", ""),
        ("en+", ""),
        ("en+../../lang/gmw/en", ""),
    ],
)
def test_a_voice_is_named_by_identifier_and_variant(name, voice):
    assert resolved_voice(name) == voice


def test_every_voice_is_described_and_found_by_its_identifier():
    voices = embedded_voices()
    assert len(voices) > 100
    assert len({voice.identifier for voice in voices}) == len(voices)
    assert all(voice.name and voice.languages for voice in voices)
    assert all(resolved_voice(voice.identifier) == voice.identifier for voice in voices)


def test_every_voice_of_common_languages_speaks(tmp_path):
    greetings = {"en": "Hello.", "fr": "Bonjour.", "ru": "Привет.", "el": "Γεια.", "cmn": "你好。", "hi": "नमस्ते।"}
    bodies = speak(tmp_path, *(request(text, voice) for voice, text in greetings.items()), workers=2)
    assert all(len(body) > 10_000 for body in bodies)
    assert len(set(bodies)) == len(greetings)


LINE = "Come here at once, and look at what the children have done in the garden."


def sound(body: bytes) -> Samples:
    return np.frombuffer(body, "<i2").astype(np.int16)


def level(body: bytes) -> float:
    return float(np.sqrt((sound(body).astype(float) ** 2).mean()))


def test_direction_is_heard(tmp_path):
    tags = ("neutral", "whispers", "very slow", "very fast", "shouting", "tired", "whispers")
    neutral, whispered, slow, fast, loud, tired, again = speak(
        tmp_path, *(request(f"⟦{tag}⟧ {LINE}") for tag in tags), workers=2
    )
    (plain,) = speak(tmp_path, request(LINE))
    assert neutral == plain, "a tag without a manner must not be heard"
    assert again == whispered
    assert len(pitches_hz(sound_of(sound(plain)))) > 50
    assert len(pitches_hz(sound_of(sound(whispered)))) < 15
    assert len(slow) > 1.4 * len(plain) > 1.4 * 1.4 * len(fast)
    assert level(loud) > 1.2 * level(plain) > 1.2 * level(tired)
    high, usual = (np.median(pitches_hz(sound_of(sound(body)))) for body in (loud, plain))
    assert high > 1.1 * usual


def test_a_pause_is_as_long_as_it_says_to_the_frame(tmp_path):
    first, second = "Come here.", "Look at the garden."
    asked = [request(first), *(request(f"{first} ⟦{length} pause⟧ {second}") for length in ("short", "long"))]
    begun, short, long = map(sound, speak(tmp_path, *asked))
    assert len(long) - len(short) == 18_000
    at = len(begun)
    assert np.array_equal(short[:at], begun) and np.array_equal(long[:at], begun)
    assert not long[at : at + 24_000].any()
    assert np.array_equal(long[at + 24_000 :], short[at + 6_000 :])
    assert long[at + 24_000 :].any()


def test_every_turn_has_its_own_voice(tmp_path):
    turns = (Turn("Who goes there?", "en+f3"), Turn("A friend.", "en+m3"))
    both, one, other = map(
        sound,
        speak(
            tmp_path,
            SpeechRequest("espeak", "espeak-ng", turns),
            request("Who goes there?\n\n", "en+f3"),
            request("A friend.", "en+m3"),
        ),
    )
    assert np.array_equal(both[: len(one)], one)
    assert abs(len(both) - len(one) - len(other)) < 240
    low, high = (np.median(pitches_hz(sound_of(part))) for part in (both[len(one) :], both[: len(one)]))
    assert high > 1.5 * low


def test_the_volume_is_heard(tmp_path):
    quiet, plain = speak(tmp_path, request(LINE, volume=40), request(LINE))
    assert level(quiet) < 0.6 * level(plain)
    assert len(quiet) == len(plain)


@pytest.mark.parametrize("text", [LINE, f"⟦whispers⟧ {LINE}"])
def test_a_parameter_that_is_no_number_is_refused(tmp_path, text):
    with pytest.raises(RequestRefused, match="high"):
        speak(tmp_path, request(text, pitch="high"))
