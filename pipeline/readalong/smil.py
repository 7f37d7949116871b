"""Media overlays: which span is lit while which stretch of sound is heard (EPUB 3, SMIL 3.0)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from pipeline.readalong.package import href

_SMIL = "http://www.w3.org/ns/SMIL"


@dataclass(frozen=True, slots=True)
class Par:
    """The element with the id `fragment` while the sound of a chapter runs from `start_ms` to `end_ms`.

    `chapter` counts the delivered chapters from 0.
    """

    fragment: str
    chapter: int
    start_ms: int
    end_ms: int


def smil(file: str, page: str, pars: Sequence[Par], sounds: Mapping[int, str]) -> bytes:
    """The overlay in `file` of the page in the file `page`; `sounds` are the chapters' files."""
    root = etree.Element(f"{{{_SMIL}}}smil", {"version": "3.0"}, nsmap={None: _SMIL})  # type: ignore[dict-item]
    body = etree.SubElement(root, f"{{{_SMIL}}}body")
    text, audio = href(page, file), {chapter: href(name, file) for chapter, name in sounds.items()}
    for number, each in enumerate(pars, start=1):
        par = etree.SubElement(body, f"{{{_SMIL}}}par", {"id": f"p{number}"})
        etree.SubElement(par, f"{{{_SMIL}}}text", {"src": f"{text}#{each.fragment}"})
        times = {"clipBegin": _seconds(each.start_ms), "clipEnd": _seconds(each.end_ms)}
        etree.SubElement(par, f"{{{_SMIL}}}audio", {"src": audio[each.chapter], **times})
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def clock_value(ms: int) -> str:
    """A duration as the package file states it."""
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{ms // 1000:02}.{ms % 1000:03}"


def duration_ms(pars: Sequence[Par]) -> int:
    return sum(par.end_ms - par.start_ms for par in pars)


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03}s"
