"""The `[notify]` section, without what sends anything."""

import shlex
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

Outcome = Literal["done", "stopped", "failed"]
"""How a run ends: all is delivered; it was stopped and goes on when it is run again; or something went wrong."""


class NotifySettings(BaseModel):
    """Who is told of the end of a run, and of which ends.

    `command` is a program and its arguments or, with `shell`, a line for the shell; the report is on its stdin. `url`
    is sent the message, with the token in the variable `token_env` where it asks for one. Each is given `timeout_s`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: tuple[Outcome, ...]
    command: str
    shell: bool
    url: str
    token_env: str
    timeout_s: float = Field(gt=0, le=3600)

    @field_validator("command")
    @classmethod
    def _can_be_split(cls, command: str) -> str:
        shlex.split(command)  # raises `ValueError` for a quotation without its end
        return command

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("not an address: write https://host/topic")
        return url
