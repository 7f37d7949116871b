"""The speech service without HTTP: who is let in, what goes wrong, what is spoken, what is written down."""

import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SpeechError
from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.contract import Asked, Refusal, asked_from, check_key, digest_of, input_chars_of
from pipeline.rehearsal.faults import Fault, FaultScript, distorted, drawn, wrapped
from pipeline.rehearsal.journal import Journal, JournalLine
from pipeline.rehearsal.records import Generation, Records, tokens_of
from pipeline.rehearsal.voice import longest_answer_frames, speak
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.profiles import ModelProfile

CONTENT_TYPE = f"audio/pcm;rate={PIPELINE_FORMAT.rate};channels={PIPELINE_FORMAT.channels}"

_WINDOW_S = 60.0
_CONCURRENCY_RETRY_AFTER_S = 1

Hold = Callable[[float], Awaitable[bool]]
"""Waits that many seconds; true as soon as the client has left, or the server is closing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service allows and how fast it is. 0 is no limit; the wait is seconds for each second of audio."""

    requests_per_minute: int = 0
    max_concurrency: int = 0
    latency_per_audio_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides about a request besides the request. An empty `api_key` lets any key in."""

    profiles: Mapping[str, ModelProfile]
    script: FaultScript = field(default_factory=FaultScript)
    limits: Limits = Limits()
    api_key: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as it arrived. `in_flight` counts it too."""

    seq: int
    at_s: float
    in_flight: int
    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. Without a status nothing does: the client has left. A body with `cut_at` breaks off there."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None
    generation: Generation | None = None
    refusal: Refusal | None = None

    @property
    def is_good(self) -> bool:
        return self.status == 200 and self.fault is None

    @property
    def cut_at(self) -> int | None:
        return int(len(self.body) * self.fault.share) if self.fault and self.fault.kind == "cut" else None


