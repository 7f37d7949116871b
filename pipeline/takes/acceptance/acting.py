"""What the direction of a request leads the ear to expect: how far a good take may leave the voice's plain reading."""

from dataclasses import dataclass

from pipeline.speech.request import SpeechRequest
from pipeline.speech.tags import Performance, TagKind, performances_of, tags_in


@dataclass(frozen=True, slots=True)
class Acting:
    """`silences_s` are the lengths that pauses and sounds ask for; `sounds` says how many laughs, sighs and the like.

    `slower` and `faster` are factors of time and of pace (at least 1) that styles ask for. `is_varied`: the voice does
    not sound the same throughout, since it plays, or since there are two.
    """

    silences_s: tuple[float, ...] = ()
    sounds: int = 0
    slower: float = 1.0
    faster: float = 1.0
    is_varied: bool = False

    def figures(self) -> dict[str, float]:
        """What a later judgement needs to know; of a plain reading nothing."""
        found = {
            "asked_pause_s": max(self.silences_s, default=0),
            "sounds": self.sounds,
            "slower": self.slower,
            "faster": self.faster,
            "varied": self.is_varied,
        }
        plain = {"asked_pause_s": 0, "sounds": 0, "slower": 1, "faster": 1, "varied": 0}
        return {name: value for name, value in found.items() if value != plain[name]}


PLAIN = Acting()


def acting_of(request: SpeechRequest) -> Acting:
    """What the tags of a request ask for, and its voices."""
    is_duet = len({turn.voice for turn in request.turns}) > 1
    if not request.tag_syntax:
        return Acting(is_varied=is_duet)
    tags = [list(performances_of(mark.words)) for mark in tags_in(request.text, request.tag_syntax)]
    asked = [performance for tag in tags for performance in tag]
    styles = [performance for performance in asked if performance.kind is TagKind.STYLE]
    sounds = sum(performance.kind is TagKind.SOUND for performance in asked)
    rates = [_rate_of(tag) for tag in tags]
    return Acting(
        silences_s=tuple(performance.pause_ms / 1000 for performance in asked if performance.pause_ms),
        sounds=sounds,
        slower=_PLAYED * max([1.0, *(1 / rate for rate in rates)]) if styles else 1.0,
        faster=_PLAYED * max([1.0, *rates]) if styles else 1.0,
        is_varied=bool(styles or sounds or is_duet),
    )


_PLAYED = 1.25
"""A played line may be so much slower or faster than the tag's own pace says: nobody told the model how sad to be."""


def _rate_of(tag: list[Performance]) -> float:
    """A line that is slow and trembling is both."""
    rate = 1.0
    for performance in tag:
        rate *= performance.rate
    return rate
