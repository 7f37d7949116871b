"""Which voice says a line, and what it is told."""

from dataclasses import replace

import pytest

from pipeline.config import settings_of
from pipeline.errors import SettingsError
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import NARRATOR, cast_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, load_profiles
from pipeline.speech.request import Direction, key_of
from pipeline.speech.tags import without_tags

PROFILES = load_profiles({})
PAID, EMBEDDED = PROFILES[DEFAULT_PAID_MODEL], PROFILES[EMBEDDED_MODEL]
NEWER = "google/gemini-3.8-flash-tts"

TABLE = {
    "Mouse": {
        "voice": "puck",
        "role": "an elder of the mice",
        "character": "Dry, easily offended",
        "pace": "measured",
        "style": "solemn",
        "aliases": ["the Mouse"],
        "embedded": {"pitch": 80},
    },
    "Alice Liddell": {"voice": "Leda"},
}


def asker(table=TABLE, *, profile=PAID, voice="Charon", by_language=None):
    return Asker(settings_of([]).speech, profile, voice, cast_of(table, by_language or {}))


def test_a_part_has_its_voice_and_its_notes_and_the_narrator_neither():
    request = asker().request([Speech("Ahem!", "Mouse", style="coughing", scene="A bank")])
    assert [turn.voice for turn in request.turns] == ["Puck"]
    who = Direction("Dry, easily offended", name="Mouse", role="an elder of the mice", pace="measured")
    assert request.direction == replace(who, scene="A bank", style="solemn. coughing.")
    narrated = asker().request([Speech("It coughed.")])
    assert (narrated.turns[0].voice, narrated.direction) == ("Charon", Direction())


def test_another_profile_of_one_part_is_another_request_for_that_part_alone():
    other = {**TABLE, "Mouse": {**TABLE["Mouse"], "style": "angry"}}
    for speaker, is_same in ((NARRATOR, True), ("Alice Liddell", True), ("Mouse", False)):
        keys = {key_of(asker(table).request([Speech("Hm.", speaker)])) for table in (TABLE, other)}
        assert (len(keys) == 1) is is_same


def test_an_alias_is_the_same_person_whatever_its_case():
    cast = cast_of(TABLE, {})
    assert [cast.named(name) for name in ("MOUSE", "the  mouse", "alice liddell", "Dodo")] == [
        "Mouse",
        "Mouse",
        "Alice Liddell",
        NARRATOR,
    ]


def test_a_name_that_two_parts_claim_is_refused():
    with pytest.raises(SettingsError, match="bill"):
        cast_of({"A": {"aliases": ["Bill"]}, "B": {"aliases": ["bill"]}}, {})


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"Mouse": {"voice": "Nobody"}}, 'cast."Mouse".voice'),
        ({"Mouse": {"voice": "Puck", "language": "xx"}}, 'cast."Mouse".language'),
        ({"Mouse": {"vioce": "Puck"}}, 'cast."Mouse"'),
        ({"Mouse": {"character": "long " * 200}}, 'cast."Mouse"'),
        ({"Mouse": {"vioce": "Puck"}}, "did you mean voice?"),
        ({"Mouse": {"embedded": {"pitch": 300}}}, "embedded.pitch: input should be less than or equal to 100, got 300"),
        ({"Mr": {"Hyde": {"voice": "Puck"}}}, "in quotes"),
        ({"": {"voice": "Puck"}}, "a name with nothing in it"),
        ({"Mouse": {"aliases": [" "]}}, "a name with nothing in it"),
        ({"Mouse": {"aliases": ["Narrator"]}}, "is an alias of [cast.narrator]"),
        ({"narrator": {}, "NARRATOR": {}}, "the narrator has two tables"),
    ],
)
def test_a_part_that_cannot_be_is_named(table, where):
    with pytest.raises(SettingsError) as raised:
        asker(table)
    assert where in str(raised.value)
    assert "input_type" not in str(raised.value)


