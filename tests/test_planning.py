"""A book's own pronunciations in a plan: in the requests of a model that takes them, priced like the user's."""

from pathlib import Path

import pytest

from pipeline.accounts import book_plan, remaining
from pipeline.announcing import announce_plan
from pipeline.assemble.sidecars import audiobookshelf_metadata
from pipeline.book import Block, Kind, Lexeme, Sound
from pipeline.config import BookJob, Layer, settings_of
from pipeline.events import BookPlanned
from pipeline.planning import Plan, plan_of
from pipeline.report.text import SHOWN_OF_BOOK, plan_lines
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, load_profiles
from pipeline.speech.request import retaken
from pipeline.takes.chain import Rejection
from pipeline.takes.store import TakeStore
from tests.fakes.books import cut
from tests.fakes.events import Recorded
from tests.ingest.epubs import Epub, page

PLS = """<lexicon version="1.0" alphabet="ipa" xml:lang="en" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon">
{entries}</lexicon>"""
LEXEME = "<lexeme><grapheme>{words}</grapheme>{said}</lexeme>"
BODY = (
    '<h1>One</h1><p>Kim ate a tomato [sic], and the pipe was <span ssml:ph="lɛd" ssml:alphabet="ipa">lead</span>.</p>'
)
TAKES_IPA = {DEFAULT_PAID_MODEL: {"ipa_syntax": "[{text}|{ipa}]"}}


def epub(entries: str = LEXEME.format(words="tomato", said="<phoneme>təˈmɑːtəʊ</phoneme>")) -> Epub:
    text = page(BODY).replace("<html ", '<html xmlns:ssml="http://www.w3.org/2001/10/synthesis" ')
    lexicon = PLS.format(entries=entries).encode()
    return Epub({"a.xhtml": text}, others={"en.pls": ('id="l" media-type="application/pls+xml"', lexicon)})


def planned(
    folder: Path,
    book: Epub,
    *,
    model: str = DEFAULT_PAID_MODEL,
    models: dict[str, dict[str, str]] | None = None,
    pronunciations: dict[str, object] | None = None,
    language: str = "",
) -> Plan:
    layer = {"pronunciations": pronunciations or {}, "speech": {"language": language}}
    settings = settings_of([Layer("a test", layer)])
    return plan_of(BookJob(book.write(folder), settings), load_profiles(models or {})[model])


def sent(plan: Plan) -> str:
    return "\n".join(turn.text for order in plan.orders for turn in order.request.turns)


def test_a_model_that_takes_ipa_is_sent_it_and_the_books_brackets_are_not_tags(tmp_path: Path) -> None:
    text = sent(planned(tmp_path, epub(), models=TAKES_IPA))
    assert "Kim ate a [tomato|təˈmɑːtəʊ] (sic), and the pipe was [lead|lɛd]." in text


def test_a_user_has_the_last_word(tmp_path: Path) -> None:
    own = {"Tomato": "tommy toe", "lead": "lid"}
    text = sent(planned(tmp_path, epub(), models=TAKES_IPA, pronunciations=own))
    assert "Kim ate a tommy toe (sic), and the pipe was lid." in text


def test_a_voice_that_takes_no_ipa_gets_the_text_and_the_plan_a_note(tmp_path: Path) -> None:
    plan = planned(tmp_path, epub(), model=EMBEDDED_MODEL)
    assert "Kim ate a tomato [sic], and the pipe was lead." in sent(plan)
    assert any(note.startswith("espeak-ng takes no IPA: 2 pronunciations") for note in plan.book.notes)
    assert book_plan(plan, TakeStore(tmp_path / "takes")).pronunciations == []


def test_the_plan_prices_the_books_own_rules_too(tmp_path: Path) -> None:
    plan = planned(tmp_path, epub(), models=TAKES_IPA, pronunciations={"Kim": "Keem", "nobody": "no one"})
    uses = book_plan(plan, TakeStore(tmp_path / "takes")).pronunciations
    found = {use.words: (use.chunks, use.from_book, use.cost_usd > 0) for use in uses}
    assert found == {
        "nobody": (0, False, False),
        "Kim": (1, False, True),
        "tomato": (1, True, True),
        "lead": (1, True, True),
    }


