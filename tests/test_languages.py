"""Language tags, however they are written."""

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.names import language_code as code_of_track
from pipeline.config import set_layer, settings_of
from pipeline.errors import SettingsError
from pipeline.languages import is_tag, language_tag, nearest_language, primary_subtag
from pipeline.speech.cast import cast_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles

TABLE = [
    row.split("\t")
    for row in resources.files("pipeline").joinpath("languages.tsv").read_text("utf-8").splitlines()
    if not row.startswith("#")
]

GEMINI = {
    "Arabic": "ar", "Bangla": "bn", "Dutch": "nl", "English": "en", "French": "fr", "German": "de", "Hindi": "hi",
    "Indonesian": "id", "Italian": "it", "Japanese": "ja", "Korean": "ko", "Marathi": "mr", "Polish": "pl",
    "Portuguese": "pt", "Romanian": "ro", "Russian": "ru", "Spanish": "es", "Tamil": "ta", "Telugu": "te", "Thai": "th",
    "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi", "Afrikaans": "af", "Albanian": "sq", "Amharic": "am",
    "Armenian": "hy", "Azerbaijani": "az", "Basque": "eu", "Belarusian": "be", "Bulgarian": "bg", "Burmese": "my",
    "Catalan": "ca", "Cebuano": "ceb", "Mandarin": "cmn", "Croatian": "hr", "Czech": "cs", "Danish": "da",
    "Estonian": "et", "Filipino": "fil", "Finnish": "fi", "Galician": "gl", "Georgian": "ka", "Greek": "el",
    "Gujarati": "gu", "Haitian Creole": "ht", "Hebrew": "he", "Hungarian": "hu", "Icelandic": "is", "Javanese": "jv",
    "Kannada": "kn", "Konkani": "kok", "Lao": "lo", "Latin": "la", "Latvian": "lv", "Lithuanian": "lt",
    "Luxembourgish": "lb", "Macedonian": "mk", "Maithili": "mai", "Malagasy": "mg", "Malay": "ms", "Malayalam": "ml",
    "Mongolian": "mn", "Nepali": "ne", "Norwegian": "no", "Norwegian Bokmål": "nb", "Norwegian Nynorsk": "nn",
    "Odia": "or", "Pashto": "ps", "Persian": "fa", "Punjabi": "pa", "Serbian": "sr", "Sindhi": "sd", "Sinhala": "si",
    "Slovak": "sk", "Slovenian": "sl", "Swahili": "sw", "Swedish": "sv", "Urdu": "ur",
}  # fmt: skip
"""Google's list (https://ai.google.dev/gemini-api/docs/speech-generation#languages), whose Norwegian is nb and nn."""


@pytest.mark.parametrize(
    ("language", "primary"), [("en-GB", "en"), ("pt_BR", "pt"), ("DE", "de"), ("zh-Hant-TW", "zh"), ("", "")]
)
def test_the_primary_subtag(language: str, primary: str) -> None:
    assert primary_subtag(language) == primary


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        *[("French", "fr"), (" fra ", "fr"), ("ENG", "en"), ("und", ""), ("", ""), ("en-GB", "en-GB")],
        *[("Deutsch", "de"), ("deu-AT", "de-AT"), ("Português do Brasil", "pt-BR"), ("pt_BR", "pt_BR")],
        *[("iw-IL", "he-IL"), ("in", "id"), ("jw", "jv"), ("ji", "yi"), ("mo", "ro"), ("tl", "fil")],
        *[("cmn-Hans-CN", "cmn-Hans-CN"), ("chi", "zh"), ("no", "no"), ("nob", "nb"), ("nno", "nn")],
        *[("tgl-PH", "fil-PH"), ("German-AT", "German-AT"), ("x-klingon", "x-klingon")],
    ],
)  # fmt: skip
def test_a_tag_of_what_people_write(name: str, tag: str) -> None:
    assert language_tag(name) == tag


def test_every_language_of_gemini_is_known_by_its_name_and_its_codes() -> None:
    profile = load_profiles({})[DEFAULT_PAID_MODEL]
    codes = {tag: others.split() for tag, others, _ in TABLE}
    for name, tag in GEMINI.items():
        assert language_tag(name) == language_tag(name.upper()) == language_tag(tag) == tag
        assert all(language_tag(code) == tag for code in codes[tag])
        assert all(profile.speaks(written) for written in (name, tag, f"{tag}-XX", *codes[tag]))
    assert {primary_subtag(tag) for tag in profile.languages} - set(GEMINI.values()) == {"zh"}


def test_no_name_or_code_is_two_languages() -> None:
    rows = [{one.casefold() for one in (*others.split(), *names.split("; "))} for _, others, names in TABLE]
    given = [one for row in rows for one in row]
    assert sorted(given) == sorted(set(given))
    assert not set(given) & {tag.casefold() for tag, _, _ in TABLE}


@given(st.text(max_size=12))
def test_a_tag_of_a_tag_is_itself(name: str) -> None:
    assert language_tag(language_tag(name)) == language_tag(name)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("germn", "German (de)"), ("Englsh", "English (en)"), ("Espanol", "Spanish (es)"), ("Elvish", ""), ("", "")],
)
def test_the_language_that_was_meant(written: str, meant: str) -> None:
    assert nearest_language(written) == meant


def test_a_job_names_its_language_in_any_way_and_a_wrong_one_is_named_with_the_nearest() -> None:
    assert settings_of([set_layer("speech.language=German")]).speech.language == "de"
    assert cast_of({"Jean": {"language": "Français"}}, {"Latin": "Kore"}).by_language == {"la": "Kore"}
    with pytest.raises(SettingsError, match=r"speech\.language: .*'germn'.* did you mean German \(de\)\?"):
        settings_of([set_layer("speech.language=germn")])
    with pytest.raises(SettingsError, match=r'cast\."Jean"\.language: .* French \(fr\)'):
        cast_of({"Jean": {"language": "Frensh"}}, {})
    with pytest.raises(SettingsError, match="write de, en-GB"):
        cast_of({}, {"Elvish": "Kore"})
    assert [is_tag(one) for one in ("en", "pt-BR", "ceb", "germn", "x", "é2", "")] == [True] * 3 + [False] * 4


TAGGED = "en de fr es it pt nl ru ja zh ko la pl sv da fi no cs el hu tr uk ar".split()  # noqa: SIM905  a word list


@pytest.mark.parametrize("tag", TAGGED)
def test_what_a_delivery_is_tagged_with_is_read_back(tag: str) -> None:
    assert language_tag(code_of_track(tag)) == tag
