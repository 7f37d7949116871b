"""Before the first paid request, beside the run, and after it: what the service is asked, and what comes of it."""

import asyncio
import html
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import BookJob, flag_layer, set_layer, settings_of
from pipeline.doctor import Finding, examine
from pipeline.errors import MachineError, PipelineError
from pipeline.events import Notice
from pipeline.facilities import Facilities
from pipeline.jobs import jobs_of
from pipeline.planning import Plan, plan_of
from pipeline.preflight import refusals
from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.records import Records
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.room import Rooms
from pipeline.speech import openrouter
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.stopping import Stop
from pipeline.takes.ledger import Ledger
from tests.corpus import made
from tests.crash.console import here
from tests.fakes.events import Recorded
from tests.fakes.service import Reply, ScriptedService, scripted_service
from tests.test_run import PAID, buy, log_of, report_of

NOW = datetime(2026, 11, 25, 22, tzinfo=UTC)
PROFILES = load_profiles({})
PROFILE = PROFILES[DEFAULT_PAID_MODEL]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    return "sk-or-v1-not-to-be-seen"


def told(value: Any) -> Reply:
    return Reply(body=json.dumps({"data": value}).encode(), headers={"Content-Type": "application/json"})


def key_with(left_usd: float | None) -> Reply:
    return told({"limit": left_usd, "limit_remaining": left_usd, "usage": 1.0})


def models(*names: str, **fields: Any) -> Reply:
    pricing = {"prompt": "0.000001", "completion": "0.00002"}
    return told([{"id": name, "pricing": pricing, **fields} for name in names or (PROFILE.name,)])


GOOD = {"/key": key_with(None), "/models": models()}


def plan(folder: Path, base_url: str, *more: str, seed: int = 1) -> Plan:
    """A book of twelve paragraphs that the service at `base_url` is to read."""
    book = made.markdown(folder / f"book{seed}.md", {"One": made.paragraphs(seed, 12)})
    flags = [
        flag_layer("--takes", "run.takes", str(folder / "takes")),
        flag_layer("--out", "run.out", str(folder / "out")),
        flag_layer("--set", "speech.base_url", base_url),
        *map(set_layer, more),
    ]
    [job] = jobs_of([book], flags)
    return plan_of(job, profile_of(job))


def profile_of(job: BookJob) -> Any:
    return load_profiles(job.settings.models)[job.settings.speech.model or DEFAULT_PAID_MODEL]


def asked_first(
    folder: Path, routes: dict[str, Reply], *more: str, books: int = 1, budget_usd: float = 0.0
) -> tuple[list[PipelineError | None], list[str], ScriptedService]:
    """What preflight says of some books: why not to begin each, what else there is to say, what the service heard."""

    async def scene() -> tuple[list[PipelineError | None], list[str], ScriptedService]:
        events = Recorded()
        async with scripted_service(Reply(404), routes=routes) as service:
            plans = [plan(folder, service.base_url, *more, seed=seed) for seed in range(1, books + 1)]
            async with Facilities(workers=1, emit=events, stop=Stop(), budget_usd=budget_usd) as facilities:
                found = await refusals(plans, facilities, now=NOW, emit=events)
        return found, [event.text for event in events.of(Notice)], service

    return asyncio.run(scene())


def lines(service: ScriptedService) -> list[str]:
    return sorted(asked.line.split()[1] for asked in service.asked)


TWO_QUESTIONS = ["/api/v1/key", "/api/v1/models?output_modalities=speech"]


def test_where_all_is_well_two_questions_are_asked_and_nothing_is_said(tmp_path: Path) -> None:
    found, notices, service = asked_first(tmp_path, GOOD, books=3)
    assert (found, notices) == ([None] * 3, [])
    assert lines(service) == TWO_QUESTIONS


def test_books_of_two_models_at_one_service_are_asked_about_together(tmp_path: Path) -> None:
    more = ('speech.fallback_model="google/gemini-3.8-flash-tts"',)
    _, _, service = asked_first(tmp_path, GOOD, *more)
    assert lines(service) == TWO_QUESTIONS


