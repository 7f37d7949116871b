"""Audio tags: which there are, how each model writes them, and that none ever comes from the book."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.speech.profiles import load_profiles
from pipeline.speech.prompt import as_sent
from pipeline.speech.tags import (
    Tagged,
    TagKind,
    TagSyntax,
    checked_tag,
    escaped,
    has_tags,
    is_known,
    kinds_of,
    known_tags,
    merged,
    nearest_tag,
    performances_of,
    settled,
    tag_for_verb,
    tags_in,
    with_tags,
    without_tags,
    written,
)

PUBLISHED = Path(__file__).parents[3] / "shared/data/gemini-3.1-audio-tags.tsv"

IN_THE_GUIDES = """
    amazed, crying, curious, excited, sighs, gasp, giggles, laughs, mischievously, panicked, sarcastic, serious,
    shouting, tired, trembling, whispers, excitedly, bored, reluctantly, very fast, very slow, cough, yawn, short pause,
    medium pause, long pause, sigh, laughing, uhm, whispering, sarcasm, extremely fast, laugh, breath
"""
"""Of Google's guides and examples, beside the notebook's 212."""

SYNTAXES: tuple[TagSyntax, ...] = ("square", "angle", "embedded", "none")
MARKED = SYNTAXES[:3]

TAKEN_FOR_TAGS = {
    "square": re.compile(r"\[[^\]]*\]"),
    "angle": re.compile(r"<[^>]*>|\|[^|]*\|"),
    "embedded": re.compile(r"⟦[^⟧]*⟧"),
    "none": re.compile(r"(?!)"),
}
"""What a model of each syntax might take for one, whatever is in it."""

BOOK = "He [sic] said [1], [whispers] <b>no</b> |mhm| ⟦x⟧ ⟦whispers⟧ if a[i] < b > d[0]: [[wiki|link]] <sigh>\n[a\nb]"


def test_every_tag_of_the_guides_is_known():
    assert {words.strip() for words in IN_THE_GUIDES.split(",")} <= known_tags()


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published list is not beside this checkout")
def test_every_published_tag_is_known():
    published = {line.split("\t")[0] for line in PUBLISHED.read_text("utf-8").splitlines()[1:]}
    assert len(published) == 226
    assert published <= known_tags()


def test_each_tag_stands_in_the_data_once_in_small_letters():
    data = tomllib.loads(resources.files("pipeline.speech").joinpath("tags.toml").read_text("utf-8"))
    listed = [tag for style in data["styles"].values() for tag in style["tags"]]
    listed += [*data["sounds"], *data["pauses"]]
    assert len(listed) == len(set(listed)) == len(known_tags()) == 244
    assert all(checked_tag(tag, where="") == tag for tag in listed)
    assert set(data["angle"]) | set(data["angle"].values()) <= known_tags()


def test_what_each_model_is_sent_for_each_tag_and_what_the_embedded_voice_makes_of_it(golden):
    rows = ["words\tsquare\tangle\tkind\twhispers\tpitch\trate\tvolume\tpause_ms"]
    for words in sorted(known_tags()):
        (how,) = performances_of(words)
        manner = (how.kind.value, int(how.whispers), how.pitch, how.rate, how.volume, how.pause_ms)
        rows.append("\t".join(map(str, (words, written(words, "square"), written(words, "angle"), *manner))))
    found = "\n".join([*rows, ""])
    assert found == golden("audio-tags.tsv", found)


@pytest.mark.parametrize(
    ("words", "syntax", "mark"),
    [
        ("whispers", "square", "[whispers]"),
        ("whispers", "angle", "<whispers>"),
        ("whispers", "embedded", "⟦whispers⟧"),
        ("whispers", "none", ""),
        ("", "square", ""),
        ("laughs", "angle", "<laugh>"),
        ("sighs, trembling", "angle", "<sigh, trembling>"),
        ("sighs, sigh", "angle", "<sigh>"),
        ("short pause", "angle", "<short pause>"),
    ],
)
def test_a_tag_is_written_in_the_models_own_way(words, syntax, mark):
    assert written(words, syntax) == mark


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("whisper", "whispers"),
        ("exited", "excited"),
        ("Very  Slowly", "very slow"),
        ("pause", "long pause"),
        ("", ""),
        ("zzz", ""),
        ("шёпот", ""),
    ],
)
def test_the_nearest_tag_is_found_or_none(words, nearest):
    assert nearest_tag(words) == nearest


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        (" Whispers ", "whispers"),
        ("short\t pause", "short pause"),
        ("Sighs,Trembling, sighs", "sighs, trembling"),
    ],
)
def test_a_known_tag_is_taken_however_it_is_spaced(words, tag):
    assert checked_tag(words, where="x") == tag
    assert is_known(words) == ("," not in tag)


@pytest.mark.parametrize(
    "words", ["like Dracula", "sarcastically, one painfully slow word at a time", "as if she’d cry"]
)
def test_a_phrase_is_taken_where_phrases_are_allowed(words):
    assert checked_tag(words, where="x", allows_phrases=True) == words.replace("’", "'")
    with pytest.raises(SettingsError, match="unknown audio tag"):
        checked_tag(words, where="x")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("wispers", "did you mean 'whispers'"),
        ("qqq", "`run-pipeline voices`"),
        ("шёпотом", "English"),
        ("flüstert", "English"),
        ("[whispers]", "no brackets"),
        ("short\npause", "on one line"),
        ("", "no audio tag"),
        (",", "no audio tag"),
        ("pause 3", "no audio tag"),
        ("a " * 40 + "b", "81 characters"),
    ],
)
def test_what_is_no_tag_is_refused_with_a_way_out(words, said):
    allows = words not in ("wispers", "qqq")
    with pytest.raises(SettingsError) as caught:
        checked_tag(words, where="cast.toml, line 3", allows_phrases=allows)
    assert said in str(caught.value)
    assert str(caught.value).startswith("cast.toml, line 3: ")


def test_tags_side_by_side_become_one():
    assert merged(["whispers", "trembling", "whispers, slow"]) == "whispers, trembling, slow"
    assert merged([]) == merged(["", " , "]) == ""


def test_tags_wait_for_words_and_end_behind_the_last():
    parts = [Tagged("whispers", "“"), Tagged("trembling", "Come "), Tagged("", "here.”"), Tagged("sighs", "\n\n")]
    assert with_tags(parts, syntax="square") == "“[whispers, trembling] Come here.” [sighs]\n\n"
    assert with_tags([*parts, Tagged("", "Go!")], syntax="angle") == "“<whispers, trembling> Come here.”\n\n<sigh> Go!"
    assert with_tags(parts, syntax="none") == "“Come here.”\n\n"
    assert with_tags([Tagged("sighs", " … ")], syntax="square") == " … "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[whispers] Come.", "Come."),
        ("Come, [slow] and see [sighs].", "Come, and see."),
        ("Come. [sighs]\nGo. [laughs]", "Come.\nGo."),
        ("言った[whispers]そう", "言ったそう"),
        ("[a/b] and [1] are no words", "[a/b] and [1] are no words"),
    ],
)
def test_the_words_of_a_text_are_what_is_left(text, words):
    assert without_tags(text, "square") == words
    assert without_tags(text, "none") == text


TEXTS = st.text(st.sampled_from("ab .,“”…\n\t[]<>⟦⟧|(é語"), max_size=8)
TAGS = st.sampled_from(["", "", "whispers", "sighs", "short pause", "laughs, slow", "like dracula"])
PARTS = st.lists(st.tuples(TAGS, TEXTS), max_size=6)


def tagged(parts: list[tuple[str, str]], syntax: TagSyntax) -> list[Tagged]:
    return [Tagged(tag, escaped(text, syntax)) for tag, text in parts]


@pytest.mark.parametrize("syntax", SYNTAXES)
@given(PARTS)
def test_whatever_is_tagged_no_tags_meet_and_the_words_come_back(syntax, parts):
    given_parts = tagged(parts, syntax)
    text = with_tags(given_parts, syntax=syntax)
    bare = "".join(part.text for part in given_parts)
    assert without_tags(text, syntax) == bare
    ends = [0]
    for mark in tags_in(text, syntax):
        assert ends == [0] or any(char.isalnum() for char in text[ends[-1] : mark.start])
        ends.append(mark.end)
    has_words = any(char.isalnum() for char in bare)
    assert has_tags(text, syntax) == (syntax != "none" and has_words and any(tag for tag, _ in parts))


@pytest.mark.parametrize("syntax", MARKED)
@given(st.lists(PARTS, min_size=1, max_size=3))
def test_texts_put_together_are_settled_and_stay_so(syntax, lines):
    texts = [with_tags(tagged(parts, syntax), syntax=syntax) for parts in lines]
    text = settled("\n\n".join(texts), syntax)
    assert settled(text, syntax) == text
    assert without_tags(text, syntax) == "\n\n".join(without_tags(each, syntax) for each in texts)
    ends = [mark.end for mark in tags_in(text, syntax)]
    starts = [mark.start for mark in tags_in(text, syntax)]
    assert all(any(map(str.isalnum, text[end:start])) for end, start in zip(ends, starts[1:], strict=False))


@pytest.mark.parametrize("name", load_profiles({}))
@given(text=st.one_of(st.just(BOOK), st.text(st.sampled_from("ab [](){}<>|⟦⟧\n"), max_size=30)))
def test_no_book_sends_a_tag_to_any_model(name, text):
    profile = load_profiles({})[name]
    sent = as_sent(text, profile)
    assert not TAKEN_FOR_TAGS[profile.tag_syntax].search(sent)
    assert not has_tags(sent, profile.tag_syntax)
    assert len(sent) == len(text)


@given(st.text())
def test_the_embedded_voice_is_sent_every_text_without_its_marks_as_it_always_was(text):
    plain = text.replace("⟦", "").replace("⟧", "")
    assert escaped(plain, "embedded") == plain


@pytest.mark.parametrize(
    ("verb", "language", "tag"),
    [
        ("whispered", "en", "whispers"),
        ("Cried  out", "en-GB", "shouting"),
        ("laughed", "en", "laughs"),
        ("sobbed", "en", "crying"),
        ("flüsterte", "de", "whispers"),
        ("crièrent", "fr", "shouting"),
        ("прошептала", "ru", "whispers"),
        ("suspiró", "es", "sighs"),
        ("urlò", "it", "shouting"),
        ("fluisterde", "nl", "whispers"),
        ("gritou", "pt-BR", "shouting"),
        ("cried", "en", ""),
        ("said", "en", ""),
        ("rief", "de", ""),
        ("whispered", "de", ""),
        ("", "", ""),
    ],
)
def test_a_clear_verb_asks_for_its_tag_and_no_other_does(verb, language, tag):
    assert tag_for_verb(verb, language) == tag


def test_every_verb_asks_for_one_known_tag():
    data = tomllib.loads(resources.files("pipeline.speech").joinpath("tag_verbs.toml").read_text("utf-8"))
    assert set(data) == {"en", "de", "fr", "ru", "es", "it", "nl", "pt"}
    for language, tags in data.items():
        assert set(tags) <= known_tags()
        verbs = [verb for forms in tags.values() for verb in forms]
        assert len(verbs) == len(set(verbs))
        assert all(tag_for_verb(verb, language) for verb in verbs)


@pytest.mark.parametrize(
    ("phrase", "kind", "pause_ms"),
    [
        ("like dracula", TagKind.STYLE, 0),
        ("a very long pause", TagKind.PAUSE, 1000),
        ("Silence", TagKind.PAUSE, 500),
        ("paused, slow", TagKind.STYLE, 0),
    ],
)
def test_of_a_free_phrase_only_a_pause_is_understood(phrase, kind, pause_ms):
    assert kinds_of(phrase) == {kind}
    assert next(performances_of(phrase)).pause_ms == pause_ms
