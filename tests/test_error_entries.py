"""Every error, provoked: the line names what, where and what to do, and its entry in the manual shows that line."""

import asyncio
import contextlib
import functools
import inspect
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import pipeline.config
import pipeline.ingest.binding
from pipeline import errors
from pipeline.errors import PipelineError
from tests.assemble.signals import sine, write
from tests.corpus import made
from tests.crash.console import Argument, Ended, here
from tests.fakes.service import Reply, scripted_service

PAGE = (Path(pipeline.__file__).parent / "docs" / "errors.md").read_text("utf-8")
CLASSES = {
    kind.slug: kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, PipelineError) and kind.__module__ == errors.__name__
}
GROUPS = {"book-error", "speech-error", "passing"}
"""Classes that only hold others together."""

SHOWN_AS = {"bad-audio": "rejected", "too-long": "request-refused"}
"""What came of one take is kept as a reason; the line of its book says under which heading to read on."""

LAMP = {"The Lamp": ["The lamp was lit."]}


@contextlib.contextmanager
def serving(reply: Reply) -> Iterator[str]:
    """A service on a real socket that always gives this answer."""
    address: list[str] = []
    is_up, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with scripted_service(reply) as service:
            address.append(service.base_url)
            is_up.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert is_up.wait(10)
        yield address[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def asked(folder: Path, base_url: str, *more: Argument) -> Ended:
    """A tiny book made by a paid model at this address, with one attempt and one take."""
    book = made.markdown(folder / "lamp.md", LAMP)
    once = ("retry.attempts=1", "acceptance.retakes=0", "speech.preflight=false", f"speech.base_url={base_url}")
    flags = [part for assignment in once for part in ("--set", assignment)]
    places = ("--takes", folder / "takes", "--out", folder / "out")
    return here(book, "--engine", "openrouter", *places, *flags, *(more or ("--yes",)))


def refused(folder: Path, status: int, message: str, kind: str = "") -> Ended:
    body = f'{{"error": {{"message": "{message}", "metadata": {{"error_type": "{kind}"}}}}}}'
    with serving(Reply(status=status, body=body.encode(), headers={"Content-Type": "application/json"})) as base_url:
        return asked(folder, base_url)


def answered(folder: Path, reply: Reply, *more: Argument) -> Ended:
    with serving(reply) as base_url:
        return asked(folder, base_url, *more)


Provoke = Callable[[Path, pytest.MonkeyPatch], Ended]
PROVOCATIONS: dict[str, Provoke] = {}


def provokes(kind: type[PipelineError]) -> Callable[[Provoke], Provoke]:
    def register(provoke: Provoke) -> Provoke:
        PROVOCATIONS[kind.slug] = provoke
        return provoke

    return register


def planned(folder: Path, name: str, content: bytes | str, *more: Argument) -> Ended:
    """The plan of a file with that in it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return here("plan", path, *more)


@provokes(errors.UsageError)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return here("takes", "prune", "--to", "much", "--takes", folder)


@provokes(errors.SettingsError)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return planned(folder, "shelf.toml", '[pace]\nbudget = 40\n\n[[book]]\nsource = "book.epub"\n')


@provokes(errors.WordsChanged)
def _(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    monkeypatch.chdir(folder)
    book = made.markdown(folder / "lamp.md", LAMP)
    script = Path(here("direct", book).out.strip())
    script.write_text(script.read_text("utf-8").replace("was lit", "was out"), "utf-8")
    return here("plan", book, "--script", script)


@provokes(errors.BookNotFound)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return here("plan", folder / "book.epub")


@provokes(errors.UnknownFormat)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return planned(folder, "book.pdf", "%PDF")


@provokes(errors.DamagedBook)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return planned(folder, "book.epub", "half a download")


@provokes(errors.UnsafeBook)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    with zipfile.ZipFile(folder / "book.epub", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(20 * 2**20))
    return here("plan", folder / "book.epub")


@provokes(errors.ProtectedBook)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return here("plan", made.protected(folder / "book.epub"))


@provokes(errors.EmptyBook)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return planned(folder, "book.md", "---\ntitle: Nothing\n---\n")


@provokes(errors.CoverageError)
def _(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """A bug of ours: a paragraph that the reader lets fall is noticed by the sums."""
    bound = pipeline.ingest.binding._check
    monkeypatch.setattr(
        pipeline.ingest.binding,
        "_check",
        lambda coverage, where: bound(replace(coverage, spoken_chars=coverage.spoken_chars - 9), where),
    )
    return planned(folder, "book.md", "# One\n\nThe lamp was lit.\n")


@provokes(errors.AudioError)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    (folder / "song.mp3").write_bytes(b"no sound")
    return here("check", folder / "song.mp3")


@provokes(errors.RateLimited)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 429, "slow down")


@provokes(errors.ServiceTrouble)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 503, "upstream overloaded")


@provokes(errors.ConnectionTrouble)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return answered(folder, Reply(verbatim=b""))


@provokes(errors.TimedOut)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return answered(folder, Reply(hangs=True), "--yes", "--set", "pace.speedup=500")


@provokes(errors.BadAudio)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return answered(folder, Reply(body=b"<!doctype html>", headers={"Content-Type": "text/html"}))


@provokes(errors.RequestRefused)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 422, "Input should be a valid string")


@provokes(errors.FilterRefused)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 403, "flagged by moderation", "content_policy_violation")


@provokes(errors.TooLong)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 413, "input exceeds 8192 tokens")


@provokes(errors.Rejected)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return answered(folder, Reply(body=bytes(96_000), headers={"Content-Type": "audio/pcm;rate=24000;channels=1"}))


@provokes(errors.PaymentRequired)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 402, "insufficient credits")


@provokes(errors.ServiceRefused)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return refused(folder, 401, "no such key")


@provokes(errors.StoppedOnPurpose)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    return answered(folder, Reply(status=500), "--budget", "0.0001")


@provokes(errors.EngineMissing)
def _(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    monkeypatch.delenv("OPENROUTER_API_KEY")
    return asked(folder, "https://openrouter.ai/api/v1")


@provokes(errors.MachineError)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    (folder / "file").write_bytes(b"")
    book = made.markdown(folder / "lamp.md", LAMP)
    return here(book, "--engine", "espeak", "--takes", folder / "takes", "--out", folder / "file")


@provokes(errors.CheckFailed)
def _(folder: Path, _: pytest.MonkeyPatch) -> Ended:
    write(folder / "chapter.wav", sine(440, 1, rate=8_000, db=-40), rate=8_000, codec="pcm_s16le")
    return here("check", folder / "chapter.wav", "--target", "acx")


def planned_by(raised: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """A plan in the midst of which that is raised."""

    def fails() -> None:
        raise raised

    monkeypatch.setattr(pipeline.config, "default_layer", fails)
    return here("plan", folder / "book.epub")


@provokes(errors.Interrupted)
def _(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """What Ctrl-C raises, wherever the program is; signals to a process of its own are sent in other tests."""
    return planned_by(KeyboardInterrupt(), folder, monkeypatch)


@provokes(errors.PipelineError)
def _(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """A bug is told as one."""
    return planned_by(ValueError("nobody thought of this"), folder, monkeypatch)


@functools.cache
def entries() -> dict[str, str]:
    """The entries of the page by their headings."""
    _, *parts = re.split(r"^### (.+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def example_of(slug: str) -> str:
    """What stands under `slug` as the line a terminal shows."""
    found = re.search(r"```text\n(.*?)\n```", entries()[slug], flags=re.DOTALL)
    assert found, slug
    return " ".join(found[1].split())


def test_every_class_has_an_entry_under_its_exit_code_and_no_entry_is_of_nothing() -> None:
    assert set(entries()) == set(CLASSES)
    code = None
    for heading in re.findall(r"^##+ .+$", PAGE, flags=re.MULTILINE):
        if found := re.match(r"## Exit code (\d+)", heading):
            code = int(found[1])
        elif heading.startswith("### "):
            assert CLASSES[heading[4:]].exit_code == code, heading


def test_every_entry_says_what_to_do() -> None:
    lacking = [slug for slug, text in entries().items() if "**What to do.**" not in text]
    assert not lacking


def test_every_class_that_is_raised_is_provoked_here() -> None:
    assert set(PROVOCATIONS) == set(CLASSES) - GROUPS - {"chunks-failed"}  # which shows the entry of its cause


def test_what_only_holds_others_together_is_never_raised() -> None:
    names = "|".join(CLASSES[slug].__name__ for slug in sorted(GROUPS))
    sources = [path.read_text("utf-8") for path in Path(errors.__file__).parent.rglob("*.py")]
    assert not [found for source in sources for found in re.findall(rf"raise (?:{names})\(", source)]


@pytest.mark.parametrize("slug", PROVOCATIONS)
def test_the_line_of_an_error(slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-secret")
    ended = PROVOCATIONS[slug](tmp_path, monkeypatch)
    said = next(line for line in ended.lines if line.endswith(f"[{SHOWN_AS.get(slug, slug)}]"))
    assert ended.code == CLASSES[slug].exit_code
    assert "sk-or-v1-secret" not in ended.out + ended.err
    assert re.fullmatch(re.escape(example_of(slug)).replace("…", ".+"), said.replace(f"{tmp_path}/", "")), said
