"""What a run is called."""

import secrets
import time


def new_run() -> str:
    """A name of its own that sorts by when the run began, in local time: `20261128T070000-a1b2c3`."""
    return f"{time.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(3)}"
