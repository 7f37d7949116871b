"""What this machine has and lacks for a run, and how to get what is missing.

Nothing that is looked for is imported before it is looked for: a doctor that needs what is missing can say nothing.
"""

import asyncio
import ctypes
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.config import Settings, api_key
from pipeline.errors import PipelineError
from pipeline.installation import PACKAGE, installing_command, mending_command
from pipeline.room import existing_part
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, ModelProfile, load_profiles
from pipeline.speech.records import KeyRecord
from pipeline.standing import Offers, Remarks, Wanted, key_remarks, model_remarks

_ROOM_FOR_A_BOOK_BYTES = 3_000_000_000
"""Ten hours of takes are 1.7 GB, their encoded chapters and the delivery another 0.6."""

_ENCODERS = {"aac": "M4B", "libmp3lame": "MP3", "libopus": "Opus", "flac": "FLAC"}
"""What FFmpeg calls the encoder of each format; wav needs none."""


class Finding(NamedTuple):
    """One thing looked at. An `optional` thing that is missing takes nothing from the free path.

    `command` is what gets a missing one, as it is typed; empty where no one command does.
    """

    subject: str
    ok: bool
    says: str
    optional: bool = False
    command: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything a run needs. Only asks the network for the paid service, and only if its key is set."""
    checks: dict[str, Callable[[], Iterable[Finding]]] = {
        "python": _python,
        "libraries": _libraries,
        "encoders": _encoders,
        "embedded voice": _embedded_voice,
        "folders": lambda: _folders(settings),
        "paid service": lambda: _paid_service(settings),
        "rehearsal server": _rehearsal,
        "pandoc": _pandoc,
    }
    return [finding for subject, check in checks.items() for finding in _looked_at(subject, check)]


def _looked_at(subject: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a check finds; where a library it looks through is not there, that."""
    try:
        return list(check())
    except ImportError as error:
        name = error.name or "a library"
        return [Finding(subject, False, f"{name} cannot be loaded: {error}", command=mending_command())]


def _python() -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()}, {sys.executable}")


def _libraries() -> Iterator[Finding]:
    """Whether every package this one asks for is there, and in the version where that is exact."""
    try:
        wanted = [one for one in importlib.metadata.requires(PACKAGE) or [] if "extra ==" not in one]
    except importlib.metadata.PackageNotFoundError:
        yield Finding("libraries", True, "runs from its sources, not as an installed package", optional=True)
        return
    wrong = {one: remark for one in wanted if (remark := _amiss(one))}
    if not wrong:
        yield Finding("libraries", True, f"{len(wanted)} as asked for")
    for requirement, remark in wrong.items():
        yield Finding("library", False, remark, command=installing_command(requirement.partition(";")[0].strip()))


def _amiss(requirement: str) -> str:
    """What is wrong with a package that is asked for as in `sentencex==1.0.32; marker`; empty where nothing is."""
    asked, _, marker = requirement.partition(";")
    match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:==([^,\s]+))?.*", asked.strip())
    if match is None or ("python_version" in marker and sys.version_info < (3, 13)):
        return ""
    name, exact = match[1], match[2]
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is missing"
    return f"{name} is {version}, and {exact} is what cuts are made by" if exact and version != exact else ""


def _encoders() -> Iterator[Finding]:
    import av

    for name, form in _ENCODERS.items():
        has = name in av.codecs_available
        says = f"PyAV {av.__version__}" if has else f"PyAV {av.__version__} has it not; no {form} without"
        yield Finding(f"encoder {name}", has, says, command="" if has else mending_command("av"))


def _embedded_voice() -> Iterator[Finding]:
    from pipeline.speech.espeak import data_path, embedded_voices, library_path

    mending = mending_command("espeakng-loader")
    try:
        path = library_path()
        ctypes.CDLL(path)
        voices = embedded_voices() if Path(data_path()).is_dir() else ()
    except PipelineError as error:
        yield Finding("embedded voice", False, error.what, command=mending)
    except OSError as error:  # a library for another system, or one that lacks what it is linked to
        yield Finding("embedded voice", False, f"its library cannot be loaded: {error}", command=mending)
    except RuntimeError as error:  # what espeakng-loader raises where its data are gone
        yield Finding("embedded voice", False, f"it has no voices: {error}", command=mending)
    else:
        says = f"{len(voices)} voices, {path}"
        yield Finding("embedded voice", bool(voices), says, command="" if voices else mending)


