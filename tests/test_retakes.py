"""Which chunks are meant, and what may be wished of them."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.choosing import write_choices
from pipeline.cli.retake import _Book, _meant, _parameter_of, _Talk
from pipeline.comparison import report_on
from pipeline.config import BookJob, Layer, settings_of
from pipeline.errors import UsageError
from pipeline.planning import Plan, plan_of
from pipeline.recording import Take
from pipeline.report.retakes import RetakenChunk, Version, retakes_page, summary_lines
from pipeline.retakes import Place, Wish, beginning_of, candidates_for, place_named, places_of, with_retakes
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.request import Key, key_of, shortened
from pipeline.takes.chain import Rejection
from pipeline.takes.choices import Choice, Choices, Retake, asked_for
from pipeline.takes.resolve import Part, Resolution, Resolved
from pipeline.takes.store import TakeStore
from tests.corpus import made

CHAPTERS = {
    "The Road": ["He came on foot."],
    "The Sea": ["It was cold."],
    "The End": ["He came on foot."],
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("book")
    layer = Layer("a test", {"script": {"target_seconds": 5}, "run": {"out": str(folder / "out")}})
    job = BookJob(made.markdown(folder / "tiny.md", CHAPTERS), settings_of([layer]))
    return plan_of(job, load_profiles({})[DEFAULT_PAID_MODEL])


def spoken(plan: Plan, *, suspect: str = "") -> list[Place]:
    """The chunks of the plan, as if every one had a take; that of `suspect` words is doubtful."""
    found = {
        planned.order.key: Resolution(
            (
                Part(
                    planned.chunk,
                    planned.order.request,
                    Take(planned.order.key, "d", 1, is_suspect=planned.chunk.text == suspect),
                ),
            )
        )
        for chapter in plan.chapters
        for planned in chapter.chunks
    }
    return places_of(plan, Resolved(found))


def of_words(places: list[Place], words: str) -> Place:
    return next(place for place in places if place.words == words)


def test_equal_chunks_are_one_and_stand_where_they_stand_first(plan: Plan) -> None:
    places = spoken(plan, suspect="It was cold.")
    assert len(places) == len(plan.orders) < plan.chunk_count
    assert of_words(places, "He came on foot.").chapter.title == "The Road"
    assert [place.words for place in places if place.is_suspect] == ["It was cold."]


def test_a_chunk_is_named_by_its_key_or_that_of_any_take_of_it(plan: Plan) -> None:
    places = spoken(plan)
    cold = of_words(places, "It was cold.")
    halved = replace(cold, takes=(Take("a" * 64, "d", 1), Take("b" * 64, "d", 1)))
    others = [halved if place is cold else place for place in places]
    retake = Retake(number=1, voice="Puck")
    chosen = replace(plan, choices=Choices.of([Choice(key=cold.key, retake=(retake,))]))
    [tried] = chosen.choices.tried(cold.key, cold.request)
    for name in (shortened(cold.key), cold.key.upper(), cold.key[:8] + "…", "bbbbbb", tried[:10]):
        assert place_named(chosen, others, name) is halved


def test_a_name_that_is_none_or_several_is_told_with_what_it_may_be(plan: Plan) -> None:
    places = spoken(plan)
    first, second = places[0], places[1]
    alike = replace(second, takes=(Take(first.key[:12] + "0" * 52, "d", 1),))
    with pytest.raises(UsageError, match="may be 2 chunks") as several:
        place_named(plan, [first, alike], first.key[:10])
    assert all(f"{shortened(place.key)} “{place.words}”" in str(several.value) for place in (first, alike))
    with pytest.raises(UsageError, match="A Tiny Book: no chunk 'ffffffff'"):
        place_named(plan, places, "ffffffff")
    with pytest.raises(UsageError, match="'3f' is too short"):
        place_named(plan, places, "3f")


def test_the_next_retake_follows_from_what_is_written_down(plan: Plan, tmp_path: Path) -> None:
    cold = of_words(spoken(plan), "It was cold.")
    [first] = candidates_for(plan, TakeStore(tmp_path), [cold], Wish(voice="puck", text="It was [sic] coald."))
    assert first.retake == Retake(number=1, voice="Puck", text="It was (sic) coald.")
    assert (first.choice.use, first.after("old").use, first.after("new").use) == (0, 0, 1)
    [same] = candidates_for(plan, TakeStore(tmp_path), [cold], Wish(voice="puck", text="It was [sic] coald."))
    assert same.request == first.request
    after = replace(plan, choices=Choices.of([first.after("new")]))
    [second] = candidates_for(after, TakeStore(tmp_path), [cold], Wish())
    assert (second.retake, second.choice.use) == (Retake(number=2), 1)
    lacking = with_retakes(after, [second]).resolved(TakeStore(tmp_path)).lacking
    assert [order.request for order in lacking.values()] == [second.request]


def test_an_edit_elsewhere_leaves_a_choice_alone_and_one_of_its_words_lets_it_rest(tmp_path: Path) -> None:
    path = made.markdown(tmp_path / "tiny.md", CHAPTERS)
    settings = settings_of([Layer("a test", {"run": {"out": str(tmp_path / "out")}})])
    profile = load_profiles({})[DEFAULT_PAID_MODEL]

    def planned(**changes: str) -> Plan:
        made.markdown(path, {**CHAPTERS, **{title: [words] for title, words in changes.items()}})
        return plan_of(BookJob(path, settings), profile)

    before = planned()
    cold = of_words(spoken(before), "It was cold.")
    choice = Choice(key=cold.key, use=1, retake=(Retake(number=1),))
    write_choices(Choices.of([choice]), before.folder)
    elsewhere = planned(**{"The Road": "He came on horseback."})
    assert elsewhere.notes[-1] == "chunks that a chosen retake speaks (choices.toml): 1"
    store = TakeStore(tmp_path / "takes")
    assert key_of(asked_for(cold.request, choice.retake[0])) in {order.key for order in elsewhere.missing(store)}
    edited = planned(**{"The Sea": "It was warm."})
    assert edited.notes[-1] == "choices of chunks that it does not have as planned, which are kept: 1"


def test_what_the_filter_refused_before_goes_out_framed(plan: Plan, tmp_path: Path) -> None:
    store, cold = TakeStore(tmp_path), of_words(spoken(plan), "It was cold.")
    store.reject(cold.request, Rejection("no", is_refused=True, is_filter=True), {})
    [candidate] = candidates_for(plan, store, [cold], Wish())
    assert candidate.request.framing == "transcript"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(voice="Nobody"), "has no voice 'Nobody'"),
        (Wish(text="Several."), "--text is for one chunk, and these are 5"),
        (Wish(parameters={"volume": 3}), "takes no volume → it takes"),
    ],
)
def test_what_cannot_be_wished_is_said_in_a_line(plan: Plan, tmp_path: Path, wish: Wish, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        candidates_for(plan, TakeStore(tmp_path), spoken(plan)[:5], wish)
    assert said in str(refused.value)


def test_what_is_not_spoken_yet_is_not_taken_again(plan: Plan, tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    with pytest.raises(UsageError, match="it is not spoken yet → make the book first"):
        candidates_for(plan, store, places_of(plan, plan.resolved(store))[:1], Wish())


def test_a_parameter_is_a_number_where_it_can_be_one() -> None:
    assert [_parameter_of(f"x={value}") for value in ("3", "0.8", "warm")] == [("x", 3), ("x", 0.8), ("x", "warm")]
    with pytest.raises(UsageError, match="not NAME=VALUE: 'x'"):
        _parameter_of("x")


def test_long_words_are_cut_where_one_ends() -> None:
    assert beginning_of("a  b\nc") == "a b c"
    assert beginning_of("word " * 30) == "word " * 12 + "…"


def test_of_several_books_the_one_is_meant_that_has_what_is_suspect(plan: Plan) -> None:
    quiet, doubtful = (_Book(plan, spoken(plan, suspect=words), ()) for words in ("", "It was cold."))
    assert _meant([quiet, doubtful], Path("shelf.toml"), is_suspect=True) is doubtful
    with pytest.raises(UsageError, match=r"shelf\.toml: which of 2 books: A Tiny Book, A Tiny Book"):
        _meant([quiet, doubtful], Path("shelf.toml"), is_suspect=False)


def heard(**new: object) -> RetakenChunk:
    old = Version(number=0, digest="old", seconds=2, file="old.wav", figures={"sounding_s": 2, "spoken_chars": 30})
    newer = Version(number=1, seconds=3, file="new.wav", digest="new").model_copy(update=new)
    return RetakenChunk(key=Key("3f2a" * 16), chapter="The Sea", text="It was <cold>.", old=old, new=newer)


@pytest.mark.parametrize(
    ("new", "better"),
    [({}, "new"), ({"suspect": ["too fast"]}, "old"), ({"refused": "silent"}, "old"), ({"digest": "old"}, "old")],
)
def test_where_nobody_listens_the_checks_decide(new: dict[str, object], better: str) -> None:
    assert heard(**new).better == better


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> io.StringIO:
    err = _Terminal()
    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    monkeypatch.setattr(sys, "stderr", err)
    return err


@pytest.mark.parametrize(("answer", "kept"), [("old\n", "old"), ("\n", "new"), ("both\nold\n", "old")])
def test_at_a_terminal_somebody_who_has_listened_is_asked(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, answer: str, kept: str
) -> None:
    err, talk = on_terminal(monkeypatch, answer), _Talk(as_json=False, is_quiet=False, is_verbose=False)
    assert talk.kept(heard(), report_on(plan), None) == kept
    said = err.getvalue()
    assert "old: 2.0 s, 15.0 characters a second" in said
    assert str(plan.folder / "retakes" / "new.wav") in said


def test_nobody_is_asked_who_has_said_it_or_about_what_failed(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    err, talk = on_terminal(monkeypatch, ""), _Talk(as_json=False, is_quiet=False, is_verbose=False)
    assert talk.kept(heard(), report_on(plan), "old") == "old"
    assert talk.kept(heard(refused="silent"), report_on(plan), "new") == "old"
    assert err.getvalue() == ""


def test_a_page_and_its_lines_tell_what_came_of_it(plan: Plan) -> None:
    chunks = [heard().model_copy(update={"kept": "new"}), heard(refused="it is <silent>", file="")]
    report = report_on(plan).model_copy(update={"chunks": chunks})
    page = retakes_page(report)
    assert "It was &lt;cold&gt;." in page
    assert "it is &lt;silent&gt;" in page
    assert list(summary_lines(report)) == [
        "✓ 3f2a3f2a3f in The Sea: retake 1, 3.0 s; the new one is kept",
        "✗ 3f2a3f2a3f in The Sea: retake 1 failed its checks (it is <silent>); the old take stays",
    ]
