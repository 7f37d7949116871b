"""The direction file: what is written is read again, an edit of direction is taken, an edit of a word is caught."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.book import Block, Book, Coverage, Kind, Omission, Sound, count_chars
from pipeline.errors import SettingsError, WordsChanged
from pipeline.script.annotated import Taken, read, written
from pipeline.script.direction import Cue, Cues, Place, Tag, is_plain, tiled
from pipeline.script.wording import wording_of
from tests.fakes.books import book_of, paragraphs
from tests.script.artificial import artificial_cues

SIGNS = "ab cd\tÉß 字か हि न् é e\u0301 *_`[]()<>\\#+-=~.!:1 2“”‘’«»"
ODD_SIGNS = "\u00a0\u2028\u0085\u200b\u200d\u00ad\ufeff\x00\x07\x1c\x7f"
TEXTS = st.one_of(
    st.text(alphabet=SIGNS + ODD_SIGNS, min_size=1, max_size=24),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=12),
    st.sampled_from(
        (
            *("# 3. Not a chapter", "**Bold**: no cue", "[[scene: no]]", "* * *", "---", "1. One", "2) Two", "- item"),
            *("<!-- no comment -->", "(aside) said he", "\\", "\\\\", "> quoted", "[sic]", "a\\", "***", "\\u{41}"),
        )
    ),
)
NAMES = st.text(alphabet="ab Zé字*:()[]\\_<-", min_size=1, max_size=8).map(lambda name: " ".join(name.split()))
TAGS = st.sampled_from(["whispers", "sighs", "short pause"])


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from([Kind.PARAGRAPH, Kind.PARAGRAPH, Kind.VERSE, Kind.HEADING, Kind.SCENE_BREAK]))
    return Block(kind, draw(TEXTS), rule=draw(st.sampled_from(["", "", "", "page-number"])))


@st.composite
def books(draw: st.DrawFn) -> tuple[Book, Cues]:
    book = book_of(*draw(st.lists(st.lists(blocks(), max_size=5), min_size=1, max_size=3)))
    cues: dict[Place, tuple[Cue, ...]] = {}
    for number, chapter in enumerate(book.chapters, start=1):
        for index, block in enumerate(chapter.blocks):
            if draw(st.booleans()) and not block.rule and block.kind is not Kind.SCENE_BREAK:
                cues[number, index] = draw(cues_of(block.text))
    return book, cues


@st.composite
def cues_of(draw: st.DrawFn, text: str) -> tuple[Cue, ...]:
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    found = []
    for start, end in zip(places[::2], places[1::2], strict=False):
        at = sorted(draw(st.lists(st.integers(start, end), max_size=2)))
        tags = tuple(Tag(place, draw(TAGS)) for place in at)
        name, style, scene = (draw(st.one_of(st.just(""), NAMES)) for _ in range(3))
        found.append(Cue(start, end, name or "narrator", style, scene, tags))
    return tuple(found)


def normal(book: Book, cues: Cues) -> Cues:
    """What cues say, in the one form in which they say it."""
    tiles = {place: tiled(book.chapters[place[0] - 1].blocks[place[1]].text, own) for place, own in cues.items()}
    return {place: own for place, own in tiles.items() if not is_plain(own)}


def taken(text: str, book: Book, *, allow_changes: bool = False) -> Taken:
    return read(text, book, where="a.direction.md", allow_changes=allow_changes)


@settings(max_examples=100, deadline=None)
@given(books())
def test_what_is_written_is_read_again(made: tuple[Book, Cues]) -> None:
    book, cues = made
    again = taken(written(book, cues), book)
    assert again.cues == normal(book, cues)
    assert (again.book, again.changes) == (book, ())


WORDS = st.lists(
    st.sampled_from(("can", "not", "cannot", "a", "b.", "“Oh,”", "said—he", "(so)", "[sic]", "*1*", "字か", "e\u0301")),
    max_size=7,
)


@st.composite
def edited_books(draw: st.DrawFn) -> tuple[Book, Cues, Book]:
    """A book, direction for it, and the same book with some blocks changed, put in or taken out."""
    sources = draw(st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=2))
    texts = [[" ".join(words) or "x" for words in chapter] for chapter in sources]
    edited = [draw(edits_of(chapter)) for chapter in texts]
    before, after = (book_of(*(paragraphs(*chapter) for chapter in book)) for book in (texts, edited))
    return before, artificial_cues(after, seed=draw(st.integers(0, 99))), after


@st.composite
def edits_of(draw: st.DrawFn, texts: Sequence[str]) -> list[str]:
    edited = list(texts)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(edited)))
        words = " ".join(draw(WORDS)) or "y"
        if draw(st.booleans()) or at == len(edited):
            edited[at : at + draw(st.integers(0, 1))] = [words]
        else:
            old = edited[at].split(" ")
            place = draw(st.integers(0, len(old)))
            old[place : place + draw(st.integers(0, 2))] = [words]
            edited[at] = " ".join(old)
    return edited


def words_of(book: Book) -> list[tuple[str, ...]]:
    spoken = ([block.text for block in chapter.blocks if not block.rule] for chapter in book.chapters)
    return [wording_of("\n".join(texts)).words for texts in spoken]


@settings(max_examples=60, deadline=None)
@given(edited_books())
def test_every_change_of_a_word_is_caught_and_taken_where_it_is_allowed(made: tuple[Book, Cues, Book]) -> None:
    before, cues, after = made
    chars = sum(count_chars(block.text) for block in before.blocks())
    before = replace(before, coverage=Coverage(chars, chars))
    text = written(after, cues)
    if words_of(before) == words_of(after):
        assert taken(text, before).book == before
        return
    with pytest.raises(WordsChanged):
        taken(text, before)
    found = taken(text, before, allow_changes=True)
    assert words_of(found.book) == words_of(after)
    assert found.changes
    coverage = found.book.coverage
    assert (coverage.total_chars, coverage.missing_chars) == (chars, 0)
    assert 0 <= coverage.spoken_chars <= sum(count_chars(block.text) for block in found.book.blocks() if not block.rule)
    assert taken(written(found.book, found.cues), found.book) == Taken(found.book, found.cues)
    assert spoken_by(found.book, found.cues) == spoken_by(after, normal(after, cues))


def spoken_by(book: Book, cues: Cues) -> list[tuple[str, str, str, str]]:
    """Each character that is spoken, with who speaks it, how, and where."""
    found = []
    for number, chapter in enumerate(book.chapters, start=1):
        for index, block in enumerate(chapter.blocks):
            for cue in tiled(block.text, cues.get((number, index), ())) if not block.rule else ():
                text = "".join(block.text[cue.start : cue.end].split())
                found += [(sign, cue.speaker, cue.style, cue.scene) for sign in text]
    return found


NOVEL = book_of(
    [
        Block(Kind.HEADING, "CHAPTER I. Down"),
        Block(Kind.PARAGRAPH, "“Sit down,” said the Mouse, “and listen to me!”"),
        Block(Kind.PARAGRAPH, "They all sat down at once [sic]."),
        Block(Kind.SCENE_BREAK, ""),
        Block(Kind.PARAGRAPH, "She could not see him."),
    ],
    [
        Block(Kind.VERSE, "Fury said to a mouse,"),
        Block(Kind.VERSE, "That he met in the house,"),
        *paragraphs("The end."),
    ],
)
MOUSE = {
    (1, 1): (
        Cue(0, 11, "Mouse", "solemn", tags=(Tag(1, "serious"),)),
        Cue(28, 47, "Mouse", tags=(Tag(47, "sighs"),)),
    ),
    (1, 2): (Cue(0, 32, scene="On the bank"),),
    (2, 1): (Cue(0, 25, "Fury"),),
}
GOLDEN = Path(__file__).parents[1] / "golden" / "direction" / "novel.md"
FILE = GOLDEN.read_text("utf-8").partition("-->\n")[2]


def test_it_is_pleasant_to_read() -> None:
    assert written(NOVEL, MOUSE) == GOLDEN.read_text("utf-8")


def test_some_chapters_can_be_written_and_read_alone() -> None:
    text = written(NOVEL, MOUSE, chapters={2})
    assert "Mouse" not in text.partition("-->")[2]
    assert read(text, NOVEL, where="", chapters={2}).cues == {(2, 1): (Cue(0, 25, "Fury"),)}


def edited(*changes: tuple[str, str]) -> str:
    text = FILE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" (solemn)", ""),
        ("solemn", "hushed"),
        ("[serious] ", ""),
        ("said the Mouse,  \n", "**narrator**: said the Mouse,\n"),
        ("**Mouse** (solemn):", "**mouse:**"),
        ("said the Mouse,  \n**Mouse**: ", "said the Mouse, "),
        ("**Fury**: ", ""),
        ("[[scene: On the bank]]\n\n", ""),
        ("They all", "<!-- louder?\n\nor not -->\nThey all"),
        ("They all", "  They   all"),
        ("said the", "said\u00a0the"),
        ("Mouse,  \n", "Mouse,\\\n"),
        ("**Fury**: ", "**Fury**： "),
    ],
)
def test_direction_may_change_and_the_words_stay(old: str, new: str) -> None:
    found = taken(edited((old, new)), NOVEL)
    assert (found.book, found.changes) == (NOVEL, ())
    before, after = (spoken_by(NOVEL, cues) for cues in (normal(NOVEL, MOUSE), found.cues))
    assert [sign for sign, *_ in before] == [sign for sign, *_ in after]


def test_an_edit_of_direction_says_what_it_should() -> None:
    text = edited(
        ("**Mouse** (solemn): “[serious] Sit", "**Lory**: “Sit"),
        ("They all", "[long pause]\n\nThey all"),
        ("\n* * *\n", ""),
    )
    found = taken(text, NOVEL).cues
    assert found[1, 1][0] == Cue(0, 11, "Lory")
    assert found[1, 2] == (Cue(0, 32, scene="On the bank", tags=(Tag(0, "long pause"),)),)


@pytest.mark.parametrize("chance", list(map(random.Random, range(20))))
def test_paragraphs_may_be_split_and_merged(chance: random.Random) -> None:
    body = FILE
    for end in ("\n\nThey", "  \n**Fury**", "\n\nThe end"):
        body = body.replace(end, chance.choice(["\n\n", "\n", "\n\n\n"]) + end.lstrip())
    body = body.replace("all sat", chance.choice(["all sat", "all\n\nsat", "all\nsat"]))
    assert taken(body, NOVEL) == Taken(NOVEL, normal(NOVEL, MOUSE))


def test_what_differs_is_shown_in_its_place() -> None:
    text = edited(("to me!”", "me!”"), ("could not see", "couldnot see"), ("The end.", "The end"))
    with pytest.raises(WordsChanged) as raised:
        taken(text, NOVEL)
    assert raised.value.exit_code == 2
    assert raised.value.details == (
        "chapter 1, line 8: …,” said the Mouse, “and listen [to → nothing] me!” They all sat down at once…",
        "chapter 1, line 18: …ll sat down at once [sic]. She [could not → couldnot] see him.…",
        "chapter 2, line 25: …t he met in the house, The end[. → nothing]…",
    )
    assert "a.direction.md: the words are not the book's in 3 places, the first in chapter 1, line 8" in str(
        raised.value
    )


def test_changes_that_are_allowed_keep_what_still_fits() -> None:
    block = replace(NOVEL.chapters[0].blocks[1], omissions=(Omission(28, "1", "note-mark"),))
    block = replace(block, sounds=(Sound(21, 26, "maʊs"), Sound(33, 39, "lɪsn")), asides=((12, 26),))
    blocks = (NOVEL.chapters[0].blocks[0], block, *NOVEL.chapters[0].blocks[2:])
    book = replace(NOVEL, chapters=(replace(NOVEL.chapters[0], blocks=blocks), NOVEL.chapters[1]))
    text = edited(
        ("Sit down", "Do sit down"), ("listen", "hark"), ("She could not see him.\n\n", ""), ("The end", "A\n\nThe end")
    )
    found = taken(text, book, allow_changes=True)
    first, second = found.book.chapters
    changed = first.blocks[1]
    assert changed.text == "“Do sit down,” said the Mouse, “and hark to me!”"
    assert [changed.text[sound.start : sound.end] for sound in changed.sounds] == ["Mouse"]
    assert [changed.text[slice(*aside)] for aside in changed.asides] == ["said the Mouse"]
    assert [(changed.text[one.at :], one.text, one.rule) for one in changed.omissions] == [
        ("“Do sit down,” said the Mouse, “and hark to me!”"[1:], "Sit", "edited"),
        ("“and hark to me!”", "1", "note-mark"),
        ("hark to me!”", "listen", "edited"),
    ]
    assert (first.blocks[4].text, first.blocks[4].rule) == ("She could not see him.", "edited")
    assert [block.text for block in second.blocks][-2:] == ["A", "The end."]
    assert found.book.coverage == Coverage(0, -27, {"edited": 27})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[serious]", "[serios]", r"line 6: unknown audio tag 'serios' → did you mean 'serious'\?"),
        ("[serious]", "[serious", r"line 6: a tag that is not closed: '\[serious Sit down,”' → close it as in"),
        ("[serious]", "[[serious]]", r"line 6: '\[\[serious\]\] Sit down,”' inside a line → a scene stands on a line"),
        ("[[scene]]", "[[scen]]", r"line 16: unknown direction '\[\[scen\]\]' → write \[\[scene: where it is\]\]"),
        ("[[scene]]", "[[scene", r"line 16: unknown direction '\[\[scene'"),
        ("**Mouse** (solemn):", "**Mouse (solemn):", r"line 6: not a line of a speaker: '\*\*Mouse \(solemn\)"),
        ("**Fury**: That", "**Fury**:\nThat", r"line 23: 'Fury' says nothing → a line is what one voice says"),
        ("# 2.", "## 2.", r"line 20: no chapter's heading: '## 2. Chapter 2' → a chapter is '# 3. Its title'"),
        ("# 2.", "# 1.", r"line 20: chapter 1 stands in line 2 already"),
        ("# 2.", "# 3.", r"line 20: there is no chapter 3 in the book → it has chapters 1 to 2"),
        ("# 2. Chapter 2", "", r"the words are not the book's|chapter 2, 'Chapter 2', is missing"),
        ("# 1. Chapter 1", "", r"line 4: words before the first chapter"),
        ("* * *", "<!-- to be done", r"line 14: a comment that does not end → end it with -->"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(old: str, new: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        taken(edited((old, new)), NOVEL)


@given(st.data())
def test_a_damaged_file_is_refused_or_says_the_same_words(data: st.DataObject) -> None:
    text = FILE
    for _ in range(data.draw(st.integers(1, 3))):
        at, gone = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 3))
        text = text[:at] + data.draw(st.text("*[]()#\\<!-: \n\tab1.u{+", max_size=3)) + text[at + gone :]
    try:
        assert taken(text, NOVEL).book == NOVEL
    except WordsChanged:
        changed = taken(text, NOVEL, allow_changes=True)
        assert changed.book != NOVEL
        assert taken(written(changed.book, changed.cues), changed.book).cues == changed.cues
    except SettingsError as error:
        assert error.where.startswith("a.direction.md")
