"""What events say to people, in lines."""

from pathlib import Path

from pipeline.events import (
    BookDelivered,
    ChapterListenable,
    ChunkFailed,
    Event,
    Notice,
    PaceChanged,
    PricesArrived,
    Recovered,
    RetryScheduled,
    ServiceBack,
    ServiceDown,
    TakeDamaged,
    TakeRejected,
    TrackFinished,
)


def spoken_lines(event: Event) -> list[str]:
    """What an event says to people; most say nothing."""
    line = ""
    match event:
        case Notice(text=text):
            line = text
        case TakeDamaged(key=key, reason=reason):
            line = f"stored take {key[:12]} set aside: {reason}; it is rendered again"
        case Recovered():
            line = _recovered(event)
        case ServiceDown(service=service, reason=reason, probe_in_s=probe_in_s):
            line = f"{service} is down ({reason}); asking again in {probe_in_s:.0f} s"
        case ServiceBack(service=service):
            line = f"{service} is back"
        case ChunkFailed(chapter=chapter, text=text, reason=reason):
            line = f"failed in {chapter}: {reason}: “{text[:60]}…”"
    return [line] if line else []


def _recovered(event: Recovered) -> str:
    judged, doubtful = event.kept + event.rejected, event.doubtful
    arrived = f"{judged} answers that had arrived were judged, {event.kept} of them kept" if judged else ""
    lost = f"{doubtful} never came and may have cost up to ${event.doubtful_usd:.2f}" if doubtful else ""
    return "of an earlier run, " + ", ".join(filter(None, (arrived, lost)))


def detail_lines(event: Event) -> list[str]:
    """What an event says to people who asked for more."""
    line = ""
    match event:
        case ChapterListenable():
            return heard_lines(event, is_first=True)
        case TrackFinished(chapter=number, title=title, seconds=seconds, reused=reused):
            done = "was finished before" if reused else "is finished"
            line = f"chapter {number} {done}: {title} ({seconds / 60:.1f} min)"
        case PaceChanged(service=service, concurrency=at_once, requests_per_minute=per_minute):
            rate = f", {per_minute} a minute" if per_minute else ""
            line = f"{service} takes {at_once} requests at once{rate}"
        case RetryScheduled(key=key, attempt=attempt, wait_s=wait_s, reason=reason):
            line = f"attempt {attempt} at {key[:12]} failed ({reason}); the next in {wait_s:.1f} s"
        case PricesArrived(generations=count, cost_usd=usd, pending=pending):
            line = f"{count} takes cost ${usd:.4f}, says the service; the price of {pending} is not known yet"
        case TakeRejected(key=key, take=number, reason=reason):
            line = f"take {number} of {key[:12]} is none ({reason})"
    return [line] if line else []


def heard_lines(event: ChapterListenable, *, is_first: bool) -> list[str]:
    """Where a chapter can be heard; the folder where it is another than before, so that the lines stay short."""
    files = [Path(file) for file in event.files]
    folder = [f"to hear while “{event.book}” is made, in {files[0].parent}:"] if is_first else []
    return folder + [f"  {file.name} ({event.seconds / 60:.1f} min{_of_all(files)})" for file in files]


def _of_all(files: list[Path]) -> str:
    return f" in {len(files)} files" if len(files) > 1 else ""


def delivered_lines(event: BookDelivered) -> list[str]:
    """That one of several books is there, and where."""
    return [f"“{event.book}” is there ({event.seconds / 60:.0f} min): {Path(event.files[0]).parent}"]
