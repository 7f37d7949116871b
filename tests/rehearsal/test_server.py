"""The server as a client meets it when nothing goes wrong, and how it starts and stops."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from pipeline.errors import MachineError, SettingsError, UsageError
from pipeline.rehearsal.fault_script import script_of
from pipeline.rehearsal.server import RehearsalOptions, running_server, serve, server_in_thread

ROOT = Path(__file__).parents[2]
NOTES = "Synthesize the transcript as speech.\n\n### DIRECTOR'S NOTES\nSlow, and grave.\n\n#### TRANSCRIPT\n"


def test_speaks_raw_pcm_as_the_service_does(asker):
    answer = asker.say("It was a dark and stormy night.")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/pcm;rate=24000;channels=1"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert re.fullmatch(r"gen-tts-\d+-\w+", answer.headers["x-generation-id"])
    assert len(answer.content) % 2 == 0
    assert 1.0 < len(answer.content) / 48_000 < 5.0
    assert any(answer.content)


def test_same_body_same_bytes_on_any_server(rehearse):
    async def spoken(texts):
        async with rehearse(RehearsalOptions(workers=2)) as caller:
            answers = await asyncio.gather(*(caller.say(text) for text in texts))
            return dict(zip(texts, (answer.content for answer in answers), strict=True))

    texts = ["One fish.", "Two fish.", "Красная рыба.", "Blue fish, and the sea around it."]
    once, again = asyncio.run(spoken(texts)), asyncio.run(spoken(texts[::-1]))
    assert once == again
    assert len(set(once.values())) == len(texts)


def test_a_voice_is_its_name_in_any_case(asker):
    charon, lower, kore = (asker.say(voice=voice).content for voice in ("Charon", "charon", "Kore"))
    assert charon == lower != kore


def test_speaks_only_the_transcript_and_performs_the_tags(asker):
    words = "Good night."
    texts = (words, NOTES + words, f"{NOTES}[neutral] {words}", f"[1] {words}", f"[short pause] {words}", "⟦slow⟧ 1")
    plain, directed, tagged, numbered, paused, marked = (asker.say(text).content for text in texts)
    assert plain == directed == tagged == numbered
    assert paused == bytes(2 * 6_000) + plain
    assert marked == asker.say("slow 1").content, "marks of a book are no tags to this model"


def test_turns_are_spoken_one_after_the_other(asker):
    both = asker.say([{"text": "Who is there?"}, {"text": "Nobody.", "voice": "Kore"}])
    assert both.content == asker.say("Who is there?").content + asker.say("Nobody.", voice="Kore").content


def test_stops_where_the_model_would_run_out_of_tokens(asker):
    answer = asker.say("Eleven thousand seven hundred and seventy-seven benevolent elephants. " * 130)
    record = asker.get("generation", params={"id": answer.headers["x-generation-id"]}).json()["data"]
    assert len(answer.content) == 512 * 48_000
    assert (record["finish_reason"], record["tokens_completion"]) == ("length", 16_384)


def test_only_tags_are_no_speech(asker):
    answer = asker.say("[sighs]")
    assert (answer.status_code, any(answer.content)) == (200, False)


def test_another_key_than_the_one_accepted_is_refused():
    body = {"model": "google/gemini-3.8-flash-tts", "input": "Hello.", "voice": "Ludo"}
    with server_in_thread(RehearsalOptions(workers=1, api_key="right")) as server:
        wrong = httpx.post(f"{server.base_url}/audio/speech", json=body, headers={"Authorization": "Bearer wrong"})
        right = httpx.post(f"{server.base_url}/audio/speech", json=body, headers={"Authorization": "Bearer right"})
    assert (wrong.status_code, right.status_code) == (401, 200)
    assert server.max_in_flight == 1


def test_stops_at_once_with_a_request_hanging(rehearse):
    async def scenario():
        async with rehearse(script=script_of("hang, ok")) as caller:
            asked = {asyncio.ensure_future(caller.say()), asyncio.ensure_future(caller.say())}
            _answered, hanging = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            before = time.monotonic()
        await asyncio.gather(*hanging, return_exceptions=True)
        return len(hanging), time.monotonic() - before

    hanging, elapsed_s = asyncio.run(scenario())
    assert hanging == 1
    assert elapsed_s < 2.0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_it_is_told_to_stop(ending):
    code = (
        "from pipeline.rehearsal.server import *\n"
        "serve(RehearsalOptions(workers=1), started=lambda url: print(url, flush=True))\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True, cwd=ROOT) as process:
        try:
            base_url = process.stdout.readline().strip()
            assert httpx.get(f"{base_url}/models").json()["data"]
            process.send_signal(ending)
            _, talk = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, talk) == (0, "")


def test_the_command_line_says_how_fast_how_cheap_and_how_rich():
    command = [sys.executable, "-m", "pipeline", "rehearse", "--port", "0", "--voice", "tone"]
    with subprocess.Popen(
        [*command, "--speedup", "60", "--credit", "0.5"], stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        try:
            base_url = process.stderr.readline().decode().split()[-1]
            key = httpx.get(f"{base_url}/key", headers={"Authorization": "Bearer x"}).json()["data"]
        finally:
            process.kill()
    assert (key["limit"], key["limit_remaining"]) == (0.5, 0.5)


def test_a_taken_port_is_a_usage_error():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} cannot be used.*--port"):
            serve(RehearsalOptions(port=port), started=pytest.fail)


def test_a_log_that_cannot_be_written_is_an_error_of_the_machine(tmp_path):
    with pytest.raises(MachineError, match="request log"):
        serve(RehearsalOptions(log=tmp_path), started=pytest.fail)


def test_a_missing_script_is_a_settings_error(tmp_path):
    with pytest.raises(SettingsError, match="check the path"):
        serve(RehearsalOptions(script=Path(tmp_path, "none.toml")), started=pytest.fail)


@pytest.mark.parametrize("missing", ["uvicorn", "starlette"])
def test_without_the_extra_says_how_to_get_it(monkeypatch, missing):
    async def scenario():
        async with running_server():
            pytest.fail("started without its web server")

    for name in [known for known in sys.modules if known.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("app", "listener"):
        monkeypatch.delitem(sys.modules, f"pipeline.rehearsal.{name}", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=r"pip install 'run-pipeline\[rehearsal\]'"):
        asyncio.run(scenario())


def test_scripts_are_read_without_the_extra():
    code = "import sys; sys.modules.update(starlette=None, uvicorn=None); import pipeline.rehearsal.server as server"
    subprocess.run([sys.executable, "-c", code + "; server.load_script"], check=True, cwd=ROOT)
