"""The takes on disk: whole or not there, whatever happens."""

import dataclasses
import hashlib
import json
import multiprocessing
import threading
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pipeline.takes.store
from pipeline.errors import MachineError
from pipeline.recording import PIPELINE_FORMAT, Samples, Take
from pipeline.speech.engine import Speech
from pipeline.speech.request import Key, canonical, from_canonical, key_of
from pipeline.takes.acceptance import Judgement, Verdict
from pipeline.takes.chain import Rejection
from pipeline.takes.store import DamagedTake, TakeStore
from tests.fakes.engine import tone_of
from tests.fakes.studio import request_of

REQUEST = request_of("It was a dark and stormy night.")
KEY = key_of(REQUEST)
SPEECH = Speech(Path("unused"), generation_id="gen-1", cost_usd=0.012)
FACTS = {"checks": {"seconds": 2.4}, "stored_at": 1}


@pytest.fixture
def store(tmp_path) -> TakeStore:
    return TakeStore(tmp_path / "store")


def put(store: TakeStore, request=REQUEST, samples: "Samples | None" = None) -> Take:
    return store.put(request, tone_of(request.text) if samples is None else samples, SPEECH, FACTS)


def files(store: TakeStore) -> list[str]:
    found = (path for path in store.root.rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(str(path.relative_to(store.root)) for path in found)


def wav(store: TakeStore, key: str = KEY) -> Path:
    return store.root / "takes" / key[:2] / f"{key}.wav"


def record(store: TakeStore, key: str = KEY) -> Path:
    return wav(store, key).with_suffix(".json")


def test_what_is_put_is_found_with_every_sample(store):
    take = put(store)
    assert store.find(KEY) == take
    assert np.array_equal(store.samples(take), tone_of(REQUEST.text))
    assert store.samples(take).dtype == np.int16
    assert (take.key, take.frames, take.generation_id, take.cost_usd) == (KEY, 2_400 * 24, "gen-1", 0.012)
    assert take.digest == hashlib.sha256(tone_of(REQUEST.text).tobytes()).hexdigest()
    assert files(store) == [f"takes/{KEY[:2]}/{KEY}.json", f"takes/{KEY[:2]}/{KEY}.wav"]


def test_a_take_is_a_wav_that_any_player_opens(store):
    put(store)
    with wave.open(str(wav(store))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(file.getnframes()) == tone_of(REQUEST.text).tobytes()


def test_a_take_says_what_it_is_a_take_of(store):
    put(store)
    kept = store.record(KEY)
    assert from_canonical(json.dumps(kept["request"])) == REQUEST
    assert hashlib.sha256(canonical(REQUEST).encode()).hexdigest() == kept["key"]
    assert kept["facts"] == FACTS


def test_reading_creates_nothing(store):
    assert store.find(KEY) is None
    assert list(store.all_keys()) == []
    assert store.summary(verify=True).takes == 0
    assert not store.root.exists()


def test_a_store_survives_being_moved(store, tmp_path):
    take = put(store)
    store.root.rename(tmp_path / "elsewhere")
    moved = TakeStore(tmp_path / "elsewhere")
    assert moved.find(KEY) == take
    assert len(moved.samples(take)) == take.frames


def test_a_flipped_byte_is_found_out_and_set_aside(store):
    take = put(store)
    data = bytearray(wav(store).read_bytes())
    data[5_000] ^= 1
    wav(store).write_bytes(data)
    assert store.find(KEY) == take, "its size is right: only reading it tells"
    with pytest.raises(DamagedTake) as caught:
        store.samples(take)
    assert caught.value.key == KEY
    assert store.find(KEY) is None
    assert files(store) == [f"damaged/{KEY}.json", f"damaged/{KEY}.wav"]
    assert put(store) == take
    assert np.array_equal(store.samples(take), tone_of(REQUEST.text))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda store: wav(store).write_bytes(wav(store).read_bytes()[:-1]),
        lambda store: wav(store).write_bytes(b""),
        lambda store: wav(store).write_bytes(wav(store).read_bytes() + b"\0\0"),
        lambda store: record(store).write_text(record(store).read_text()[:-20]),
        lambda store: record(store).write_bytes(b""),
        lambda store: record(store).write_bytes(b"\xff\xfe\0"),
        lambda store: record(store).write_text("null"),
        lambda store: record(store).write_text("[1]"),
        lambda store: record(store).write_text("{}"),
        lambda store: record(store).write_text(record(store).read_text().replace('"rate": 24000', '"rate": 0')),
        lambda store: record(store).write_text(record(store).read_text().replace(KEY, "0" * 64)),
    ],
    ids=[
        "wav-short", "wav-empty", "wav-long", "json-short", "json-empty", "json-binary", "json-null", "json-list",
        "json-bare", "json-rate", "json-of-another",
    ],
)  # fmt: skip
def test_what_is_damaged_is_set_aside_and_kept_for_a_look(store, spoil: Callable[[TakeStore], object]):
    put(store)
    spoil(store)
    assert store.find(KEY) is None
    assert files(store) == [f"damaged/{KEY}.json", f"damaged/{KEY}.wav"]
    put(store)
    assert store.find(KEY) is not None


def test_a_take_without_its_wav_is_none(store):
    take = put(store)
    wav(store).unlink()
    assert store.find(KEY) is None
    with pytest.raises(DamagedTake, match="gone"):
        store.samples(take)
    put(store)
    assert store.find(KEY) == take


class Killed(BaseException):
    """The process ends here."""


