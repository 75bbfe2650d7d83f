"""What a file is by its first bytes, and a sentence for what is no table."""

import re
from pathlib import Path
from typing import Final

from alma_core.errors import DataError
from alma_core.language import _, mark
from alma_core.streams.archives import checked_zip

HEAD_BYTES: Final = 4096
FORMATS: Final = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".csv.gz": "gzip",
    ".tsv.gz": "gzip",
    ".xlsx": "workbook",
    ".parquet": "parquet",
    ".npz": "arrays",
}
"""Endings that are read, and the format that must be inside."""
CALLED: Final = {
    "text": mark("a text file"),
    "gzip": mark("a gzip file"),
    "workbook": mark("an Excel workbook (.xlsx)"),
    "parquet": mark("a Parquet file"),
    "arrays": mark("a NumPy file (.npz)"),
}
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNATURES: Final = (
    (b"\x89PNG", mark("an image (PNG)")),
    (b"\xff\xd8\xff", mark("an image (JPEG)")),
    (b"GIF8", mark("an image (GIF)")),
    (b"II*\x00", mark("an image (TIFF)")),
    (b"MM\x00*", mark("an image (TIFF)")),
    (b"%PDF", mark("a PDF document")),
    (b"{\\rtf", mark("an RTF document")),
    (b"SQLite format 3\x00", mark("a SQLite database")),
    (b"\x89HDF", mark("an HDF5 file")),
    (b"ARROW1", mark("a Feather (Arrow) file")),
    (b"FEA1", mark("a Feather (Arrow) file")),
    (b"\x93NUMPY", mark("a single NumPy array (.npy)")),
    (b"BZh", mark("a bzip2 archive")),
    (b"\xfd7zXZ\x00", mark("an xz archive")),
    (b"7z\xbc\xaf\x27\x1c", mark("a 7z archive")),
    (b"Rar!", mark("a RAR archive")),
    (b"\x28\xb5\x2f\xfd", mark("a Zstandard archive")),
    (b"\x7fELF", mark("a programme")),
    (b"MZ\x90", mark("a programme")),
)
PICKLE: Final = re.compile(rb"\x80[\x02-\x05](?:\x95|c|\}|\]|\(|K|X|q)", re.DOTALL)
MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|meta|\?xml|svg)", re.IGNORECASE)
JSON: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*[{\["])')


def format_of(path: Path, name: str) -> str:
    """Return which format a file has, a value of FORMATS: what its name says and its content confirms.

    Args:
        path: where the file lies; its own name is not looked at.
        name: the name under which it was handed in.

    Raises:
        DataError: the ending is not one of FORMATS, or the content is something else.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    ending = max((e for e in FORMATS if name.lower().endswith(e)), key=len, default="")
    inside = _inside(path, name, head)
    if not ending:
        raise DataError(
            _("{name} ends in none of {endings}, which are the files that can be read; save the table as one.").format(
                name=name, endings=", ".join(FORMATS)
            )
        )
    if inside != FORMATS[ending]:
        raise DataError(
            _(
                "{name} is {inside} by its content, but {expected} was expected by its name; give it the ending that "
                "fits, or save it again."
            ).format(name=name, inside=_(CALLED[inside]), expected=_(CALLED[FORMATS[ending]]))
        )
    return inside


def _inside(path: Path, name: str, head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, name)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(OLE):
        raise _old_office(path, name)
    refuse_other(name, head)
    return "text"


def refuse_other(name: str, head: bytes) -> None:
    """Raise DataError where the first bytes of a would-be text file show that it is something else."""
    other = next((called for signature, called in SIGNATURES if head.startswith(signature)), None)
    if head[257:262] == b"ustar":
        other = mark("a tar archive")
    elif PICKLE.match(head):
        other = mark("a Python pickle, which is never opened")
    elif MARKUP.match(head):
        other = mark("a web page or XML")
    elif JSON.match(head):
        other = mark("JSON")
    if other:
        raise no_table(name, _(other))


def no_table(name: str, inside: str) -> DataError:
    """Return the sentence for a file that is something else than a table."""
    return DataError(
        _("{name} is {inside}, a table was expected; export it as CSV, .xlsx or .parquet.").format(
            name=name, inside=inside
        )
    )


def _zipped(path: Path, name: str) -> str:
    entries = checked_zip(path, name)
    if "xl/workbook.xml" in entries:
        return "workbook"
    if "xl/workbook.bin" in entries:
        raise no_table(name, _("a binary Excel workbook (.xlsb)"))
    if entries and all(entry.endswith(".npy") for entry in entries):
        return "arrays"
    if "[Content_Types].xml" in entries or "mimetype" in entries:
        raise no_table(name, _("another office document"))
    raise DataError(
        _("{name} is a zip archive, a table was expected; unpack it and hand in the files inside.").format(name=name)
    )


def _old_office(path: Path, name: str) -> DataError:
    with path.open("rb") as file:
        directory = file.read(1024**2)
    if "EncryptedPackage".encode("utf-16-le") in directory:
        return DataError(
            _("{name} is locked with a password, an open file was expected; save it without one.").format(name=name)
        )
    return DataError(
        _(
            "{name} is an old Office file such as .xls, a table was expected; open it in Excel and save it as .xlsx."
        ).format(name=name)
    )
