"""Where speech that begins with a dash is interrupted by the narrator, and where it ends. Pure."""

import re
from collections.abc import Iterator
from itertools import islice

from pipeline.dialogue.marks import Span, dash_length
from pipeline.dialogue.phrases import Sort, Stretch
from pipeline.dialogue.tags import Tag, tag_after, tag_before
from pipeline.dialogue.words import Words

_DASH = re.compile(r"(?<=[\s,.!?…])[—–―](?=\s?\w)|(?<=\w)[—–―](?=[\s,.;:])|(?<=[\s,.!?…])--?(?=\s)")
_CLOSING_DASH = re.compile(r"(?<=\w)[—–―][.,;:]?\s*")
_COMMA = re.compile(r"[,!?…](?=\s)")
_CLOSES_COMMA = re.compile(r"[,;:](?=\s)|[.!?…](?=\s|$)")
_SENTENCE = re.compile(r"[.!?…]+[»”\"]?\s+")
_WINDOW = 240
_MAX_LOOKS = 400
_MAX_INSERTIONS = 12
"""Nobody interrupts a speech so often; a passage of dashes alone stays quick."""


def dashed_spans(text: str, words: Words) -> list[Span]:
    """The parts of a passage that its speaker says, [] if it begins with no dash."""
    begin = dash_length(text)
    if not begin:
        return []
    start = len(text) - len(text.lstrip())
    parts = list(islice(_by_dashes(text, begin, words), _MAX_INSERTIONS))
    parts = parts or list(islice(_by_commas(text, begin, words), _MAX_INSERTIONS))
    spans, said_from = [], start
    for first, last in parts:
        spans.append(_trimmed(text, said_from, first))
        said_from = _after_closing_dash(text, last)
    spans.append(_trimmed(text, said_from, len(text)))
    return [span for span in spans if span.end > span.start and any(map(str.isalnum, text[span.start : span.end]))]


def _after_closing_dash(text: str, at: int) -> int:
    """Past the dash that ends an insertion where it clings to it, with its full stop: `—dijo Juan—. Espera.`"""
    match = _CLOSING_DASH.match(text, at)
    return match.end() if match is not None else at


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip())))


def _by_dashes(text: str, begin: int, words: Words) -> Iterator[tuple[int, int]]:
    """Insertions between dashes: `– …, – сказал он. – …`, `—… —dijo Juan—. …`."""
    dashes = [match.start() for match in islice(_DASH.finditer(text, begin), _MAX_LOOKS)]
    index = 0
    while index < len(dashes):
        first = dashes[index]
        last = dashes[index + 1] if index + 1 < len(dashes) else len(text)
        piece = text[first : min(last, first + _WINDOW)]
        if _tag(piece, words) is not None or _is_beat(text, first, words) or _introduces(piece, words):
            yield first, last
            index += 1
        index += 1


def _introduces(piece: str, words: Words) -> bool:
    """`– Да. – И, подумав, он спросил: – Вы давно здесь?`"""
    return piece.rstrip().endswith(":") and tag_before(Stretch(piece, words)) is not None


def _is_beat(text: str, first: int, words: Words) -> bool:
    """`– Ну что ж! – Он встал. – Пойдем.`: someone is named right after the dash, who does something."""
    subjects = Stretch(text[first : first + _WINDOW], words).subjects
    if not subjects or subjects[0].first or text[max(0, first - 2) : first].rstrip()[-1:] not in tuple(".!?…"):
        return False
    return subjects[0].sort is Sort.PRONOUN and text[first + 1 : first + 3].lstrip()[:1].isupper()


def _tag(piece: str, words: Words) -> Tag | None:
    return tag_after(Stretch(piece, words), is_new_sentence=False)


def _by_commas(text: str, begin: int, words: Words) -> Iterator[tuple[int, int]]:
    """Insertions between commas: `— M. Léon, dit-il, est remonté.`; what sounds like speech goes on."""
    at = begin
    for match in islice(_COMMA.finditer(text, begin), _MAX_LOOKS):
        if match.end() < at:
            continue
        at = match.end()
        tag = _tag(text[at : at + _WINDOW], words)
        if tag is None or not _is_inverted(text[at : at + _WINDOW], words):
            continue
        closing = _CLOSES_COMMA.search(text, at + _end_of(tag, text[at : at + _WINDOW], words))
        end = closing.end() if closing is not None else len(text)
        if closing is not None and closing[0] in ".!?…":
            end = _told_until(text, end, words)
        yield at, end
        at = end


def _is_inverted(piece: str, words: Words) -> bool:
    """Whether the verb comes first: after a comma `il dit` may as well be said by the speaker."""
    stretch = Stretch(piece, words)
    return not any(mention.first == 0 for mention in stretch.subjects[:1])


def _end_of(tag: Tag, piece: str, words: Words) -> int:
    tokens = Stretch(piece, words).tokens
    return tokens[min(tag.mention.after, len(tokens)) - 1].end


def _told_until(text: str, start: int, words: Words) -> int:
    """The end of the sentences that are told rather than said: none of them speaks of me or you, asks or exclaims."""
    end = start
    while end < len(text):
        match = _SENTENCE.search(text, end)
        last = match.end() if match is not None else len(text)
        sentence = text[end:last]
        heard = {token.low for token in Stretch(sentence, words).tokens}
        if heard & words.near or "?" in sentence or "!" in sentence or not _is_told(sentence, words):
            return end
        end = last
    return end


def _is_told(sentence: str, words: Words) -> bool:
    subjects = Stretch(sentence, words).subjects
    return bool(subjects) and subjects[0].first == 0 and subjects[0].sort in (Sort.PRONOUN, Sort.NAME, Sort.DESCRIBED)
