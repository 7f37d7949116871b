"""Questions about direction: who is answered, what is charged, and which faults are meant for whom."""

import json

import pytest

from pipeline.rehearsal.draw import Asking, drawn
from pipeline.rehearsal.fault_script import script_of
from pipeline.rehearsal.faults import CHAT_KINDS, SOUND_KINDS

QUESTION = """\
Book: A book
Language: en

## The passage
1.1 “Oh dear!
1.2 I shall be late!”
1.3 whispered Alice.
* * *
2.1 It rained.

## After the passage
“No,” said the Queen.
"""


def body_of(content=QUESTION, **changes):
    return {"model": "google/gemini-2.5-flash", "messages": [{"role": "user", "content": content}], **changes}


def test_a_question_is_answered_by_rules_and_charged_by_tokens(asker):
    answer = asker.post("chat/completions", json=body_of())
    completion = answer.json()
    (choice,) = completion["choices"]
    assert (answer.status_code, choice["finish_reason"], choice["message"]["refusal"]) == (200, "stop", None)
    assert json.loads(choice["message"]["content"]) == {
        "lines": [
            {
                "from": "1.1",
                "first": "“Oh dear! I",
                "to": "1.2",
                "last": "shall be late!”",
                "speaker": "Alice",
                "style": "",
                "tags": [{"at": "1.1", "tag": "whispers"}],
            }
        ],
        "scenes": [],
    }
    usage = completion["usage"]
    assert usage["cost"] == pytest.approx((usage["prompt_tokens"] * 0.3 + usage["completion_tokens"] * 2.5) / 1e6)
    record = asker.get("generation", params={"id": completion["id"]}).json()["data"]
    assert (record["api_type"], record["total_cost"]) == ("completions", usage["cost"])


def test_a_question_about_nothing_gets_nothing(asker):
    answer = asker.post("chat/completions", json=body_of("How are you?")).json()
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"lines": [], "scenes": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (body_of(model="google/gemini-3.1-flash-tts-preview"), 400),
        (body_of(model="no/body"), 400),
        (body_of(""), 400),
        ({"model": "google/gemini-2.5-flash"}, 400),
    ],
)
def test_what_is_no_question_is_refused(asker, body, status):
    answer = asker.post("chat/completions", json=body)
    assert (answer.status_code, "error" in answer.json()) == (status, True)


def test_a_question_needs_a_key_too(asker):
    assert asker.post("chat/completions", json=body_of(), headers={"Authorization": "x"}).status_code == 401


@pytest.mark.parametrize("kind", sorted(CHAT_KINDS | SOUND_KINDS | {"hang", "cut"}))
def test_faults_of_the_sound_pass_questions_by_and_theirs_pass_sound_by(kind):
    script = script_of(kind)
    assert (drawn(script, Asking(1)) is None) == (kind in CHAT_KINDS)
    assert (drawn(script, Asking(1, is_chat=True)) is None) == (kind in SOUND_KINDS)
