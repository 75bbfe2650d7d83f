"""When a file is made: now, or the moment that SOURCE_DATE_EPOCH names, so that the same run gives the same bytes."""

import io
import os
import re
from datetime import UTC, datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo, is_zipfile

from alma_core.errors import SpecError
from alma_core.language import _

FIRST: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""The earliest moment that a zip archive can hold."""
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_ARCHIVES: Final = (".xlsx", ".docx", ".pptx")


def moment() -> datetime:
    """Return now in UTC, to the second, or what SOURCE_DATE_EPOCH says in its place (reproducible-builds.org).

    Raises:
        SpecError: the variable holds no number of seconds from 1980 to 2107.
    """
    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if stated is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        found = datetime.fromtimestamp(int(stated), UTC)
    except (ValueError, OverflowError, OSError):
        found = datetime.min.replace(tzinfo=UTC)
    if FIRST <= found < datetime(2108, 1, 1, tzinfo=UTC):
        return found
    raise SpecError(
        _("{given} was given as SOURCE_DATE_EPOCH, seconds since 1970 from the year 1980 on were expected; change it.")
        .format(given=repr(stated))
    )  # fmt: skip


def dated(archive: bytes, when: datetime) -> bytes:
    """Return an Office file, which is a zip archive, with every date that it holds set to `when`.

    Args:
        archive: as a library wrote it, with the time of day in its members; those in it are set likewise.
        when: in UTC.
    """
    written = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename.endswith(_ARCHIVES) and is_zipfile(io.BytesIO(content)):  # one with a password is none
                content = dated(content, when)
            elif member.filename == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>" + when.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            place = ZipInfo(member.filename, when.timetuple()[:6])
            place.compress_type, place.external_attr = ZIP_DEFLATED, 0o600 << 16
            target.writestr(place, content)
    return written.getvalue()
