"""The `[director]` section."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

HOME = "https://openrouter.ai/api/v1"


class DirectorSettings(BaseModel):
    """A chat model that proposes direction, asked by `run-pipeline direct` alone.

    `model`: its name at the service; empty: nobody is asked. `base_url`: another address of the same protocol.
    `api_key_env` names the variable the key is in; a server without one costs nothing. Prices are USD a million tokens;
    both 0: the service is asked. `temperature` -1 and `max_output_tokens` go out with the question. `window_chars` are
    the characters a question is about, more or less. `attempts` in all at an answer that is of use. `tags`: it may
    propose audio tags.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    base_url: str
    api_key_env: str
    temperature: float = Field(ge=-1, le=2)
    max_output_tokens: int = Field(ge=256, le=1_000_000)
    usd_per_m_input: float = Field(ge=0)
    usd_per_m_output: float = Field(ge=0)
    window_chars: int = Field(ge=500, le=200_000)
    attempts: int = Field(ge=1, le=10)
    timeout_s: float = Field(gt=0, le=3_600)
    tags: bool

    @property
    def address(self) -> str:
        return self.base_url or HOME

    @property
    def place(self) -> str:
        """Which service it is, where that is not the usual one: a rehearsal's answers stay a rehearsal's."""
        if self.address.rstrip("/") == HOME:
            return ""
        return urlsplit(self.address).hostname or self.address

    @property
    def service(self) -> str:
        """As the ledger calls it; no take is of this service."""
        return f"director {self.model}" + (f" at {self.place}" if self.place else "")

    @property
    def is_free(self) -> bool:
        """A server that wants no key has nobody to charge."""
        return not self.api_key_env
