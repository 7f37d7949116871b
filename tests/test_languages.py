"""Language tags, however they are written."""

import pytest

from pipeline.assemble.names import language_code as code_of_track
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


TAGGED = "en de fr es it pt nl ru ja zh ko la pl sv da fi no cs el hu tr uk ar".split()  # noqa: SIM905  a word list


@pytest.mark.parametrize("tag", TAGGED)
def test_what_a_delivery_is_tagged_with_is_read_back(tag: str) -> None:
    assert language_tag(code_of_track(tag)) == tag
