"""When everything fails: nothing leaves any more, one request at a time asks whether the service is back."""

import math
from dataclasses import dataclass, field

_FAILURES = 5
_CHUNKS = 3
"""So many failures in a row, of so many different chunks: one cursed chunk that is asked for again and again is not
an outage."""

_ROW_S = 5.0
"""… over so many seconds: a hiccup that cuts every connection at once is not one either."""

_REFUSED_ROW_S = 120.0
"""Refusals for going too fast pass within the minute services count by; two minutes of nothing else are an outage."""

SUSPECT_REST_S = 1.0
"""Until then, one request a second after so many failures: what fails at once is asked again at once, by everybody."""

_FIRST_PROBE_S = 10.0
_LONGEST_PROBE_S = 60.0
"""The first question after ten seconds, then twice as long each time up to a minute: that hammers nobody, and a
service that is back is at work again within the minute."""


@dataclass(slots=True)
class Row:
    """Failures with no answer between them: when the first came, how many, of which chunks, for the pace or not."""

    since_s: float
    failures: int = 0
    refusals: int = 0
    about: set[str] = field(default_factory=set)

    def is_outage(self, *, now_s: float) -> bool:
        if self.failures + self.refusals < _FAILURES or len(self.about) < _CHUNKS:
            return False
        return now_s - self.since_s >= (_ROW_S if self.failures > self.refusals else _REFUSED_ROW_S)


class Breaker:
    """Closed while answers come; open once nothing but failures do, until one probe is answered.

    `outage_s`: a service that has been down for so long is given up. `last_probe` is what the last probe was about: the
    next should be about something else, in case it is the chunk that fails.
    """

    def __init__(self, *, outage_s: float = math.inf) -> None:
        self._outage_s = outage_s
        self._row: Row | None = None
        self._wait_s = 0.0
        self._probe_at_s = math.inf
        self._probe: str | None = None
        self.last_probe: str | None = None
        self.is_open = False

    @property
    def is_suspect(self) -> bool:
        """Whether it looks like an outage that is not long enough yet."""
        return not self.is_open and self._row is not None and self._row.failures >= _FAILURES

    @property
    def wait_s(self) -> float:
        """Seconds from the last failure to the next probe."""
        return self._wait_s

    @property
    def is_sent_away(self) -> bool:
        """Whether the service said itself how long it is out: no other wait is as long."""
        return self._wait_s > _LONGEST_PROBE_S

    def is_given_up(self, *, now_s: float) -> bool:
        """Whether the outage is as long as is waited for, or will be before the service wants to be asked again."""
        if not self.is_open or self._row is None:
            return False
        over_at_s = self._row.since_s + self._outage_s
        return now_s >= over_at_s or (self.is_sent_away and self._probe is None and self._probe_at_s > over_at_s)

    def hold_s(self, *, now_s: float) -> float:
        """Seconds until a probe may leave or the service is given up; 0: now."""
        if not self.is_open or self._row is None:
            return 0.0
        given_up_s = max(0.0, self._row.since_s + self._outage_s - now_s)
        probe_s = math.inf if self._probe is not None else max(0.0, self._probe_at_s - now_s)
        return min(given_up_s, probe_s)

    def left(self, about: str) -> None:
        if self.is_open:
            self._probe = self.last_probe = about

    def answered(self) -> bool:
        """Whether the service was down and is back with this."""
        was_open = self.is_open
        self._row, self.is_open, self._probe, self.last_probe = None, False, None, None
        self._wait_s = 0.0
        return was_open

    def failed(self, about: str, *, now_s: float, is_refusal: bool = False) -> bool:
        """Whether the service counts as down with this, or still does after a probe."""
        if self.is_open:
            return self._probe == about and self._wait_longer(now_s)
        self._row = self._row or Row(now_s)
        self._row.failures += not is_refusal
        self._row.refusals += is_refusal
        self._row.about.add(about)
        self.is_open = self._row.is_outage(now_s=now_s)
        return self.is_open and self._wait_longer(now_s)

    def sent_away(self, about: str, *, now_s: float, rest_s: float) -> None:
        """The service said itself that it is out for so long."""
        self._row = self._row or Row(now_s)
        self.is_open, self._wait_s, self._probe_at_s = True, rest_s, now_s + rest_s
        self.never_left(about)

    def never_left(self, about: str) -> None:
        """The probe was given up before it was sent: another one may be."""
        if self._probe == about:
            self._probe = None

    def _wait_longer(self, now_s: float) -> bool:
        self._wait_s = min(_LONGEST_PROBE_S, 2 * self._wait_s) if self._wait_s else _FIRST_PROBE_S
        self._probe_at_s, self._probe = now_s + self._wait_s, None
        return True
