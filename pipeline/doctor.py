"""What this machine has and lacks for a run, and how to get what is missing."""

import asyncio
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import av

from pipeline.config import Settings, api_key
from pipeline.errors import PipelineError
from pipeline.room import existing_part
from pipeline.speech.espeak import data_path, embedded_voices, library_path
from pipeline.speech.openrouter import OpenRouterEngine
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, ModelProfile, load_profiles
from pipeline.speech.records import KeyRecord
from pipeline.standing import Offers, Remarks, Wanted, key_remarks, model_remarks

_ROOM_FOR_A_BOOK_BYTES = 3_000_000_000
"""Ten hours of takes are 1.7 GB, their encoded chapters and the delivery another 0.6."""


class Finding(NamedTuple):
    """One thing looked at. An `optional` thing that is missing takes nothing from the free path."""

    subject: str
    ok: bool
    says: str
    optional: bool = False


def examine(settings: Settings) -> list[Finding]:
    """Look at everything a run needs. Only asks the network for the paid service, and only if its key is set."""
    return [
        Finding("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        *_encoders(),
        _embedded_voice(),
        *_folders(settings),
        *_paid_service(settings),
        _rehearsal(),
    ]


def _encoders() -> Iterator[Finding]:
    for name in ("aac", "libmp3lame"):
        has = name in av.codecs_available
        yield Finding(
            f"encoder {name}", has, f"PyAV {av.__version__}" if has else "missing: pip install --force-reinstall av"
        )


def _embedded_voice() -> Finding:
    try:
        path = library_path()
    except PipelineError as error:
        return Finding("embedded voice", False, str(error))
    return Finding("embedded voice", Path(data_path()).is_dir(), f"{len(embedded_voices())} voices, {path}")


def _folders(settings: Settings) -> Iterator[Finding]:
    folders = {"take store": settings.run.takes_folder, "deliveries": Path(settings.run.out)}
    for name, folder in folders.items():
        there = existing_part(folder)
        if not there.is_dir() or not os.access(there, os.W_OK):
            yield Finding(name, False, f"{folder} cannot be written: choose another folder")
            continue
        free = shutil.disk_usage(there).free
        enough = free > _ROOM_FOR_A_BOOK_BYTES
        hint = "" if enough else "; a ten-hour book wants 3 GB"
        yield Finding(name, enough, f"{folder} is writable, {free / 1e9:.0f} GB free{hint}")


def _paid_service(settings: Settings) -> Iterator[Finding]:
    profile = load_profiles(settings.models)[DEFAULT_PAID_MODEL]
    key = api_key(profile.api_key_env)
    if not key:
        says = f"{profile.api_key_env} is not set; the embedded voice works without"
        yield Finding("paid service", False, says, True)
        return
    try:
        record, offers = asyncio.run(_asked(settings, profile, key))
    except PipelineError as error:
        yield Finding("paid service", False, str(error), True)
        return
    yield _key_finding(record, settings.speech.base_url_of(profile))
    yield _model_finding(profile, settings, offers)


async def _asked(settings: Settings, profile: ModelProfile, key: str) -> tuple[KeyRecord | None, Offers | None]:
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


def _rehearsal() -> Finding:
    has = all(importlib.util.find_spec(name) for name in ("starlette", "uvicorn"))
    return Finding("rehearsal server", has, "ready" if has else "pip install 'run-pipeline[rehearsal]'", True)
