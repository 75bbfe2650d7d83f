"""The lock and the slip of a run's folder."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import presence
from alma_core.errors import RunError
from alma_core.presence import CANCELLED, FAILED, RUNNING, Slip

slips = st.builds(
    Slip, st.sampled_from(["", "queued", RUNNING, FAILED]), st.integers(0, 2**31), st.integers(0, 10**12),
    st.text(max_size=presence.LONGEST_SAID),
)  # fmt: skip


def test_what_nobody_ever_held_does_not_live(tmp_path: Path):
    assert not presence.lives(tmp_path)
    assert not presence.lives(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_it_lives_as_long_as_the_lock_is_held(tmp_path: Path):
    lock = presence.take(tmp_path)
    assert lock is not None
    assert presence.lives(tmp_path)
    assert presence.take(tmp_path) is None
    os.close(lock)
    assert not presence.lives(tmp_path)


@given(slip=slips)
def test_a_slip_reads_as_it_was_written_and_takes_the_same_room(slip: Slip, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("run")
    lock = presence.take(folder)
    assert lock is not None
    presence.write(lock, Slip(FAILED, 1, 1, "x" * presence.LONGEST_SAID))
    presence.write(lock, slip)
    assert presence.of(lock) == presence.read(folder) == slip
    os.close(lock)
    assert presence.read(folder) == slip


def test_a_sentence_of_any_length_and_script_fits(tmp_path: Path):
    lock = presence.take(tmp_path)
    assert lock is not None
    presence.write(lock, Slip(FAILED, said="見" * 5000))
    assert presence.of(lock).said == "見" * presence.LONGEST_SAID
    assert (tmp_path / presence.LOCK).stat().st_size == presence.SLIP_BYTES
    os.close(lock)


@pytest.mark.parametrize(
    ("raised", "stage", "said"),
    [
        (RunError("The disk is\nfull."), FAILED, "The disk is full."),
        (MemoryError("no room"), FAILED, "MemoryError: no room"),
        (KeyboardInterrupt(), CANCELLED, ""),
    ],
)
def test_how_the_work_ends_is_told(tmp_path: Path, raised: BaseException, stage: str, said: str):
    lock = presence.take(tmp_path)
    assert lock is not None
    presence.write(lock, Slip(RUNNING, 7, 3))
    with pytest.raises(type(raised)), presence.telling(lock):
        raise raised
    assert presence.of(lock) == Slip(stage, 7, 3, said)
    os.close(lock)


@pytest.mark.parametrize("written", [b"", b"{", b"null", b'{"other": 1}', b'{"pid": "x"}', b"\xff\xfe", b"[]"])
def test_a_damaged_slip_says_nothing(tmp_path: Path, written: bytes):
    (tmp_path / presence.LOCK).write_bytes(written)
    assert presence.read(tmp_path) == Slip()