def test_killed_between_the_wav_and_the_json_there_is_no_take(store, monkeypatch):
    written: list[str] = []
    write = pipeline.takes.store.write_atomic

    def write_once(path: Path, *pieces: bytes | str) -> None:
        if written:
            raise Killed
        written.append(path.suffix)
        write(path, *pieces)

    monkeypatch.setattr(pipeline.takes.store, "write_atomic", write_once)
    with pytest.raises(Killed):
        put(store)
    monkeypatch.undo()
    assert written == [".wav"], "the JSON makes the take complete, so it comes last"
    assert store.find(KEY) is None
    assert store.summary(verify=True).takes == 0
    take = put(store)
    assert store.find(KEY) == take


def _put_in_a_process(root: str, times: int) -> None:
    for _ in range(times):
        put(TakeStore(Path(root)))


def test_two_processes_on_one_key_leave_one_whole_take(store):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_put_in_a_process, args=(str(store.root), 15)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    take = store.find(KEY)
    assert take is not None
    assert np.array_equal(store.samples(take), tone_of(REQUEST.text))
    assert files(store) == [f"takes/{KEY[:2]}/{KEY}.json", f"takes/{KEY[:2]}/{KEY}.wav"]


@pytest.mark.parametrize("frames", [57_600, 50_000], ids=["as-long", "shorter"])
def test_two_renderings_of_one_key_that_cross_leave_one_whole_take(store, monkeypatch, frames):
    """A service need not give the same bytes twice, so the other process's take differs from ours."""
    write = pipeline.takes.store.write_atomic
    others = np.roll(tone_of(REQUEST.text), 5)[:frames]
    kept: list[Take] = []
    rival = threading.Thread(target=lambda: kept.append(put(TakeStore(store.root), samples=others)))

    def write_with_a_rival_at_the_door(path: Path, *pieces: bytes | str) -> None:
        write(path, *pieces)
        if path.suffix == ".wav":
            rival.start()

    monkeypatch.setattr(pipeline.takes.store, "write_atomic", write_with_a_rival_at_the_door)
    ours = put(store)
    rival.join(30)
    assert kept == [ours], "the second one is given what the first one stored"
    assert np.array_equal(store.samples(ours), tone_of(REQUEST.text))


def test_why_a_request_has_no_take_is_kept_with_the_sound_that_was_none(store):
    tone = tone_of(REQUEST.text)
    store.reject(REQUEST, Rejection("it hums"), FACTS, sound=tone)
    assert store.look_up(REQUEST) == Rejection("it hums")
    assert store.find(KEY) is None
    sound = store.rejected_sound(KEY)
    with wave.open(str(sound)) as file:
        assert file.readframes(file.getnframes()) == tone.tobytes()


def test_a_refusal_is_kept_without_a_sound(store):
    refusal = Rejection("the service answered 403", is_refused=True, is_filter=True)
    store.reject(REQUEST, refusal, FACTS)
    assert store.rejection(KEY) == refusal
    assert store.rejected_sound(KEY) is None


def test_an_answer_that_was_no_sound_is_kept_the_last_one_of_each_key(store, tmp_path):
    body = tmp_path / "body"
    for data in (b"first", b"second"):
        body.write_bytes(data)
        store.keep_body(REQUEST, body)
    assert files(store) == [f"rejected/{KEY[:2]}/{KEY}.body"]
    assert (store.root / files(store)[0]).read_bytes() == b"second"
    assert store.look_up(REQUEST) is None, "a body alone does not say why"


@pytest.mark.parametrize("text", ["", "null", "{}", '{"reason": "x"}', "\ufffd"])
def test_a_rejection_of_another_version_is_asked_again(store, text):
    store.reject(REQUEST, Rejection("it hums"), FACTS)
    (store.root / "rejected" / KEY[:2] / f"{KEY}.json").write_text(text)
    assert store.look_up(REQUEST) is None


def test_a_take_is_worth_more_than_an_older_rejection(store):
    store.reject(REQUEST, Rejection("it hums"), FACTS)
    take = put(store)
    assert store.look_up(REQUEST) == take


def test_how_good_a_take_is_stands_beside_it(store):
    judgement = Judgement(Verdict.SUSPECT, ("it hums",), {}, 2.5)
    take = store.put(REQUEST, tone_of(REQUEST.text), SPEECH, FACTS, judgement=judgement)
    assert (take.is_suspect, take.badness) == (True, 2.5)
    assert store.find(KEY) == take


def test_the_summary_counts_and_verifies(store):
    texts = ["One.", "Two, and more.", "Three."]
    takes = [put(store, request_of(text)) for text in texts]
    summary = store.summary(verify=False)
    assert (summary.takes, summary.damaged) == (3, ())
    assert summary.seconds == pytest.approx(sum(take.frames for take in takes) / 24_000)
    assert summary.bytes == sum(wav(store, take.key).stat().st_size for take in takes)
    assert summary.cost_usd == pytest.approx(0.036)
    assert list(store.all_keys()) == sorted(take.key for take in takes)

    spoiled = wav(store, takes[0].key)
    spoiled.write_bytes(spoiled.read_bytes()[:-2] + b"\1\2")
    assert store.summary(verify=False).takes == 3
    verified = store.summary(verify=True)
    assert verified.takes == 2
    assert len(verified.damaged) == 1 and takes[0].key[:12] in verified.damaged[0]
    assert store.summary(verify=True).damaged == ()


def test_a_store_that_cannot_be_written_is_the_machines_error(tmp_path):
    (tmp_path / "file").write_text("")
    store = TakeStore(tmp_path / "file")
    with pytest.raises(MachineError):
        store.prepare()
    with pytest.raises(MachineError):
        put(store)


def test_a_format_is_kept_with_its_take(store):
    take = put(store)
    assert dataclasses.replace(take, format=PIPELINE_FORMAT) == store.find(Key(take.key))
