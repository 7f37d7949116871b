"""The service without HTTP: who is let in, what goes wrong, what is spoken or proposed, what is written down."""

import dataclasses
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.errors import SpeechError
from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.attempts import Answer, Attempt, Hold, after_hanging, line_of, refused
from pipeline.rehearsal.chat import CHAT_MODELS, ChatAsked, chat_asked_from, completion_of
from pipeline.rehearsal.chat_faults import misled
from pipeline.rehearsal.clock import Clock
from pipeline.rehearsal.contract import Asked, Refusal, asked_from, check_key, digest_of
from pipeline.rehearsal.draw import Asking, drawn, standing
from pipeline.rehearsal.faults import Fault, FaultScript
from pipeline.rehearsal.journal import Journal
from pipeline.rehearsal.limits import Gate, Limits
from pipeline.rehearsal.lines import lines_of
from pipeline.rehearsal.proposals import proposal_of
from pipeline.rehearsal.reading_faults import misread
from pipeline.rehearsal.records import Generation, Records, models_answer, tokens_of
from pipeline.rehearsal.refusals import gone_model, refusal_of, revoked_key
from pipeline.rehearsal.sound_faults import distorted
from pipeline.rehearsal.voice import Voice, longest_answer_frames, speak
from pipeline.rehearsal.wire_faults import journey_of, labelled, wrapped
from pipeline.speech.profiles import ModelProfile

