"""Bytes -> text: which encoding a file has, tried strictly, and its text block by block."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from alma_core.errors import DataError
from alma_core.language import _, number

ENCODINGS: Final = {
    "utf-8-sig": "UTF-8 with a mark",
    "utf-8": "UTF-8",
    "cp932": "Shift_JIS (CP932)",
    "euc_jp": "EUC-JP",
    "utf-16": "UTF-16",
}
"""What can be chosen, and how it is called."""
NOT_CP932: Final = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python's cp932 makes of the bytes 80, A0 and FD to FF, which stand for nothing."""
SUSPECT: Final = re.compile("[\uff61-\uff9f\ue000-\uf8ff]")
"""Half-width kana and private-use characters: EUC-JP text that is decoded as CP932 is full of them."""

Blocks = Callable[[], Iterable[bytes]]


def encoding_of(blocks: Blocks, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of a text and a sentence where it could be another.

    Args:
        blocks: gives the bytes of the file from its start, each time it is called.
        name: how the file is called in sentences.

    Raises:
        DataError: it reads strictly in none of ENCODINGS.
    """
    mark = next(iter(blocks()), b"")[:3]
    if mark == codecs.BOM_UTF8:
        return "utf-8-sig", ()
    if mark[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16", ()
    if _reads(blocks, "utf-8"):
        return "utf-8", ()
    if not _reads(blocks, "cp932"):
        if _reads(blocks, "euc_jp"):
            return "euc_jp", ()
        raise _unreadable(blocks, name)
    if not any(SUSPECT.search(text) for text in _texts(blocks(), "cp932")) or not _reads(blocks, "euc_jp"):
        return "cp932", ()
    doubt = _("{name} was read as EUC-JP; choose Shift_JIS (CP932) if the text looks wrong.").format(name=name)
    return "euc_jp", (doubt,)


def decoded(blocks: Blocks, encoding: str, name: str) -> Iterator[str]:
    """Yield the text of a file block by block, without a mark.

    Raises:
        DataError: the bytes are no text in this encoding, or hold NUL characters.
    """
    line = 1
    try:
        for text in _texts(blocks(), encoding):
            if "\0" in text:
                raise DataError(
                    _(
                        "{name} holds NUL characters in line {line}, text was expected; save it as CSV in UTF-8, or "
                        "choose UTF-16 if it is that."
                    ).format(name=name, line=number(line + text[: text.index("\0")].count("\n")))
                )
            line += text.count("\n")
            yield text
    except UnicodeError as error:
        raise DataError(
            _(
                "{name} does not read as {encoding} after line {line}; choose the encoding in which it was saved, or "
                "save it as UTF-8."
            ).format(name=name, encoding=ENCODINGS[encoding], line=number(line))
        ) from error


def _texts(blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    for block in blocks:
        text = decoder.decode(block)
        if encoding == "cp932" and NOT_CP932.search(text):
            raise UnicodeError
        yield text
    yield decoder.decode(b"", final=True)


def _reads(blocks: Blocks, encoding: str) -> bool:
    try:
        for _text in _texts(blocks(), encoding):
            pass
    except UnicodeError:
        return False
    return True


def _unreadable(blocks: Blocks, name: str) -> DataError:
    where, byte = 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    line = 1
    for block in blocks():
        try:
            line += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            where, byte = line + error.object[: error.start].count(b"\n"), error.object[error.start]
            break
    return DataError(
        _(
            "{name} reads in none of {encodings} (UTF-8 stops at byte {byte} in line {line}), text in one of them was "
            "expected; save it as UTF-8."
        ).format(name=name, encodings=", ".join(ENCODINGS.values()), byte=f"0x{byte:02X}", line=number(where))
    )
