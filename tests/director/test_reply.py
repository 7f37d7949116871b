"""What an answer says of itself, in every shape it comes in."""

import json
from typing import Any

import pytest

from pipeline.director.reply import Failure, Useless, reply_from


def body(choice: dict[str, Any] | None = None, **more: Any) -> str:
    whole = {"finish_reason": "stop", "message": {"role": "assistant", "content": "{}"}, **(choice or {})}
    return json.dumps({"id": "gen-1", "choices": [whole], **more})


def test_a_whole_answer() -> None:
    reply = reply_from(body(usage={"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.002}))
    assert (reply.said(), reply.generation_id, reply.failure) == ("{}", "gen-1", None)
    assert (reply.input_tokens, reply.output_tokens, reply.cost_usd) == (10, 5, 0.002)


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        ({"finish_reason": "length"}, "cut short"),
        ({"finish_reason": "content_filter"}, "refusal"),
        ({"message": {"content": None, "refusal": "No."}}, "refusal"),
        ({"error": {"code": 502, "message": "lost"}}, "broke off"),
    ],
)
def test_an_answer_of_no_use(choice: dict[str, Any], why: str) -> None:
    with pytest.raises(Useless, match=why):
        reply_from(body(choice)).said()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ('{"error": {"code": 429, "message": "slow\\n down"}}', Failure(429, "slow down", "")),
        ('{"error": {"code": "x", "metadata": {"error_type": "server"}}}', Failure(502, "", "server")),
        ("<html>Sign in to the hotel’s network</html>", Failure(502, "the answer is none of a chat model", "")),
        ('{"choices": []}', Failure(502, "the answer is none of a chat model", "")),
        ("[" * 100_000, Failure(502, "the answer is none of a chat model", "")),
    ],
)
def test_what_is_no_answer_at_all(answer: str, failure: Failure) -> None:
    assert reply_from(answer).failure == failure


@pytest.mark.parametrize("cost", ["1", -1, True, None, float("nan"), float("inf")])
def test_a_price_that_is_none_is_unsaid(cost: object) -> None:
    assert reply_from(body(usage={"cost": cost, "prompt_tokens": -3})).cost_usd is None