Heard = TypeVar("Heard", Asked, ChatAsked)


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides about a request besides the request. An empty `api_key` lets any key in."""

    profiles: Mapping[str, ModelProfile]
    script: FaultScript = field(default_factory=FaultScript)
    limits: Limits = field(default_factory=Limits)
    api_key: str = ""


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

        async def spoken(asked: Asked) -> Answer:
            return await self._spoken(attempt, asked, hold)

        return await self._decided(attempt, self._speech(attempt, authorization), spoken, hold=hold)

    async def answer_chat(self, attempt: Attempt, *, authorization: str, hold: Hold) -> Answer:
        """The same for a question about direction, which is answered by rules."""

        async def directed(asked: ChatAsked) -> Answer:
            return await self._directed(attempt, asked, hold)

        return await self._decided(attempt, self._chat(attempt, authorization), directed, hold=hold)

    async def _decided(
        self,
        attempt: Attempt,
        admitted: Callable[[], tuple[Heard, Asking]],
        served: Callable[[Heard], Awaitable[Answer]],
        *,
        hold: Hold,
    ) -> Answer:
        try:
            asked, asking = admitted()
            fault = attempt.fault = self._drawn(attempt, asking)
            refusal = refusal_of(fault, asked.profile) if fault else None
            if refusal:
                raise refusal
            if fault and fault.kind == "hang":
                return await after_hanging(fault, hold)
            if fault and fault.kind == "reset":
                return Answer(None, fault=fault)
            return await served(asked)
        except Refusal as refusal:
            return refused(refusal, attempt.fault)

    def end(self, attempt: Attempt, answer: Answer, *, sent_bytes: int, is_complete: bool) -> None:
        """Let go of an attempt and write its line. A second call for the same attempt does nothing.

        Has to come before the client can know that the answer is complete: else its next request would find this one
        still counted.
        """
        if attempt.seq not in self._open:
            return
        self._open.remove(attempt.seq)
        self._gate.let_go(attempt.seq)
        line = line_of(attempt, answer, ended_s=self.clock.elapsed_s())
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
        profiles = [*self.rules.profiles.values(), *CHAT_MODELS.values()]
        expires = {
            profile.name: fault.expiration_date
            for fault in self.rules.script.faults
            for profile in profiles
            if fault.expiration_date and fault.model in ("", profile.name)
        }
        left = [p for p in profiles if not standing(self.rules.script, "gone", self._asking_now(model=p.name))]
        return models_answer(left, output_modalities=output_modalities, expires=expires)

    def _speech(self, attempt: Attempt, authorization: str) -> Callable[[], tuple[Asked, Asking]]:
        def admitted() -> tuple[Asked, Asking]:
            self._check_key(attempt, authorization)
            asked = asked_from(attempt.body, self.rules.profiles)
            attempt.text = "\n".join(line.text for line in lines_of(asked))
            return asked, self._let_in(attempt, asked.profile, self._asking(attempt, is_marked=asked.is_marked))

        return admitted

    def _chat(self, attempt: Attempt, authorization: str) -> Callable[[], tuple[ChatAsked, Asking]]:
        def admitted() -> tuple[ChatAsked, Asking]:
            self._check_key(attempt, authorization)
            asked = chat_asked_from(attempt.body)
            attempt.text = asked.passage
            return asked, self._let_in(attempt, asked.profile, self._asking(attempt, is_marked=True, is_chat=True))

        return admitted

    def _check_key(self, attempt: Attempt, authorization: str) -> None:
        check_key(authorization, api_key=self.rules.api_key)
        attempt.fault = standing(self.rules.script, "revoked", Asking(attempt.seq, at_s=attempt.at_s))
        if attempt.fault:
            raise revoked_key(attempt.fault)

    def _let_in(self, attempt: Attempt, profile: ModelProfile, asking: Asking) -> Asking:
        attempt.model = profile.name
        asking = dataclasses.replace(asking, model=profile.name)
        attempt.fault = standing(self.rules.script, "gone", asking)
        if attempt.fault:
            raise gone_model(attempt.fault, profile)
        self._pay_in()
        self.records.check_credit()
        self._gate.let_in(attempt.seq)
        return asking

    def _asking_now(self, *, model: str = "") -> Asking:
        """A look-up is no attempt: it finds what the last attempt found."""
        return Asking(max(1, self._seq), at_s=self.clock.elapsed_s(), model=model)

    def _asking(self, attempt: Attempt, *, is_marked: bool, is_chat: bool = False) -> Asking:
        return Asking(
            attempt.seq,
            attempt.digest,
            asked_before=self._draws[attempt.digest],
            at_s=attempt.at_s,
            text=attempt.text,
            is_marked=is_marked,
            is_chat=is_chat,
        )

    def _pay_in(self) -> None:
        while self._top_ups and self._top_ups[-1].from_s <= self.clock.elapsed_s():
            self.records.top_up(self._top_ups.pop().usd)

    def _drawn(self, attempt: Attempt, asking: Asking) -> Fault | None:
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

    async def _directed(self, attempt: Attempt, asked: ChatAsked, hold: Hold) -> Answer:
        """An answer is charged by its tokens, whatever is wrong with it."""
        said = misled(proposal_of(asked.passage, language=asked.language), attempt.fault)
        has_left = await hold(0.0)
        now_s = self.clock.now_s()
        generation = Generation(
            id=f"gen-{int(now_s)}-{attempt.digest[:14]}{attempt.seq:06d}",
            model=asked.profile.name,
            cost_usd=asked.cost_usd(said),
            audio_s=0.0,
            tokens_prompt=asked.input_tokens,
            tokens_completion=said.tokens,
            finish_reason=said.finish_reason,
            created_at_s=now_s,
            latency_s=self.clock.elapsed_s() - attempt.at_s,
            api_type="completions",
        )
        self.records.add(generation)
        body = json.dumps(completion_of(generation, said), ensure_ascii=False).encode()
        is_lost = has_left or not journey_of(len(body), attempt.fault).has_headers
        headers = {"Content-Type": "application/json", "X-Generation-Id": generation.id}
        return Answer(None if is_lost else 200, headers, body, fault=attempt.fault, generation=generation)


def _finish_reason(fault: Fault | None, *, is_longest: bool) -> str:
    """What breaks off upstream ends in an error there, and only the record says so."""
    if fault and fault.kind in ("truncated", "empty"):
        return "error"
    return "length" if is_longest else "stop"
