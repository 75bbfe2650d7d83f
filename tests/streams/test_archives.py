"""What packed files may unpack to."""

import zipfile
from pathlib import Path

import pytest

from alma_core.errors import DataError
from alma_core.streams import archives
from tests.streams.badfiles import packed, zipped


def laid(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_a_zip_that_may_be_opened_names_its_entries(tmp_path: Path):
    path = laid(tmp_path, zipped({"a": b"1", "b/c": b"2"}))
    assert archives.checked_zip(path, "a.zip") == ["a", "b/c"]


@pytest.mark.parametrize(
    ("unpacked", "packed_size", "expected"),
    [
        (archives.SMALL_BYTES, 1, False),
        (archives.SMALL_BYTES + 1, 1, True),
        (archives.SMALL_BYTES + 1, 0, True),
        (250 * 10**6, 10**6, False),
        (250 * 10**6 + 1, 10**6, True),
    ],
)
def test_too_tight(unpacked: int, packed_size: int, expected: bool):
    assert archives.too_tight(unpacked, packed_size) is expected


def test_many_small_entries_add_up(tmp_path: Path):
    path = laid(tmp_path, zipped({str(i): bytes(1000) for i in range(11)}))
    assert archives.checked_zip(path, "a.zip", 11_000)
    with pytest.raises(DataError, match=r"^a\.zip unpacks to 0\.0 MB or more, at most 0\.0 MB"):
        archives.checked_zip(path, "a.zip", 10_999)


def test_an_entry_never_gives_more_than_it_says(tmp_path: Path):
    """The check reads the directory of the archive; zipfile holds every entry to it."""
    content = bytearray(zipped({"a": bytes(10**6)}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (1000).to_bytes(4, "little")
    path = laid(tmp_path, bytes(content))
    assert archives.checked_zip(path, "a.zip", 1000) == ["a"]
    with zipfile.ZipFile(path) as archive, archive.open("a") as entry, pytest.raises(zipfile.BadZipFile):
        assert len(entry.read()) <= 1000


@pytest.mark.parametrize("is_packed", [True, False])
def test_blocks_give_the_file(tmp_path: Path, is_packed: bool):
    content = bytes(range(256)) * 10_000
    path = laid(tmp_path, packed(content) if is_packed else content)
    pieces = list(archives.blocks(path, "a.csv", is_packed))
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= archives.BLOCK_BYTES


def test_what_is_unpacked_stays_below_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archives, "LARGEST_UNPACKED_BYTES", 3 * archives.BLOCK_BYTES)
    path = laid(tmp_path, packed(bytes(4 * archives.BLOCK_BYTES)))
    blocks = archives.blocks(path, "a.csv.gz", packed=True)
    assert sum(len(next(blocks)) for _block in range(3)) == 3 * archives.BLOCK_BYTES
    with pytest.raises(DataError, match=r"^a\.csv\.gz unpacks to 4\.0 MB or more, at most 3\.0 MB"):
        next(blocks)


def test_a_large_file_is_not_opened(tmp_path: Path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(archives.LARGEST_FILE_BYTES + 1)
    with pytest.raises(DataError, match=r"^large\.csv has 512 MB, at most 512 MB were expected; split it into several"):
        archives.checked_size(path, "large.csv")


def test_a_stream_of_several_gzip_parts_is_one_file(tmp_path: Path):
    path = laid(tmp_path, packed(b"a,b\n") + packed(b"1,2\n"))
    assert b"".join(archives.blocks(path, "a.csv.gz", packed=True)) == b"a,b\n1,2\n"
