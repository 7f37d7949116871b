"""The speech service without HTTP: who is let in, what goes wrong, what is spoken, what is written down."""

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import SpeechError
from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.clock import Clock
from pipeline.rehearsal.contract import Asked, Refusal, asked_from, check_key, digest_of, input_chars_of
from pipeline.rehearsal.draw import Asking, drawn, standing
from pipeline.rehearsal.faults import WHOLE_KINDS, Fault, FaultScript
from pipeline.rehearsal.journal import Journal, JournalLine
from pipeline.rehearsal.limits import Gate, Limits
from pipeline.rehearsal.lines import lines_of
from pipeline.rehearsal.reading_faults import misread
from pipeline.rehearsal.records import Generation, Records, models_answer, tokens_of
from pipeline.rehearsal.refusals import gone_model, refusal_of, revoked_key
from pipeline.rehearsal.sound_faults import distorted
from pipeline.rehearsal.voice import Voice, longest_answer_frames, speak
from pipeline.rehearsal.wire_faults import Journey, journey_of, labelled, wrapped
from pipeline.speech.profiles import ModelProfile

Hold = Callable[[float], Awaitable[bool]]
"""Waits that many seconds of the service; true as soon as the client has left, or the server is closing."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides about a request besides the request. An empty `api_key` lets any key in."""

    profiles: Mapping[str, ModelProfile]
    script: FaultScript = field(default_factory=FaultScript)
    limits: Limits = field(default_factory=Limits)
    api_key: str = ""


@dataclass(slots=True)
class Attempt:
    """One request as it arrived, and what is found out about it. `in_flight` counts it too."""

    seq: int
    at_s: float
    in_flight: int
    body: bytes
    digest: str
    fault: Fault | None = None
    model: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. Without a status nothing does: the client has left, or its connection is lost."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None
    generation: Generation | None = None
    refusal: Refusal | None = None

    @property
    def is_good(self) -> bool:
        is_whole = self.fault is None or self.fault.kind in WHOLE_KINDS
        return self.status == 200 and self.refusal is None and is_whole

    @property
    def journey(self) -> Journey:
        return journey_of(len(self.body), self.fault)


