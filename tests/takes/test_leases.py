"""Who renders what: of two that want the same, one."""

import dataclasses
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import MachineError
from pipeline.speech.request import Key
from pipeline.takes.leases import EXPIRY_S, HEARTBEAT_S, Leases
from pipeline.takes.owner import Owner, this_process

KEY = Key("ab" * 32)
ELSEWHERE = Owner("elsewhere", "boot", 1, "1")
DEAD = dataclasses.replace(this_process(), started="1")


def file(root: Path, key: Key = KEY) -> Path:
    return root / key[:2] / key


def aged(root: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file(root), (then, then))


def test_one_holds_it_and_then_another(tmp_path):
    ours, theirs = Leases(tmp_path), Leases(tmp_path, owner=ELSEWHERE)
    assert ours.take(KEY)
    assert not theirs.take(KEY)
    theirs.release(KEY)
    assert not theirs.take(KEY), "who does not hold it cannot let it go"
    ours.release(KEY)
    assert not file(tmp_path).exists()
    assert theirs.take(KEY)
    assert not ours.take(KEY)


def test_within_a_process_too_only_one_holds_it(tmp_path):
    leases = Leases(tmp_path)
    won: list[bool] = []
    threads = [threading.Thread(target=lambda: won.append(leases.take(KEY))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    leases.release(KEY)
    assert leases.take(KEY)


def _race(root: str, start, end, wins) -> None:
    leases = Leases(Path(root))
    keys = [Key(f"{number:064x}") for number in range(60)]
    start.wait(120)
    won = [key for key in keys if leases.take(key)]
    end.wait(120)  # who has ended lets go
    wins.put(won)


def test_of_two_processes_that_race_exactly_one_wins_each_key(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    start, end, wins = spawn.Barrier(2), spawn.Barrier(2), spawn.Queue()
    racers = [spawn.Process(target=_race, args=(str(tmp_path), start, end, wins)) for _ in range(2)]
    for racer in racers:
        racer.start()
    won = [wins.get(timeout=120) for _ in racers]
    for racer in racers:
        racer.join(120)
    assert sorted(won[0] + won[1]) == [f"{number:064x}" for number in range(60)]


def test_a_dead_owners_lease_is_free_at_once(tmp_path):
    imports = "import sys, pathlib; from pipeline.takes.leases import Leases"
    program = f"{imports}; assert Leases(pathlib.Path(sys.argv[1])).take('{KEY}')"
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, cwd=root, timeout=60)
    assert file(tmp_path).exists()
    assert Leases(tmp_path).take(KEY)


@pytest.mark.parametrize(("unconfirmed_s", "is_free"), [(0, False), (EXPIRY_S - 20, False), (EXPIRY_S + 1, True)])
def test_another_machines_lease_is_free_once_nobody_has_confirmed_it_for_long(tmp_path, unconfirmed_s, is_free):
    assert Leases(tmp_path, owner=ELSEWHERE).take(KEY)
    aged(tmp_path, unconfirmed_s)
    assert Leases(tmp_path).take(KEY) == is_free
    left = {path.name for path in file(tmp_path).parent.iterdir()}
    assert left == {".lock", KEY}, "what the time was told by is gone"


def test_a_living_process_of_this_machine_need_not_confirm(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        owner = dataclasses.replace(this_process(), pid=process.pid, started=started)
        assert Leases(tmp_path, owner=owner).take(KEY)
        aged(tmp_path, 10 * EXPIRY_S)  # a machine that slept
        assert not Leases(tmp_path).take(KEY)
        process.kill()
    assert Leases(tmp_path).take(KEY)


def test_to_confirm_is_to_be_believed_longer(tmp_path):
    theirs = Leases(tmp_path, owner=ELSEWHERE)
    assert theirs.take(KEY)
    aged(tmp_path, EXPIRY_S + 1)
    theirs.confirm()
    assert not Leases(tmp_path).take(KEY)
    file(tmp_path).unlink()
    theirs.confirm()
    assert not file(tmp_path).exists(), "what is gone is not confirmed"
    assert HEARTBEAT_S * 5 < EXPIRY_S, "a few may be missed"


def test_what_passed_to_another_is_not_taken_from_it(tmp_path):
    slow, quick = Leases(tmp_path, owner=ELSEWHERE), Leases(tmp_path, owner=dataclasses.replace(ELSEWHERE, pid=2))
    assert slow.take(KEY)
    aged(tmp_path, EXPIRY_S + 1)
    assert quick.take(KEY)
    slow.release(KEY)
    assert not Leases(tmp_path).take(KEY)


@pytest.mark.parametrize("text", ["", "{", "null"])
def test_a_lease_that_was_written_by_half_is_free(tmp_path, text):
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text(text)
    assert Leases(tmp_path).take(KEY)


def test_what_the_dead_have_left_is_cleared_and_nothing_else(tmp_path):
    keys = {
        name: Key(f"{number:064x}") for number, name in enumerate(["dead", "elsewhere", "ours", "of an earlier run"])
    }
    ours = Leases(tmp_path)
    assert Leases(tmp_path, owner=DEAD).take(keys["dead"])
    assert Leases(tmp_path, owner=ELSEWHERE).take(keys["elsewhere"])
    assert ours.take(keys["ours"])
    assert Leases(tmp_path).take(keys["of an earlier run"])
    ours.clear()
    assert {name for name, key in keys.items() if file(tmp_path, key).exists()} == {"elsewhere", "ours"}
    assert (tmp_path / "00" / ".lock").exists()


def test_to_clear_a_folder_that_is_not_there_makes_none(tmp_path):
    Leases(tmp_path / "leases").clear()
    assert not (tmp_path / "leases").exists()


def test_a_folder_that_cannot_be_written_is_the_machines_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError):
        Leases(tmp_path / "file").take(KEY)