def test_the_narrator_is_one_person_however_the_table_spells_it():
    assert cast_of({"NARRATOR": {"voice": "Kore"}}, {}) == cast_of({"narrator": {"voice": "Kore"}}, {})


def test_the_narrator_reads_another_language_in_the_voice_for_it():
    reader = asker(by_language={"fr-FR": "Aoede"})
    assert reader.voice_of(NARRATOR, language="fr") == "Aoede"
    assert reader.request([Speech("Bonjour.", language="fr")]).turns[0].voice == "Aoede"
    assert reader.voice_of("Mouse", language="fr") == "Puck"  # whoever has a part keeps the voice of it


def test_every_part_of_a_large_cast_has_an_embedded_voice_of_its_own_that_later_parts_do_not_change():
    names = [f"Person {n}" for n in range(40)]
    reader = asker({name: {"voice": "Kore"} for name in names}, profile=EMBEDDED, voice="en")
    requests = [reader.request([Speech("Yes.", name)]) for name in (*names, NARRATOR)]
    heard = {(request.turns[0].voice, request.parameters) for request in requests}
    assert len(heard) == 41
    fewer = asker({name: {"voice": "Kore"} for name in names[:7]}, profile=EMBEDDED, voice="en")
    assert [fewer.request([Speech("Yes.", name)]) for name in names[:7]] == requests[:7]
    own = {name: {"voice": "Kore"} for name in names} | {names[0]: {"embedded": {"voice": "en+m3"}}}
    named = asker(own, profile=EMBEDDED, voice="en")
    assert [named.request([Speech("Yes.", name)]) for name in names[1:]] == requests[1:40]


def test_the_embedded_voice_plays_a_part_as_it_is_told():
    request = asker(profile=EMBEDDED, voice="en").request([Speech("Ahem!", "Mouse")])
    assert dict(request.parameters) == {"pitch": 80}
    table = {"Maria": {"language": "es", "embedded": {"voice": "es+f2", "rate_wpm": 150}}, "Jean": {"language": "fr"}}
    reader = asker(table, profile=EMBEDDED, voice="en")
    assert reader.voice_of("Maria") == "es+f2"
    assert reader.voice_of("Jean").startswith("fr+")
    assert asker({"A": {"voice": "en-us+f3"}}, profile=EMBEDDED, voice="en").voice_of("A") == "en-US+f3"


def two_voiced(**changes):
    speech = settings_of([]).speech.model_copy(update={"two_speakers": True, "style": "gently"})
    return Asker(speech, PAID.model_copy(update=changes), "Charon", cast_of(TABLE, {"fr": "Charon", "de": "Kore"}))


def test_two_voices_share_a_request_in_the_form_of_the_model():
    talk = [Speech("Ahem!", "Mouse", scene="A bank"), Speech("It coughed.", scene="A bank")]
    listed, labelled = (two_voiced(turns=turns).request(talk) for turns in ("list", "labelled"))
    assert [(turn.text, turn.voice, turn.speaker) for turn in listed.turns] == [
        ("Ahem!", "Puck", "Mouse"),
        ("It coughed.", "Charon", NARRATOR),
    ]
    assert listed.direction == Direction(scene="A bank", style="gently")
    assert listed.turns[0].style == "Mouse, an elder of the mice. Dry, easily offended. solemn. Pacing: measured."
    assert (listed.layout, labelled.layout) == ("", "labelled")
    assert key_of(listed) != key_of(labelled), "they do not sound the same"


def test_what_one_voice_says_is_an_ordinary_request_whoever_takes_two():
    alone = two_voiced(turns="labelled").request([Speech("It coughed.")])
    assert (len(alone.turns), alone.layout, alone.turns[0].speaker) == (1, "", "")
    bilingual = two_voiced().request([Speech("He said:"), Speech("Bonjour.", language="fr")])
    assert [(turn.text, turn.voice) for turn in bilingual.turns] == [("He said:\n\nBonjour.", "Charon")]
    assert len(two_voiced().request([Speech("He said:"), Speech("Guten Tag.", language="de")]).turns) == 2


