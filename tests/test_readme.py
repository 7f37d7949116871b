"""The README is held to the code: its configuration reference, its exit codes, its commands."""

import re
import tomllib
from pathlib import Path

from pipeline import errors
from pipeline.config import default_layer, settings_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_the_configuration_reference_is_the_file_that_is_loaded() -> None:
    assert (ROOT / "configs" / "default.toml").read_text("utf-8") in fenced("toml")


def test_every_other_toml_example_is_valid_settings() -> None:
    from pipeline.config import Layer

    for text in fenced("toml"):
        table = tomllib.loads(text)
        books = table.pop("book", [])
        for book in books or [{}]:
            own = {name: value for name, value in book.items() if name != "source"}
            settings_of([Layer("README", table), Layer("README [[book]]", own)])


def test_there_are_two_set_up_commands() -> None:
    commands = fenced("sh")
    assert len(commands) == 2
    assert "run-pipeline samples/alice.epub" in commands[0]
    assert "pytest" in commands[1]
    assert (ROOT / "samples" / "alice.epub").is_file()


def test_the_exit_codes_are_those_of_the_error_classes() -> None:
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)}
    classes = [
        item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, errors.PipelineError)
    ]
    assert table - {0} == {item.exit_code for item in classes} - {1}


def test_the_shipped_default_is_what_settings_are_made_of() -> None:
    assert settings_of([]).model_dump(mode="json").keys() == default_layer().table.keys()


def test_the_examples_of_the_take_store_are_commands_that_parse() -> None:
    import shlex

    from pipeline.cli.takes import takes

    lines = [line[2:] for block in fenced("console") for line in block.splitlines() if "run-pipeline takes " in line]
    assert len(lines) >= 3
    for line in lines:
        _, _, name, *arguments = shlex.split(line, comments=True)
        takes.commands[name].make_context(name, arguments)