def test_a_page_shows_the_most_used_of_many(tmp_path: Path) -> None:
    words = "abcdefghijklmnop"
    body = "<h1>One</h1><p>" + " ".join(f"x{letter}x" for letter in words) + "</p>"
    entries = "".join(LEXEME.format(words=f"x{letter}x", said="<alias>ex</alias>") for letter in words)
    book = epub(entries)
    book.pages = {"a.xhtml": page(body)}
    lines = list(plan_lines(book_plan(planned(tmp_path, book), TakeStore(tmp_path / "takes"))))
    assert sum("the book's own" in line and "to render again" in line for line in lines) == SHOWN_OF_BOOK
    assert f"  … and {len(words) - SHOWN_OF_BOOK} more of the book's own pronunciations" in lines


@pytest.mark.parametrize("max_chars", [2_000, 100])
def test_sounds_stay_with_their_words_wherever_a_block_is_cut(max_chars: int) -> None:
    text = " ".join(f"Sentence number {number} has lead in it." for number in range(12))
    starts = [start for start in range(len(text)) if text.startswith("lead", start)]
    block = Block(Kind.PARAGRAPH, text, sounds=tuple(Sound(start, start + 4, "lɛd") for start in starts))
    lines = [line for chunk in cut([block], max_chars=max_chars) for line in chunk.lines]
    assert [line.text[sound.start : sound.end] for line in lines for sound in line.sounds] == ["lead"] * 12


def test_a_passage_in_another_language_is_said_by_its_own_rules(tmp_path: Path) -> None:
    book = epub(LEXEME.format(words="Nice", said="<alias>Neece</alias>"))
    book.others = {"fr.pls": ('id="l" media-type="application/pls+xml"', _french(book))}
    book.pages = {"a.xhtml": page('<h1>One</h1><p>Nice people.</p><p lang="fr">Nice est belle.</p>')}
    text = sent(planned(tmp_path, book))
    assert "Nice people." in text
    assert "Neece est belle." in text
    assert planned(tmp_path, book).book.lexicon == (Lexeme("Nice", say="Neece", language="fr", is_cased=True),)


def _french(book: Epub) -> bytes:
    return book.others["en.pls"][1].replace(b'xml:lang="en"', b'xml:lang="fr"')


def halved_plan(folder: Path) -> tuple[Plan, TakeStore]:
    """Two chapters that end alike, with that chunk, of several sentences, to be halved; nothing is bought yet."""
    store = TakeStore(folder / "takes")
    cursed = "All is well here. Nothing is so far away. Nobody was ever seen there. The end of it is near."
    titled = {"a.xhtml": page(f"<h1>One</h1><p>{cursed}</p>"), "b.xhtml": page(f"<h1>Two</h1><p>{cursed}</p>")}
    plan = planned(folder, Epub(titled))
    [order] = [order for order in plan.orders if "Nobody" in order.request.text]
    for take in range(plan.job.settings.acceptance.retakes + 1):
        store.reject(retaken(order.request, take=take), Rejection("it hums"), {})
    return plan, store


def test_a_halved_chunk_is_counted_as_one(tmp_path: Path) -> None:
    plan, store = halved_plan(tmp_path)
    assert len(plan.missing(store)) == len(plan.orders) + 1, "two halves instead of the whole"
    priced = book_plan(plan, store)
    assert priced.missing_chunks == sum(chapter.missing_chunks for chapter in priced.chapters) == len(plan.orders)
    assert sum(chapter.cost_usd for chapter in priced.chapters) == pytest.approx(priced.cost_usd)
    assert remaining(plan.resolved(store)).chunks == len(plan.orders)
    events = Recorded()
    announce_plan(plan, events)
    [announced] = events.of(BookPlanned)
    assert (announced.chunks, announced.reused) == (len(plan.orders), 0)


def test_the_narrator_is_named_as_what_it_is(tmp_path: Path) -> None:
    credits = planned(tmp_path, epub()).credits
    assert credits.narrator == "Charon (gemini-3.1-flash-tts-preview)"
    assert credits.provenance == (
        "Synthetic narration by gemini-3.1-flash-tts-preview, voice Charon. The audio carries a SynthID watermark."
    )


@pytest.mark.parametrize(("asked", "language"), [("fr-CA", "fr-CA"), ("", "en")])
def test_the_delivery_says_the_language_that_is_spoken(asked: str, language: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, epub(), language=asked)
    assert audiobookshelf_metadata(plan.credits, ())["language"] == language
