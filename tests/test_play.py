"""A play as a full cast: each part in its voice, stage directions by the narrator, and nobody else's takes changed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import BookJob, Layer, settings_of
from pipeline.ingest import read_book
from pipeline.planning import Plan, plan_of
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.script.attribution import attributed
from pipeline.script.direction import DirectionSettings, tiled
from pipeline.script.labels import labels_of, without_labels
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.transcript import spoken_page
from tests.crash.console import Argument, Ended, here
from tests.ingest.epubs import Epub, nav, page

EARNEST = Path(__file__).parents[2] / "shared" / "corpus" / "wilde-earnest.epub"

PERSONA = '<td epub:type="z3998:persona">{}</td>'
STAGE = '<i epub:type="z3998:stage-direction">{}</i>'
ROWS = (
    ("", STAGE.format('<b epub:type="z3998:persona">Lane</b> is arranging afternoon tea on the table.')),
    ("Algernon", "Did you hear what I was playing, Lane?"),
    ("Lane", "I didn’t think it polite to listen, sir."),
    ("Algernon", f"{STAGE.format('Languidly.')} I don’t know that I am much interested in your family life."),
    ("Lane", f"Yes, sir. {STAGE.format('Hands them on a salver.')}"),
    ("Jack", "Oh, pleasure, pleasure! What else should bring one anywhere?"),
    ("Lane", STAGE.format("Goes out.")),
)
"""Lines of the first act of Oscar Wilde's “The Importance of Being Earnest” (1895)."""

SPOKEN = [
    ("narrator", "Act I"),
    ("narrator", "Lane is arranging afternoon tea on the table."),
    ("Algernon", "Did you hear what I was playing, Lane?"),
    ("Lane", "I didn’t think it polite to listen, sir."),
    ("narrator", "Languidly."),
    ("Algernon", "I don’t know that I am much interested in your family life."),
    ("Lane", "Yes, sir."),
    ("narrator", "Hands them on a salver."),
    ("Jack", "Oh, pleasure, pleasure! What else should bring one anywhere?"),
    ("narrator", "Lane: Goes out."),
]

SPEAKERS = [
    *("narrator", "narrator", "Algernon", "Lane", "narrator", "Algernon"),
    *("Lane", "narrator", "Jack", "Jack", "narrator"),
]
"""Of each sentence; Jack says two."""

CAST: Mapping[str, Mapping[str, str]] = {
    "Algernon": {"voice": "Puck"},
    "Lane": {"voice": "Fenrir", "role": "a manservant", "character": "Says less than he knows"},
    "Jack": {"voice": "Orus"},
}


def epub(folder: Path) -> Path:
    rows = "".join(f"<tr>{PERSONA.format(name) if name else '<td/>'}<td>{speech}</td></tr>" for name, speech in ROWS)
    body = page(f"<h2>Act I</h2><table>{rows}</table>")
    return Epub({"act-1.xhtml": body}, nav=nav(("Act I", "act-1.xhtml"))).write(folder, "play.epub")


def job_of(folder: Path, *, cast: Mapping[str, Mapping[str, str]] = CAST, **direction: str) -> BookJob:
    layer = Layer("a test", {"cast": cast, "direction": direction})
    return BookJob(epub(folder), settings_of([layer]))


def planned(job: BookJob, model: str = DEFAULT_PAID_MODEL) -> Plan:
    return plan_of(job, load_profiles({})[model])


def said(plan: Plan) -> list[tuple[str, str]]:
    return [
        (line.speaker, line.text) for chapter in plan.chapters for item in chapter.chunks for line in item.chunk.lines
    ]


def keys(plan: Plan) -> dict[str, set[str]]:
    """The requests of each speaker."""
    found: dict[str, set[str]] = {}
    for chapter in plan.chapters:
        for item in chapter.chunks:
            for speaker in item.chunk.speakers:
                found.setdefault(speaker, set()).add(item.order.key)
    return found


def test_each_part_speaks_in_its_voice_and_the_narrator_reads_the_rest(tmp_path: Path) -> None:
    plan = planned(job_of(tmp_path))
    assert said(plan) == SPOKEN
    voices = {part.speaker: part.voice for part in plan.parts}
    assert voices == {"narrator": plan.voice, "Algernon": "Puck", "Lane": "Fenrir", "Jack": "Orus"}
    assert plan.credits.narrator == "Charon, Puck, Orus and Fenrir (gemini-3.1-flash-tts-preview)"
    assert plan.credits.comment.endswith(", voices Charon, Puck, Orus, Fenrir.")


def test_stage_directions_are_skipped_if_that_is_asked_for_and_shown_where_they_stood(tmp_path: Path) -> None:
    plan = planned(job_of(tmp_path, stage_directions="skip"))
    assert said(plan) == [SPOKEN[0], *SPOKEN[2:4], *SPOKEN[5:7], SPOKEN[8]]
    shown = "\n".join(spoken_page(plan))
    assert "Lane ▸ ⟦speaker-label: Lane⟧Yes, sir.⟦stage-direction: Hands them on a salver.⟧" in shown
    assert "⟦speaker-label: Algernon⟧⟦stage-direction: Languidly.⟧I don’t know" in shown
    assert plan.book.coverage.missing_chars == 0


