"""Keys that stand where they should not, made unreadable."""

import re
from collections.abc import Iterable

_SHORTEST_KEY = 6
"""Characters: what is shorter is no key, and would be found in every other word."""

_KEY_LIKE = re.compile(r"(?i)\b(bearer\s+|sk-)(?=[\w.~+/=-]*\d)[\w.~+/=-]{16,}")
"""As a service may say it back: the header, or a key of the form most services give out; no word of a book."""

_HIDDEN = "[key]"


def without_keys(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of the secrets, and without what looks like a key."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_KEY:
            text = text.replace(secret, _HIDDEN)
    return _KEY_LIKE.sub(_HIDDEN, text)
