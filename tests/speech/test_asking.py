"""Which voice says a line, and what it is told."""

import pytest

from pipeline.config import settings_of
from pipeline.errors import SettingsError
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import NARRATOR, cast_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, load_profiles
from pipeline.speech.request import key_of
from pipeline.speech.tags import without_tags

PROFILES = load_profiles({})
PAID, EMBEDDED = PROFILES[DEFAULT_PAID_MODEL], PROFILES[EMBEDDED_MODEL]

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
    assert request.direction.profile == "Mouse, an elder of the mice. Dry, easily offended"
    assert request.direction.style == "solemn. Pacing: measured. coughing."
    assert request.direction.scene == "A bank"
    narrated = asker().request([Speech("It coughed.")])
    assert (narrated.turns[0].voice, narrated.direction.profile, narrated.direction.style) == ("Charon", "", "")


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
    ],
)
def test_a_part_that_cannot_be_is_named(table, where):
    with pytest.raises(SettingsError) as raised:
        asker(table)
    assert where in str(raised.value)


def test_the_narrator_reads_another_language_in_the_voice_for_it():
    reader = asker(by_language={"fr-FR": "Aoede"})
    assert reader.voice_of(NARRATOR, language="fr") == "Aoede"
    assert reader.request([Speech("Bonjour.", language="fr")]).turns[0].voice == "Aoede"


def test_every_part_of_a_large_cast_has_an_embedded_voice_of_its_own_that_later_parts_do_not_change():
    names = [f"Person {n}" for n in range(40)]
    reader = asker({name: {"voice": "Kore"} for name in names}, profile=EMBEDDED, voice="en")
    requests = [reader.request([Speech("Yes.", name)]) for name in (*names, NARRATOR)]
    heard = {(request.turns[0].voice, request.parameters) for request in requests}
    assert len(heard) == 41
    fewer = asker({name: {"voice": "Kore"} for name in names[:7]}, profile=EMBEDDED, voice="en")
    assert [fewer.request([Speech("Yes.", name)]) for name in names[:7]] == requests[:7]


def test_the_embedded_voice_plays_a_part_as_it_is_told():
    request = asker(profile=EMBEDDED, voice="en").request([Speech("Ahem!", "Mouse")])
    assert dict(request.parameters) == {"pitch": 80}
    table = {"Maria": {"language": "es", "embedded": {"voice": "es+f2", "rate_wpm": 150}}, "Jean": {"language": "fr"}}
    reader = asker(table, profile=EMBEDDED, voice="en")
    assert reader.voice_of("Maria") == "es+f2"
    assert reader.voice_of("Jean").startswith("fr+")
    assert asker({"A": {"voice": "en-us+f3"}}, profile=EMBEDDED, voice="en").voice_of("A") == "en-US+f3"


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
