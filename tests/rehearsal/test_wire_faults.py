"""What a client meets on the way, over real sockets."""

import asyncio
import socket
import time

import httpx
import pytest

from pipeline.rehearsal.fault_script import parse_script, script_of
from pipeline.rehearsal.server import RehearsalOptions
from pipeline.rehearsal.wire_faults import journey_of

TEXT = "The rain fell in torrents, except at occasional intervals."


@pytest.fixture
def options(tmp_path):
    return RehearsalOptions(voice="tone", log=tmp_path / "requests.jsonl")


def scene(rehearse, script, play, *, options):
    async def scenario():
        async with rehearse(options, script=script) as caller:
            return await play(caller)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("kind", "error", "charged"),
    [("reset", httpx.ReadError, False), ("lost", httpx.RemoteProtocolError, True)],
)
def test_a_connection_that_ends_before_a_header(rehearse, read_log, options, kind, error, charged):
    async def play(caller):
        with pytest.raises(error):
            await caller.say(TEXT)
        return await caller.say(TEXT), (await caller.get("key"))["data"]["usage"]

    after, usage = scene(rehearse, script_of(kind), play, options=options)
    broken, good = read_log(options.log)
    assert after.status_code == 200
    assert (broken["fault"], broken["status"], broken["bytes"], broken["charged"]) == (kind, None, 0, charged)
    assert (broken["complete"], broken["answered"], good["answered"]) == (False, False, True)
    assert usage == broken["cost_usd"] + good["cost_usd"]


def test_a_reset_leaves_other_connections_alone(rehearse, options):
    async def play(caller):
        answers = await asyncio.gather(*(caller.say(f"{TEXT} {n}.") for n in range(4)), return_exceptions=True)
        return [type(answer) for answer in answers]

    kinds = scene(rehearse, script_of("ok, reset, ok, reset"), play, options=options)
    assert sorted(kinds, key=str) == sorted([httpx.ReadError] * 2 + [httpx.Response] * 2, key=str)


def test_headers_and_then_nothing(rehearse, read_log, options):
    async def play(caller):
        async with caller.streamed(TEXT) as answer:
            with pytest.raises(httpx.ReadTimeout):
                await anext(answer.aiter_raw())
            return answer.status_code, answer.headers["x-generation-id"]

    async def scenario():
        async with rehearse(options, script=script_of("stall"), timeout_s=0.5) as caller:
            return await play(caller)

    status, generation_id = asyncio.run(scenario())
    (line,) = read_log(options.log)
    assert (status, line["status"], line["bytes"], line["charged"]) == (200, 200, 0, True)
    assert (line["generation_id"], line["complete"]) == (generation_id, False)


def test_a_stall_after_a_share_of_the_body_drops_in_the_end(rehearse, options):
    script = parse_script('[[fault]]\nkind = "stall"\nattempts = [2]\nshare = 0.5\nhold_s = 0.1', where="test")

    async def play(caller):
        good, received = await caller.say(TEXT), b""
        with pytest.raises(httpx.RemoteProtocolError):
            async with caller.streamed(TEXT) as answer:
                async for piece in answer.aiter_raw():
                    received += piece
        return good.content, received

    good, received = scene(rehearse, script, play, options=options)
    assert received == good[: len(good) // 2]


def test_a_slow_body_trickles_and_is_good(rehearse, read_log, options):
    async def play(caller):
        good, pieces, began_at = await caller.say(TEXT), [], time.monotonic()
        async with caller.streamed(TEXT) as answer:
            headers_after_s = time.monotonic() - began_at
            async for piece in answer.aiter_raw():
                pieces.append(piece)
        return good.content, pieces, headers_after_s, time.monotonic() - began_at

    good, pieces, headers_after_s, elapsed_s = scene(rehearse, script_of("ok, slow(0.8s)"), play, options=options)
    assert b"".join(pieces) == good
    assert len(pieces) > 20
    assert elapsed_s - headers_after_s >= 0.75
    line = read_log(options.log)[1]
    assert (line["fault"], line["answered"]) == ("slow", True)
    assert line["ended_s"] - line["at_s"] >= 0.8


def test_a_slow_body_at_so_many_bytes_a_second():
    fault = parse_script('[[fault]]\nkind = "slow"\nattempts = [1]\nbytes_per_s = 1000', where="test").faults[0]
    journey = journey_of(96_000, fault)
    assert journey.pause_s * (96_000 / journey.piece_bytes) == pytest.approx(96.0)


def test_a_client_that_leaves_a_slow_body_ends_it(rehearse, read_log, options):
    async def play(caller):
        async with caller.streamed(TEXT) as answer:
            await anext(answer.aiter_raw())

    scene(rehearse, script_of("slow(12s)"), play, options=options)
    (line,) = read_log(options.log)
    assert (line["answered"], line["ended_s"] < 10) == (False, True)


def test_what_the_header_says(rehearse, read_log, options):
    async def play(caller):
        return [await caller.say(TEXT) for _ in range(3)]

    good, wrong, none = scene(rehearse, script_of("ok, mislabelled, untyped"), play, options=options)
    assert good.content == wrong.content == none.content
    assert wrong.headers["content-type"] == "audio/pcm;rate=16000;channels=1"
    assert "content-type" not in none.headers
    assert [line["answered"] for line in read_log(options.log)] == [True, False, True]


def test_an_error_under_status_200(rehearse, read_log, options):
    answer = scene(rehearse, script_of("error-as-200"), lambda caller: caller.say(TEXT), options=options)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert (answer.json()["error"]["code"], "x-generation-id" in answer.headers) == (502, False)
    (line,) = read_log(options.log)
    assert (line["status"], line["complete"], line["answered"], line["charged"]) == (200, True, False, False)


def test_nobody_listens_after_the_end(rehearse, options):
    """A refused connection needs no script: it is a server that is not there."""

    async def play(caller):
        return caller.server.base_url

    url = httpx.URL(scene(rehearse, None, play, options=options))
    with socket.socket() as sock, pytest.raises(ConnectionRefusedError):
        sock.connect((url.host, url.port))