@pytest.mark.parametrize(("turns", "voices"), [("list", 2), ("labelled", 2), ("none", 1)])
def test_how_many_voices_share_a_request_follows_from_its_form_and_the_users_wish(turns, voices):
    assert two_voiced(turns=turns, max_speakers=4).max_speakers == voices
    assert asker().max_speakers == 1


def test_what_a_model_does_not_take_is_said_once_and_not_sent():
    given = {"parameters": {"temperature": 1, "pitch": 9}, "style": "gently", "two_speakers": True}
    speech = settings_of([]).speech.model_copy(update=given)
    notes = {name: Asker(speech, profile, "en", cast_of({}, {})).notes for name, profile in PROFILES.items()}
    assert notes[DEFAULT_PAID_MODEL] == (
        f"{DEFAULT_PAID_MODEL} takes no pitch: not sent (speech.parameters it takes: max_tokens, temperature, top_p)",
    )
    assert [note.split(":")[0] for note in notes[EMBEDDED_MODEL]] == [
        "espeak-ng takes no temperature",
        "espeak-ng takes no direction",
        "espeak-ng takes one voice a request",
    ]
    assert "takes no pitch, temperature: not sent (speech.parameters it takes: none)" in notes[NEWER][0]
    assert asker().notes == ()


@pytest.mark.parametrize(
    "limit", [{"max_input_tokens": 200}, {"max_direction_chars": 40}], ids=["of the request", "of direction"]
)
def test_direction_that_leaves_no_room_for_the_text_is_refused_before_it_is_paid(limit):
    reader = asker(profile=PAID.model_copy(update=limit))
    reader.request([Speech("A text without direction may be as long as the cuts have it. " * 8)])
    with pytest.raises(SettingsError, match="direction") as caught:
        reader.request([Speech("Ahem!" * 8, "Mouse")])
    assert 'cast."Mouse"' in caught.value.where


@pytest.mark.parametrize(
    ("profile", "text", "syntax"),
    [
        (PAID, "[whispers] Come.", "square"),
        (PAID, "Come.", ""),
        (PAID, "<whispers> Come ⟦slow⟧.", ""),
        (EMBEDDED, "⟦whispers⟧ Come.", "embedded"),
        (PROFILES["google/gemini-3.8-flash-tts"], "<sigh> Come.", "angle"),
        (PROFILES["openai-compatible"], "[whispers] Come.", ""),
        (PAID.model_copy(update={"ipa_syntax": "[{text}|{ipa}]"}), "[whispers] [Kim|kɪm] came.", "square"),
        (PAID.model_copy(update={"ipa_syntax": "[{text}](/{ipa}/)"}), "[Kim](/kɪm/) came.", ""),
    ],
)
def test_a_request_with_tags_says_how_they_are_written_and_no_other_does(profile, text, syntax):
    request = asker({}, profile=profile, voice="en").request([Speech("First."), Speech(text)])
    assert request.tag_syntax == syntax
    assert request.words == f"First.\n\n{without_tags(text, syntax or 'none')}"


def test_tags_of_one_voice_that_meet_where_its_texts_are_joined_become_one():
    request = two_voiced().request([Speech("He said: [sighs]"), Speech("[slow] Bonjour.", language="fr")])
    assert request.text == "He said:\n\n[sighs, slow] Bonjour."


def test_what_a_cast_says_and_a_model_does_not_take_is_said_once():
    assert asker().notes == ()
    [note] = asker(profile=EMBEDDED, voice="en").notes
    assert note == "espeak-ng takes no direction: what the cast says of Mouse is not sent, its voices are"
    assert asker({"Alice": {"voice": "Leda"}}, profile=EMBEDDED, voice="en").notes == ()
