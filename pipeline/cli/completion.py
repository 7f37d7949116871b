"""`completion`, and what a shell is offered for a word half typed.

Every press of the tab key starts this program, so nothing here loads more than click and the data files themselves: no
settings, no profiles, no engine.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

ENGINES = ("openrouter", "openai", "espeak")
FORMATS = ("m4b", "mp3", "opus", "flac", "wav")
READ_ALONG = ("vtt", "srt", "lrc", "chapters", "rss", "lpf", "epub", "none")

COMPLETE_VARIABLE = "_RUN_PIPELINE_COMPLETE"
"""What the scripts set to have a word completed: click's name for it, made from that of the program."""

_PACKAGE = Path(__file__).parents[1]

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that has a shell complete commands, options, voices, models and files.

    Save it where your shell looks for such scripts, then open a new one:

    \b
    run-pipeline completion bash > ~/.local/share/bash-completion/completions/run-pipeline
    run-pipeline completion zsh > "${fpath[1]}/_run-pipeline"
    run-pipeline completion fish > ~/.config/fish/completions/run-pipeline.fish
    """
    complete = get_completion_class(shell)
    assert complete is not None, "click knows the three"
    made = complete(context.find_root().command, {}, "run-pipeline", COMPLETE_VARIABLE)
    click.echo(made.source_template % made.source_vars())  # `source()` of bash would first ask a bash for its version


def offer_engines(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return _beginning(typed, ENGINES)


def offer_models(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The profiles that come with the program, those of the engine that has been named."""
    engine = context.params.get("engine")
    names = {name: str(profile["engine"]) for name, profile in _profiles().items()}
    return _beginning(typed, {name: own for name, own in names.items() if engine in (None, own)})


def offer_voices(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The voices of the model or engine that has been named; without one those of every model but the 130 of espeak."""
    return _beginning(typed, _voices(context))


def offer_voice_list(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return _in_list(typed, {**_voices(context), "all": "every one of them"})


def offer_formats(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return _in_list(typed, FORMATS)


def offer_read_along(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return _in_list(typed, READ_ALONG)


def offer_targets(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    targets = _data("assemble/targets.toml")
    return _beginning(typed, {name: str(target.get("title", "")) for name, target in targets.items()})


def offer_settings(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """`section.key=` of every setting."""
    default = next(
        path for path in (_PACKAGE / "default.toml", _PACKAGE.parent / "configs/default.toml") if path.exists()
    )
    table = tomllib.loads(default.read_text("utf-8"))
    return _beginning(typed, [f"{key}=" for key in _dotted(table)])


def offer_files(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return [CompletionItem(typed, type="file")]


def offer_folders(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return [CompletionItem(typed, type="dir")]


def _voices(context: click.Context) -> Mapping[str, str]:
    """Names of voices, with what their makers call them."""
    model, engine = context.params.get("model"), context.params.get("engine")
    chosen = {
        name: profile
        for name, profile in _profiles().items()
        if (model is None or name == model) and (engine is None or profile["engine"] == engine)
    }
    characters = _data("speech/voices.toml")
    voices: dict[str, str] = {}
    for name, profile in chosen.items():
        is_gemini = name.startswith("google/gemini-")  # all of them have these thirty, whatever else they take
        for voice in profile.get("voices") or (characters if is_gemini else ()):
            voices.setdefault(voice, str(characters.get(voice, "")) if is_gemini else "")
    if (model or engine) and any(profile["engine"] == "espeak" for profile in chosen.values()):
        voices |= dict.fromkeys(sorted(_embedded_voices()), "")
    return voices


def _embedded_voices() -> Iterator[str]:
    """The languages of espeak-ng, found beside its package and without loading it."""
    package = find_spec("espeakng_loader")
    for place in (package.submodule_search_locations or ()) if package else ():
        yield from (file.name for file in Path(place, "espeak-ng-data", "lang").rglob("*") if file.is_file())


def _profiles() -> Mapping[str, Mapping[str, Any]]:
    return _data("speech/models.toml")


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((_PACKAGE / name).read_text("utf-8"))


def _dotted(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        elif prefix:
            yield f"{prefix}{name}"


def _beginning(typed: str, names: Iterable[str]) -> list[CompletionItem]:
    """The names a word can become, each with its remark where `names` is a table of them."""
    remarks = names if isinstance(names, Mapping) else {}
    fitting = (name for name in names if name.lower().startswith(typed.lower()))
    return [CompletionItem(name, help=remarks.get(name) or None) for name in fitting]


def _in_list(typed: str, names: Iterable[str]) -> list[CompletionItem]:
    """What the last part of a list with commas can become, with the parts before it, and none of these twice."""
    before, comma, last = typed.rpartition(",")
    taken = set(before.split(","))
    remarks = names if isinstance(names, Mapping) else {}
    left = {name: remarks.get(name, "") for name in names if name not in taken}
    return [CompletionItem(before + comma + item.value, help=item.help) for item in _beginning(last, left)]
