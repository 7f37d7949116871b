"""What goes over the wire, byte for byte, for each way a model takes direction, voices and parameters.

A golden file is one request as a loopback server got it. `pytest --rewrite-golden tests/speech/test_wire.py` writes
them anew: read the difference against the service's documentation before it is committed.
"""

import asyncio
import json

import pytest

from pipeline import __version__
from pipeline.config import settings_of
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import cast_of
from pipeline.speech.openrouter import OpenRouterEngine
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from tests.fakes.service import Reply, scripted_service

SECRET = "sk-or-v1-not-to-be-seen"

NEWER, INSTRUCTED = "google/gemini-3.8-flash-tts", "gpt-4o-mini-tts"
VOICES = {DEFAULT_PAID_MODEL: ("Charon", "Leda"), NEWER: ("Charon", "Leda"), INSTRUCTED: ("onyx", "nova")}

ALICE = {
    "name": "Alice",
    "role": "a curious child of seven",
    "character": "Bright, quick, polite to a fault",
    "style": "A smile in the voice.",
    "pace": "quick, with sudden stops",
    "accent": "Southern English of the 1860s",
}
STYLE = "As to one listener at bedtime."
SCENE = "On the bank. Wet, cross, uncomfortable"

NARRATED = [Speech("They were indeed a queer-looking party that assembled on the bank.")]
DIRECTED = [Speech("“Would you tell me, please?”", "Alice", style="timid", scene=SCENE)]
DIALOGUE = [
    Speech("“Would you tell me, please,”", "Alice", style="timid", scene=SCENE),
    Speech("said Alice.\n\nNobody answered.", scene=SCENE),
    Speech("“Please?”", "Alice", style="timid", scene=SCENE),
]
SAMPLING = {"max_tokens": 4096, "temperature": 0.9, "top_p": 1, "speed": 1.1, "rate_wpm": 200}

CASES = {
    "undirected": (NARRATED, {}, {}),
    "directed": (DIRECTED, {"style": STYLE}, {}),
    "sampling": (NARRATED, {"parameters": SAMPLING}, {}),
    "two-turns": (DIALOGUE, {"style": STYLE, "two_speakers": True}, {}),
    "two-labelled": (DIALOGUE, {"style": STYLE, "two_speakers": True}, {"turns": "labelled"}),
}
TAGGED = {
    DEFAULT_PAID_MODEL: [Speech("[whispers] “Off with her head,” she said (sic). [sighs] Then nothing.")],
    NEWER: [Speech("<whispers> “Off with her head,” she said [sic]. <sigh> Then nothing.")],
}


def asker_for(model, *, settings, profile):
    made = load_profiles({model: profile})[model]
    narrator, alice = VOICES[model]
    cast = cast_of({"Alice": {**ALICE, "voice": alice}}, {})
    return Asker(settings_of([]).speech.model_copy(update=settings), made, narrator, cast)


async def received(request, profile, body):
    """The request as the server at the other end of the socket got it."""
    async with scripted_service(Reply(body=b"\0\0")) as service:
        engine = OpenRouterEngine(profile, base_url=service.base_url, model_name="", api_key=SECRET)
        await engine.speak(request, body, timeout_s=10)
        await engine.aclose()
        return service.asked[0]


def shown(asked):
    """The request without what differs from machine to machine; the key is there, and in no file."""
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    headers = {**asked.headers, "authorization": "Bearer …"}
    headers["user-agent"] = headers["user-agent"].replace(__version__, "VERSION")
    kept = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
    return json.dumps({"line": asked.line, "headers": kept, "body": asked.json}, indent=2, ensure_ascii=False) + "\n"


def told(name, model):
    return f"requests/{model.rsplit('/', 1)[-1]}.{name}.json"


FORMS = [
    (name, model) for model in VOICES for name in CASES if not (name.startswith("two") and model == INSTRUCTED)
] + [("tags", model) for model in TAGGED]


@pytest.mark.parametrize(("name", "model"), FORMS)
def test_a_request_is_what_the_service_documents(name, model, tmp_path, golden):
    speeches, settings, profile = CASES[name] if name in CASES else (TAGGED[model], {}, {})
    asker = asker_for(model, settings=settings, profile=profile)
    asked = asyncio.run(received(asker.request(speeches), asker.profile, tmp_path / "body"))
    found = shown(asked)
    assert found == golden(told(name, model), found)
    assert not asked.json.keys() - {
        "model",
        "input",
        "voice",
        "response_format",
        "instructions",
        "provider",
        "seed",
        *SAMPLING,
    }
