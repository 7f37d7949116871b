"""Which words of a request are to be spoken, and by whom: pure, the same on every machine."""

import hashlib
import re
from collections.abc import Mapping
from itertools import zip_longest

from pipeline.rehearsal.contract import Asked, Utterance
from pipeline.speech.tags import escaped, has_tags, written

_VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5")
"""Plain human variants of espeak-ng. The order is part of what a voice name sounds like."""

_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"[A-Za-zÀ-ɏ]"),
    "ru": re.compile(r"[Ѐ-ӿ]"),
    "el": re.compile(r"[Ͱ-Ͽἀ-῿]"),
    "ja": re.compile(r"[぀-ヿ㐀-鿿]"),
}

_TAGS: Mapping[str, re.Pattern[str]] = {
    "square": re.compile(r"\[[^\[\]\n]+\]"),
    "angle": re.compile(r"<[^<>\n]+>"),
    "embedded": re.compile(r"⟦[^⟦⟧\n]+⟧"),
    "none": re.compile(r"(?!)"),
}
"""What a model of each tag syntax performs instead of speaking."""


def language_of(text: str) -> str:
    """`ru`, `el` or `ja` where most letters are of that script, else `en`."""
    counts = {language: len(script.findall(text)) for language, script in _SCRIPTS.items()}
    return max(counts, key=lambda language: counts[language])


def variant_of(voice: str) -> str:
    """The same variant for the same voice name on every machine; case does not count."""
    return _VARIANTS[int.from_bytes(hashlib.sha256(voice.lower().encode()).digest()[:4], "big") % len(_VARIANTS)]


def spoken_part(text: str, *, tag_syntax: str) -> str:
    """What the model would say: the text without audio tags."""
    return _TAGS[tag_syntax].sub("", text).strip()


def performed_part(text: str, *, tag_syntax: str) -> str:
    """The same with the tags as the embedded voice takes them, so that direction is heard; "" where there are none."""
    tags = _TAGS[tag_syntax]
    if not tags.search(text):
        return ""
    texts = [escaped(piece, "embedded") for piece in tags.split(text)]
    marks = [_mark(tag[1:-1]) for tag in tags.findall(text)]
    return "".join(piece for pair in zip_longest(texts, marks, fillvalue="") for piece in pair).strip()


def _mark(words: str) -> str:
    """Only words can be performed: what is no tag but looks like one to the model is not spoken, and that is all."""
    mark = written(words, "embedded")
    return mark if has_tags(mark, "embedded") else ""


def lines_of(asked: Asked) -> tuple[Utterance, ...]:
    """The request as it is to be read aloud: each utterance without its tags."""
    return tuple(_line(said, asked.profile.tag_syntax) for said in asked.utterances)


def _line(said: Utterance, tag_syntax: str) -> Utterance:
    spoken = spoken_part(said.text, tag_syntax=tag_syntax)
    return Utterance(spoken, said.voice, performed_part(said.text, tag_syntax=tag_syntax))
