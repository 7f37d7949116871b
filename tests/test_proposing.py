"""A book directed by the rehearsal's chat model over real sockets: once paid for, whatever goes wrong on the way."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.book import Book
from pipeline.cli.director import with_director
from pipeline.config import BookJob, Layer, settings_of
from pipeline.directing import Directed
from pipeline.director.kept import Kept
from pipeline.errors import (
    EngineMissing,
    PaymentRequired,
    PipelineError,
    ServiceRefused,
    ServiceTrouble,
    SettingsError,
    StoppedOnPurpose,
    UsageError,
)
from pipeline.events import RetryScheduled
from pipeline.planning import plan_of
from pipeline.proposing import Proposal, priced_outlook, proposed
from pipeline.prospectus import book_plan
from pipeline.rehearsal.fault_script import parse_script, script_of
from pipeline.rehearsal.faults import FaultScript
from pipeline.rehearsal.server import RehearsalOptions, RunningServer, server_in_thread
from pipeline.report.plan_text import plan_lines
from pipeline.script.direction import Cue, Directions
from pipeline.speech.profiles import EMBEDDED_MODEL, load_profiles
from pipeline.takes.ledger import Ledger
from pipeline.takes.store import TakeStore
from tests.director.books import TEXTS, small_book
from tests.fakes.books import book_of, paragraphs
from tests.fakes.clock import until
from tests.fakes.events import Recorded
from tests.fakes.service import Reply, scripted_service

KEY = "sk-or-v1-not-to-be-seen"
MODEL = "google/gemini-2.5-flash"
FOUND = {(1, 0): (Cue(0, 40, "Dormouse"),), (2, 2): (Cue(0, 10, "Dormouse"),)}


@pytest.fixture(autouse=True)
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)


class Rehearsed:
    """A server, and a job whose director asks it."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.events = Recorded()

    def job(self, **director: Any) -> BookJob:
        return job_at(self.server.base_url, self.folder, **director)

    def propose(self, book: Book | None = None, *, budget_usd: float = 0.0, **director: Any) -> Proposal:
        job = self.job(**director)
        pace = job.settings.pace.model_copy(update={"budget_usd": budget_usd})
        job = replace(job, settings=job.settings.model_copy(update={"pace": pace}))
        found = {} if book else FOUND
        return asyncio.run(proposed(book or small_book(), job, found=found, language="en", emit=self.events))

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text("utf-8").splitlines()]


def job_at(base_url: str, folder: Path, **director: Any) -> BookJob:
    layer = {
        "run": {"takes": str(folder / "takes")},
        "retry": {"first_wait_s": 0.0},
        "director": {"model": MODEL, "base_url": base_url, **director},
    }
    return BookJob(folder / "book.md", settings_of([Layer("a test", layer)]))


@contextmanager
def rehearsed(folder: Path, script: FaultScript | None = None, **options: Any) -> Iterator[Rehearsed]:
    options = {"log": folder / "log.jsonl", "voice": "tone", "workers": 1, **options}
    with server_in_thread(RehearsalOptions(**options), script=script) as server:
        yield Rehearsed(server, folder)


def story(chapters: int) -> Book:
    return book_of(*(paragraphs(f"“I am number {n},” said Alice.") for n in range(chapters)))


def said(proposal: Proposal, book: Book | None = None) -> list[tuple[str, str]]:
    book = book or small_book()
    return [
        (cue.speaker, book.chapters[number - 1].blocks[index].text[cue.start : cue.end])
        for (number, index), cues in sorted(proposal.cues.items())
        for cue in cues
    ]


SAID = [
    ("White Rabbit", "“Oh dear! Oh dear! I shall be too late!”"),
    ("Alice", "“Where are you going?”"),
    ("Alice", "“It isn’t tea-time yet, you know.”"),
]


def test_a_book_is_directed_once_and_paid_once(tmp_path: Path) -> None:
    with rehearsed(tmp_path) as there:
        first = there.propose()
        again = there.propose()
        account = there.server.service.key()
        assert len(there.log) == 2
        assert all(line["answered"] and line["charged"] for line in there.log)
    assert said(first) == SAID
    assert again == replace(first, cost_usd=0.0)
    assert account["usage"] == pytest.approx(first.cost_usd)
    assert first.cues[1, 2][0].tags[0].words == "whispers"
    assert first.notes == (f"direction proposed by {MODEL}: 3 lines in 2 of 2 stretches",)


def test_what_was_paid_stands_in_the_ledger_and_no_key_anywhere(tmp_path: Path) -> None:
    with rehearsed(tmp_path) as there:
        cost_usd = there.propose().cost_usd
        assert KEY not in (tmp_path / "log.jsonl").read_text("utf-8")
    (ledger,) = (tmp_path / "takes").glob("ledger-*.sqlite")
    with sqlite3.connect(ledger) as connection:
        rows = connection.execute("SELECT state, service, actual_usd FROM attempts").fetchall()
    connection.close()
    assert {(state, service) for state, service, _ in rows} == {("stored", f"director {MODEL} at 127.0.0.1")}
    assert sum(usd for *_, usd in rows) == pytest.approx(cost_usd)
    assert cost_usd > 0
    for file in (tmp_path / "takes").rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes()