@pytest.mark.parametrize("reply", [Reply(404), Reply(405), Reply(200, b"<html>"), told({}), told([])])
def test_a_server_without_records_stops_nobody_and_is_not_spoken_of(tmp_path: Path, reply: Reply) -> None:
    found, notices, _ = asked_first(tmp_path, {"/key": reply, "/models": reply})
    assert (found, notices) == ([None], [])


@pytest.mark.parametrize("reply", [Reply(500), Reply(429), Reply(verbatim=b""), Reply(hangs=True)])
def test_a_service_that_does_not_answer_stops_nobody_but_is_told_of(
    tmp_path: Path, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openrouter, "RECORDS_TIMEOUT_S", 0.3)
    found, notices, _ = asked_first(tmp_path, {"/key": reply, "/models": reply})
    assert found == [None]
    assert [text.split(" (")[0] for text in notices] == [
        "the service did not say what is left on the key",
        "the service did not say which models it has",
    ]


def test_a_key_that_is_none_is_refused_before_anything_is_sent(tmp_path: Path, key: str) -> None:
    found, _, _ = asked_first(tmp_path, {"/key": Reply(401, key.encode()), "/models": models()}, books=2)
    assert [error.exit_code if error else 0 for error in found] == [6, 6]
    assert key not in str(found[0])


def test_credit_for_one_book_of_two_is_not_enough(tmp_path: Path) -> None:
    one_usd = cost_of_a_book(tmp_path)
    enough_for_one = {**GOOD, "/key": key_with(1.2 * one_usd)}
    assert asked_first(tmp_path, enough_for_one)[0] == [None]
    found, _, _ = asked_first(tmp_path, enough_for_one, books=2)
    assert [error.exit_code if error else 0 for error in found] == [5, 5]
    assert asked_first(tmp_path, enough_for_one, books=2, budget_usd=one_usd)[0] == [None, None]
    assert asked_first(tmp_path, enough_for_one, f"pace.book_budget_usd={one_usd / 2}", books=2)[0] == [None, None]


def cost_of_a_book(folder: Path) -> float:
    return sum(order.cost_usd for order in plan(folder, PROFILE.base_url).orders)


def test_half_the_price_needs_half_the_credit(tmp_path: Path) -> None:
    half = models(pricing={"prompt": "0.0000005", "completion": "0.00001"})
    left = key_with(cost_of_a_book(tmp_path) / 2)
    found, notices, _ = asked_first(tmp_path, {"/key": left, "/models": half})
    assert found == [None]
    assert any("$10.00 out" in text for text in notices)
    [error], _, _ = asked_first(tmp_path, {"/key": left, "/models": models()})
    assert error is not None
    assert error.exit_code == 5


def test_a_model_that_is_going_is_told_of_once_for_all_books(tmp_path: Path) -> None:
    going = models(PROFILE.name, PROFILE.successor, expiration_date="2026-12-18")
    found, notices, _ = asked_first(tmp_path, {**GOOD, "/models": going}, books=2)
    assert found == [None, None]
    assert ["ends on 2026-12-18" in text and "3.8-flash-tts" in text for text in notices] == [True]


def test_a_model_that_is_gone_is_refused(tmp_path: Path) -> None:
    gone = {**GOOD, "/models": models(PROFILE.successor)}
    [error], _, _ = asked_first(tmp_path, gone)
    assert error is not None
    assert (error.exit_code, PROFILE.successor in str(error)) == (6, True)
    found, _, service = asked_first(tmp_path, gone, "speech.preflight=false")
    assert (found, service.asked) == ([None], [])


def test_a_fallback_that_is_gone_is_found_out_as_well(tmp_path: Path) -> None:
    async def scene() -> list[PipelineError | None]:
        async with scripted_service(Reply(404), routes=GOOD) as service:
            first = plan(tmp_path, service.base_url)
            second = PROFILES["google/gemini-3.8-flash-tts"].model_copy(update={"base_url": service.base_url})
            with_fallback = plan_of(first.job, first.profile, fallback=second)
            async with Facilities(workers=1, emit=Recorded(), stop=Stop()) as facilities:
                return await refusals([with_fallback], facilities, now=NOW, emit=Recorded())

    [error] = asyncio.run(scene())
    assert error is not None
    assert "3.8-flash-tts" in error.what