class Service:
    """Counts, limits, speaks and records. `clock` gives monotonic seconds, `now` seconds since 1970."""

    def __init__(
        self,
        rules: Rules,
        engine: EspeakEngine,
        *,
        scratch: Path,
        journal: Journal,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.rules = rules
        self.records = Records()
        self.max_in_flight = 0
        self._engine = engine
        self._scratch = scratch
        self._journal = journal
        self._clock, self._now = clock, now
        self._started_at = clock()
        self._seq = 0
        self._open: set[int] = set()
        self._let_in: set[int] = set()
        self._draws: Counter[str] = Counter()
        self._admissions: deque[float] = deque()

    def begin(self, body: bytes) -> Attempt:
        """Count an attempt that has arrived whole; `end` has to follow."""
        self._seq += 1
        self._open.add(self._seq)
        self.max_in_flight = max(self.max_in_flight, len(self._open))
        return Attempt(self._seq, self._clock() - self._started_at, len(self._open), body, digest_of(body))

    async def answer(self, attempt: Attempt, *, authorization: str, hold: Hold) -> Answer:
        """Decide and, if all is well, speak. Never raises for what a client sent."""
        fault: Fault | None = None
        try:
            asked = self._admitted(attempt, authorization)
            fault = self._drawn(attempt)
            if fault and fault.kind == "status":
                raise _refusal_of(fault)
            if fault and fault.kind == "hang":
                return await _after_hanging(fault, hold)
            return await self._spoken(attempt, asked, fault=fault, hold=hold)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.headers, fault=fault, refusal=refusal)

    def end(self, attempt: Attempt, answer: Answer, *, sent_bytes: int, answered: bool) -> None:
        """Let go of an attempt and write its line. A second call for the same attempt does nothing.

        Has to come before the client can know that the answer is complete: else its next request would find this one
        still counted.
        """
        if attempt.seq not in self._open:
            return
        self._open.remove(attempt.seq)
        self._let_in.discard(attempt.seq)
        generation = answer.generation
        line = JournalLine(
            seq=attempt.seq,
            at_s=round(attempt.at_s, 6),
            body_sha256=attempt.digest,
            input_chars=input_chars_of(attempt.body),
            fault=answer.fault.name if answer.fault else None,
            status=answer.status,
            bytes=sent_bytes,
            audio_s=generation.audio_s if generation else 0.0,
            cost_usd=generation.cost_usd if generation else 0.0,
            generation_id=generation.id if generation else "",
            in_flight=attempt.in_flight,
            answered=answered and answer.is_good,
        )
        self._journal.write(line)

    def _admitted(self, attempt: Attempt, authorization: str) -> Asked:
        check_key(authorization, api_key=self.rules.api_key)
        asked = asked_from(attempt.body, self.rules.profiles)
        self._check_concurrency()
        self._check_rate()
        self._let_in.add(attempt.seq)
        return asked

    def _check_concurrency(self) -> None:
        """Over the requests that were let in and are not done: one that is just being refused takes no place."""
        limit = self.rules.limits.max_concurrency
        if limit and len(self._let_in) >= limit:
            raise self._over_limit(limit, wait_s=_CONCURRENCY_RETRY_AFTER_S, what=f"{limit} requests at once")

    def _check_rate(self) -> None:
        """A sliding minute over the requests that were let in."""
        limit, at = self.rules.limits.requests_per_minute, self._clock()
        while self._admissions and self._admissions[0] <= at - _WINDOW_S:
            self._admissions.popleft()
        if limit and len(self._admissions) >= limit:
            wait_s = math.ceil(self._admissions[0] + _WINDOW_S - at)
            raise self._over_limit(limit, wait_s=wait_s, what=f"{limit} requests per minute")
        self._admissions.append(at)

    def _over_limit(self, limit: int, *, wait_s: int, what: str) -> Refusal:
        headers = {
            "Retry-After": str(wait_s),
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(round(1000 * (self._now() + wait_s))),
        }
        return Refusal(429, f"Rate limit exceeded: {what}", headers=headers)

    def _drawn(self, attempt: Attempt) -> Fault | None:
        asked_before = self._draws[attempt.digest]
        self._draws[attempt.digest] += 1
        return drawn(self.rules.script, attempt=attempt.seq, digest=attempt.digest, asked_before=asked_before)

    async def _spoken(self, attempt: Attempt, asked: Asked, *, fault: Fault | None, hold: Hold) -> Answer:
        try:
            whole = await speak(asked, self._engine, self._scratch / f"{attempt.seq}.pcm")
        except SpeechError as error:
            raise Refusal(502) from error
        samples = distorted(whole, fault)
        elapsed_s = self._clock() - self._started_at - attempt.at_s
        wait_s = self.rules.limits.latency_per_audio_s * PIPELINE_FORMAT.seconds_of(len(samples)) - elapsed_s
        has_left = await hold(wait_s)
        generation = self._recorded(attempt, asked, samples)
        headers = {"Content-Type": CONTENT_TYPE, "X-Generation-Id": generation.id}
        body = wrapped(samples.astype("<i2").tobytes(), fault)
        return Answer(None if has_left else 200, headers, body, fault=fault, generation=generation)

    def _recorded(self, attempt: Attempt, asked: Asked, samples: Samples) -> Generation:
        """Write down what was generated. Nothing usable costs nothing: the service's zero completion insurance."""
        audio_s = PIPELINE_FORMAT.seconds_of(len(samples))
        cost_usd = asked.profile.cost_usd(input_tokens=asked.input_tokens, chars=asked.chars, audio_s=audio_s)
        generation = Generation(
            id=f"gen-tts-{int(self._now())}-{attempt.digest[:14]}{attempt.seq:06d}",
            model=asked.profile.name,
            cost_usd=cost_usd if len(samples) else 0.0,
            audio_s=audio_s,
            tokens_prompt=asked.input_tokens,
            tokens_completion=tokens_of(audio_s, asked.profile),
            finish_reason="length" if len(samples) == longest_answer_frames(asked) else "stop",
            created_at_s=self._now(),
            latency_s=self._clock() - self._started_at - attempt.at_s,
        )
        self.records.add(generation)
        return generation


def _refusal_of(fault: Fault) -> Refusal:
    headers = {} if fault.retry_after_s is None else {"Retry-After": f"{fault.retry_after_s:g}"}
    return Refusal(fault.status or 500, fault.message, error_type=fault.error_type, headers=headers)


async def _after_hanging(fault: Fault, hold: Hold) -> Answer:
    """A client with patience gets what the edge in front of the service says in the end."""
    if await hold(fault.hold_s):
        return Answer(None, fault=fault)
    refusal = Refusal(524)
    return Answer(refusal.status, fault=fault, refusal=refusal)