class Service:
    """Counts, limits, speaks and records, in the time of its clock."""

    def __init__(self, rules: Rules, voice: Voice, *, clock: Clock, journal: Journal) -> None:
        self.rules = rules
        self.clock = clock
        self.records = Records(lag_s=rules.script.record_lag_s, limit_usd=rules.script.credit_usd)
        self.max_in_flight = 0
        self._voice = voice
        self._journal = journal
        self._gate = Gate(rules.limits, rules.script.limits, clock)
        self._top_ups = sorted(rules.script.top_ups, key=lambda top_up: -top_up.from_s)
        self._seq = 0
        self._open: set[int] = set()
        self._draws: Counter[str] = Counter()

    def begin(self, body: bytes) -> Attempt:
        """Count an attempt that has arrived whole; `end` has to follow."""
        self._seq += 1
        self._open.add(self._seq)
        self.max_in_flight = max(self.max_in_flight, len(self._open))
        return Attempt(self._seq, self.clock.elapsed_s(), len(self._open), body, digest_of(body))

    async def answer(self, attempt: Attempt, *, authorization: str, hold: Hold) -> Answer:
        """Decide and, if all is well, speak. Never raises for what a client sent."""
        try:
            asked = self._admitted(attempt, authorization)
            fault = attempt.fault = self._drawn(attempt, asked)
            refusal = refusal_of(fault, asked.profile) if fault else None
            if refusal:
                raise refusal
            if fault and fault.kind == "hang":
                return await _after_hanging(fault, hold)
            if fault and fault.kind == "reset":
                return Answer(None, fault=fault)
            return await self._spoken(attempt, asked, hold)
        except Refusal as refusal:
            return _refused(refusal, attempt.fault)

    def end(self, attempt: Attempt, answer: Answer, *, sent_bytes: int, is_complete: bool) -> None:
        """Let go of an attempt and write its line. A second call for the same attempt does nothing.

        Has to come before the client can know that the answer is complete: else its next request would find this one
        still counted.
        """
        if attempt.seq not in self._open:
            return
        self._open.remove(attempt.seq)
        self._gate.let_go(attempt.seq)
        line = _line(attempt, answer, ended_s=self.clock.elapsed_s())
        answered = is_complete and answer.is_good
        self._journal.write(dataclasses.replace(line, bytes=sent_bytes, complete=is_complete, answered=answered))

    def check_access(self, authorization: str) -> None:
        """For look-ups: raises `Refusal` 401 for a wrong key, or one that has been revoked."""
        check_key(authorization, api_key=self.rules.api_key)
        revoked = standing(self.rules.script, "revoked", self._asking_now())
        if revoked:
            raise revoked_key(revoked)

    def generation(self, generation_id: str) -> dict[str, Any]:
        """The record. Raises `Refusal` 404 where there is none, or none yet."""
        return self.records.find(generation_id, now_s=self.clock.now_s()).record()

    def key(self) -> dict[str, Any]:
        self._pay_in()
        return self.records.key()

    def models(self, *, output_modalities: str) -> dict[str, Any]:
        """The models that are left, with the dates on which they go."""
        profiles = self.rules.profiles.values()
        expires = {
            profile.name: fault.expiration_date
            for fault in self.rules.script.faults
            for profile in profiles
            if fault.expiration_date and fault.model in ("", profile.name)
        }
        left = [p for p in profiles if not standing(self.rules.script, "gone", self._asking_now(model=p.name))]
        return models_answer(left, output_modalities=output_modalities, expires=expires)

    def _admitted(self, attempt: Attempt, authorization: str) -> Asked:
        check_key(authorization, api_key=self.rules.api_key)
        attempt.fault = standing(self.rules.script, "revoked", Asking(attempt.seq, at_s=attempt.at_s))
        if attempt.fault:
            raise revoked_key(attempt.fault)
        asked = asked_from(attempt.body, self.rules.profiles)
        attempt.model = asked.profile.name
        attempt.text = "\n".join(line.text for line in lines_of(asked))
        attempt.fault = standing(self.rules.script, "gone", self._asking(attempt, asked))
        if attempt.fault:
            raise gone_model(attempt.fault, asked.profile)
        self._pay_in()
        self.records.check_credit()
        self._gate.let_in(attempt.seq)
        return asked

    def _asking_now(self, *, model: str = "") -> Asking:
        """A look-up is no attempt: it finds what the last attempt found."""
        return Asking(max(1, self._seq), at_s=self.clock.elapsed_s(), model=model)

    def _asking(self, attempt: Attempt, asked: Asked) -> Asking:
        return Asking(
            attempt.seq,
            attempt.digest,
            asked_before=self._draws[attempt.digest],
            at_s=attempt.at_s,
            model=attempt.model,
            text=attempt.text,
            is_marked=asked.is_marked,
        )

    def _pay_in(self) -> None:
        while self._top_ups and self._top_ups[-1].from_s <= self.clock.elapsed_s():
            self.records.top_up(self._top_ups.pop().usd)

    def _drawn(self, attempt: Attempt, asked: Asked) -> Fault | None:
        asking = self._asking(attempt, asked)
        self._draws[attempt.digest] += 1
        return drawn(self.rules.script, asking)

    async def _spoken(self, attempt: Attempt, asked: Asked, hold: Hold) -> Answer:
        fault = attempt.fault
        try:
            lines = misread(asked, fault)
            whole = await speak(lines, self._voice, longest_frames=longest_answer_frames(asked))
        except SpeechError as error:
            raise Refusal(502) from error
        samples = distorted(whole, fault)
        wait_s = self._gate.limits.latency_per_audio_s * PIPELINE_FORMAT.seconds_of(len(samples))
        has_left = await hold(wait_s - (self.clock.elapsed_s() - attempt.at_s))
        generation = self._recorded(attempt, asked, samples)
        headers = {**labelled(fault), "X-Generation-Id": generation.id}
        body = wrapped(samples.astype("<i2").tobytes(), fault)
        is_lost = has_left or not journey_of(len(body), fault).has_headers
        return Answer(None if is_lost else 200, headers, body, fault=fault, generation=generation)

    def _recorded(self, attempt: Attempt, asked: Asked, samples: Samples) -> Generation:
        """Write down what was generated. Nothing usable costs nothing: the service's zero completion insurance."""
        audio_s = PIPELINE_FORMAT.seconds_of(len(samples))
        cost_usd = asked.profile.cost_usd(input_tokens=asked.input_tokens, chars=asked.chars, audio_s=audio_s)
        now_s = self.clock.now_s()
        generation = Generation(
            id=f"gen-tts-{int(now_s)}-{attempt.digest[:14]}{attempt.seq:06d}",
            model=asked.profile.name,
            cost_usd=cost_usd if len(samples) else 0.0,
            audio_s=audio_s,
            tokens_prompt=asked.input_tokens,
            tokens_completion=tokens_of(audio_s, asked.profile),
            finish_reason=_finish_reason(attempt.fault, is_longest=len(samples) == longest_answer_frames(asked)),
            created_at_s=now_s,
            latency_s=self.clock.elapsed_s() - attempt.at_s,
        )
        self.records.add(generation)
        return generation


def _finish_reason(fault: Fault | None, *, is_longest: bool) -> str:
    """What breaks off upstream ends in an error there, and only the record says so."""
    if fault and fault.kind in ("truncated", "empty"):
        return "error"
    return "length" if is_longest else "stop"


def _refused(refusal: Refusal, fault: Fault | None) -> Answer:
    headers = {"Content-Type": "application/json", **refusal.headers}
    body = json.dumps(refusal.body()).encode()
    return Answer(refusal.status, headers, body, fault=fault, refusal=refusal)


async def _after_hanging(fault: Fault, hold: Hold) -> Answer:
    """A client with patience gets what the edge in front of the service says in the end."""
    if await hold(fault.hold_s):
        return Answer(None, fault=fault)
    return _refused(Refusal(524), fault)


def _line(attempt: Attempt, answer: Answer, *, ended_s: float) -> JournalLine:
    generation = answer.generation
    cost_usd = generation.cost_usd if generation else 0.0
    retry_after_s = answer.headers.get("Retry-After")
    return JournalLine(
        seq=attempt.seq,
        at_s=round(attempt.at_s, 6),
        ended_s=round(ended_s, 6),
        model=attempt.model,
        body_sha256=attempt.digest,
        text_sha256=hashlib.sha256(attempt.text.encode()).hexdigest() if attempt.text else "",
        input_chars=input_chars_of(attempt.body),
        fault=answer.fault.name if answer.fault else None,
        status=answer.status,
        retry_after_s=float(retry_after_s) if retry_after_s else None,
        bytes=0,
        audio_s=generation.audio_s if generation else 0.0,
        cost_usd=cost_usd,
        charged=cost_usd > 0,
        generation_id=generation.id if generation else "",
        in_flight=attempt.in_flight,
        complete=False,
        answered=False,
    )