def test_a_disk_that_is_full_is_the_machines_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_rooms: Rooms, _needs: object) -> None:
        raise MachineError("no room")

    monkeypatch.setattr(Rooms, "take", full)
    [error], _, _ = asked_first(tmp_path, GOOD)
    assert isinstance(error, MachineError)


def test_a_store_that_is_none_stops_its_own_book_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def scene() -> list[PipelineError | None]:
        async with scripted_service(Reply(404), routes=GOOD) as service:
            plans = [
                plan(tmp_path, service.base_url, f"run.takes='{tmp_path / 'file'}'"),
                plan(tmp_path, service.base_url, seed=2),
            ]
            async with Facilities(workers=1, emit=Recorded(), stop=Stop()) as facilities:
                return await refusals(plans, facilities, now=NOW, emit=Recorded())

    broken, good = asyncio.run(scene())
    assert isinstance(broken, MachineError)
    assert good is None


def test_free_engines_are_not_asked_anything(tmp_path: Path) -> None:
    found, notices, service = asked_first(tmp_path, GOOD, 'speech.model="openai-compatible"')
    assert (found, notices, service.asked) == ([None], [], [])


# -- whole runs against the rehearsal server


def book_of(folder: Path) -> Path:
    return made.markdown(folder / "book.md", {"One": made.paragraphs(1, 12)})


def test_a_run_that_is_refused_spends_nothing_and_says_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Records, "key", lambda _: {"limit": 1.0, "limit_remaining": 0.001, "usage": 0.999})
    log = tmp_path / "requests.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=1)) as server:
        ended = buy(book_of(tmp_path), tmp_path, server.base_url, "--yes")
    assert ended.code == 5
    assert "add credit" in ended.data["books"][0]["error"]
    assert ended.data["books"][0]["title"] == "A Tiny Book"
    assert log_of(log) == []


def test_what_a_run_really_cost_stands_in_the_ledger_when_it_ends(tmp_path: Path) -> None:
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        ended = buy(book_of(tmp_path), tmp_path, server.base_url, "--yes")
        spent_usd = server.service.records.spent_usd
    assert report_of(ended)["rendered"] > 5
    account = Ledger(tmp_path / "takes").account()
    assert (account.unpriced, account.estimated_usd) == (0, 0)
    assert account.actual_usd == pytest.approx(spent_usd)
    assert sum(event["generations"] for event in ended.events("PricesArrived")) == account.stored
    paid = f"paid in this run: ${spent_usd:.2f} by the service's records"
    assert ended.lines[-1] == paid
    assert paid in html.unescape((Path(report_of(ended)["folder"]) / "report.html").read_text())
    listed = here("takes", "ls", "--takes", tmp_path / "takes").lines[-1]
    assert f"${spent_usd:.2f} known to be paid" in listed
    assert ended.events("PricesArrived")[-1]["pending"] == 0


def test_prices_that_were_late_are_asked_for_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(Records, "find", late_record)
            buy(book_of(tmp_path), tmp_path, server.base_url, "--yes")
            pending = Ledger(tmp_path / "takes").account()
        again = buy(book_of(tmp_path), tmp_path, server.base_url, "--yes")
        spent_usd = server.service.records.spent_usd
    assert pending.unpriced == pending.stored > 5
    assert report_of(again)["rendered"] == 0
    account = Ledger(tmp_path / "takes").account()
    assert (account.unpriced, account.actual_usd) == (0, pytest.approx(spent_usd))


def late_record(_records: Records, *_ids: object, **_facts: object) -> None:
    from pipeline.rehearsal.contract import Refusal

    raise Refusal(404, "not yet")


