"""The scripted answers that are no sound: each a small function from a fault to what the service says."""

from collections.abc import Callable, Mapping

from pipeline.rehearsal.contract import Refusal
from pipeline.rehearsal.faults import Fault
from pipeline.speech.profiles import ModelProfile


def refusal_of(fault: Fault, profile: ModelProfile) -> Refusal | None:
    """What this fault answers in place of sound; None where it is no refusal."""
    refuse = REFUSALS.get(fault.kind)
    return refuse(fault, profile) if refuse else None


def _status(fault: Fault, _profile: ModelProfile) -> Refusal:
    headers = {} if fault.retry_after_s is None else {"Retry-After": f"{fault.retry_after_s:g}"}
    return Refusal(fault.status or 500, fault.message, error_type=fault.error_type, headers=headers)


def _error_as_200(fault: Fault, _profile: ModelProfile) -> Refusal:
    """An error in JSON under status 200: what breaks after the headers have gone out is told this way."""
    message = fault.message or "The provider returned an invalid response"
    return Refusal(200, message, error_type=fault.error_type or "provider_unavailable", more={"code": 502})


def _filter(fault: Fault, _profile: ModelProfile) -> Refusal:
    """A false alarm of the content filter: vague prompts are refused, a preamble and a marked transcript pass."""
    message = fault.message or "The request was blocked by the provider: PROHIBITED_CONTENT"
    return Refusal(400, message, error_type="content_policy_violation")


def gone_model(fault: Fault, profile: ModelProfile) -> Refusal:
    """The model is taken away: previews go with a few weeks' notice, and the sources disagree about the day."""
    availability = {
        "code": "model_deprecated",
        "retryable": False,
        "requested_models": [profile.name],
        "fallback_models": [profile.successor] if profile.successor else [],
    }
    message = fault.message or f"{profile.name} is no longer available"
    return Refusal(404, message, error_type="model_deprecated", more={"availability": availability})


def revoked_key(fault: Fault, _profile: ModelProfile | None = None) -> Refusal:
    """The key is no longer anybody's."""
    return Refusal(401, fault.message or "User not found.")


REFUSALS: Mapping[str, Callable[[Fault, ModelProfile], Refusal]] = {
    "status": _status,
    "error-as-200": _error_as_200,
    "filter": _filter,
    "gone": gone_model,
    "revoked": revoked_key,
}
