"""What the service does with a key, a model and a text, whatever the attempt: credit, access, filters, curses, lag."""

import asyncio

import pytest

from pipeline.rehearsal.fault_script import parse_script
from pipeline.rehearsal.server import RehearsalOptions
from tests.rehearsal.conftest import MODEL, body_of

TONE = RehearsalOptions(voice="tone")
LINE = "You know how it is with me."
MARKED = f"Synthesize the transcript below as speech.\n\n#### TRANSCRIPT\n{LINE}"
SUCCESSOR = "google/gemini-3.8-flash-tts"


def played(rehearse, script, play, options=TONE):
    async def scenario():
        async with rehearse(options, script=parse_script(script, where="test") if script else None) as caller:
            return await play(caller)

    return asyncio.run(scenario())


def refusal(answer):
    error = answer.json()["error"]
    return answer.status_code, error["metadata"]["error_type"]


def test_the_credit_goes_down_and_then_payment_is_required_until_it_is_raised(rehearse):
    async def play(caller):
        answers, left = [], [(await caller.get("key"))["data"]]
        for _ in range(4):
            answers.append(await caller.say(LINE))
            left.append((await caller.get("key"))["data"])
        caller.server.top_up(1.0)
        return answers, left, await caller.say(LINE)

    price = played(rehearse, "", lambda caller: price_of(caller, LINE))
    answers, left, after = played(rehearse, f"credit_usd = {1.5 * price}", play)
    assert [answer.status_code for answer in answers] == [200, 200, 402, 402]
    assert refusal(answers[2]) == (402, "payment_required")
    assert [key["limit"] for key in left] == [pytest.approx(1.5 * price)] * 5
    assert [key["limit_remaining"] for key in left] == pytest.approx([1.5 * price, 0.5 * price, 0, 0, 0])
    assert after.status_code == 200


async def price_of(caller, text):
    await caller.say(text)
    return (await caller.get("key"))["data"]["usage"]


def test_the_option_goes_before_the_script_and_a_top_up_comes_in_time(rehearse):
    script = "credit_usd = 100.0\n[[top_up]]\nfrom_s = 600\nusd = 5.0"
    options = RehearsalOptions(voice="tone", credit_usd=0.0, speedup=3_000)

    async def play(caller):
        statuses = [(await caller.say(LINE)).status_code]
        while statuses[-1] == 402:
            statuses.append((await caller.say(LINE)).status_code)
        return statuses, (await caller.get("key"))["data"]["limit"]

    statuses, limit = played(rehearse, script, play, options)
    assert (statuses[0], statuses[-1], limit) == (402, 200, 5.0)


def test_a_revoked_key_opens_nothing_any_more(rehearse, read_log, tmp_path):
    options = RehearsalOptions(voice="tone", log=tmp_path / "log")

    async def play(caller):
        first = await caller.say(LINE)
        second = await caller.say(LINE)
        generation = await caller.client.get(f"generation?id={first.headers['x-generation-id']}")
        return [first, second, await caller.client.get("key"), generation]

    answers = played(rehearse, '[[fault]]\nkind = "revoked"\nfrom_attempt = 2', play, options)
    assert [answer.status_code for answer in answers] == [200, 401, 401, 401]
    assert refusal(answers[1]) == (401, "authentication")
    assert [line["fault"] for line in read_log(options.log)] == [None, "revoked"]


def test_a_model_goes_as_announced_and_its_successor_stays(rehearse, read_log, tmp_path):
    script = f"""
    [[fault]]
    kind = "gone"
    model = "{MODEL}"
    expiration_date = "2026-12-18"
    from_attempt = 2
    """
    options = RehearsalOptions(voice="tone", log=tmp_path / "log")

    async def listed(caller):
        models = (await caller.get("models?output_modalities=speech"))["data"]
        return {model["id"]: model["expiration_date"] for model in models}

    async def play(caller):
        before, good = await listed(caller), await caller.say(LINE)
        gone, other = await caller.say(LINE), await caller.say(LINE, model=SUCCESSOR)
        return before, good, gone, other, await listed(caller)

    before, good, gone, other, after = played(rehearse, script, play, options)
    assert (before[MODEL], before[SUCCESSOR]) == ("2026-12-18", None)
    assert (MODEL in after, SUCCESSOR in after) == (False, True)
    assert [answer.status_code for answer in (good, gone, other)] == [200, 404, 200]
    availability = gone.json()["error"]["availability"]
    assert (availability["code"], availability["retryable"]) == ("model_deprecated", False)
    assert availability["fallback_models"] == [SUCCESSOR]
    assert [line["fault"] for line in read_log(options.log)] == [None, "gone", None]
    assert [line["model"] for line in read_log(options.log)] == [MODEL, MODEL, SUCCESSOR]