def test_without_a_cast_the_narrator_reads_the_names_too(tmp_path: Path) -> None:
    plan = planned(job_of(tmp_path, cast={}))
    assert {speaker for speaker, _ in said(plan)} == {"narrator"}
    assert ("narrator", "Lane: I didn’t think it polite to listen, sir.") in said(plan)
    assert plan.credits.narrator == f"{plan.voice} (gemini-3.1-flash-tts-preview)"


def test_a_change_to_one_part_changes_the_requests_in_which_it_speaks(tmp_path: Path) -> None:
    before, after = (keys(planned(job_of(tmp_path, cast=cast))) for cast in (CAST, with_a_louder_lane()))
    assert before.pop("Lane").isdisjoint(after.pop("Lane"))
    assert before == after


def with_a_louder_lane() -> dict[str, Mapping[str, str]]:
    return {**CAST, "Lane": {**CAST["Lane"], "style": "Louder"}}


def job_file(folder: Path, cast: Mapping[str, Mapping[str, str]]) -> Path:
    tables = [
        f'[cast."{name}"]\n' + "".join(f'{key} = "{value}"\n' for key, value in part.items())
        for name, part in cast.items()
    ]
    path = folder / "play.toml"
    path.write_text("".join([*tables, '[[book]]\nsource = "play.epub"\n']), "utf-8")
    return path


def make(folder: Path, job: Path, *more: Argument) -> Any:
    ended: Ended = here(job, "--takes", folder / "takes", "--out", folder / "out", "--json", *more)
    assert ended.code == 0, ended.err
    return ended.data["books"][0]


def timeline_of(report: Any) -> list[Any]:
    """The clips of a delivered book."""
    timeline = json.loads((Path(report["folder"]) / "timeline.json").read_text("utf-8"))
    return [clip for chapter in timeline["chapters"] for clip in chapter["clips"]]


def test_a_play_is_delivered_in_the_embedded_voices_with_everybody_named(tmp_path: Path) -> None:
    epub(tmp_path)
    report = make(tmp_path, job_file(tmp_path, {name: {} for name in CAST}), "--engine", "espeak")
    folder = Path(report["folder"])
    assert {path.suffix for path in folder.iterdir()} >= {".m4b", ".vtt"}
    assert len({use["voice"] for use in report["voices"]}) == len(report["voices"]) == 4
    clips = timeline_of(report)
    assert [(clip["speaker"], clip["sentences"][0]["text"]) for clip in clips][:4] == SPOKEN[:4]
    assert {sentence["speaker"] == clip["speaker"] for clip in clips for sentence in clip["sentences"]} == {True}
    takes = {path.stem: json.loads(path.read_text("utf-8")) for path in (tmp_path / "takes").rglob("*.json")}
    voices = {clip["speaker"]: takes[clip["key"]]["request"]["turns"][0]["voice"] for clip in clips}
    assert voices == {use["speaker"]: use["voice"] for use in report["voices"]}
    [subtitles] = folder.glob("*.vtt")
    page = subtitles.read_text("utf-8")
    assert "\n<v Lane>Yes, sir.\n" in page
    assert "\nHands them on a salver.\n" in page


def test_a_service_is_asked_again_for_nothing_but_the_part_that_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    epub(tmp_path)
    log = tmp_path / "requests.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=1)) as server:
        paid = ("--engine", "openrouter", "--yes", "--set", f"speech.base_url={server.base_url}")
        first = make(tmp_path, job_file(tmp_path, CAST), *paid)
        asked = len(log.read_text("utf-8").splitlines())
        second = make(tmp_path, job_file(tmp_path, with_a_louder_lane()), *paid)
        again = len(log.read_text("utf-8").splitlines()) - asked
        together = make(tmp_path, job_file(tmp_path, CAST), *paid, "--set", "speech.two_speakers=true")
    clips = timeline_of(together)
    assert [clip["speaker"] for clip in clips] == [(clip["speakers"] or [clip["speaker"]])[0] for clip in clips]
    assert {len(clip["speakers"]) for clip in clips} == {0, 2}
    assert [sentence["speaker"] for clip in clips for sentence in clip["sentences"]] == SPEAKERS
    lanes = next(use["chunks"] for use in first["voices"] if use["speaker"] == "Lane")
    assert (first["rendered"], second["rendered"], again, lanes) == (asked, lanes, lanes, 2)


def test_a_whole_play_keeps_every_character() -> None:
    if not EARNEST.exists():
        pytest.skip("the corpus is not on this machine")
    settings = settings_of([])
    book = read_book(EARNEST, settings.reading)
    found = labels_of(book)
    assert len({labelled.speaker for labelled in found.values() if labelled.speaker}) == 11  # two pairs speak at once
    skipped = DirectionSettings.model_validate(
        settings.direction.model_dump() | {"speaker_labels": "skip", "stage_directions": "skip"}
    )
    said = attributed(book, language="en").cues(confidence=settings.direction.confidence)
    heard, cues = without_labels(book, said, found, settings=skipped, has_part=lambda _: True)
    assert heard.coverage.missing_chars == 0
    assert {rule: heard.coverage.excluded_chars[rule] for rule in ("speaker-label", "stage-direction")} == {
        "speaker-label": 6351,
        "stage-direction": 8406,
    }
    for (number, index), own in cues.items():
        text = heard.chapters[number - 1].blocks[index].text
        assert [(cue.start, cue.end) for cue in tiled(text, own)] == [(0, len(text))]
