"""What a service says of itself, judged: whether the key pays and lasts, whether the model is there and stays. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.bill import Bill
from pipeline.errors import PaymentRequired, PipelineError, ServiceRefused, SettingsError
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import text_sent
from pipeline.speech.records import KeyRecord, ModelRecord
from pipeline.takes.order import Order

_GOING_DAYS = 60
"""How long before its end a model is spoken of: a series of books takes weeks, and a voice once begun is kept."""

_KEY_ENDS_DAYS = 2
"""A night and a day: a key that ends sooner may end before the book does."""

_SAME_PRICE = 0.01
"""Prices nearer to each other than a hundredth are the same, rounded."""

_LEAST_BUDGET_USD = 0.01
"""Less than a cent buys no chunk and is not worth a flag."""

Offers = Mapping[str, ModelRecord]


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is worth saying, and why there is no going on, if there is none."""

    notices: tuple[str, ...] = ()
    refusal: PipelineError | None = None

    def __add__(self, other: "Remarks") -> "Remarks":
        return Remarks(self.notices + other.notices, self.refusal or other.refusal)


def key_remarks(key: KeyRecord | None, *, now: datetime) -> Remarks:
    """Whether the key lasts."""
    if key is None or key.expires_at is None or key.expires_at > now + timedelta(days=_KEY_ENDS_DAYS):
        return Remarks()
    if key.expires_at <= now:
        return Remarks(refusal=ServiceRefused(f"the key expired on {key.expires_at:%Y-%m-%d}", remedy="make a new one"))
    return Remarks((f"the key expires on {key.expires_at:%Y-%m-%d at %H:%M} UTC",))


def credit_remarks(key: KeyRecord | None, bills: Iterable[Bill], *, budget_usd: float) -> Remarks:
    """Whether the key pays for what a run would spend on `bills`; `budget_usd` 0: nothing limits it.

    A run that would certainly end in the middle is not begun, unless a budget that the key covers says how far it is to
    go: an early no is heard, a book that stopped at night is found in the morning.
    """
    left_usd = None if key is None else key.remaining_usd
    total = sum(bills, Bill())
    if left_usd is None or total.expected_usd <= left_usd:
        return Remarks()
    says = f"the key has ${max(0.0, left_usd):.2f} left, and what is missing costs about ${total.expected_usd:.2f}"
    if budget_usd and budget_usd <= left_usd:
        return Remarks((f"{says}; the budget of ${budget_usd:.2f} ends the run before",))
    if total.low_usd <= left_usd:
        return Remarks((f"{says}, or as little as ${total.low_usd:.2f}: it may not be enough",))
    so_far = f", or go as far as it lasts with `--budget {left_usd:.2f}`" if left_usd >= _LEAST_BUDGET_USD else ""
    return Remarks(refusal=PaymentRequired(says, remedy=f"add credit{so_far}; nothing is bought twice"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model by the name the service has for it, what is to be spoken, and what may take its place."""

    name: str
    profile: ModelProfile
    successor: ModelProfile | None
    missing: tuple[Order, ...] = ()


def model_remarks(wanted: Wanted, offers: Offers, *, today: date) -> Remarks:
    """Whether a model is there, will be, and costs what its profile says."""
    offer = offers.get(wanted.name)
    if offer is None:
        return Remarks(refusal=_gone(f"the service does not offer {wanted.name}", wanted, offers))
    ends = offer.expires_on
    if ends is not None and ends < today:
        return Remarks(refusal=_gone(f"{wanted.name} ended on {ends}", wanted, offers))
    remarks = _price_remarks(wanted, offer)
    if ends is not None and ends <= today + timedelta(days=_GOING_DAYS):
        instead = _successor(wanted, offers)
        remarks += Remarks((f"{wanted.name} ends on {ends}" + (f"; {instead} follows it" if instead else ""),))
    return remarks


def voice_remarks(profile: ModelProfile, voice: str, offer: ModelRecord) -> Remarks:
    """Whether the service lists the voice. It is no refusal where the model has voices beyond the list, as 3.8 has."""
    if not offer.voices or voice.lower() in {name.lower() for name in offer.voices}:
        return Remarks()
    if not profile.voices:
        return Remarks((f"{voice} is not among the voices the service lists for {profile.name}",))
    remedy = "one of " + ", ".join(offer.voices)
    return Remarks(refusal=SettingsError(f"{profile.name} has no voice {voice!r}", where="speech.voice", remedy=remedy))


def _gone(what: str, wanted: Wanted, offers: Offers) -> ServiceRefused:
    instead = _successor(wanted, offers)
    way = f"use {instead}, or " if instead else ""
    return ServiceRefused(what, remedy=f"{way}try it all the same with `--set speech.preflight=false`")


def _successor(wanted: Wanted, offers: Offers) -> str:
    """The successor's name and price; nothing where there is none, or it is gone as well."""
    successor = wanted.successor
    if successor is None or successor.name not in offers:
        return ""
    priced = priced_as(successor, offers[successor.name])
    cost = f", about ${cost_usd(wanted.missing, priced):.2f} for what is missing" if wanted.missing else ""
    return f"`--model {successor.name}` ({_price(priced)}{cost})"


def _price_remarks(wanted: Wanted, offer: ModelRecord) -> Remarks:
    ours, theirs = wanted.profile, priced_as(wanted.profile, offer)
    pairs = ((ours.usd_per_m_input, theirs.usd_per_m_input), (ours.usd_per_m_output, theirs.usd_per_m_output))
    if all(abs(one - other) <= _SAME_PRICE * one for one, other in pairs):
        return Remarks()
    return Remarks((f"{wanted.name} costs {_price(theirs)} now; the plan reckons with {_price(ours)}",))


def _price(profile: ModelProfile) -> str:
    return f"${profile.usd_per_m_input:.2f} in and ${profile.usd_per_m_output:.2f} out a million tokens"


def priced_as(profile: ModelProfile, offer: ModelRecord | None) -> ModelProfile:
    """The profile at the service's prices, as far as it names them."""
    if offer is None:
        return profile
    said = {"usd_per_m_input": offer.usd_per_m_input, "usd_per_m_output": offer.usd_per_m_output}
    return profile.model_copy(update={name: price for name, price in said.items() if price is not None})


def cost_usd(orders: Iterable[Order], profile: ModelProfile) -> float:
    """What orders are expected to cost."""
    return sum(profile.text_cost_usd(text_sent(order.request, profile), audio_s=order.expected_s) for order in orders)
