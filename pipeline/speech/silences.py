"""Silences that the audio tags of a request ask for: those at the ends of a take are lost when it is trimmed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.speech.request import SpeechRequest
from pipeline.speech.tags import TagKind, TagMark, performances_of, tags_in


@dataclass(frozen=True, slots=True)
class Silences:
    """Milliseconds as the tags name them (`[long pause]`: 1,000), not as a model may have performed them.

    `before` the first word and `after` the last one are pauses alone; `total` is all that tags put between words,
    laughs and sighs with it.
    """

    before_ms: int = 0
    after_ms: int = 0
    total_ms: int = 0


NO_SILENCES = Silences()


def silences_of(request: SpeechRequest) -> Silences:
    """What is asked for beside the words."""
    if not request.tag_syntax:
        return NO_SILENCES
    text = request.text
    marks = list(tags_in(text, request.tag_syntax))
    return Silences(
        before_ms=_paused_ms(_wordless_from_start(text, marks)),
        after_ms=_paused_ms(_wordless_to_end(text, marks)),
        total_ms=sum(performance.pause_ms for mark in marks for performance in performances_of(mark.words)),
    )


def paused_ms(words: str) -> int:
    """Milliseconds of pause that a tag asks for, 0 for one that asks for none."""
    return sum(each.pause_ms for each in performances_of(words) if each.kind is TagKind.PAUSE)


def _paused_ms(marks: Iterable[TagMark]) -> int:
    return sum(paused_ms(mark.words) for mark in marks)


def _wordless_from_start(text: str, marks: list[TagMark]) -> list[TagMark]:
    """The tags that no word stands before."""
    found, at = list[TagMark](), 0
    for mark in marks:
        if _has_words(text[at : mark.start]):
            break
        found.append(mark)
        at = mark.end
    return found


def _wordless_to_end(text: str, marks: list[TagMark]) -> list[TagMark]:
    """The tags that no word stands behind."""
    found, at = list[TagMark](), len(text)
    for mark in reversed(marks):
        if _has_words(text[mark.end : at]):
            break
        found.append(mark)
        at = mark.start
    return found


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)
