"""What came of a question, as far as what is kept tells, and what an answer costs."""

from dataclasses import dataclass

from pipeline.director.answer import Checked, checked
from pipeline.director.kept import Kept
from pipeline.director.question import Question
from pipeline.director.reply import Reply, Useless, reply_from
from pipeline.errors import RequestRefused

_BYTES_PER_TOKEN = 4
_TOKENS_PER_PIECE = 18
"""Of an answer: a line of about sixty tokens for every third or fourth piece."""


@dataclass(frozen=True, slots=True)
class Prices:
    """USD a million tokens."""

    usd_per_m_input: float
    usd_per_m_output: float

    def cost_usd(self, *, input_tokens: float, output_tokens: float) -> float:
        return (input_tokens * self.usd_per_m_input + output_tokens * self.usd_per_m_output) / 1_000_000

    def expected_usd(self, question: Question) -> float:
        """What an answer should cost, without what a model thinks to itself."""
        pieces = sum(len(block.pieces) for block in question.window.blocks)
        tokens = question.most_input_tokens / _BYTES_PER_TOKEN
        return self.cost_usd(input_tokens=tokens, output_tokens=pieces * _TOKENS_PER_PIECE)

    def most_usd(self, question: Question) -> float:
        """What no answer can cost more than: that is held back."""
        most_output = int(question.body["max_tokens"])
        return self.cost_usd(input_tokens=question.most_input_tokens, output_tokens=most_output)

    def paid_usd(self, reply: Reply, question: Question) -> float:
        """What an answer has cost: as the service says, else by its tokens, else the most it can have been."""
        if reply.cost_usd is not None:
            return reply.cost_usd
        if reply.input_tokens is None or reply.output_tokens is None:
            return self.most_usd(question)
        return self.cost_usd(input_tokens=reply.input_tokens, output_tokens=reply.output_tokens)


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a question: an answer that holds, or why there is none, with the refusal if it was one."""

    question: Question
    answer: Checked | None = None
    why: str = ""
    refusal: RequestRefused | None = None


def kept_for(question: Question, kept: Kept, *, attempts: int, tags: frozenset[str]) -> Given | None:
    """What is kept of a question: an answer of use or, where every attempt is spent, none; None: it is to be asked."""
    why = ""
    for attempt in range(1, attempts + 1):
        body = kept.find(question.key(attempt))
        if body is None or reply_from(body).failure is not None:
            return None
        try:
            return Given(question, read(body, question, tags))
        except Useless as useless:
            why = str(useless)
    return Given(question, None, why)


def read(body: str, question: Question, tags: frozenset[str]) -> Checked:
    """What an answer proposes. Raises `Useless` where it is no answer to the question."""
    return checked(reply_from(body).said(), question.window, tags=tags)