def test_an_edit_asks_about_its_own_stretch_alone(tmp_path: Path) -> None:
    book = small_book()
    edited = replace(
        book, chapters=(book.chapters[0], book_of(paragraphs("Nothing."), paragraphs("Less.")).chapters[1])
    )
    with rehearsed(tmp_path) as there:
        there.propose()
        there.propose(edited)
        assert len(there.log) == 3


def test_an_answer_of_no_use_is_asked_for_again(tmp_path: Path) -> None:
    with rehearsed(tmp_path, script_of("broken-json, refusal, cut-short")) as there:
        proposal = there.propose(story(1), attempts=4)
        assert [line["fault"] for line in there.log] == ["broken-json", "refusal", "cut-short", None]
    assert said(proposal, story(1)) == [("Alice", "“I am number 0,”")]


def test_what_is_never_of_use_is_left_to_the_rules_and_bought_no_more(tmp_path: Path) -> None:
    script = parse_script('[[fault]]\nkind = "refusal"\ntext = "Oh dear"', where="a test")
    with rehearsed(tmp_path, script) as there:
        proposal = there.propose(attempts=2)
        assert len(there.log) == 3
        assert there.propose(attempts=2).cues == proposal.cues
        assert len(there.log) == 3
    assert said(proposal)[0] == ("Dormouse", TEXTS[0][:40])
    assert proposal.notes[1] == (
        "chapter 1, from “Oh dear! Oh dear! I shall …” on: by the rules alone, "
        "since the director's answer was a refusal"
    )


def test_a_director_that_changes_words_is_not_believed(tmp_path: Path) -> None:
    script = parse_script('[[fault]]\nkind = "changed-words"\nfrom_attempt = 1', where="a test")
    with rehearsed(tmp_path, script) as there:
        proposal = there.propose()
        assert len(there.log) == 2, "what was paid for and read is not asked for again"
    assert said(proposal)[0] == ("Dormouse", TEXTS[0][:40])
    assert not {"White Rabbit", "Alice"} & {name for name, _ in said(proposal)}
    assert "3 pieces were not used: 3 for words that are not the book's" in proposal.notes[1]


def test_unknown_tags_cost_nothing_but_themselves(tmp_path: Path) -> None:
    script = parse_script('[[fault]]\nkind = "unknown-tags"\nfrom_attempt = 1', where="a test")
    with rehearsed(tmp_path, script) as there:
        proposal = there.propose()
    assert said(proposal) == SAID
    assert {tag.words for cues in proposal.cues.values() for cue in cues for tag in cue.tags} == {"whispers"}
    assert "3 for unknown tags" in proposal.notes[1]


def test_passing_trouble_is_waited_out(tmp_path: Path) -> None:
    with rehearsed(tmp_path, script_of("429(0s), 500, cut, lost, hang")) as there:
        assert said(there.propose(timeout_s=0.5)) == SAID
        assert {line["fault"] for line in there.log} == {"429", "500", "cut", "lost", "hang", None}
    assert len(there.events.of(RetryScheduled)) >= 5


def test_a_refusal_of_the_service_ends_it(tmp_path: Path) -> None:
    with rehearsed(tmp_path, script_of("401, 403, 404, 402")) as there:
        for error, code in ((ServiceRefused, 6), (ServiceRefused, 6), (ServiceRefused, 6), (PaymentRequired, 5)):
            with pytest.raises(error, match="director") as raised:
                there.propose(story(1))
            assert raised.value.exit_code == code
            assert KEY not in str(raised.value)
        assert len(said(there.propose(story(1)), story(1))) == 1


def test_a_service_that_stays_away_is_told_and_the_rest_is_kept(tmp_path: Path) -> None:
    script = parse_script('[[fault]]\nkind = "status"\nstatus = 500\ntext = "Oh dear"\nuntil_s = 60', where="a test")
    with rehearsed(tmp_path, script) as there:
        with pytest.raises(ServiceTrouble):
            there.propose()
        assert sum(line["answered"] for line in there.log) == 1


def test_a_model_that_refuses_every_question_is_no_director(tmp_path: Path) -> None:
    with rehearsed(tmp_path) as there, pytest.raises(PipelineError, match="not a valid model ID") as raised:
        there.propose(model="nobody/nothing", usd_per_m_input=1.0)
    assert raised.value.exit_code == 6


def test_a_budget_stops_it_cleanly_and_the_next_run_goes_on(tmp_path: Path) -> None:
    book, at_most = story(12), {"max_output_tokens": 1_024}
    with rehearsed(tmp_path) as there:
        with pytest.raises(StoppedOnPurpose, match="the next question would cost") as raised:
            there.propose(book, budget_usd=0.012, **at_most)
        assert raised.value.exit_code == 5
        assert 0 < len(there.log) < 12
        assert there.server.service.key()["usage"] <= 0.012
        assert len(said(there.propose(book, **at_most), book)) == 12
        assert len(there.log) == 12


