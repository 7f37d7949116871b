"""What the voices read: the chunks a run would cut of real books, short headings and names of them included."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import flag_layer
from pipeline.jobs import jobs_of
from pipeline.languages import primary_subtag
from pipeline.planning import Plan, plan_books

SAMPLES = Path(__file__).parents[3] / "samples"

SHORT_LINES = {
    "en": ("No.", "Yes!", "Chapter I", "1984", "Alice.", "“Who?”", "THE END", "$5", "Dr. Watson", "Oh, dear!", "III."),
    "de": ("Nein.", "Ja!", "Kapitel 3", "Gregor.", "1912", "„Was?“", "ENDE", "Dr. Wolf", "Ach, so!"),
    "fr": ("Non.", "Oui !", "Chapitre 2", "Emma.", "1857", "« Quoi ? »", "FIN", "Mme Bovary", "Eh bien !"),
    "ru": ("Нет.", "Да!", "Глава 1", "Анна.", "1899", "«Что?»", "КОНЕЦ", "Дмитрий Гуров", "Ну вот!"),
    "pt": ("Não.", "Sim!", "Canto 1", "Vasco.", "1572", "«Quem?»", "FIM", "Ah, sim!"),
    "nl": ("Nee.", "Ja!", "Hoofdstuk 4", "Willem.", "1888", "„Wat?”", "EINDE", "Ach, ja!"),
    "ja": ("いや。", "はい。", "せんせい。", "「だれ?」", "おわり"),
    "es": ("No.", "¡Sí!", "Capítulo 5", "Sancho.", "1605", "«¿Quién?»", "FIN", "¡Ay, sí!"),
    "it": ("No.", "Sì!", "Capitolo 5", "Beatrice.", "1321", "«Chi?»", "FINE", "Ah, sì!"),
}
"""One to three words, the way books have them: answers, names, headings, years, exclamations."""


@dataclass(frozen=True, slots=True)
class Script:
    """The texts of one language, in an order that mixes books; `shorts` are lines of one to three words."""

    language: str
    texts: tuple[str, ...]
    shorts: tuple[str, ...]


def scripts_of(folder: Path | None) -> dict[str, Script]:
    """Texts by language, from the samples and (if given) every book in `folder`."""
    books = [*sorted(SAMPLES.glob("[!R]*.md")), *sorted(SAMPLES.glob("*.epub"))]
    books += (
        sorted(path for path in folder.iterdir() if path.suffix in (".md", ".epub") and path.stem != "README")
        if folder
        else []
    )
    texts: dict[str, list[list[str]]] = {}
    for book in books:
        language, found = _chunks_of(book)
        if language in SHORT_LINES:
            texts.setdefault(language, []).append(found)
    texts |= {language: [_shuffled_texts(language)] for language in _OWN if language not in texts}
    return {language: _script(language, found) for language, found in texts.items()}


_OWN = {
    "es": """
        La casa de mi abuela estaba al final de una calle de tierra. En invierno, el viento entraba por debajo
        de la puerta y apagaba las velas. Nadie sabía quién había plantado los tres almendros del patio. Mi
        hermano decía que eran más viejos que el pueblo; yo no le creía. Una tarde de marzo llegó un hombre con
        una maleta roja. Preguntó por el maestro, pero el maestro se había marchado en 1936. Entonces se sentó a
        la sombra, abrió la maleta y sacó 14 relojes. Todos marcaban una hora distinta. ¿Por qué no los
        arregla?, le pregunté. Porque así siempre es temprano en alguna parte, respondió sin levantar la vista.
        Mi abuela se echó a reír y le sirvió un vaso de agua fresca. Desde aquel día nadie volvió a tener prisa
        en nuestra calle. Los niños salían tarde de la escuela, el panadero dormía hasta las nueve y el tren,
        cuando pasaba, esperaba un poco más. Solo el alcalde protestó, porque sus discursos empezaban a parecer
        demasiado largos. Cuando el hombre se fue, dejó uno de los relojes sobre la mesa. Todavía funciona.
    """,
    "it": """
        La casa di mia nonna stava in fondo a una strada di terra. D’inverno il vento entrava sotto la porta e
        spegneva le candele. Nessuno sapeva chi avesse piantato i tre mandorli del cortile. Mio fratello diceva
        che erano più vecchi del paese; io non gli credevo. Un pomeriggio di marzo arrivò un uomo con una
        valigia rossa. Chiese del maestro, ma il maestro era partito nel 1936. Allora si sedette all’ombra, aprì
        la valigia e tirò fuori 14 orologi. Tutti segnavano un’ora diversa. Perché non li ripara?, gli chiesi.
        Perché così è sempre presto da qualche parte, rispose senza alzare gli occhi. Mia nonna scoppiò a ridere
        e gli versò un bicchiere di acqua fresca. Da quel giorno nessuno ebbe più fretta nella nostra strada. I
        bambini uscivano tardi dalla scuola, il fornaio dormiva fino alle nove e il treno, quando passava,
        aspettava un poco di più. Solo il sindaco protestò, perché i suoi discorsi cominciavano a sembrare
        troppo lunghi. Quando l’uomo se ne andò, lasciò uno degli orologi sul tavolo. Funziona ancora.
    """,
}
"""Written for this benchmark, for languages no book at hand is in."""


def _shuffled_texts(language: str, *, count: int = 40) -> list[str]:
    """Sentences of `_OWN` in ever other orders, none twice in a text."""
    sentences = re.split(r"(?<=[.?]) (?=[A-ZÁÉ¿])", " ".join(_OWN[language].split()))
    chance = random.Random(language)
    return [" ".join(chance.sample(sentences, chance.randint(1, len(sentences)))) for _ in range(count)]


_SHORT_CHARS = 30
_BOOK_TEXTS = 80


def _script(language: str, books: list[list[str]]) -> Script:
    long = [[text for text in book if len(text) >= _SHORT_CHARS] for book in books]
    short = [text for book in books for text in book if len(text) < _SHORT_CHARS]
    spread = [book[:: max(1, len(book) // _BOOK_TEXTS)][:_BOOK_TEXTS] for book in long]
    most = max(map(len, spread), default=0)
    mixed = [book[i] for i in range(most) for book in spread if i < len(book)]
    return Script(language, tuple(dict.fromkeys(mixed)), tuple(dict.fromkeys([*SHORT_LINES[language], *short])))


def _chunks_of(path: Path) -> tuple[str, list[str]]:
    [plan] = plan_books(jobs_of([path], [flag_layer("--engine", "speech.engine", "openrouter")]))
    assert isinstance(plan, Plan), plan.error
    texts = [planned.chunk.said(plan.reader.say) for chapter in plan.chapters for planned in chapter.chunks]
    return primary_subtag(plan.language), [_HAN.sub("", text) for text in texts]


_HAN = re.compile(r"[\u3400-\u9fff]")
"""Left out: espeak-ng says "Chinese letter" for each, which is a fault of its own."""
