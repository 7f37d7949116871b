"""What is ordered of an engine. A plan speaks of orders without the libraries that render them."""

from dataclasses import dataclass

from pipeline.speech.request import Key, SpeechRequest


@dataclass(frozen=True, slots=True)
class Order:
    """A request to be rendered, with what it is expected to take: seconds of audio, USD."""

    key: Key
    request: SpeechRequest
    expected_s: float
    cost_usd: float
