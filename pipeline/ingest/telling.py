"""What tag and attributes say of how the text inside an element is read: hidden, verse, a scene break. Pure."""

import re
from functools import lru_cache

from lxml import etree

from pipeline.ingest.elements import CELLS, READING_ATTRIBUTES, all_text, classes, types
from pipeline.ingest.rulings import RULED_TAGS, names_printed

TELLING_TAGS = RULED_TAGS | CELLS | {
    "br", "hr", "image", "img", "li", "math", "ol", "pre", "rp", "rt", "ruby", "sup", "table", "tr"
}  # fmt: skip
"""Tags that are read in a way of their own, whatever their attributes; of all others only the attributes may tell."""
_VERSE = re.compile(r"(?:^|[\s:_.-])(?:verse|poem|poetry|stanza|lyrics?|song|hymn)(?:s?$|s?[\s_.-]|\d)", re.IGNORECASE)
_SCENE = re.compile(
    r"(?:scene|section|thought|text|time|space|blank|line|ornamental)[-_]?(?:break|line|space)|tb|asterism|fleuron",
    re.IGNORECASE,
)
_STAGE_CLASSES = frozenset({"stage-direction", "stagedirection", "stagedir"})
_MAX_CLASSES = 1_000  # remembered; books have some dozens
_MAX_CLASS_CHARS = 200  # of one that is remembered; a hostile book's have millions


def is_telling(element: etree._Element) -> bool:
    """Whether attributes say anything of how an element is read; most have a class for the look alone."""
    words = element.get("class", "")
    return (
        not READING_ATTRIBUTES.isdisjoint(element.keys()) or len(words) > _MAX_CLASS_CHARS or _is_telling_class(words)
    )


@lru_cache(maxsize=_MAX_CLASSES)
def _is_telling_class(words: str) -> bool:
    if _VERSE.search(words) or names_printed(words):
        return True
    return any(word in _STAGE_CLASSES or _SCENE.fullmatch(word) for word in words.split())


def is_hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None or element.get("aria-hidden", "").strip().lower() == "true"


def is_stage_direction(element: etree._Element) -> bool:
    return "z3998:stage-direction" in types(element) or not _STAGE_CLASSES.isdisjoint(classes(element))


def is_scene_break(element: etree._Element) -> bool:
    """Whether an empty paragraph is a blank line between scenes, by its class."""
    return any(map(_SCENE.fullmatch, classes(element))) and not all_text(element).strip()


def is_marked_verse(element: etree._Element) -> bool:
    return bool(element.attrib) and bool(_VERSE.search(" ".join([*types(element), element.get("class") or ""])))


def is_verse_number(raised: etree._Element) -> bool:
    """Whether a raised number stands right before a word, as those of the Bible do; they are two words."""
    return (raised.tail or "")[:1].isalpha() and not len(raised) and (raised.text or "").strip().isdecimal()