def test_no_price_no_questions(tmp_path: Path) -> None:
    async def scenario(body: bytes) -> Proposal:
        async with scripted_service(Reply(500), routes={"/models": Reply(body=body)}) as service:
            job = job_at(service.base_url, tmp_path)
            return await proposed(small_book(), job, found=FOUND, language="en", emit=lambda _: None)

    for body in (b"{}", b'{"data": [{"id": "google/gemini-2.5-flash", "pricing": {"prompt": "-1"}}]}'):
        with pytest.raises(SettingsError, match=r"names no price for google/gemini-2\.5-flash"):
            asyncio.run(scenario(body))


def test_without_a_key_only_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rehearsed(tmp_path) as there:
        first = there.propose()
        monkeypatch.delenv("OPENROUTER_API_KEY")
        assert there.propose().cues == first.cues
        with pytest.raises(EngineMissing, match="OPENROUTER_API_KEY is not set"):
            there.propose(temperature=1.0)


def test_an_answer_that_came_outlives_a_run_that_dies_before_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Kept.put

    def put_and_die(kept: Kept, *arguments: Any, **more: Any) -> None:
        real(kept, *arguments, **more)
        raise KeyboardInterrupt

    with rehearsed(tmp_path) as there:
        with monkeypatch.context() as patch:
            patch.setattr(Kept, "put", put_and_die)
            with pytest.raises(KeyboardInterrupt):
                there.propose(story(1))
        there.propose(story(2))
        assert said(there.propose(story(1)), story(1)) == [("Alice", "“I am number 0,”")]
        assert len(there.log) == 2
        ledger = Ledger(tmp_path / "takes")
        assert not ledger.open_attempts()
        assert (ledger.account().stored, ledger.account().actual_usd) == (2, there.server.service.key()["usage"])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_lets_arrive_what_is_under_way(tmp_path: Path) -> None:
    with rehearsed(tmp_path, script_of("slow(0.3s)")) as there:
        server = there.server

        async def scenario() -> None:
            asking = asyncio.create_task(proposed(story(1), there.job(), found=FOUND, language="en", emit=there.events))
            await until(lambda: server.max_in_flight > 0)
            os.kill(os.getpid(), signal.SIGINT)
            await asking

        asyncio.run(scenario())
        assert len(there.log) == 1
        assert there.log[0]["status"] == 200


def test_the_plan_says_what_asking_would_take(tmp_path: Path) -> None:
    with rehearsed(tmp_path) as there:
        priced = asyncio.run(priced_outlook(small_book(), there.job(), language="en"))
        cost_usd = there.propose().cost_usd
        after = asyncio.run(priced_outlook(small_book(), there.job(), language="en"))
        assert priced.expected_usd is not None
        assert priced.most_usd is not None
        assert (priced.windows, priced.due, after.due) == (2, 2, 0)
        assert 0.2 * cost_usd < priced.expected_usd < priced.most_usd
        assert cost_usd < priced.most_usd
        assert len(there.log) == 2, "to look costs nothing"


def found() -> Directed:
    return Directed(small_book(), Directions(FOUND), ("a note",))


def test_spending_wants_a_budget_or_a_yes(tmp_path: Path) -> None:
    with rehearsed(tmp_path) as there:
        with pytest.raises(UsageError, match=r"2 questions to google/gemini-2.5-flash would cost .* at most .*--yes"):
            with_director(found(), there.job(), language="en", has_yes=False, emit=there.events)
        directed = with_director(found(), there.job(), language="en", has_yes=True, emit=there.events)
        again = with_director(found(), there.job(), language="en", has_yes=False, emit=there.events)
    assert again == directed
    assert directed.notes[0] == "a note"
    assert directed.directions.cues[1, 0][0].speaker == "White Rabbit"
    assert with_director(found(), there.job(model=""), language="en", has_yes=False, emit=there.events) == found()


def test_a_plan_has_a_line_about_it(tmp_path: Path) -> None:
    job = job_at("http://127.0.0.1:9/api/v1", tmp_path, usd_per_m_input=0.3, usd_per_m_output=2.5)
    job.source.write_text("# One\n\n“Oh dear!” said Alice.\n", "utf-8")

    def page(job: BookJob) -> str:
        plan = plan_of(job, load_profiles({})[EMBEDDED_MODEL])
        return "\n".join(plan_lines(book_plan(plan, TakeStore(tmp_path / "takes"))))

    asked = f"direction    by {MODEL}: 1 question, 0 answered already; `run-pipeline direct` asks the rest"
    assert f"{asked} for about <$0.01, at most $0.04" in page(job)
    assert f"{asked}, at the service's price" in page(job_at("http://127.0.0.1:9", tmp_path))
    assert "direction " not in page(job_at("", tmp_path, model=""))
