"""What is known of one hidden limit of a service: a number that may be in flight at once, or leave in a minute.

The limit is not told, it is found: the ceiling rises a quarter above what was let in until something is refused, then
stands where the refusal says, and is tried again rarely. All of it is arithmetic on plain values.
"""

import math
from dataclasses import dataclass, replace

GROWTH = 1.25
"""A quarter more than what was let in, each time it is known to be: doubles in three to four looks, and at most a
fifth of what is on its way is above a limit when that is met."""

_PROBE_REQUESTS = 80
"""A refused probe for so many requests that were let in keeps refusals near one in a hundred."""

_PROBE_WAIT_S = 30.0
_PROBE_DOUBLINGS = 2
"""Probes that find nothing double the wait up to two minutes: a limit that was raised in the night is noticed soon."""

_REST_SHARE = 50
"""A refused probe that costs everybody a rest of so many seconds is worth repeating after fifty times as many."""

_LONGEST_PROBE_WAIT_S = 300.0
"""… but not after more than five minutes: the rest may have been about something else."""

_CLIMBS = 3
"""Probes let in one after another until the limit counts as gone. One may slip in while an answer is on its way."""

_STEADY = 0.8
"""A single refusal far under a known limit (a fifth) is an accident until it is repeated: the limit is remembered."""

_SAME = 0.97
"""Two counts of the same limit differ by what is on the wire."""

_HALVED = 0.5 / GROWTH
"""What is taken as good after a halving, so that the level, a quarter above, is half."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """`good` was let in; above `limit` something was refused. What is not `is_bound` has never been refused anything.

    `strikes` refusals since anything was let in, of requests that left after `lowered_at_s`; `met_at_s` is when the
    limit was met, by more than a whim; `fruitless` probes in a row; `climbs` probes let in in a row; `let_in_count`
    since the last refusal, which asked for a rest of `rest_s`. `is_new`: met with the last refusals and by nothing
    before; `is_doubted`: bound by them, and not yet confirmed by a second one at the same height. `is_provisional`:
    without a doubtful limit it would bind nothing.
    """

    good: float
    limit: float = math.inf
    is_bound: bool = True
    strikes: int = 0
    lowered_at_s: float = -math.inf
    met_at_s: float = -math.inf
    fruitless: int = 0
    climbs: int = 0
    let_in_count: int = 0
    rest_s: float = 0.0
    is_new: bool = False
    is_doubted: bool = False
    is_provisional: bool = False

    @property
    def level(self) -> float:
        """How many are allowed without a probe."""
        return min(self.limit, math.floor(self.good * GROWTH + 1)) if self.is_bound else math.inf

    def allowed(self, *, now_s: float) -> float:
        """How many are allowed now: the level, or one more where the limit is due to be tried."""
        return self.limit + 1 if self.is_probe_due(now_s=now_s) and self.level == self.limit else self.level

    def is_probe_due(self, *, now_s: float) -> bool:
        if not self.is_bound or math.isinf(self.limit):
            return False
        if self.climbs > 0 or (self.is_doubted and self.strikes <= 1):
            return True
        return self.let_in_count >= _PROBE_REQUESTS and now_s >= self.probe_at_s

    @property
    def probe_at_s(self) -> float:
        """When the limit may be tried again, if enough was let in by then."""
        wait_s = _PROBE_WAIT_S * 2.0 ** min(self.fruitless, _PROBE_DOUBLINGS)
        return self.met_at_s + max(wait_s, min(_REST_SHARE * self.rest_s, _LONGEST_PROBE_WAIT_S))

    def let_in(self, amount: int, *, left_at_s: float) -> "Ceiling":
        """The service took one that was the `amount`-th. One that left before the last refusal says nothing new."""
        if left_at_s <= self.lowered_at_s:
            return self
        known = replace(self, good=max(self.good, amount), strikes=0, let_in_count=self.let_in_count + 1)
        if amount <= self.limit:
            return known
        climbs = self.climbs + 1
        if climbs >= _CLIMBS and self.is_provisional:
            return Ceiling(known.good, is_bound=False, lowered_at_s=self.lowered_at_s)
        limit = math.inf if climbs >= _CLIMBS else float(amount)
        return replace(known, limit=limit, climbs=climbs if limit < math.inf else 0, fruitless=0)

    def refused(self, others: int, *, now_s: float, rest_s: float = 0.0) -> "Ceiling":
        """One was refused while `others` had been let in.

        The first refusal says where the limit is; a second without anything let in between says that it has fallen,
        nobody knows how far: by half. A single one far under the known limit leaves that limit remembered.
        """
        strikes, limit = self.strikes + 1, max(1.0, float(others))
        is_confirmed = self.is_doubted and others >= _SAME * self.limit
        if strikes > 1 and not is_confirmed:
            good = limit * _HALVED
        elif self.is_bound and limit < _STEADY * self.limit < math.inf:
            good, limit = limit * _STEADY, self.limit
        else:
            good = limit
        is_new = math.isinf(self.limit) or (self.is_new and strikes > 1)
        is_doubted = not self.is_bound or (self.is_doubted and not is_confirmed)
        return Ceiling(
            good,
            limit,
            strikes=strikes,
            lowered_at_s=now_s,
            met_at_s=now_s,
            fruitless=0 if is_new else self.fruitless + 1,
            rest_s=rest_s,
            is_new=is_new,
            is_doubted=is_doubted,
            is_provisional=is_doubted and (self.is_provisional or not self.is_bound),
        )

    def spared(self, others: int, *, now_s: float) -> "Ceiling":
        """One was refused by a service that is known to have whims: under a known limit that says nothing, until it is
        repeated without anything let in between; where no limit is known it is doubted, and tried again at once.
        """
        if self.strikes == 0 and others < self.limit < math.inf and not self.is_doubted:
            return replace(self, strikes=1, lowered_at_s=now_s)
        was_free = math.isinf(self.limit)
        lowered = self.refused(others, now_s=now_s)
        is_provisional = (lowered.is_doubted or was_free) and (self.is_provisional or not self.is_bound)
        return replace(lowered, is_doubted=lowered.is_doubted or was_free, is_provisional=is_provisional)

    def freed(self) -> "Ceiling":
        """The limit was met by whims: it is none."""
        return Ceiling(self.good, is_bound=self.is_bound and not self.is_provisional, lowered_at_s=self.lowered_at_s)

    def unprobed(self) -> "Ceiling":
        """The other ceiling had a refusal: this one is not tried again before as many more are let in."""
        return replace(self, let_in_count=0)

    def resumed(self) -> "Ceiling":
        """After a rest of unknown cause: from half of what was good, up as always."""
        return replace(self, good=max(1.0, self.good * _HALVED), strikes=0, climbs=0)
