"""Pronunciations as IPA: X-SAMPA turned right, and nothing but sounds let through."""

import pytest

from pipeline.ingest.phonetics import MAX_IPA_CHARS, ipa_of


@pytest.mark.parametrize(
    ("x_sampa", "ipa"),
    [
        ('t@"meItoU', "təˈmeɪtoʊ"),
        ('SI"vO:n', "ʃɪˈvɔːn"),
        ("bO~ZuR", "bɔ\u0303ʒuʁ"),
        ('"faEt6', "ˈfaɛtɐ"),
        ("r\\Ed", "ɹɛd"),
        ("h\\a:j\\", "ɦaːʝ"),
        ("s`v\\_h:\\", "ʂʋʰˑ"),
        ('%Int@"n{S@n@l', "ˌɪntəˈnæʃənəl"),
    ],
)
def test_x_sampa_as_ipa(x_sampa: str, ipa: str) -> None:
    assert ipa_of(x_sampa, "x-sampa") == ipa


@pytest.mark.parametrize("alphabet", ["ipa", "IPA", " ipa "])
def test_ipa_stays_as_it_is(alphabet: str) -> None:
    assert ipa_of(" təˈmɑːtəʊ  t͡ʃuː ", alphabet) == "təˈmɑːtəʊ t͡ʃuː"


@pytest.mark.parametrize(
    ("written", "alphabet"),
    [
        ("", "ipa"),
        ("lɛd", ""),
        ("l eh d", "x-arpabet"),
        ("lɛd] [shout", "ipa"),
        ("<b>", "ipa"),
        ("{text}", "ipa"),
        ("LOUD", "ipa"),
        ("猫", "ipa"),
        ("l§d", "x-sampa"),
        ("a" * (MAX_IPA_CHARS + 1), "ipa"),
    ],
)
def test_what_is_no_sound_is_nothing(written: str, alphabet: str) -> None:
    assert ipa_of(written, alphabet) == ""
