"""Defaults, job file, `[[book]]`, flags → settings."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipeline.config import BookJob, Settings, api_key, default_layer, flag_layer, set_layer, settings_of
from pipeline.errors import SettingsError
from pipeline.jobs import jobs_of
from pipeline.speech.profiles import load_profiles
from pipeline.speech.settings import profile_for, voice_for

CONFIGS = Path(__file__).parents[1] / "configs"
JOBS = sorted(path for path in CONFIGS.glob("*.toml") if path.stem not in {"default", "faults", "bad-night"})


@pytest.fixture
def job(tmp_path):
    """Write a job file and read it."""

    def read(text: str, *flags, chapters: str = "") -> list[BookJob]:
        path = tmp_path / "shelf" / "job.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return jobs_of([path], list(flags), chapters=chapters)

    return read


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _keys(table: dict[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _keys(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_default_toml_and_the_settings_types_name_the_same_keys():
    written, typed = set(_keys(default_layer().table)), set(_fields(Settings))
    assert written - typed == set(), "in default.toml, but no setting"
    assert typed - written == set(), "a setting without its default in default.toml"
    assert len(typed) > 30


def test_every_default_says_what_it_is():
    for line in default_layer().text.splitlines():
        if "=" in line and not line.startswith("#"):
            assert "#" in line, line


def test_no_setting_has_a_second_default_in_its_type():
    def required(model: type[BaseModel]) -> Iterator[str]:
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield from required(field.annotation)
            elif not field.is_required():
                yield f"{model.__name__}.{name}"

    assert list(required(Settings)) == []


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_every_job_file_a_user_starts_from_is_one(path):
    jobs = jobs_of([path], [])
    assert jobs
    for found in jobs:
        assert found.source.is_file(), f"{path.name} names {found.source}, which is not there"
        profile = profile_for(found.settings.speech, load_profiles(found.settings.models), has_paid_key=True)
        assert voice_for(found.settings.speech, profile, language="en")
        assert not profile.is_paid or found.settings.pace.budget_usd > 0, "a job to start from must not spend unasked"


def test_there_are_job_files_to_start_from():
    assert len(JOBS) >= 3


def test_each_layer_lies_over_the_one_before(job):
    text = """
        [speech]
        voice = "job"
        model = "job"
        style = "job"
        [[book]]
        source = "a.epub"
        speech.voice = "book"
        speech.model = "book"
        [[book]]
        source = "b.epub"
    """
    first, second = (found.settings.speech for found in job(text, flag_layer("--voice", "speech.voice", "flag")))
    assert (first.voice, first.model, first.style, first.language) == ("flag", "book", "job", "")
    assert (second.voice, second.model, second.style) == ("flag", "job", "job")
    assert settings_of([]).script == settings_of([flag_layer("--voice", "speech.voice", "flag")]).script


def test_later_flags_win():
    layers = [set_layer("speech.voice=one"), set_layer("speech.voice=two")]
    assert settings_of(layers).speech.voice == "two"


def test_reading_one_job_leaves_no_trace_in_the_next(job):
    before = settings_of([])
    job('[speech]\nparameters = { temperature = 1.5 }\n[[book]]\nsource = "a.epub"')
    assert settings_of([]) == before


def test_free_tables_take_any_key_and_are_merged(job):
    text = """
        speech.parameters = { temperature = 0.5 }
        [models."my/model-1.5"]
        engine = "openai"
        [[book]]
        source = "a.epub"
        speech.parameters = { top_p = 1 }
    """
    (found,) = job(text)
    assert found.settings.speech.parameters == {"temperature": 0.5, "top_p": 1}
    assert load_profiles(found.settings.models)["my/model-1.5"].engine == "openai"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[speech]\nvoice = 'a'\nmodle = 'b'", 3, "unknown setting speech.modle → did you mean speech.model?"),
        ("[speach]\nvoice = 'a'", 2, "unknown setting speach.voice → did you mean speech.voice?"),
        ("[pace]\n\n# much\nbudget = 3", 4, "unknown setting pace.budget → did you mean pace.budget_usd?"),
        ("voice = 'a'", 1, "unknown setting voice → did you mean speech.voice?"),
        ("sound.fade_sm = 5", 1, "unknown setting sound.fade_sm → did you mean sound.fade_ms?"),
        ("[script]\ntarget_seconds = 1", 2, "script.target_seconds: input should be greater than or equal to 5, got 1"),
        ("[speech]\nvoice = 3", 2, "speech.voice: input should be a valid string, got 3"),
        ("[delivery]\nformats = ['m4b', 'm4x']", 2, "delivery.formats: input should be 'm4b', 'mp3', 'opus', 'flac'"),
        ("[delivery]\nformats = ['mp3']\nmp3_kbps = 192", 3, "delivery.mp3_kbps: value error, at 24000 hz, "),
        ("[delivery]\ntarget = 'acx'\nmp3 = 'one'", 3, "delivery.mp3: value error, the target acx takes one file"),
        ("speech = 3", 1, "speech: "),
        ("[speech]\nparameters = { temperature = [1] }", None, "speech.parameters.temperature: "),
        ("[models]\nx = 3", 2, "models.x: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(job, tmp_path, text, line, said):
    with pytest.raises(SettingsError) as caught:
        job(f"{text}\n[[book]]\nsource = 'a.epub'")
    place = tmp_path / "shelf" / "job.toml"
    assert str(caught.value).startswith(f"{place} line {line}: {said}" if line else f"{place}: {said}")


def test_what_is_wrong_in_a_flag_is_said_of_the_flag(job):
    with pytest.raises(SettingsError, match=r"^--set: unknown setting speech\.vioce → did you mean speech\.voice\?$"):
        settings_of([set_layer("speech.vioce=Kore")])
    with pytest.raises(SettingsError, match=r"^--budget: pace\.budget_usd: .* got -1"):
        job("[[book]]\nsource = 'a.epub'", flag_layer("--budget", "pace.budget_usd", -1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[speech]\nvoice = 'a'",
        "book = []",
        "book = 3",
        "book = ['a.epub']",
        "[[book]]\nsorce = 'a.epub'",
        "[[book]]\nsource = 3",
        "[[book]]\nsource = 'a.epub'\nvoice = 'Kore'",
        "[[book]\nsource = 'a.epub'",
    ],
)
def test_a_job_file_without_a_book_is_refused_by_name(job, text):
    with pytest.raises(SettingsError, match=r"job\.toml"):
        job(text)


def test_a_job_file_that_cannot_be_read_is_refused_by_name(tmp_path):
    (tmp_path / "latin.toml").write_bytes('[speech]\nvoice = "é"'.encode("latin-1"))
    (tmp_path / "folder.toml").mkdir()
    for name in ("missing.toml", "latin.toml", "folder.toml"):
        with pytest.raises(SettingsError, match=name):
            jobs_of([tmp_path / name], [])


@pytest.mark.parametrize(
    ("assignment", "key", "value"),
    [
        ("speech.voice=Kore", ("speech", "voice"), "Kore"),
        ('speech.voice="Kore"', ("speech", "voice"), "Kore"),
        ("speech.voice=", ("speech", "voice"), ""),
        ("speech.style=slow, and = grave", ("speech", "style"), "slow, and = grave"),
        ("speech.style=C:\\new \"x\"", ("speech", "style"), 'C:\\new "x"'),
        ("speech.base_url=http://127.0.0.1:8200/api/v1", ("speech", "base_url"), "http://127.0.0.1:8200/api/v1"),
        ("speech.voice=日本", ("speech", "voice"), "日本"),
        ("pace.max_concurrency=16", ("pace", "max_concurrency"), 16),
        ("script.target_seconds = 30.5", ("script", "target_seconds"), 30.5),
        ('delivery.formats=["mp3", "m4b"]', ("delivery", "formats"), ("mp3", "m4b")),
    ],
)  # fmt: skip
def test_set_takes_toml_and_what_is_none_as_a_string(assignment, key, value):
    section, name = key
    assert getattr(getattr(settings_of([set_layer(assignment)]), section), name) == value


@pytest.mark.parametrize("assignment", ["speech.voice", "voice=Kore", "=Kore", "speech..voice=Kore", "speech. =x", ""])
def test_set_refuses_what_names_no_setting(assignment):
    with pytest.raises(SettingsError, match="--set"):
        settings_of([set_layer(assignment)])


@pytest.mark.parametrize(
    ("written", "picked"),
    [
        ('"1-3,7"', {1, 2, 3, 7}),
        ('" 2 , 4 - 5 "', {2, 4, 5}),
        ("7", {7}),
        ('""', None),
        ('"3-1"', set()),
    ],
)
def test_chapters_are_picked_by_number(job, written, picked):
    (found,) = job(f"[[book]]\nsource = 'a.epub'\nchapters = {written}")
    assert found.chapters == (None if picked is None else frozenset(picked))


@pytest.mark.parametrize("written", ["1-x", "one", "1;2", "-3", "1-3-5", ",", "1,,2"])
def test_what_is_no_list_of_chapters_is_refused(job, written):
    with pytest.raises(SettingsError, match="not a list of chapters"):
        job(f"[[book]]\nsource = 'a.epub'\nchapters = '{written}'")
    with pytest.raises(SettingsError, match="--chapters"):
        jobs_of([Path("a.epub")], [], chapters=written)


def test_chapters_on_the_command_line_win(job):
    (found,) = job("[[book]]\nsource = 'a.epub'\nchapters = '1'", chapters="2-3")
    assert found.chapters == {2, 3}


def test_paths_in_a_job_file_are_meant_from_where_it_stands(job, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    text = """
        [run]
        out = "made"
        takes = "~/takes"
        [[book]]
        source = "books/a.epub"
        [[book]]
        source = "/books/b.epub"
        run.out = "other"
        [[book]]
        source = "~/c.md"
        run.out = "/abs"
    """
    shelf = tmp_path / "shelf"
    first, second, third = job(text)
    assert [found.source for found in (first, second, third)] == [
        shelf / "books" / "a.epub",
        Path("/books/b.epub"),
        tmp_path / "home" / "c.md",
    ]
    outs = [Path(found.settings.run.out) for found in (first, second, third)]
    assert outs == [shelf / "made", shelf / "other", Path("/abs")]
    assert first.settings.run.takes_folder == tmp_path / "home" / "takes"


def test_paths_on_the_command_line_are_meant_from_where_one_stands(job):
    (found,) = job("[run]\nout = 'made'\n[[book]]\nsource = 'a.epub'", flag_layer("--out", "run.out", "here"))
    assert found.settings.run.out == "here"
    (plain,) = jobs_of([Path("a.epub")], [])
    assert (plain.source, plain.settings, plain.chapters) == (Path("a.epub"), settings_of([]), None)


def test_takes_stand_in_the_platforms_cache_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert settings_of([]).run.takes_folder.name == "run-pipeline"
    assert settings_of([set_layer(f"run.takes={tmp_path}")]).run.takes_folder == tmp_path


@pytest.mark.parametrize("has_affinity", [True, False])
def test_workers_are_as_many_as_set_else_one_a_core(monkeypatch, has_affinity):
    if has_affinity:
        monkeypatch.setattr("pipeline.config.os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    else:
        monkeypatch.delattr("pipeline.config.os.sched_getaffinity", raising=False)
        monkeypatch.setattr("pipeline.config.os.cpu_count", lambda: 3)
    assert settings_of([]).run.worker_count == 3
    assert settings_of([set_layer("run.workers=7")]).run.worker_count == 7


def test_a_key_comes_from_the_environment_alone(monkeypatch):
    assert api_key("OPENROUTER_API_KEY") == "", "the tests' own fixture hides a real one"
    monkeypatch.setenv("OPENROUTER_API_KEY", " sk-or-v1-x\n")
    assert api_key("OPENROUTER_API_KEY") == "sk-or-v1-x"
    assert api_key("") == ""
    assert not [key for key in _keys(default_layer().table) if "api_key" in key and not key.endswith("_env")]


def test_the_default_file_is_the_one_in_configs():
    assert default_layer().table == tomllib.loads((CONFIGS / "default.toml").read_text("utf-8"))
