"""Which process is meant, and whether it lives."""

import dataclasses
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline.takes.owner
from pipeline.takes.owner import Owner, owner_from, this_process

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="elsewhere time alone tells")

US = this_process()


def of(process: "subprocess.Popen[bytes]") -> Owner:
    return dataclasses.replace(US, pid=process.pid, started=pipeline.takes.owner._started(process.pid))


def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def test_what_is_written_is_read():
    assert owner_from(str(US)) == US == this_process()
    assert (US.host, US.pid) == (platform.node(), os.getpid())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"host": "x"}', "7", '{"host":"","boot":"","pid":1,"more":2}'])
def test_what_is_none_is_told_apart(text):
    with pytest.raises((ValueError, TypeError, KeyError)):
        owner_from(text)


def test_this_process_lives():
    assert (US.is_here, US.is_dead, US.is_alive) == (True, False, True)


def test_a_process_is_dead_as_soon_as_it_has_ended():
    with sleeper() as process:
        owner = of(process)
        assert owner.is_alive
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has taken note of it
        assert (owner.is_dead, owner.is_alive) == (True, False)
    assert (owner.is_dead, owner.is_alive) == (True, False)


@pytest.mark.parametrize("change", [{"started": "1"}, {"boot": "another"}, {"pid": 2**22 + 1}])
def test_another_process_of_the_same_number_is_another_process(change):
    assert dataclasses.replace(US, **change).is_dead


def test_of_another_machine_nothing_is_known():
    other = dataclasses.replace(US, host="elsewhere")
    assert (other.is_here, other.is_dead, other.is_alive) == (False, False, False)


def test_without_boots_to_tell_apart_a_number_says_little(monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline.takes.owner, "_BOOT_ID", tmp_path / "none")
    ours = dataclasses.replace(US, boot="")
    assert (ours.is_dead, ours.is_alive) == (False, False)