def test_a_probe_is_the_first_request_and_is_paid_for_once(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=2)) as server:
        ended = buy(book_of(tmp_path), tmp_path, server.base_url, "--yes", "--probe")
    report = report_of(ended)
    assert (report["rendered"], report["reused"]) == (report["chunks"], 0)
    attempts = log_of(log)
    assert len(attempts) == report["chunks"]
    assert [attempts[0]["in_flight"], attempts[1]["seq"]] == [1, 2]
    assert attempts[0]["audio_s"] > 2


def test_a_probe_that_fails_is_all_that_was_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    refusal = script_from({"fault": [{"kind": "status", "status": 400, "probability": 1.0}]}, where="test")
    with server_in_thread(RehearsalOptions(log=log, workers=1), script=refusal) as server:
        ended = buy(book_of(tmp_path), tmp_path, server.base_url, "--yes", "--set", "speech.probe=true")
    assert ended.code == 4
    assert "the probe failed" in ended.data["books"][0]["error"]
    assert len({line["body_sha256"] for line in log_of(log)}) <= 2, "one chunk, and its retake at most"


def test_a_plan_is_surer_of_its_cost_once_there_are_takes(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        places = ("--takes", tmp_path / "takes", *PAID, "--set", f"speech.base_url={server.base_url}", "--json")
        [before] = here("plan", book, *places).data["books"]
        buy(book, tmp_path, server.base_url, "--budget", "0.03")
        [between] = here("plan", book, *places).data["books"]
        spent_before_usd = server.service.records.spent_usd
        buy(book, tmp_path, server.base_url, "--yes")
        [after] = here("plan", book, *places).data["books"]
        rest_usd = server.service.records.spent_usd - spent_before_usd
    assert before["cost_low_usd"] < before["cost_usd"] < before["cost_high_usd"]
    assert 5 < before["missing_chunks"] - between["missing_chunks"] < before["missing_chunks"]
    assert between["cost_low_usd"] < rest_usd < between["cost_high_usd"]
    width = before["cost_high_usd"] / before["cost_low_usd"], between["cost_high_usd"] / between["cost_low_usd"]
    assert width[1] < width[0]
    assert after["cost_low_usd"] == after["cost_high_usd"] == 0


# -- the doctor


def findings(*more: str) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings_of([set_layer(one) for one in more]))}


def test_the_doctor_tells_what_the_service_tells() -> None:
    with server_in_thread(RehearsalOptions(workers=1)) as server:
        found = findings(f"speech.base_url={server.base_url}")
    assert found["paid service"].ok
    assert "knows the key: no limit of its own, $0.00 spent" in found["paid service"].says
    assert found["paid model"].ok
    assert "at the price its profile says" in found["paid model"].says


def test_the_doctor_tells_of_a_key_that_is_refused(key: str) -> None:
    with server_in_thread(RehearsalOptions(workers=1, api_key="another")) as server:
        found = findings(f"speech.base_url={server.base_url}")
    assert not found["paid service"].ok
    assert "401" in found["paid service"].says
    assert key not in found["paid service"].says


def test_the_doctor_tells_of_a_model_that_is_gone() -> None:
    with server_in_thread(RehearsalOptions(workers=1)) as server:
        found = findings(f"speech.base_url={server.base_url}", "speech.model_name=google/gone")
    assert not found["paid model"].ok
    assert "google/gone" in found["paid model"].says


def test_the_doctor_tells_of_a_service_that_is_not_there() -> None:
    found = findings("speech.base_url=http://127.0.0.1:9/api/v1")
    assert (found["paid service"].ok, found["paid service"].optional) == (False, True)


def test_takes_that_were_none_are_in_the_cost_of_their_book(tmp_path: Path) -> None:
    silent = {"fault": [{"kind": "silent", "attempts": [1]}]}
    with server_in_thread(RehearsalOptions(workers=2), script=script_from(silent, where="test")) as server:
        ended = buy(book_of(tmp_path), tmp_path, server.base_url, "--yes")
    report = report_of(ended)
    spent = [event["cost_usd"] for kind in ("TakeStored", "TakeRejected") for event in ended.events(kind)]
    assert report["rejected"] > 0
    assert report["cost_usd"] == pytest.approx(sum(spent), abs=1e-5)
    assert all(usd > 0 for usd in spent)
