"""The body of a chat answer → what was said, why it is of no use, what it cost. Pure, and read with care.

Sources: OpenRouter's API reference (choices, finish_reason, refusal, an `error` in a choice or in place of them under
status 200) and its usage accounting (`usage.cost` in USD).
"""

import json
from dataclasses import dataclass
from typing import Any

_REFUSED = {"content_filter"}
_NOT_ENDED = {"length": "was cut short", "error": "broke off"}


class Useless(ValueError):
    """An answer that came, was paid for, and helps nobody; it may be asked for once more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that came under status 200: the status it means, its sentence, the service's own name for it."""

    status: int
    message: str
    error_type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer says of itself. `cost_usd`: as the service says, None where it does not."""

    content: str = ""
    finish_reason: str = ""
    refusal: str = ""
    failure: Failure | None = None
    generation_id: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None

    def said(self) -> str:
        """The content. Raises `Useless` for a refusal, and for what did not come to its end."""
        if self.refusal or self.finish_reason in _REFUSED:
            raise Useless("was a refusal")
        if self.finish_reason in _NOT_ENDED:
            raise Useless(_NOT_ENDED[self.finish_reason])
        return self.content


def reply_from(body: str) -> Reply:
    """Read an answer. What is not there or not of its type counts as unsaid; nothing here ever fails."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    answer = _table(data)
    choices = answer.get("choices")
    choice = _table(choices[0]) if isinstance(choices, list) and choices else {}
    message, usage = _table(choice.get("message")), _table(answer.get("usage"))
    return Reply(
        content=_text(message.get("content")),
        finish_reason="error" if choice.get("error") else _text(choice.get("finish_reason")),
        refusal=_text(message.get("refusal")),
        failure=None if choice else _failure(answer.get("error")),
        generation_id=_text(answer.get("id")),
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        cost_usd=_money(usage.get("cost")),
    )


def _failure(error: Any) -> Failure:
    """What stands in the place of choices; a page of something in between counts as trouble on the way."""
    if not isinstance(error, dict):
        return Failure(502, "the answer is none of a chat model", "")
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code <= 599 else 502
    error_type = _text(_table(error.get("metadata")).get("error_type"))
    return Failure(status, " ".join(_text(error.get("message")).split())[:200], error_type)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _money(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < float("inf") else None
