"""Who speaks in novels, by the conventions of their languages: small golden cases."""

import pytest

from pipeline.dialogue import DEFAULT_CONFIDENCE, Passage, heard

Said = list[tuple[str, str]]


def said(*texts: str, language: str = "en") -> Said:
    """Speaker and text of each quote; `?` for a speaker who is not known well enough."""
    passages = [Passage(text) for text in texts]
    return [
        (quote.speaker if quote.confidence >= DEFAULT_CONFIDENCE else "?", passage.text[quote.start : quote.end])
        for passage, found in zip(passages, heard(passages, language=language), strict=True)
        for quote in found.quotes
    ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "“Who are you?” said the Caterpillar.", [("Caterpillar", "“Who are you?”")]),
        ("en", '"Not far," the Mock Turtle replied.', [("Mock Turtle", '"Not far,"')]),
        ("en", "‘It isn’t,’ said Mr. Darcy, smiling.", [("Mr. Darcy", "‘It isn’t,’")]),
        ("en", "‘The dogs’ bowl is ’ere,’ said Tom.", [("Tom", "‘The dogs’ bowl is ’ere,’")]),
        ("en", "“I didn’t,” pleaded poor Alice. “Yet!”", [("Alice", "“I didn’t,”"), ("Alice", "“Yet!”")]),
        (
            "en",
            "“But it is,” returned Jane; “for she said so.”",
            [("Jane", "“But it is,”"), ("Jane", "“for she said so.”")],
        ),
        ("en", "At last the Dodo said, “Everybody has won.”", [("Dodo", "“Everybody has won.”")]),
        ("en", "“Run,” thought Alice.", [("Alice", "“Run,”")]),
        ("en", "“Lizzy,” said Jane, “come.”", [("Jane", "“Lizzy,”"), ("Jane", "“come.”")]),
        ("en", '"Hush," said the Captain\'s wife.', [("Captain's wife", '"Hush,"')]),
        ("en", "“Here we are,” replied a voice from above.", [("Voice", "“Here we are,”")]),
        ("de", "»Ich weiß«, sagte Gregor leise.", [("Gregor", "»Ich weiß«")]),
        ("de", "„Komm!“, rief der alte Vater.", [("Vater", "„Komm!“")]),
        ("fr", "— Je n'ai besoin de rien, dit Emma.", [("Emma", "— Je n'ai besoin de rien,")]),
        ("fr", "— Oh! dit Léon, je vous crois.", [("Léon", "— Oh!"), ("Léon", "je vous crois.")]),
        ("fr", "« Venez ! » cria le curé.", [("Curé", "« Venez ! »")]),
        ("ru", "– Сядь, – сказал Гуров. – Пора.", [("Гуров", "– Сядь,"), ("Гуров", "– Пора.")]),
        ("es", "—Voy —dijo Sancho—. Espera.", [("Sancho", "—Voy"), ("Sancho", "Espera.")]),
        ("it", "— Andiamo, — disse Renzo.", [("Renzo", "— Andiamo,")]),
        ("pt", "— Vou já — respondeu Bento.", [("Bento", "— Vou já")]),
        ("nl", "‘Kom mee,’ zei Clara.", [("Clara", "‘Kom mee,’")]),
        ("ja", "「まあ一つ」と婆さんは云う。", [("婆さん", "「まあ一つ」")]),
    ],
)
def test_a_verb_of_speech_names_the_speaker(language: str, text: str, expected: Said) -> None:
    assert said(text, language=language) == expected


def test_a_turn_that_nothing_tells_is_the_others() -> None:
    found = said(
        "“You began well, Charlotte,” said Jane.",
        "“Did I?”",
        "“You did,” said Jane.",
        "“No,” said Charlotte.",
    )

    assert [speaker for speaker, _ in found] == ["Jane", "Charlotte", "Jane", "Charlotte"]


def test_a_dialogue_of_two_is_settled_by_names_called_in_it() -> None:
    found = said(
        "“My dear Mr. Bennet,” replied Mrs. Bennet, “how tiresome!”",
        "“Is that his design?”",
        "“Design! nonsense!”",
        "“I see no occasion,” said Mr. Bennet.",
        "“Mr. Bennet, how can you?”",
    )

    assert [speaker for speaker, _ in found[2:]] == ["Mr. Bennet", "Mrs. Bennet", "Mr. Bennet", "Mrs. Bennet"]


def test_a_dialogue_that_fits_no_order_is_left_open() -> None:
    found = said("“A walk?” said Jane.", "“Why?”", "“Rain,” said Mary.", "“Oh,” said Kitty.")

    assert found[1] == ("?", "“Why?”")


def test_a_speech_of_several_paragraphs_is_one_persons() -> None:
    found = said("Alice said:", "“It was long.", "“It was longer still.", "“And then it ended.”")

    assert [speaker for speaker, _ in found] == ["Alice"] * 3


def test_verse_inside_a_speech_needs_no_marks_of_its_own() -> None:
    found = said("Alice began:", "“How gladly he grins,", "How neatly spreads claws,", "With smiling jaws!”")

    assert [speaker for speaker, _ in found] == ["Alice"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "He read the “Court Calendar” every day, and it made him angry.",
        "The words “DRINK ME” were printed on it in large letters.",
        "It was what they call a ‘gentle’ answer.",
    ],
)
def test_quoted_words_inside_a_sentence_are_not_speech(text: str) -> None:
    assert said("“Yes,” said Alice.", text)[1:] == []


def test_whoever_is_called_does_not_speak() -> None:
    found = said("“Good day,” said Tom.", "“Good day,” said Mary.", "“How are you, Tom?”")

    assert found[-1][0] != "Tom"


def test_a_pronoun_means_the_only_one_of_its_gender() -> None:
    found = said(
        "Elizabeth met Mr. Collins in the lane.",
        "“Good day,” said Mr. Collins.",
        "“Sir,” she replied.",
        "“Sir!” said Elizabeth.",
    )

    assert [speaker for speaker, _ in found] == ["Mr. Collins", "Elizabeth", "Elizabeth"]


def test_a_pronoun_that_may_mean_two_is_left_open() -> None:
    found = said(
        "“Come,” said Mr. Bingley.",
        "“No,” said Mr. Darcy.",
        "Mr. Bingley and Mr. Darcy sat down; Mr. Hurst too.",
        "“Well,” said Mr. Hurst.",
        "They were silent.",
        "“Cards?” said he.",
    )

    assert found[-1][0] == "?"


def test_his_wife_is_mrs_of_that_name() -> None:
    found = said(
        "“Well,” said Mr. Bennet.",
        "“Oh!” cried Mrs. Bennet.",
        "“Nonsense,” said Mr. Bennet.",
        "“I am tired,” cried his wife.",
    )

    assert found[-1][0] == "Mrs. Bennet"


def test_who_tells_the_story_is_called_as_they_call_themselves() -> None:
    assert said("“Where are we?” I asked.", "“Who?” said I.", "“Stop!” I cried.")[0][0] == "I"


def test_a_dialogue_ends_at_a_break() -> None:
    passages = [
        Passage("“A,” said Jane."),
        Passage("“B,” said Mary."),
        Passage("* * *", is_break=True),
        Passage("“C.”"),
    ]

    assert heard(passages, language="en")[3].quotes[0].speaker == ""


def test_the_verb_stands_as_it_is_written() -> None:
    assert heard([Passage("“Hush,” whispered Alice.")], language="en")[0].quotes[0].verb == "whispered"


def test_people_of_a_language_without_data_still_have_quotes() -> None:
    assert said("“Ahoj,” řekla Anna.", language="cs") == [("?", "“Ahoj,”")]
