"""Language tags, however they are written."""

import pytest

from pipeline.languages import language_tag, primary_subtag


@pytest.mark.parametrize(
    ("language", "primary"), [("en-GB", "en"), ("pt_BR", "pt"), ("DE", "de"), ("zh-Hant-TW", "zh"), ("", "")]
)
def test_the_primary_subtag(language: str, primary: str) -> None:
    assert primary_subtag(language) == primary


@pytest.mark.parametrize(
    ("name", "tag"), [("French", "fr"), (" fra ", "fr"), ("ENG", "en"), ("und", ""), ("", ""), ("en-GB", "en-GB")]
)
def test_a_tag_of_what_people_write(name: str, tag: str) -> None:
    assert language_tag(name) == tag
