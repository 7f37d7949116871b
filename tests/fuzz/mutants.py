"""Books gone wrong, each a pure function of the seeds and a number: the same one comes out on every machine."""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.fuzz.seeds import HOSTILE_MEMBERS, Members, Seed

_LARGE_SHARE = 0.01  # whole books read a hundred times as long as small ones, and find the same
_MAX_CHANGES = 4
_WINDOW = 40  # tokens shuffled at a time: a page shuffled from end to end is only noise

_MAX_TIMES = 1_000
_MAX_MULTIPLIED_BYTES = 60_000

_ID_OR_LINK = re.compile(rb'(?:id="|href="[^"#]*#|\[\^)[^"\]]+')
_XML_TOKEN = re.compile(rb"<[^>]*>|[^<]+|<")
_ATTRIBUTE = re.compile(rb'[\w:-]+="[^"]*"')
_MARKDOWN_TOKEN = re.compile(rb"\n[ \t]*|[#>*_`\[\]()|~:!<&+-]+|\w+|[^\w\n]")

_XML_HOSTILE = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>',
    b"&b;&c;&undefined;&nbsp;&#0;&#xD800;&#99999999999;&#x80;",
    b"<![CDATA[ <p>raw</p> ",
    b"]]>",
    b"<!-- open",
    b"<?pi?>",
    b"<script>",
    b"<title>",
    b"<div>" * 300,
    b"</div>" * 300,
    b"<a><b><i>" * 40,
    b"<table><tr><td>" * 30,
    b"<ol><li>" * 50,
    b"<svg><title>x</title><text>y",
    b"<math><mi>x</mi>",
    b'<p id="one" id="one" hidden>twice</p>',
    b"<ruby><rt>rt</rt><rb>rb<ruby>",
    b'<span epub:type="pagebreak noteref footnote">',
    b'<nav epub:type="toc"><ol><li><a href="#">',
    b'<itemref idref="page0" linear="no"/>' * 3,
    b'<item id="page0" href="%2e%2e/%00.xhtml" media-type="application/xhtml+xml"/>',
    b'<body><body xml:lang="zz">',
    b'<style>p{display:none}*{}.a{content:"x',
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x00",
    b'<?xml version="1.1" encoding="utf-7"?>',
    b'<meta charset="idna"/>',
    "\u202e\u200b\u00ad\ufeff\U000e0041".encode(),
    b"M" * 5_000,
    b"MCMXC" * 400,
    b"<br/>" * 500,
    b"<style>span,a,i,b{display:block}.first{float:left}ol{list-style:upper-roman}</style>",
    b'<span class="pagenum">[Pg 7]</span><a id="page_8">8</a><span class="linenum">5</span>',
    b'<sup><a href="#n1">1</a></sup><p id="n1">1. Note.</p>',
    b'<itemref idref="s"/><item id="s" href="s.svg" media-type="image/svg+xml" fallback="s"/>',
    b'<audio>no</audio><nav><a href="/OEBPS/a.xhtml?x#one">x</a></nav>',
)
_MARKDOWN_HOSTILE = (
    b"> " * 120,
    b"[" * 3_000,
    b"![[" * 500,
    b"*a " * 2_000,
    b"**_" * 800,
    b"`" * 300,
    b"\n```\n",
    b"\n---\n",
    b"\n===\n",
    b"\n" + b"- " * 90,
    b"\n| a | b |\n|---|---|\n" + b"|" * 500,
    b"[^1]",
    b"[^a]: [^a]\n",
    b"\n: ",
    b"<!-- ",
    b"<div hidden>\n\n",
    b"</p>",
    b"<script>\n",
    b"&#0;&#xD800;&undefined;",
    b"\x00",
    b"\xff",
    b"\r",
    "\u2028\u0085\u202e\u200b".encode(),
    b"\t" * 50,
    b"# " * 50,
    b"+++\ntitle = 1\n+++\n",
    b"% title\n% a; b\n",
    b" {#id .x}\n",
    b"\n- [ ] ",
    b"\n[^1]: again\n[^2]: never\n",
    b"\n#\n",
    b"~~",
    b"\nCHAPTER " + b"I" * 3_000 + b"\n",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken book and how it came to be."""

    number: int
    suffix: str
    data: bytes
    recipe: str


def mutant(seeds: Sequence[Seed], number: int, *, seed: int) -> Mutant:
    """The `number`-th broken book of the run called `seed`."""
    random = Random(f"{seed}-{number}")
    large, small = [each for each in seeds if each.is_large], [each for each in seeds if not each.is_large]
    book = random.choice(large if large and random.random() < _LARGE_SHARE else small)
    make = _epub if book.members else _single_file
    data, changes = make(book, random)
    return Mutant(number, book.suffix, data, " + ".join([book.name, *changes]))


# -- EPUB: members, then tokens in them, then the bytes of the zip itself


def _epub(book: Seed, random: Random) -> tuple[bytes, list[str]]:
    members, changes = dict(book.members), []
    for _ in range(random.randint(1, _MAX_CHANGES)):
        change = random.choice(_MEMBER_CHANGES)
        if members:
            changes.append(f"{change.__name__.strip('_')}:{change(members, random)}")
    data = _zipped(members, random)
    if random.random() < 0.15:
        change = random.choice((_flipped, _flipped_at_end, _truncated, _spliced))
        data = change(data, random)
        changes.append(f"zip:{change.__name__.strip('_')}")
    return data, changes


def _token_change(members: Members, random: Random) -> str:
    name = _any_text(members, random)
    change = random.choice(_TOKEN_CHANGES)
    members[name] = b"".join(change(_XML_TOKEN.findall(members[name]), random))
    return f"{change.__name__.strip('_')} in {name}"


def _hostile_token(members: Members, random: Random) -> str:
    name = _any_text(members, random)
    tokens, hostile = _XML_TOKEN.findall(members[name]), random.randrange(len(_XML_HOSTILE))
    tokens.insert(random.randint(0, len(tokens)), _XML_HOSTILE[hostile])
    members[name] = b"".join(tokens)
    return f"{hostile} in {name}"


def _attribute_change(members: Members, random: Random) -> str:
    """Two attributes of a file trade places: ids, hrefs and types end where they do not belong."""
    name = _any_text(members, random)
    data = members[name]
    found = list(_ATTRIBUTE.finditer(data))
    if len(found) < 2:
        return name
    first, second = sorted(random.sample(found, 2), key=lambda match: match.start())
    head, middle, tail = data[: first.start()], data[first.end() : second.start()], data[second.end() :]
    members[name] = head + second.group() + middle + first.group() + tail
    return name


def _drop(members: Members, random: Random) -> str:
    name = random.choice(list(members))
    del members[name]
    return name


def _swap(members: Members, random: Random) -> str:
    one, other = random.choice(list(members)), random.choice(list(members))
    members[one], members[other] = members[other], members[one]
    return f"{one}, {other}"


def _rename(members: Members, random: Random) -> str:
    name = random.choice(list(members))
    members[random.choice((name.upper(), f"x/{name}", name.replace("/", "\\"), name + " "))] = members.pop(name)
    return name


def _shorten(members: Members, random: Random) -> str:
    name = random.choice(list(members))
    members[name] = _truncated(members[name], random)
    return name


def _flip(members: Members, random: Random) -> str:
    name = _any_text(members, random)
    members[name] = _flipped(members[name], random)
    return name


def _recode(members: Members, random: Random) -> str:
    name, encoding = _any_text(members, random), random.choice(("utf-16", "utf-16-be", "utf-32", "utf-7", "cp037"))
    members[name] = members[name].decode("utf-8", errors="replace").encode(encoding, errors="replace")
    return f"{name} as {encoding}"


def _plant(members: Members, random: Random) -> str:
    name = random.choice(list(HOSTILE_MEMBERS))
    members[name] = HOSTILE_MEMBERS[name]
    return name


_MEMBER_CHANGES: tuple[Callable[[Members, Random], str], ...] = (
    *(_token_change,) * 8,  # what real broken books look like, so most of the mutants
    *(_hostile_token,) * 5,
    *(_attribute_change,) * 4,
    *(_flip,) * 2,
    _drop,
    _swap,
    _rename,
    _shorten,
    _recode,
    _plant,
)


def _any_text(members: Members, random: Random) -> str:
    """A file of markup; as often the package or the contents as one of the pages."""
    names = list(members)
    frames = [name for name in names if name.lower().endswith((".opf", ".ncx", ".xml", ".css")) or "nav" in name]
    pages = [name for name in names if name.lower().endswith(("html", ".htm"))]
    return random.choice(random.choice((frames, pages)) or pages or frames or names)


def _zipped(members: Members, random: Random) -> bytes:
    method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as archive:
        warnings.simplefilter("ignore")  # a name twice is one of the things tried
        for name, data in members.items():
            archive.writestr(name, data)
        if members and random.random() < 0.02:
            archive.writestr(random.choice(list(members)), b"again")
    return target.getvalue()


# -- Markdown, HTML and plain text


def _single_file(book: Seed, random: Random) -> tuple[bytes, list[str]]:
    token = _XML_TOKEN if book.suffix == ".html" and random.random() < 0.7 else _MARKDOWN_TOKEN
    hostile = _XML_HOSTILE if token is _XML_TOKEN else _MARKDOWN_HOSTILE
    tokens, changes = token.findall(book.data), []
    for _ in range(random.randint(1, 2 * _MAX_CHANGES)):
        if random.random() < 0.3:
            number = random.randrange(len(hostile))
            tokens.insert(random.randint(0, len(tokens)), hostile[number])
            changes.append(f"hostile:{number}")
        else:
            change = random.choice(_TOKEN_CHANGES)
            tokens = change(tokens, random)
            changes.append(change.__name__.strip("_"))
    data = b"".join(tokens)
    if random.random() < 0.1:
        change_bytes = random.choice((_flipped, _truncated))
        data = change_bytes(data, random)
        changes.append(change_bytes.__name__.strip("_"))
    return data, changes


# -- tokens and bytes


def _shuffled(tokens: list[bytes], random: Random) -> list[bytes]:
    start = random.randrange(len(tokens) + 1)
    window = tokens[start : start + _WINDOW]
    random.shuffle(window)
    return tokens[:start] + window + tokens[start + _WINDOW :]


def _duplicated(tokens: list[bytes], random: Random) -> list[bytes]:
    start = random.randrange(len(tokens) + 1)
    window = tokens[start : start + random.randint(1, _WINDOW)]
    return tokens[:start] + window * random.choice((2, 2, 3, 30)) + tokens[start + len(window) :]


def _deleted(tokens: list[bytes], random: Random) -> list[bytes]:
    start = random.randrange(len(tokens) + 1)
    return tokens[:start] + tokens[start + random.randint(1, _WINDOW // 4) :]


def _moved(tokens: list[bytes], random: Random) -> list[bytes]:
    if not tokens:
        return tokens
    token = tokens.pop(random.randrange(len(tokens)))
    tokens.insert(random.randint(0, len(tokens)), token)
    return tokens


def _multiplied(tokens: list[bytes], random: Random) -> list[bytes]:
    """A few tokens hundreds of times: whatever looks at all of them for each of them is slow then."""
    start = random.randrange(len(tokens) + 1)
    window = tokens[start : start + random.randint(1, _WINDOW // 2)]
    times = min(_MAX_TIMES, _MAX_MULTIPLIED_BYTES // max(1, sum(map(len, window))))
    numbered = (_numbered(window, number) for number in range(times)) if random.random() < 0.5 else [window] * times
    return tokens[:start] + [token for each in numbered for token in each] + tokens[start + len(window) :]


def _numbered(window: list[bytes], number: int) -> list[bytes]:
    """The same tokens with ids and links of their own, so that there are as many notes and targets as marks."""
    return [_ID_OR_LINK.sub(rb"\g<0>%d" % number, token) for token in window]


_TOKEN_CHANGES = (*(_shuffled, _duplicated, _deleted, _moved) * 8, _multiplied)


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 10)) if data else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _flipped_at_end(data: bytes, random: Random) -> bytes:
    """In the zip's directory, which says how large everything is."""
    start = max(0, len(data) - 500)
    return data[:start] + _flipped(data[start:], random)


def _truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _spliced(data: bytes, random: Random) -> bytes:
    start, end = sorted(random.randint(0, len(data)) for _ in range(2))
    return data[:start] + data[end:]