def _folders(settings: Settings) -> Iterator[Finding]:
    folders = {"take store": settings.run.takes_folder, "deliveries": Path(settings.run.out)}
    flags = {"take store": "--takes", "deliveries": "--out"}
    for name, folder in folders.items():
        there = existing_part(folder)
        if not there.is_dir() or not os.access(there, os.W_OK):
            yield Finding(name, False, f"{folder} cannot be written: choose another folder with {flags[name]}")
            continue
        free = shutil.disk_usage(there).free
        enough = free > _ROOM_FOR_A_BOOK_BYTES
        hint = "" if enough else f"; a ten-hour book wants 3 GB: free some, or choose another folder with {flags[name]}"
        yield Finding(name, enough, f"{folder} is writable, {free / 1e9:.0f} GB free{hint}")


def _paid_service(settings: Settings) -> Iterator[Finding]:
    profile = load_profiles(settings.models)[DEFAULT_PAID_MODEL]
    key = api_key(profile.api_key_env)
    if not key:
        says = f"{profile.api_key_env} is not set; the embedded voice works without"
        yield Finding("paid service", False, says, True, f"export {profile.api_key_env}=…")
        return
    try:
        record, offers = asyncio.run(_asked(settings, profile, key))
    except PipelineError as error:
        yield Finding("paid service", False, str(error), True)
        return
    yield _key_finding(record, settings.speech.base_url_of(profile))
    yield _model_finding(profile, settings, offers)


async def _asked(settings: Settings, profile: ModelProfile, key: str) -> tuple[KeyRecord | None, Offers | None]:
    from pipeline.speech.openrouter import OpenRouterEngine

    speech = settings.speech
    engine = OpenRouterEngine(profile, base_url=speech.base_url_of(profile), model_name=speech.model_name, api_key=key)
    try:
        return await engine.key(), await engine.models()
    finally:
        await engine.aclose()


def _key_finding(record: KeyRecord | None, base_url: str) -> Finding:
    if record is None:
        return Finding("paid service", True, f"{base_url} answers, and does not tell of its keys", True)
    left = "no limit of its own" if record.remaining_usd is None else f"${record.remaining_usd:.2f} left"
    spent = "" if record.used_usd is None else f", ${record.used_usd:.2f} spent"
    remarks = key_remarks(record, now=datetime.now(UTC))
    is_good = remarks.refusal is None and (record.remaining_usd is None or record.remaining_usd > 0)
    says = [f"{base_url} knows the key: {left}{spent}", *_said(remarks)]
    return Finding("paid service", is_good, "; ".join(says), True)


def _model_finding(profile: ModelProfile, settings: Settings, offers: Offers | None) -> Finding:
    if offers is None:
        return Finding("paid model", True, f"{profile.name}: the service does not list its models", True)
    name = settings.speech.model_name_of(profile)
    successor = load_profiles(settings.models).get(profile.successor)
    remarks = model_remarks(Wanted(name, profile, successor), offers, today=datetime.now(UTC).date())
    says = "; ".join(_said(remarks)) or f"{name} is there, at the price its profile says"
    return Finding("paid model", remarks.refusal is None, says, True)


def _said(remarks: Remarks) -> list[str]:
    return [*remarks.notices, *([str(remarks.refusal)] if remarks.refusal else [])]


def _rehearsal() -> Iterator[Finding]:
    has = all(importlib.util.find_spec(name) for name in ("starlette", "uvicorn"))
    command = "" if has else installing_command(f"{PACKAGE}[rehearsal]")
    yield Finding("rehearsal server", has, "ready" if has else "not installed; only `rehearse` wants it", True, command)


def _pandoc() -> Iterator[Finding]:
    path = shutil.which("pandoc")
    if path:
        yield Finding("pandoc", True, path, True)
        return
    by_system = {"Darwin": "brew install pandoc", "Windows": "winget install pandoc"}
    command = by_system.get(platform.system(), "sudo apt install pandoc")
    yield Finding("pandoc", False, "not installed; it reads .docx, .odt, .fb2, .rtf and more", True, command)
