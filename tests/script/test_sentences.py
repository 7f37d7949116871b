"""Where a text may be cut."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.script.sentences import Tier, sentence_spans, spans

_LANGUAGES = ("en", "de", "fr", "ru", "ja", "zh", "hi", "ar", "th", "ko", "el", "xx")
_ANY_TEXT = st.text(
    st.one_of(
        st.sampled_from(" \n.,;:!?…—–“”«»’\"'()。、，؟।\u200d\ufe0f\u0301"),
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]),
    ),
    max_size=120,
)


def _sentences(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language=language)]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Mr. Bennet replied at 5 p.m. sharp.", "“It was,” said J. R. Smith, “fine!”", "Was it 3.14?", "Yes."]),
        ("en-GB", ["Dr. Jekyll left.", "He came back."]),
        ("de", ["Am 3. Mai kam Dr. Müller z. B. nach Berlin.", "Er blieb."]),
        ("fr", ["« Vraiment ? » dit-il.", "Oui !", "Il partit."]),
        ("es", ["¿Qué?", "¡No!", "El Sr. García vino."]),
        ("ru", ["Г. Иванов жил в т. ч. здесь.", "Он ушёл.", "Почему?"]),
        ("el", ["Ήρθε;", "Ναι.", "Έφυγε."]),
        ("hy", ["Նա եկավ։", "Գնաց։"]),
        ("ar", ["ذهب إلى البيت.", "هل عاد؟", "نعم."]),
        ("ur", ["وہ آیا۔", "وہ گیا۔"]),
        ("hi", ["राम घर गया।", "सीता आई।", "क्यों?"]),
        ("am", ["እሱ መጣ።", "ሄደ።"]),
        ("ko", ["그는 왔다.", "그리고 갔다.", "왜?"]),
        ("xx-Unknown", ["One.", "Two."]),
        ("", ["One.", "Two."]),
    ],
)
def test_sentences_of_a_language_with_spaces(language, sentences):
    assert _sentences(" ".join(sentences), language) == sentences


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Lieut. Smith and Dr. No saw vol. II, ch. 3 and No. 5.", "They left."]),
        ("fr", ["M. Dupont, MM. Hall et Mme. Rose vinrent.", "J.-J. Rousseau, c.-à-d. lui, av. J.-C. déjà, partit."]),
        ("de", ["Im 19. Jahrhundert kam Hr. Schmidt usw. und blieb.", "Das war 1905.", "Er ging."]),
        ("es", ["Vino Dª. Ana con el Sr. Ruiz, pág. 5.", "Y se fue."]),
        ("nl", ["Mevr. Hall en ds. Kuyper, d.w.z. zij, o.a. daar.", "Hij ging."]),
        ("pt", ["O Sr. Silva, pág. 5, cap. 3, p. ex. isto, etc. e mais.", "Sim."]),
        ("pl", ["Prof. Nowak i św. Piotr, m.in. tu, s. 5 tam.", "Tak."]),
        ("ru", ["Завод им. Ленина, т. е. он, стр. 5.", "Да."]),
        ("en", ["It was Plan B.", "Then he left.", "He had no. 5.", "So?"]),
    ],
)
def test_abbreviations_end_no_sentence(language, sentences):
    assert _sentences(" ".join(sentences), language) == sentences


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("ja", ["吾輩は猫である。", "名前はまだ無い。", "どこで生れたか？"]),
        ("zh_TW", ["他来了。", "你好吗？", "“很好！”", "他说。"]),
    ],
)
def test_sentences_of_a_language_without_spaces(language, sentences):
    assert _sentences("".join(sentences), language) == sentences


@given(_ANY_TEXT, st.sampled_from(list(Tier)[:-1]), st.sampled_from(_LANGUAGES))
def test_spans_hold_everything_but_the_space_between_them(text, tier, language):
    found = spans(text, tier, language=language)
    ends = [0, *(offset for span in found for offset in span), len(text)]
    assert ends == sorted(ends)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in found)
    assert "".join("".join(text[start:end].split()) for start, end in found) == "".join(text.split())


def test_clauses_end_after_their_mark():
    text = "When he came, she left—and then (so they say), the end; … 他来了，走了。"
    found = [text[start:end] for start, end in spans(text, Tier.CLAUSE, language="en")]
    assert found == ["When he came,", "she left—", "and then (so they say),", "the end;", "…", "他来了，", "走了。"]


def test_no_clause_ends_inside_a_number_or_a_time():
    text = "at 3,000.5 or 12:30 o’clock"
    assert spans(text, Tier.CLAUSE, language="en") == [(0, len(text))]


@pytest.mark.parametrize(
    "whole",
    [
        "e\u0301",  # a letter and its accent
        "👩\u200d💻",  # a sequence joined by ZWJ
        "👩🏽",  # a skin tone
        "❤\ufe0f",  # a variation selector
        "กั",  # Thai: a vowel above
        "कि",  # Devanagari: a vowel sign
        "ক্ষ"[:2],  # Bengali: a virama
    ],
)
def test_the_last_resort_does_not_cut_inside_what_is_seen_as_one_character(whole):
    text = f"a{whole}b"
    found = [text[start:end] for start, end in spans(text, Tier.CHARACTER, language="en")]
    assert found == ["a", whole, "b"], [unicodedata.name(c) for c in whole]
