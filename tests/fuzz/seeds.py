"""What is mutated: small books with a bit of everything in them, the samples, and a corpus cut down to bite size."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ingest.epubs import CONTAINER, JPEG, METADATA, Epub, nav, ncx, page, point

SAMPLES = Path(__file__).parents[2] / "samples"

_WHOLE_CHARS = 24_000  # a text below this is kept whole: it reads in some milliseconds
_HEAD_CHARS, _TAIL_CHARS = 14_000, 4_000
_MAX_TEXTS = 5
_PICTURE_BYTES = 2_000
_TEXT_SUFFIXES = (".xhtml", ".html", ".htm", ".xml", ".opf", ".ncx", ".css", ".smil", ".pls")

Members = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Seed:
    """A book to mutate: an EPUB's members, or the bytes of a single file where `members` is empty."""

    name: str
    suffix: str
    members: Members
    data: bytes = b""
    is_large: bool = False


def seeds(corpus: Path | None = None) -> list[Seed]:
    """All there is to mutate; `is_large` ones are to be taken seldom."""
    files = [path for folder in (SAMPLES, corpus) if folder for path in sorted(folder.rglob("*"))]
    found = list(_built())
    for path in files:
        if path.name != "README.md":
            found += _seeds_of(path)
    return found


def _seeds_of(path: Path) -> Iterator[Seed]:
    if path.suffix == ".epub":
        members = _members(path)
        small = _cut_down(members)
        yield Seed(path.name, path.suffix, small)
        if small != members:
            yield Seed(f"{path.name} (whole)", path.suffix, members, is_large=True)
    elif path.suffix == ".md":
        data = path.read_bytes()
        head = data[:_HEAD_CHARS].rpartition(b"\n")[0]
        yield Seed(path.name, path.suffix, {}, data if len(data) < _WHOLE_CHARS else head)
        if len(data) >= _WHOLE_CHARS:
            yield Seed(f"{path.name} (whole)", path.suffix, {}, data, is_large=True)


