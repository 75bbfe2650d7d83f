"""Whose turn it is: numbers under one lock, tickets that the dead leave behind, devices apart."""

import os
from itertools import chain
from pathlib import Path

import pytest

from alma_core import presence, turns
from alma_core.home import home
from alma_core.presence import QUEUED
from tests.launching import in_a_process


def held(folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    lock = presence.take(folder)
    assert lock is not None
    return lock


def test_numbers_rise_and_devices_wait_apart(tmp_path: Path):
    locks = [held(tmp_path / str(n)) for n in range(4)]
    devices = ["cpu", "cuda", "cpu", "cpu"]
    numbers = [turns.enter(lock, tmp_path / str(n), devices[n]) for n, lock in enumerate(locks)]
    assert numbers == [1, 2, 3, 4]
    assert [turns.ahead(number) for number in numbers] == [0, 0, 1, 2]
    assert presence.read(tmp_path / "2") == presence.Slip(QUEUED, number=3)
    os.close(locks[0])  # it has ended without a word
    assert [turns.ahead(number) for number in (3, 4)] == [0, 1]
    assert not (home() / "queue" / f"{1:012d}").exists()
    turns.leave(3)
    assert turns.ahead(3) is None
    assert turns.ahead(4) == 0
    for lock in locks[1:]:
        os.close(lock)


def test_one_that_queues_again_goes_to_the_end(tmp_path: Path):
    first, second = held(tmp_path / "a"), held(tmp_path / "b")
    turns.enter(first, tmp_path / "a", "cpu")
    turns.enter(second, tmp_path / "b", "cpu")
    os.close(first)
    first = held(tmp_path / "a")
    assert turns.enter(first, tmp_path / "a", "cpu") == 3
    assert turns.ahead(2) == 0
    assert turns.ahead(3) == 1
    os.close(first)
    os.close(second)


@pytest.mark.parametrize("written", ["", "seven", "-5", None])
def test_a_counter_that_does_not_read_goes_on_from_the_tickets(tmp_path: Path, written: str | None):
    locks = [held(tmp_path / str(n)) for n in range(3)]
    for n in range(2):
        turns.enter(locks[n], tmp_path / str(n), "cpu")
    if written is None:
        (home() / "queue" / "next").unlink()
    else:
        (home() / "queue" / "next").write_text(written)
    assert turns.enter(locks[2], tmp_path / "2", "cpu") == 3
    for lock in locks:
        os.close(lock)


def test_a_ticket_that_does_not_read_stands_in_nobodys_way(tmp_path: Path):
    lock = held(tmp_path / "run")
    (home() / "queue").mkdir(parents=True)
    (home() / "queue" / "000000000001").write_text("{")
    number = turns.enter(lock, tmp_path / "run", "cpu")
    turns.wait(number)
    os.close(lock)


def test_many_at_once_get_different_numbers(tmp_path: Path):
    code = """
from alma_core import presence, turns
folder = Path(sys.argv[1]); folder.mkdir()
print(*(turns.enter(presence.take(folder / str(n)), folder, "cpu") for n in range(10) if not (folder / str(n)).mkdir()))
"""
    apps = [in_a_process(code, str(tmp_path / str(n))) for n in range(4)]
    said = [app.communicate(timeout=120) for app in apps]
    numbers = [[int(number) for number in out.split()] for out, _err in said]
    assert sorted(chain(*numbers)) == list(range(1, 41)), said
    assert all(one == sorted(one) for one in numbers)
