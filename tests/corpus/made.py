"""Books made for a test: a few short chapters, small enough to be spoken in a second."""

import random
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Chapters = Mapping[str, Sequence[str]]
"""Title → paragraphs."""

_WORDS = (
    *("lamp", "letter", "boat", "river", "harbour", "winter", "window", "garden", "mother", "sailor", "evening"),
    *("morning", "silver", "copper", "whisper", "shadow", "candle", "bridge", "market", "thunder", "island"),
    *("captain", "orchard", "kitchen", "lantern", "village", "mountain", "ribbon", "pepper", "marble"),
)
_VERBS = ("found", "lost", "carried", "followed", "painted", "mended", "opened", "counted", "forgot", "watched")

TINY: Chapters = {
    "The Lamp": ["The lamp was lit.", "It burned all night, and nobody in the house on the hill could sleep for it."],
    "The Letter": [
        "The letter came on a Tuesday, which was late even for the post of that island in winter.",
        "She read it twice, put it down beside the lamp, and then she read it again, word by word.",
        "Nobody asked her what it said. They knew the hand, and they knew the paper it was written on.",
        "In the evening it lay in the fire, and in the morning there was snow on every roof but theirs.",
    ],
    "The Boat": ["The boat left before it was light.", "That was all that anybody saw of it, then or after."],
}


def paragraphs(seed: int, count: int, *, sentences: int = 1) -> list[str]:
    """Paragraphs of plain English that no other seed gives."""
    chance = random.Random(seed)
    return [" ".join(_sentence(chance) for _ in range(sentences)) for _ in range(count)]


def _sentence(chance: random.Random) -> str:
    one, two, three, four = chance.sample(_WORDS, 4)
    verb, other = chance.sample(_VERBS, 2)
    return f"The {one} of the {two} {verb} a {three}, and {chance.randrange(100)} {other} the {four}."


def markdown(path: Path, chapters: Chapters, *, title: str = "A Tiny Book", fields: str = "") -> Path:
    """A Markdown book with front matter; `fields` are further lines of it."""
    front = f"---\ntitle: {title}\nauthor: Ann Author\nlanguage: en\n{fields}---\n"
    texts = [f"# {name}\n\n" + "\n\n".join(paragraphs) + "\n" for name, paragraphs in chapters.items()]
    path.write_text("\n".join([front, *texts]), "utf-8")
    return path


def epub(path: Path, chapters: Chapters, *, cover: bytes = b"", others: Mapping[str, bytes] | None = None) -> Path:
    """An EPUB 3 with one page a chapter, a PNG cover if there is one, and `others` as they are."""
    pages = {f"c{number}.xhtml": (name, texts) for number, (name, texts) in enumerate(chapters.items(), start=1)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr("OEBPS/book.opf", _package(pages, has_cover=bool(cover)))
        archive.writestr("OEBPS/nav.xhtml", _nav(pages))
        for name, (title, texts) in pages.items():
            archive.writestr(f"OEBPS/{name}", _page(title, "".join(f"<p>{escape(text)}</p>" for text in texts)))
        if cover:
            archive.writestr("OEBPS/cover.png", cover)
        for name, data in (others or {}).items():
            archive.writestr(name, data)
    return path


def protected(path: Path) -> Path:
    """An EPUB whose pages are encrypted, as a shop's DRM leaves it."""
    return epub(path, TINY, others={"META-INF/encryption.xml": _ENCRYPTION.encode()})


_CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""

_ENCRYPTION = """<?xml version="1.0"?>
<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">
<enc:EncryptedData><enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
<enc:CipherData><enc:CipherReference URI="OEBPS/c1.xhtml"/></enc:CipherData></enc:EncryptedData></encryption>"""


def _page(title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>{escape(title)}</title></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _nav(pages: Mapping[str, tuple[str, Sequence[str]]]) -> str:
    items = "".join(f'<li><a href="{name}">{escape(title)}</a></li>' for name, (title, _) in pages.items())
    return _page("Contents", f'<nav epub:type="toc"><ol>{items}</ol></nav>')


def _package(pages: Mapping[str, tuple[str, Sequence[str]]], *, has_cover: bool) -> str:
    items = "".join(f'<item id="p{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages)
    if has_cover:
        items += '<item id="cover" href="cover.png" media-type="image/png" properties="cover-image"/>'
    spine = "".join(f'<itemref idref="p{name}"/>' for name in pages)
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A Tiny Book</dc:title>'
        "<dc:creator>Ann Author</dc:creator><dc:language>en</dc:language>"
        '<dc:identifier id="uid">urn:test:tiny</dc:identifier></metadata><manifest>'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f"{items}</manifest><spine>{spine}</spine></package>"
    )