def _members(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def _cut_down(members: Members) -> Members:
    """Few texts, each short; the package and the contents stay as they are and so name files that are gone."""
    kept: Members = {}
    texts = 0
    for name, data in members.items():
        is_page = name.lower().endswith((".xhtml", ".html", ".htm")) and b'"toc"' not in data
        texts += is_page
        if not name.lower().endswith(_TEXT_SUFFIXES):
            kept[name] = data[:_PICTURE_BYTES]
        elif not is_page or texts <= _MAX_TEXTS:
            kept[name] = _shortened(data)
    return kept


def _shortened(data: bytes) -> bytes:
    """A long page without its middle, cut between two paragraphs."""
    end, start = data.rfind(b"</p>", 0, _HEAD_CHARS), data.find(b"<p", len(data) - _TAIL_CHARS)
    return data if len(data) < _WHOLE_CHARS or end < 0 or start < 0 else data[: end + 4] + data[start:]


# -- built: every construct the reader knows, in as few bytes as it takes

_PROSE = """<h1 id="one">Chapter <span epub:type="z3998:roman">IV</span>. The Lamp</h1>
<p class="first"><span class="dropcap">O</span>nce upon a ti<span epub:type="pagebreak" id="p7" title="7">7</span>me—so
it is told<a epub:type="noteref" href="#n1">1</a>—there was a &#8220;lamp&#8221; in the win&#173;dow.<br/>It burned.</p>
<p hidden="">Not for you.</p><p style="display:none">Nor this.</p><p aria-hidden="true">Nor that.</p>
<p class="gone">Hidden by the sheet.</p><hr/><p xml:lang="fr" lang="fr">Il était une fois, drôle.</p><p>* * *</p>
<blockquote id="q"><p>Dear Ann,</p><p dir="rtl">שלום</p></blockquote>
<p><ruby>草枕<rp>(</rp><rt>くさまくら</rt></ruby></p>
<div class="poem" id="v"><p>The boat is gone,<br/>The lamp is low,<br/>
The night is long,<br/>The tide is slow.</p></div>
<aside epub:type="footnote" id="n1"><p><a href="#one">1</a> A note &amp; more.</p></aside>"""
_TABLES = """<h2 id="two">II</h2><table><caption>Prices</caption><thead><tr><th>Thing</th><th>Cost</th></tr></thead>
<tbody><tr><td>Lamp</td><td>$1.50</td></tr><tr><td rowspan="2">Oil</td><td><p>£2</p></td></tr></tbody></table>
<table><tr><td epub:type="z3998:persona">Jack</td><td>Oh! <i>[He rises.]</i></td></tr></table>
<ol start="3"><li>One<ul><li>Inner</li></ul></li><li value="9">Two</li></ol><dl><dt>Lamp</dt><dd>A light.</dd></dl>
<pre><code>if lamp:
    burn()</code></pre><figure><img src="c.jpg" alt="A lamp"/><figcaption>The lamp.</figcaption></figure>
<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x squared"><msup><mi>x</mi><mn>2</mn></msup></math>
<svg xmlns="http://www.w3.org/2000/svg"><title>Map</title><text>North</text></svg><script>var a = "&lt;b&gt;";</script>
<p>See http://example.com or ann@example.com, Mr. A. B. Smith etc.<sup><a href="#e1" id="r1">2</a></sup></p>
<section epub:type="endnotes" role="doc-endnotes"><p id="e1"><a href="#r1">2</a>. The end note.</p></section>"""
_SHEET = b".gone { display: none } /* a comment */ @media print { p { visibility: hidden } } .dropcap::first-letter {}"
_NESTED_NAV = """<nav epub:type="toc"><ol><li><a href="a.xhtml">Part One</a><ol><li><a href="a.xhtml#v">Verse</a></li>
<li><span>Letters</span><ol><li><a href="b.xhtml#two">II</a></li></ol></li></ol></li></ol></nav>
<nav epub:type="landmarks"><ol><li><a epub:type="bodymatter" href="a.xhtml">Start</a></li></ol></nav>
<nav epub:type="page-list"><ol><li><a href="a.xhtml#p7">7</a></li></ol></nav>"""
_ENCRYPTION = b"""<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData
xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/><CipherData>
<CipherReference URI="OEBPS/font.otf"/></CipherData></EncryptedData></encryption>"""

_MARKDOWN = """---
title: The Lamp
author: [Ann Author, Bob Bookman]
language: en
cover: cover.jpg
---

# Part One

## I. The Lamp

Once upon *a* **time**[^1] there was a `lamp`—"old" & dim.
It burned\\
all night <b>long</b> <Enter> &nbsp; &copy; [here](http://example.com "t") ![alt](c.jpg) <ann@example.com>.

> Dear Ann,
>
> - one
>   1. inner
> - two

* * *

Lamp
: A light.

| Thing | Cost |
|:------|-----:|
| Lamp  | $1   |

```python
burn()
```

The Letter
----------

<div hidden>Not this.</div>
<p style="display:none">Nor this.</p>

[^1]: A note with *more*.

    And a second paragraph.
"""


def _built() -> Iterator[Seed]:
    linked = page(_PROSE).replace("</title>", '</title><link rel="stylesheet" href="s.css"/>')
    pages = {"a.xhtml": linked, "b.xhtml": page(_TABLES), "c.xhtml": page("<p>Copyright © 2001.</p>")}
    others = {
        "s.css": ('media-type="text/css" id="s"', _SHEET),
        "c.jpg": ('media-type="image/jpeg" id="c" properties="cover-image"', JPEG),
    }
    guide = '<reference type="text" href="a.xhtml"/><reference type="copyright-page" href="c.xhtml"/>'
    points = point("Part", "a.xhtml", point("Verse", "a.xhtml#v", point("", "b.xhtml#two"))) + point(
        "End", "none.xhtml"
    )
    books = {
        "nav.epub": Epub(pages, nav=page(_NESTED_NAV), others=others, guide=guide, non_linear=["c.xhtml"]),
        "ncx.epub": Epub(pages, ncx=ncx(points), others=others, raw={"META-INF/encryption.xml": _ENCRYPTION}),
        "bare.epub": Epub({"a.xhtml": page("<h1>I</h1><p>One.</p>"), "b.xhtml": page("<h1>II</h1><p>Two.</p>")}),
        "latin.epub": Epub({"a.xhtml": page("<p>Caf\xe9 &eacute;</p>").encode("latin-1")}, nav=nav(("A", "a.xhtml"))),
    }
    for name, book in books.items():
        yield Seed(name, ".epub", {key: _bytes(content) for key, content in book.members().items()})
    yield Seed("rich.md", ".md", {}, _MARKDOWN.encode())
    yield Seed("rich.html", ".html", {}, page(_PROSE + _TABLES).encode())
    plain = re.sub(r"<[^>]*>", "\n", page(_PROSE + _TABLES))
    yield Seed("plain.txt", ".txt", {}, f"THE LAMP\n\nCHAPTER I\n\n{plain}\n\nCHAPTER II\n\n{plain}".encode())


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


HOSTILE_MEMBERS: Members = {
    "META-INF/encryption.xml": _ENCRYPTION.replace(b"2008/embedding", b"aes").replace(b"font.otf", b"a.xhtml"),
    "META-INF/container.xml": CONTAINER.replace("OEBPS/book.opf", "../../etc/passwd").encode(),
    "OEBPS/book.opf": f"<package><metadata>{METADATA}</metadata></package>".encode(),
    "../outside.xhtml": b"<p>Outside</p>",
    "mimetype": b"text/plain",
}
"""Members that may be slipped into any EPUB, over one of its own if it has that."""