def test_a_date_alone_only_announces(rehearse):
    async def play(caller):
        return (await caller.say(LINE)).status_code, (await caller.get("models?output_modalities=all"))["data"]

    status, models = played(rehearse, '[[fault]]\nkind = "gone"\nexpiration_date = "2026-12-18"', play)
    assert (status, {model["expiration_date"] for model in models}) == (200, {"2026-12-18"})


def test_the_filter_refuses_what_is_not_marked_as_often_as_it_is_asked(rehearse):
    async def play(caller):
        asked = [LINE, LINE, MARKED, "Something else.", MARKED.split("\n\n")[1]]
        return [await caller.say(text) for text in asked]

    answers = played(rehearse, '[[fault]]\nkind = "filter"\ntext = "how it is"', play)
    assert [answer.status_code for answer in answers] == [400, 400, 200, 200, 400]
    assert refusal(answers[0]) == (400, "content_policy_violation")


def test_the_filters_chance_belongs_to_the_words_and_not_to_the_seed(rehearse):
    async def play(caller):
        return [[(await caller.say(f"Line {n}.", seed=seed)).status_code for seed in (1, 2)] for n in range(20)]

    statuses = played(rehearse, '[[fault]]\nkind = "filter"\nprobability = 0.5', play)
    assert all(one == other for one, other in statuses)
    assert {one for one, _ in statuses} == {200, 400}


def test_a_cursed_sentence_is_bad_each_time_and_alone(rehearse):
    script = '[[fault]]\nkind = "silent"\ntext = "jabberwock"'

    async def play(caller):
        whole = "All in order. Beware the jabberwock! And home again."
        texts = (whole, whole, "All in order.", "Beware the jabberwock!", "And home again.")
        return [any((await caller.say(text, seed=seed)).content) for seed, text in enumerate(texts)]

    assert played(rehearse, script, play) == [False, False, True, False, True]


def test_a_record_comes_late(rehearse):
    options = RehearsalOptions(voice="tone", speedup=100)

    async def play(caller):
        answer = await caller.say(LINE)
        path = f"generation?id={answer.headers['x-generation-id']}"
        looked = [await caller.client.get(path)]
        while looked[-1].status_code == 404:
            looked.append(await caller.client.get(path))
        return answer, looked, (await caller.get("key"))["data"]["usage"]

    answer, looked, usage = played(rehearse, "record_lag_s = 20", play, options)
    assert len(looked) > 1
    record = looked[-1].json()["data"]
    assert record["usage"] == usage
    assert record["native_tokens_completion"] == pytest.approx(32 * len(answer.content) / 48_000, abs=1)
    assert (record["finish_reason"], record["native_finish_reason"]) == ("stop", "STOP")


def test_only_the_record_tells_that_a_take_broke_off(rehearse):
    async def play(caller):
        answer = await caller.say(LINE)
        return (await caller.get(f"generation?id={answer.headers['x-generation-id']}"))["data"]

    record = played(rehearse, '[[fault]]\nkind = "truncated"\nattempts = [1]', play)
    assert (record["finish_reason"], record["native_finish_reason"]) == ("error", "OTHER")


def test_the_words_have_a_hash_whatever_comes_with_them(rehearse, read_log, tmp_path):
    options = RehearsalOptions(voice="tone", log=tmp_path / "log")

    async def play(caller):
        for body in (body_of(LINE), body_of(MARKED, seed=7), body_of("Other."), {"model": MODEL}):
            await caller.client.post("audio/speech", json=body)

    played(rehearse, "", play, options)
    lines = read_log(options.log)
    assert len({line["body_sha256"] for line in lines}) == 4
    one, marked, other, none = [line["text_sha256"] for line in lines]
    assert one == marked != other
    assert none == ""
