"""How this program was installed, and so by which command something is added to it."""

import shlex
import sys
from pathlib import Path

PACKAGE = "run-pipeline"


def installing_command(what: str, *, prefix: str = sys.prefix) -> str:
    """What adds a package, or an extra of ours, to where this program is installed: by pipx, by uv or by pip."""
    is_ours = what.startswith(PACKAGE)
    place = Path(prefix).as_posix()
    if "/pipx/venvs/" in place:
        return f"pipx install --force '{what}'" if is_ours else f"pipx inject {PACKAGE} '{what}'"
    if "/uv/tools/" in place:
        return f"uv tool install --force '{what}'" if is_ours else f"uv tool install {PACKAGE} --with '{what}'"
    return f"{shlex.quote(sys.executable)} -m pip install '{what}'"


def mending_command(package: str = PACKAGE, *, prefix: str = sys.prefix) -> str:
    """What puts back a package of which something is gone."""
    place = Path(prefix).as_posix()
    if "/pipx/venvs/" in place:
        return f"pipx reinstall {PACKAGE}"
    if "/uv/tools/" in place:
        return f"uv tool install --reinstall {PACKAGE}"
    return f"{shlex.quote(sys.executable)} -m pip install --force-reinstall {package}"
