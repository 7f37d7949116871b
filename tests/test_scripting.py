"""Words of our own around a book: which chapters they make, what they cost, and that they are none of its text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.accounts import book_plan
from pipeline.config import BookJob, Layer, settings_of
from pipeline.errors import EmptyBook
from pipeline.planning import Plan, plan_of
from pipeline.script.additions import is_ours
from pipeline.script.credits import Narrator
from pipeline.scripting import narrator_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, load_profiles
from pipeline.speech.request import retaken
from pipeline.takes.chain import Rejection
from pipeline.takes.store import TakeStore
from pipeline.times import Timeline
from pipeline.transcript import spoken_page
from tests.crash.console import Argument, Ended, here
from tests.ingest.epubs import Epub, nav, ncx, page, point

GERMAN = """<dc:title>Die Lampe</dc:title><dc:creator>Anna Autor</dc:creator><dc:creator>Bert Dichter</dc:creator>
<dc:language>de</dc:language><dc:identifier id="uid">urn:test:2</dc:identifier>"""


def german(folder: Path, *, metadata: str = GERMAN) -> Path:
    """Three chapters: one with its heading, two whose titles stand in the contents alone."""
    pages = {
        "a.xhtml": page("<h1>Der Brief</h1><p>Der Brief kam an einem Dienstag auf die Insel.</p>"),
        "b.xhtml": page("<p>Sie las ihn zweimal und legte ihn dann neben die Lampe.</p>"),
        "c.xhtml": page("<p>Am Morgen lag Schnee auf allen Dächern der Stadt.</p>"),
    }
    contents = nav(("Der Brief", "a.xhtml"), ("II", "b.xhtml"), ("Das Boot", "c.xhtml"))
    return Epub(pages, nav=contents, metadata=metadata).write(folder)


def planned(
    folder: Path, table: dict[str, Any], *, model: str = EMBEDDED_MODEL, chapters: Sequence[int] = (), **book: Any
) -> Plan:
    picked = frozenset(chapters) or None
    return plan_of(
        BookJob(german(folder, **book), settings_of([Layer("a test", table)]), picked), load_profiles({})[model]
    )


ACX = {"delivery": {"target": "acx"}}
SPOKEN = {"credits": {"spoken": "yes"}}
SILENT = {"credits": {"spoken": "no", "announce": "never"}}


def numbers(plan: Plan) -> list[int]:
    return [chapter.number for chapter in plan.chapters]


@pytest.mark.parametrize(
    ("table", "has_credits"),
    [
        ({}, False),
        (ACX, True),
        (SPOKEN, True),
        ({"delivery": {"target": "podcast"}}, False),
        (ACX | {"credits": {"spoken": "no"}}, False),
    ],
)
def test_credits_are_spoken_where_the_target_or_the_user_asks(
    tmp_path: Path, table: dict[str, Any], has_credits: bool
) -> None:
    assert numbers(planned(tmp_path, table)) == ([0, 1, 2, 3, 4] if has_credits else [1, 2, 3])


@pytest.mark.parametrize(("chapters", "found"), [([3], [3]), ([0, 1], [0, 1]), ([4], [4]), ([1, 2, 3], [1, 2, 3])])
def test_chapters_that_are_picked_come_without_credits_unless_those_are(
    tmp_path: Path, chapters: list[int], found: list[int]
) -> None:
    assert numbers(planned(tmp_path, SPOKEN, chapters=chapters)) == found


def test_a_number_past_the_book_is_no_chapter(tmp_path: Path) -> None:
    with pytest.raises(EmptyBook):
        planned(tmp_path, SILENT, chapters=[0])


def test_titles_that_are_not_in_the_text_are_announced_in_the_books_language(tmp_path: Path) -> None:
    first = [chapter.chunks[0].chunk.text for chapter in planned(tmp_path, {}).chapters]
    assert first == ["Der Brief", "Kapitel 2", "Das Boot"]
    assert all(chapter.chunks[0].chunk.after == "heading" for chapter in planned(tmp_path, {}).chapters)


def test_nothing_of_the_books_own_is_another_for_what_we_add(tmp_path: Path) -> None:
    without, with_all = planned(tmp_path, SILENT), planned(tmp_path, ACX)
    assert [key for key in orders(with_all) if key in orders(without)] == orders(without)
    assert with_all.book.coverage == without.book.coverage
    ours = [p for chapter in with_all.chapters for p in chapter.chunks if all(map(is_ours, p.chunk.lines))]
    assert len(orders(with_all)) == len(orders(without)) + len(ours) == len(orders(without)) + 4


def orders(plan: Plan) -> list[str]:
    return [order.key for order in plan.orders]


def test_the_plan_prices_and_shows_them(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "takes")
    paid = planned(tmp_path, SPOKEN, model=DEFAULT_PAID_MODEL)
    chapters = {chapter.number: chapter for chapter in book_plan(paid, store).chapters}
    assert (chapters[0].title, chapters[4].title) == ("Vorspann", "Abspann")
    assert all(chapters[number].cost_usd > 0 and chapters[number].missing_chunks == 1 for number in (0, 4))
    less = book_plan(planned(tmp_path, SILENT, model=DEFAULT_PAID_MODEL), store)
    assert less.cost_usd < book_plan(paid, store).cost_usd
    shown = list(spoken_page(paid))
    assert shown[:2] == ["# 0. Vorspann\n", "⟨Die Lampe.⟩\n"]
    assert "⟨Von Anna Autor und Bert Dichter.⟩\n" in shown
    assert "⟨Gelesen von Charon, einer synthetischen Stimme von Gemini 3.1 Flash TTS.⟩\n" in shown
    assert shown[shown.index("# 2. II\n") + 1] == "⟨Kapitel 2⟩\n"
    assert shown[-3:] == [
        "⟨Gelesen von Charon, einer synthetischen Stimme von Gemini 3.1 Flash TTS.⟩\n",
        "⟨Ende.⟩\n",
        f"    -- chapter --  {orders(paid)[-1][:10]}\n",
    ]


def test_a_user_pronounces_names_in_credits_too(tmp_path: Path) -> None:
    plan = planned(tmp_path, SPOKEN | {"pronunciations": {"Dichter": "Dischter"}})
    assert "Bert Dischter" in plan.orders[0].request.text


@pytest.mark.parametrize(
    ("table", "model", "voice", "narrator"),
    [
        ({}, EMBEDDED_MODEL, "de", Narrator("Espeak NG")),
        ({}, DEFAULT_PAID_MODEL, "Kore", Narrator("Gemini 3.1 Flash TTS", "Kore")),
        ({"speech": {"model_name": "kokoro"}}, "openai-compatible", "af_heart", Narrator("Kokoro", "Heart")),
        ({"delivery": {"narrator": "Ada"}}, EMBEDDED_MODEL, "de", Narrator("Espeak NG", name="Ada")),
    ],
)
def test_who_reads(table: dict[str, Any], model: str, voice: str, narrator: Narrator) -> None:
    job = BookJob(Path("book.epub"), settings_of([Layer("a test", table)]))
    assert narrator_of(job, load_profiles({})[model], voice) == narrator


def test_a_language_we_have_no_words_of_gets_names_alone_and_a_note(tmp_path: Path) -> None:
    catalan = GERMAN.replace(">de<", ">ca<")
    plan = planned(tmp_path, SPOKEN, metadata=catalan)
    assert plan.chapters[0].chunks[0].chunk.text.split("\n\n")[:2] == ["Die Lampe.", "Anna Autor, Bert Dichter."]
    assert sum("no credits in 'ca'" in note for note in plan.book.notes) == 1
    own = {"credits": {"spoken": "yes", "opening": "{title}", "closing": "Fi."}}
    for table, quiet in ((own, catalan), (SPOKEN, GERMAN), ({}, catalan)):
        assert not any("no credits" in note for note in planned(tmp_path, table, metadata=quiet).book.notes)


def test_credits_that_fail_are_halved_as_anything_is(tmp_path: Path) -> None:
    plan, store = planned(tmp_path, SPOKEN), TakeStore(tmp_path / "takes")
    for take in range(plan.job.settings.acceptance.retakes + 1):
        store.reject(retaken(plan.orders[0].request, take=take), Rejection("it hums"), {})
    assert len(plan.missing(store)) == len(plan.orders) + 1


def test_a_part_ends_with_a_pause_of_its_own_and_is_bought_as_ever(tmp_path: Path) -> None:
    pages = {f"{name}.xhtml": page(f"<h1>{name}</h1><p>{name * 9}.</p>") for name in "abcd"}
    parts = point("I", "a.xhtml", point("One", "b.xhtml")) + point("II", "c.xhtml", point("Two", "d.xhtml"))
    plain = "".join(point(name, f"{name}.xhtml") for name in "abcd")
    with_parts, flat = (
        plan_of(
            BookJob(Epub(pages, ncx=ncx(points)).write(tmp_path), settings_of([])), load_profiles({})[EMBEDDED_MODEL]
        )
        for points in (parts, plain)
    )
    assert [chapter.chunks[-1].chunk.after for chapter in with_parts.chapters] == [
        "chapter",
        "part",
        "chapter",
        "chapter",
    ]
    assert orders(with_parts) == orders(flat)


# -- from book to files


def make(book: Path, folder: Path, *more: Argument) -> Ended:
    return here(book, "--takes", folder / "takes", "--out", folder / "out", "--engine", "espeak", "--json", *more)


@dataclass(frozen=True)
class Delivered:
    book: Path
    folder: Path
    report: Any

    @property
    def timeline(self) -> Timeline:
        return Timeline.model_validate_json((Path(self.report["folder"]) / "timeline.json").read_text("utf-8"))


MORE = ("--set", "delivery.target=acx", "--format", "m4b,mp3")


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    folder = tmp_path_factory.mktemp("credits")
    book = german(folder)
    ended = make(book, folder, *MORE)
    assert ended.code == 0, ended.err
    return Delivered(book, folder, ended.data["books"][0])


TITLES = ["Vorspann", "Der Brief", "II", "Das Boot", "Abspann"]


def test_credits_are_files_and_chapters_before_and_after_the_book(delivered: Delivered) -> None:
    assert [(chapter["number"], chapter["title"]) for chapter in delivered.report["chapters"]] == list(
        enumerate(TITLES)
    )
    *mp3s, sample = [Path(file).name for file in delivered.report["files"] if file.endswith(".mp3")]
    assert sample == "Retail Sample.mp3"
    assert [name.partition(" ")[0] for name in mp3s] == sorted(name.partition(" ")[0] for name in mp3s)
    assert [title in name for title, name in zip(TITLES, mp3s, strict=True)] == [True] * 5
    metadata = json.loads((Path(delivered.report["folder"]) / "metadata.json").read_text("utf-8"))
    assert [chapter["title"] for chapter in metadata["chapters"]] == TITLES


def test_the_timeline_tells_what_is_said_there_and_that_it_is_not_the_books(delivered: Delivered) -> None:
    chapters = delivered.timeline.chapters
    assert [chapter.title for chapter in chapters] == TITLES
    said = [[sentence for clip in chapter.clips for sentence in clip.sentences] for chapter in chapters]
    assert [one.text for one in said[0]] == [
        "Die Lampe.",
        "Von Anna Autor und Bert Dichter.",
        "Gelesen von Espeak NG, einer synthetischen Stimme.",
    ]
    assert (said[-1][0].text, said[-1][-1].text) == ("Sie hörten: Die Lampe.", "Ende.")
    assert [one.text for one in said[2]] == ["Kapitel 2", "Sie las ihn zweimal und legte ihn dann neben die Lampe."]
    assert [[bool(one.file) for one in chapter] for chapter in said] == [
        [False] * 3,
        [True] * 2,
        [False, True],
        [False, True],
        [False] * 4,
    ]


def test_a_second_run_asks_for_nothing(delivered: Delivered) -> None:
    again = make(delivered.book, delivered.folder, *MORE).data["books"][0]
    assert (again["rendered"], again["reused"]) == (0, delivered.report["chunks"])
    assert all(chapter["reused"] for chapter in again["chapters"])
    assert again["coverage"] == delivered.report["coverage"]


def test_another_target_speaks_no_more_than_the_book_and_asks_for_nothing(delivered: Delivered) -> None:
    plain = make(delivered.book, delivered.folder).data["books"][0]
    assert [chapter["title"] for chapter in plain["chapters"]] == TITLES[1:-1]
    assert plain["rendered"] == 0
