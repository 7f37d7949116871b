"""A command and an address that are told, and everything that can go wrong with them and must not matter."""

import asyncio
import os
from pathlib import Path

import pytest

from pipeline.config import flag_layer, settings_of
from pipeline.notify.channels import tell
from pipeline.notify.settings import NotifySettings
from pipeline.report.schema import BookReport, RunReport
from tests.fakes.service import Reply, ScriptedService, scripted_service

KEY = "rp-test-0f1e2d3c4b5a"
DONE = RunReport(exit_code=0, books=[BookReport(source="a.md", title="Алиса", files=["o/A.m4b"], seconds=61.0)])


def settings(**own: object) -> NotifySettings:
    return settings_of([flag_layer("test", f"notify.{name}", value) for name, value in own.items()]).notify


def told(wanted: NotifySettings, report: RunReport = DONE, *, token: str = "") -> list[str]:
    return asyncio.run(tell(report, wanted, run="R", log="o/logs/R.jsonl", secrets={KEY}, token=token))


def test_by_default_nobody_is_told() -> None:
    assert (settings().command, settings().url) == ("", "")
    assert told(settings()) == []


def test_a_command_gets_the_report_on_its_stdin_and_facts_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.setenv("MINE", "kept")
    script = tmp_path / "my script"
    script.write_text(
        f'#!/bin/sh\ncat > "{tmp_path}/report.json"\nenv > "{tmp_path}/facts"\nprintf "%s" "$*" > "{tmp_path}/words"\n'
    )
    script.chmod(0o755)
    assert told(settings(command=f"'{script}' one '$HOME; rm -rf x'")) == []
    assert RunReport.model_validate_json((tmp_path / "report.json").read_text()) == DONE
    assert (tmp_path / "words").read_text() == "one $HOME; rm -rf x", "no shell has seen it"
    facts = (tmp_path / "facts").read_text()
    for fact in ("RUN_PIPELINE_OUTCOME=done", "RUN_PIPELINE_TITLE=Алиса: done", "RUN_PIPELINE_RUN=R", "MINE=kept"):
        assert f"{fact}\n" in facts
    assert KEY not in facts


def test_a_shell_is_there_for_who_asks(tmp_path: Path) -> None:
    line = f'echo "$RUN_PIPELINE_EXIT_CODE $RUN_PIPELINE_FILES" > "{tmp_path}/said"'
    assert told(settings(command=line, shell=True)) == []
    assert (tmp_path / "said").read_text() == "0 o/A.m4b\n"


def test_a_command_that_reads_nothing_is_well_even_where_the_report_is_long() -> None:
    long = DONE.model_copy(update={"books": [DONE.books[0].model_copy(update={"notes": ["x" * 1_000_000]})]})
    assert told(settings(command="true"), long) == []


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        ("sh -c 'echo first >&2; echo no bell here >&2; exit 3'", "notify.command failed with status 3: no bell here"),
        ("false", "notify.command failed with status 1"),
        ("/nowhere/at/all", "notify.command could not be run: "),
    ],
)
def test_a_command_that_fails_is_told_of(command: str, trouble: str) -> None:
    [line] = told(settings(command=command))
    assert line.startswith(trouble)


def test_a_command_and_all_it_started_end_with_their_time(tmp_path: Path) -> None:
    line = f'sleep 600 & echo $! > "{tmp_path}/child"; wait'
    assert told(settings(command=line, shell=True, timeout_s=0.3)) == [
        "notify.command took longer than 0.3 s and was ended"
    ]
    with pytest.raises(ProcessLookupError):
        os.kill(_alive(int((tmp_path / "child").read_text())), 0)


def _alive(pid: int) -> int:
    """The process, unless it is dead and only not yet buried: then a number no process has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return pid
    return 2**22 + 1 if state == "Z" else pid


def sent(*replies: Reply, token: str = "", **own: object) -> tuple[list[str], ScriptedService]:
    async def scene() -> tuple[list[str], ScriptedService]:
        async with scripted_service(*replies) as service:
            wanted = settings(url=f"{service.base_url}/secret-topic", **own)
            return await tell(DONE, wanted, run="R", log="", secrets=set(), token=token), service

    return asyncio.run(scene())


def test_an_address_gets_a_message_as_ntfy_takes_it() -> None:
    troubles, service = sent(Reply(body=b"{}"), token="tk_0123")
    assert troubles == []
    [asked] = service.asked
    assert asked.line == "POST /api/v1/secret-topic HTTP/1.1"
    assert asked.body.decode() == "✓ Алиса: 1:01, 0 rendered, 0 reused"
    assert asked.headers["title"].startswith("=?UTF-8?B?")
    assert (asked.headers["priority"], asked.headers["tags"]) == ("default", "white_check_mark")
    assert asked.headers["authorization"] == "Bearer tk_0123"


def test_who_gives_no_token_shows_none() -> None:
    _, service = sent(Reply())
    assert "authorization" not in service.asked[0].headers


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        (Reply(status=403, body=b"no"), "notify.url: 127.0.0.1 answered 403"),
        (Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}), "notify.url: 127.0.0.1 answered 302"),
        (Reply(verbatim=b"nonsense\r\n\r\n"), "notify.url: 127.0.0.1 could not be told: RemoteProtocolError"),
        (Reply(hangs=True), "notify.url: 127.0.0.1 did not answer within 0.3 s"),
    ],
)
def test_an_address_that_does_not_take_it_is_told_of_without_its_topic(reply: Reply, trouble: str) -> None:
    troubles, _ = sent(reply, timeout_s=0.3 if reply.hangs else 10.0)
    assert troubles == [trouble]


def test_nobody_at_the_address_is_told_of() -> None:
    [line] = told(settings(url="http://127.0.0.1:9/topic"))
    assert line == "notify.url: 127.0.0.1 could not be told: ConnectError"


def test_a_token_that_no_header_can_carry_is_told_of_and_not_said() -> None:
    [line] = told(settings(url="http://127.0.0.1:9/topic"), token="tk\n…")
    assert "127.0.0.1 could not be told" in line and "tk" not in line


def test_only_the_ends_that_are_asked_for_are_told(tmp_path: Path) -> None:
    wanted = settings(command=f"touch '{tmp_path}/rung'", on=["stopped", "failed"])
    assert told(wanted) == []
    assert not (tmp_path / "rung").exists()
    told(wanted, DONE.model_copy(update={"exit_code": 5}))
    assert (tmp_path / "rung").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("command", "say 'it"), ("url", "ftp://x/y"), ("url", "topic"), ("on", ["sometimes"]), ("timeout_s", 0)],
)
def test_what_nobody_could_be_told_by_is_refused(key: str, value: object) -> None:
    from pipeline.errors import SettingsError

    with pytest.raises(SettingsError, match=f"notify.{key}"):
        settings(**{key: value})
