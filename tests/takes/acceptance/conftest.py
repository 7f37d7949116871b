"""A few takes of the embedded voice, spoken once for all these tests."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from pipeline.recording import Samples
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.request import SpeechRequest, Turn
from tests.bench.detection.sources import Clip, Voice

PARAGRAPH = (
    "The ferry left at seven, an hour late, with two horses and a piano on its deck. Nobody had told the captain about "
    "the piano. He walked around it twice, touched a key, and went back to his wheel without a word.\n\n"
    "By noon the wind had turned, and the passengers came up to look for the coast. There was none. A woman in a green "
    "coat said that she had crossed here forty times and had never seen so much water."
)
OTHERS = (
    "In the morning the fog lay so low over the fields that the farmers seemed to wade in it up to their waists. We "
    "counted eleven hats moving slowly towards the mill, and one umbrella which stood still.",
    "My aunt kept her letters in a tin that had once held biscuits. When she died it was found to be empty, and all of "
    "us remembered that she had burnt something in the garden every autumn.",
    "There is a bridge in that town which leads nowhere. It was begun by a mayor who believed in the other bank, and "
    "given up by one who had been there. Children learn to ride their bicycles on it.",
    "The clock was repaired by a watchmaker from the south. He took it apart on a white cloth, laid out every wheel, "
    "and asked for silence; then he sneezed, and it took him a week to find the last spring.",
    "What the teacher remembered best were the winters. The ink froze, the stove smoked, and one boy brought a hen "
    "under his jacket every day because she laid better in company.",
    "Nobody has ever explained the lights above the quarry. They come in August, three of them, one behind the other, "
    "as if somebody were walking up a staircase that is no longer there.",
    "He sold umbrellas in the dry season and straw hats when it rained. People bought them all the same, for he told "
    "everyone what the weather would be a month from now, and was wrong so cheerfully.",
    "The dictionary had a page missing between two words that nobody needed. She read it from end to end in prison, "
    "and for the rest of her life she wondered what might have stood on that page.",
    "On the last day they drew lots for the boat. The cook won it, and gave it to the girl who had been seasick from "
    "the first hour to the last, and who sailed around the world in it afterwards.",
)
SHORT = ("No.", "Chapter 1", "Alice.", "“Who is there?”", "1984", "Oh, no, no!", "The End")


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Clip]:
    """Each text by each voice: a low one reads everything, a high one the paragraph."""
    wanted = [("en+m3", text) for text in (PARAGRAPH, *OTHERS, *SHORT)] + [("en+f4", PARAGRAPH)]
    spoken = asyncio.run(_spoken(wanted, tmp_path_factory.mktemp("spoken")))
    return {
        (voice, text): Clip(Voice("espeak", voice, "en"), text, samples)
        for (voice, text), samples in zip(wanted, spoken, strict=True)
    }


async def _spoken(wanted: list[tuple[str, str]], folder: Path) -> list[Samples]:
    engine = EspeakEngine(workers=2)

    async def one(number: int, voice: str, text: str) -> Samples:
        body = folder / f"{number}.pcm"
        await engine.speak(SpeechRequest("espeak", "espeak-ng", (Turn(text, voice),)), body, timeout_s=60)
        return np.frombuffer(body.read_bytes(), "<i2").astype(np.int16)

    try:
        return await asyncio.gather(*(one(number, voice, text) for number, (voice, text) in enumerate(wanted)))
    finally:
        await engine.aclose()


@pytest.fixture
def paragraph(clips: dict[tuple[str, str], Clip]) -> Clip:
    return clips["en+m3", PARAGRAPH]
