"""What this machine has and lacks for a run, and how to get what is missing."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
import httpx

from pipeline.config import Settings, api_key
from pipeline.errors import PipelineError
from pipeline.speech.espeak import data_path, embedded_voices, library_path
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles

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
        _paid_service(settings),
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
        there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            yield Finding(name, False, f"{folder} cannot be written: choose another folder")
            continue
        free = shutil.disk_usage(there).free
        enough = free > _ROOM_FOR_A_BOOK_BYTES
        hint = "" if enough else "; a ten-hour book wants 3 GB"
        yield Finding(name, enough, f"{folder} is writable, {free / 1e9:.0f} GB free{hint}")


def _paid_service(settings: Settings) -> Finding:
    profile = load_profiles(settings.models)[DEFAULT_PAID_MODEL]
    key = api_key(profile.api_key_env)
    if not key:
        return Finding(
            "paid service", False, f"{profile.api_key_env} is not set; the embedded voice works without", True
        )
    url = (settings.speech.base_url or profile.base_url).rstrip("/") + "/key"
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=10)
    except httpx.HTTPError as error:
        return Finding("paid service", False, f"{url} does not answer: {type(error).__name__}", True)
    return Finding("paid service", answer.status_code == httpx.codes.OK, f"{url} answers {answer.status_code}", True)


def _rehearsal() -> Finding:
    has = all(importlib.util.find_spec(name) for name in ("starlette", "uvicorn"))
    return Finding("rehearsal server", has, "ready" if has else "pip install 'run-pipeline[rehearsal]'", True)
