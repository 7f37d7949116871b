"""The job-file page is what the settings types and `default.toml` say; `python -m tests.reference` writes it anew."""

from pipeline.config import default_layer
from pipeline.manual import entry
from tests.reference import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.reference"


def test_every_setting_has_its_entry_and_its_comment() -> None:
    text = page()
    for section, table in default_layer().table.items():
        if isinstance(table, dict):
            own = entry(text, section) or entry(text, f"{section}name")
            assert own, section
            lacking = [key for key in table if f"- `{key} = " not in own]
            assert not lacking, (section, lacking)
