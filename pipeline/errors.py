"""What can go wrong, as one tree; each class carries the exit code and the way out.

PipelineError
├── UsageError                2    wrong usage
│   └── SettingsError         2    a job file, flag or setting that cannot be used
│       └── WordsChanged           a direction file whose words are not the book's
├── BookError                 3    a book could not be read
│   ├── BookNotFound
│   ├── UnknownFormat
│   ├── DamagedBook
│   ├── UnsafeBook                 refused: escapes its folder, too large, too many parts
│   ├── ProtectedBook              DRM
│   ├── EmptyBook
│   └── CoverageError              text neither spoken nor excluded under a rule (a bug of ours)
├── AudioError                3    a sound file could not be read
├── SpeechError               4    one attempt at one request failed
│   ├── Passing                    worth another attempt
│   │   ├── RateLimited            429, 529: slow down
│   │   ├── ServiceTrouble         5xx and other passing refusals
│   │   ├── ConnectionTrouble      refused, reset, cut
│   │   └── TimedOut
│   ├── BadAudio                   200, but no sound
│   ├── RequestRefused             this text, not this service (400, 422)
│   │   ├── FilterRefused          the content filter, rightly or not
│   │   └── TooLong                413, or more tokens than the model takes
│   ├── Rejected                   every take of it failed its checks
│   ├── PaymentRequired       5
│   └── ServiceRefused        6    key, permission, model
├── ChunksFailed              4    a chapter, and so its book, was not delivered
├── StoppedOnPurpose          5    budget or deadline reached with work left
├── EngineMissing             6    no key, or no embedded voice on this machine
├── MachineError              7    disk full, folder not writable
├── CheckFailed               8    a sound file misses what its target asks for
└── Interrupted             130
"""

import re
from typing import ClassVar


class PipelineError(Exception):
    """One line for people: what is wrong, where, and what to do.

    `slug`, made from the class's name, is the heading in `docs/errors.md` that says more: `run-pipeline help SLUG`.
    """

    exit_code: ClassVar[int] = 1
    remedy: ClassVar[str] = ""
    slug: ClassVar[str] = "pipeline-error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.slug = "-".join(re.findall("[A-Z][a-z]*", cls.__name__)).lower()

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.way_out = remedy or type(self).remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        way_out = f" → {self.way_out}" if self.way_out else ""
        return " ".join(f"{place}{self.what}{way_out}".split())

    @property
    def entry(self) -> str:
        """Under which heading whoever meets this error reads on."""
        return type(self).slug

    @property
    def with_entry(self) -> str:
        """The line as a terminal shows it: its end in brackets is what `run-pipeline help` takes."""
        return f"{self} [{self.entry}]"


class UsageError(PipelineError):
    exit_code = 2
    remedy = "see `run-pipeline --help`"


class SettingsError(UsageError):
    remedy = "`configs/default.toml` lists every setting with its unit"


class WordsChanged(SettingsError):
    """`details` are all places where the words differ, a line each."""

    remedy = "mend them, or have the new words spoken by `--allow-changes`"

    def __init__(self, what: str, *, where: str = "", remedy: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.details = details


class BookError(PipelineError):
    exit_code = 3


class BookNotFound(BookError):
    remedy = "check the path"


class UnknownFormat(BookError):
    remedy = (
        "give an EPUB (.epub), Markdown (.md, or a folder of it), text (.txt), a web page (.html), a job file (.toml), "
        "or, with the program pandoc installed, .docx, .odt, .fb2, .rtf and more"
    )


class DamagedBook(BookError):
    remedy = "download the book again, or repair it in an EPUB editor"


class UnsafeBook(BookError):
    remedy = "the file was not opened any further; get the book from a source you trust"


class ProtectedBook(BookError):
    remedy = "buy or ask for a DRM-free copy; this program does not remove DRM"


class EmptyBook(BookError):
    remedy = "a book of images has no text to speak; look for an edition with text"


class CoverageError(BookError):
    remedy = "please report this book: text would have been lost"


class AudioError(PipelineError):
    exit_code = 3
    remedy = "give sound files (.m4b, .mp3, .flac, .wav, .ogg, .opus, …) or a folder of them"


class SpeechError(PipelineError):
    """`may_be_paid`: the service may charge for the attempt all the same."""

    exit_code = 4
    may_be_paid: bool = False


class Passing(SpeechError):
    """Worth another attempt; `retry_after_s` is what the service asked for, or None.

    `was_sent` false says that no request had left, so that nothing can have been charged.
    """

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", retry_after_s: float | None = None, was_sent: bool = True
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.retry_after_s = retry_after_s
        self.may_be_paid = type(self).may_be_paid and was_sent


class RateLimited(Passing):
    """`limit` is the number the service says it allows, of what it does not say, or None."""

    remedy = "lower `pace.max_concurrency` or set `pace.requests_per_minute`"

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        retry_after_s: float | None = None,
        limit: int | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy, retry_after_s=retry_after_s)
        self.limit = limit


class ServiceTrouble(Passing):
    remedy = "run the same command again later; what arrived is kept"


class ConnectionTrouble(Passing):
    may_be_paid = True
    remedy = "check the network and `speech.base_url`, then run the same command again"


class TimedOut(Passing):
    may_be_paid = True
    remedy = "run the same command again, or lower `script.target_seconds`"


class BadAudio(SpeechError):
    may_be_paid = True
    remedy = "run the same command again; the refused body is kept under `rejected/` of the take store"


class RequestRefused(SpeechError):
    remedy = "look at the text of the chunk in the report; `script.target_seconds` makes chunks shorter"


class FilterRefused(RequestRefused):
    remedy = "look at the text of the chunk in the report; another model or voice may take it (`speech.fallback_model`)"


class TooLong(RequestRefused):
    remedy = "lower `script.max_chars` or `script.target_seconds`"


class Rejected(SpeechError):
    remedy = "run the same command again for more takes; what was refused is kept under `rejected/` of the take store"


class PaymentRequired(SpeechError):
    exit_code = 5
    remedy = "add credit, then run the same command again; nothing is bought twice"


class ServiceRefused(SpeechError):
    exit_code = 6
    remedy = "check the key and the model; `run-pipeline doctor` tells what the service says"


class ChunksFailed(PipelineError):
    """`cause` is what the first of them failed by: its way out and its entry are what helps."""

    exit_code = 4
    remedy = "run the same command again: only what is missing is rendered"

    def __init__(self, what: str, *, where: str = "", remedy: str = "", cause: SpeechError | None = None) -> None:
        super().__init__(what, where=where, remedy=remedy or (cause.way_out if cause else ""))
        self.cause = cause

    @property
    def entry(self) -> str:
        return self.cause.entry if self.cause else super().entry


class StoppedOnPurpose(PipelineError):
    exit_code = 5
    remedy = "raise the limit and run the same command again; nothing is bought twice"


class EngineMissing(PipelineError):
    exit_code = 6
    remedy = "`run-pipeline doctor` tells what is missing"


class MachineError(PipelineError):
    exit_code = 7
    remedy = "free some space or choose another folder with `--out` or `--takes`"


class CheckFailed(PipelineError):
    exit_code = 8
    remedy = "the table says which rule, by how much, and where"


class Interrupted(PipelineError):
    exit_code = 130
    remedy = "run the same command again to go on; everything that arrived is kept"
