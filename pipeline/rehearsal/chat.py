"""What a question to a chat model must be to be answered, and the shape of the answer. Pure.

Source: OpenRouter's API reference and its guide to structured outputs. Only the question of this program is understood:
numbered pieces under a heading; anything else is a question about nothing, and gets an empty proposal.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from pipeline.rehearsal.contract import Refusal, SchemaRefusal
from pipeline.rehearsal.records import Generation
from pipeline.speech.profiles import ModelProfile

_CHARS_PER_TOKEN = 4

_BEGINS, _ENDS = "\n## The passage\n", "\n## After the passage\n"

_LANGUAGE = re.compile(r"^Language: (\w[\w-]*)$", re.MULTILINE)

CHAT_MODELS: Mapping[str, ModelProfile] = {
    name: ModelProfile(name=name, engine="openrouter", usd_per_m_input=reads, usd_per_m_output=writes)
    for name, reads, writes in (
        ("google/gemini-2.5-flash", 0.30, 2.50),
        ("openai/gpt-4.1-mini", 0.40, 1.60),
        ("anthropic/claude-haiku-4.5", 1.00, 5.00),
    )
}
"""Who can be asked here, at the price of the real one."""


class _Message(BaseModel):
    role: str
    content: Annotated[str, Field(min_length=1)]


class _Body(BaseModel):
    """The declared fields that matter here."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[_Message], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says: JSON or what has become of it, how it ended, and a refusal in its place."""

    content: str
    finish_reason: str = "stop"
    refusal: str = ""

    @property
    def tokens(self) -> int:
        return math.ceil(len(self.content or self.refusal) / _CHARS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class ChatAsked:
    """A question the service would answer: `passage` are its numbered lines, in `language`."""

    profile: ModelProfile
    passage: str
    language: str
    input_tokens: int

    def cost_usd(self, said: Said) -> float:
        reads, writes = self.profile.usd_per_m_input, self.profile.usd_per_m_output
        return (self.input_tokens * reads + said.tokens * writes) / 1_000_000


def chat_asked_from(body: bytes) -> ChatAsked:
    """The question in `body`. Raises `Refusal` with the status the real service answers."""
    try:
        fields = _Body.model_validate_json(body)
    except ValidationError as error:
        issues = [{"code": e["type"], "path": list(e["loc"]), "message": e["msg"]} for e in error.errors()]
        raise SchemaRefusal(issues) from error
    profile = CHAT_MODELS.get(fields.model)
    if profile is None:
        raise Refusal(400, f"{fields.model} is not a valid model ID", error_type="model_not_found")
    chars = sum(len(message.content) for message in fields.messages)
    question = fields.messages[-1].content
    passage = question.partition(_BEGINS)[2].partition(_ENDS)[0]
    language = _LANGUAGE.search(question)
    return ChatAsked(profile, passage, language[1] if language else "en", math.ceil(chars / _CHARS_PER_TOKEN))


def completion_of(generation: Generation, said: Said) -> dict[str, Any]:
    """The answer as `POST /chat/completions` gives it, with what it cost."""
    tokens = (generation.tokens_prompt, generation.tokens_completion)
    message = {"role": "assistant", "content": said.content or None, "refusal": said.refusal or None}
    return {
        "id": generation.id,
        "provider": "Rehearsal",
        "model": generation.model,
        "object": "chat.completion",
        "created": int(generation.created_at_s),
        "choices": [{"index": 0, "logprobs": None, "finish_reason": said.finish_reason, "message": message}],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
            "cost": generation.cost_usd,
        },
    }


def written(proposal: Mapping[str, Any]) -> str:
    return json.dumps(proposal, ensure_ascii=False)
