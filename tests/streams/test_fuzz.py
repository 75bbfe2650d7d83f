"""Real files, broken at random: a table or a sentence, never another exception, never much memory.

Each round runs in a process of its own whose memory the system limits, so that a crash is seen as one.
"""

import os
import random
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_core.errors import AlmaError
from alma_core.streams import tables, values
from tests.streams import badfiles

SECONDS = 60.0
"""How long all formats together are broken."""
MOST_BYTES = 1024**3
"""Memory that a file of a few kilobytes may cost, beyond what the libraries take before."""
LONGEST_SECONDS = 20.0
"""No file of a few kilobytes may take longer."""
ROUNDS = 4


def seeds() -> dict[str, bytes]:
    """Return real files of every format."""
    made = badfiles.frame()
    japanese = made.rename(columns={"day": "日付", "line": "ライン"}).to_csv(index=False)
    return {
        "a.csv": japanese.encode(),
        "b.csv": japanese.encode("cp932"),
        "c.csv": japanese.encode("euc_jp"),
        "d.tsv": japanese.replace(",", "\t").encode("utf-16"),
        "e.csv": ("題\n\n" + 'a;b\n"1,5";"x\ny"\n2,5;z\n' * 30).encode(),
        "f.csv.gz": badfiles.packed(japanese * 30),
        "g.xlsx": badfiles.sheet_of([list(made), *map(list, made.itertuples(index=False))], ("A2:A3",)),
        "h.xlsx": badfiles.book(badfiles.two_sheets),
        "i.parquet": badfiles.columns(badfiles.pa.Table.from_pandas(made)),
        "j.npz": badfiles.arrays(x=made[["price", "rate"]].to_numpy(), y=made["price"].to_numpy()),
    }


def flipped(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the content with some bits turned."""
    broken = bytearray(content)
    for _turn in range(chance.choice([1, 1, 3, 20])):
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
    return bytes(broken)


def cut(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return a part of the content."""
    start = chance.choice([0, 0, chance.randrange(len(content))])
    return content[start : start + chance.randrange(len(content))]


def spliced(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return the beginning of the content and the end of another file."""
    other = chance.choice(others)
    return content[: chance.randrange(len(content))] + other[chance.randrange(len(other)) :]


def grown(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the content with foreign bytes, or some of its own again, in the middle."""
    at, start = chance.randrange(len(content)), chance.randrange(len(content))
    added = chance.choice(
        [chance.randbytes(chance.randrange(1, 50)), b'"', b"\0", b"\n", b",", b"\xff" * 8, content[start : start + 200]]
    )
    return content[:at] + added * chance.choice([1, 1, 5]) + content[at:]


def set_to(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the content with a number in it that a format may take for a size."""
    at = chance.randrange(len(content))
    size = chance.choice([0, 1, 2**31 - 1, 2**32 - 1, 2**63 - 1, chance.getrandbits(32)])
    wide = chance.choice([2, 4, 8])
    return content[:at] + (size % 256**wide).to_bytes(wide, chance.choice(["little", "big"])) + content[at + wide :]


def unzipped(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return an archive whose parts, not whose bytes, are broken."""
    with badfiles.zipfile.ZipFile(badfiles.io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    part = chance.choice(list(entries))
    entries[part] = broken(entries[part], chance, others)
    return badfiles.zipped(entries)


MUTATIONS: list[Callable[[bytes, random.Random, list[bytes]], bytes]] = [flipped, cut, spliced, grown, set_to]


def broken(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return the content after one to three mutations."""
    for mutation in chance.choices(MUTATIONS, k=chance.choice([1, 1, 2, 3])):
        content = mutation(content or b" ", chance, others)
    return content


def one_file(name: str, content: bytes, folder: Path) -> str:
    """Read a file and look at its columns; return "" or what should not have happened."""
    path = folder / name
    path.write_bytes(content)
    begun = time.process_time()
    try:
        table = tables.read(path)
        for column in table.frame.columns:
            kind = values.kind_of(table.frame[column])
            values.typed(table.frame[column], kind)
        if "object" in {str(dtype) for dtype in table.frame.dtypes} or not len(table.frame):
            return f"{table.frame.dtypes}"
    except AlmaError as error:
        if not str(error).endswith(".") or "\n" in str(error).replace(name, ""):
            return f"no sentence: {error}"
    except BaseException:
        return traceback.format_exc()
    taken = time.process_time() - begun
    return f"{taken} s" if taken > LONGEST_SECONDS else ""


def child(folder: Path, seed: int, seconds: float) -> None:
    """Break and read files until the time is over; the file at work is left for whoever looks after a crash."""
    chance, files = random.Random(seed), seeds()
    others = list(files.values())
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MOST_BYTES, in_use + MOST_BYTES))
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        name = chance.choice(list(files))
        is_zip = name.endswith((".xlsx", ".npz")) and chance.random() < 0.7
        content = (unzipped if is_zip else broken)(files[name], chance, others)
        if problem := one_file(name, content, folder):
            sys.exit(f"seed {seed}, file {count} ({name}, kept in {folder}): {problem}")
        count += 1
    print(count)


@pytest.mark.parametrize("name", seeds())
def test_the_files_to_break_are_whole(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(seeds()[name])
    assert tables.read(tmp_path / name).frame.shape[0] >= 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_broken_file_is_a_table_or_a_sentence(tmp_path: Path, seed: int):
    call = f"child(Path({str(tmp_path)!r}), {seed}, {SECONDS / ROUNDS})"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from tests.streams.test_fuzz import *; {call}"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert int(ran.stdout.split()[-1]) >= 20
