"""`voices`, `rehearse` and `doctor`: what there is to speak with, and whether it works."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.completion import offer_engines
from pipeline.cli.takes import json_option, settings_with_takes, takes_option
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.doctor import Finding


@click.command()
@click.option("--engine", metavar="NAME", shell_complete=offer_engines, help="Only the models of this engine.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def voices(engine: str | None, as_json: bool) -> None:
    """List engines, models, voices, languages and audio tags."""
    from pipeline.speech.espeak import embedded_voices
    from pipeline.speech.profiles import load_profiles
    from pipeline.speech.tags import known_tags, written
    from pipeline.speech.voices import characters_of

    profiles = [profile for profile in load_profiles({}).values() if engine in (None, profile.engine)]
    if not profiles:
        raise UsageError(f"no engine {engine!r}", where="--engine", remedy="use openrouter, openai or espeak")
    listed = [{**profile.model_dump(mode="json"), "characters": dict(characters_of(profile))} for profile in profiles]
    for entry in listed:
        if entry["engine"] == "espeak":
            entry["voices"] = [voice.identifier for voice in embedded_voices()]
            entry["languages"] = sorted({tag for voice in embedded_voices() for tag in voice.languages})
    if as_json:
        click.echo(json.dumps({"models": listed, "tags": sorted(known_tags())}, ensure_ascii=False, indent=1))
        return
    for entry in listed:
        click.echo(f"{entry['name']}  (engine {entry['engine']})")
        click.echo(f"  voices: {_voice_list(entry['voices'], entry['characters'])}")
        click.echo(f"  languages: {', '.join(entry['languages']) or 'any'}")
        click.echo(f"  audio tags: {written('whispers', entry['tag_syntax']) or 'none'}")
    click.echo(f"audio tags, where a model takes them: {', '.join(sorted(known_tags()))}")


def _voice_list(names: Sequence[str], characters: Mapping[str, str]) -> str:
    """The voices with what their makers call them; where any name is taken, those of which that is known."""
    known = [f"{name} ({characters[name]})" if name in characters else name for name in names or characters]
    return ", ".join([*known, *(() if names else ("any other name" if known else "any name",))])


@click.command()
@click.option("--port", type=int, default=8765, show_default=True, help="Port on 127.0.0.1; 0 picks a free one.")
@click.option("--script", type=click.Path(path_type=Path), metavar="FAULTS.toml", help="Faults to play.")
@click.option("--log", type=click.Path(path_type=Path), metavar="REQUESTS.jsonl", help="One JSON line a request.")
@click.option("--rpm", type=int, default=0, help="Requests a minute before it answers 429 (0: no limit).")
@click.option("--concurrency", type=int, default=0, help="Requests at once before it answers 429 (0: no limit).")
@click.option("--latency", type=float, default=0.0, help="Seconds of waiting for each second of audio.")
@click.option("--credit", type=float, metavar="USD", help="What the key may spend before it answers 402.")
@click.option(
    "--speedup", type=click.FloatRange(min=0.01), default=1.0, help="Live so many times faster than the clock."
)
@click.option("--voice", type=click.Choice(["espeak", "tone"]), default="espeak", help="tone: no words, but no effort.")
def rehearse(port: int, rpm: int, concurrency: int, latency: float, credit: float | None, **others: Any) -> None:
    """Run a local server that speaks the OpenRouter protocol with the embedded voice, faults included.

    \b
    export OPENROUTER_API_KEY=rehearsal
    run-pipeline book.epub --engine openrouter --yes --set speech.base_url=http://127.0.0.1:8765/api/v1
    """
    from pipeline.rehearsal.server import RehearsalOptions, serve

    options = RehearsalOptions(
        port=port,
        requests_per_minute=rpm,
        max_concurrency=concurrency,
        latency_per_audio_s=latency,
        credit_usd=credit,
        **others,
    )
    serve(options, started=lambda url: click.echo(f"listening on {url}", err=True))


@click.command()
@takes_option
@json_option
def doctor(folder: str | None, as_json: bool) -> None:
    """Check what is installed, reachable and writable, and say how to get what is missing."""
    from pipeline import doctor as checks

    findings = checks.examine(settings_with_takes(folder))
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=1))
    else:
        for finding in findings:
            click.echo("\n".join(_finding_lines(finding)))
    sys.exit(0 if all(finding.ok or finding.optional for finding in findings) else 7)


def _finding_lines(finding: "Finding") -> Iterator[str]:
    """What was found, and under it what to type. A lack that stops nothing is marked `-`, one that does `NO`."""
    mark = "ok" if finding.ok else "-" if finding.optional else "NO"
    yield f"{mark:<3} {finding.subject}: {finding.says}"
    if finding.command:
        yield f"      → {finding.command}"
