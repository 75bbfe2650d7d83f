import io
import zipfile
from datetime import UTC, datetime

import pytest

from alma_core.errors import SpecError
from alma_core.report.moment import dated, moment

CORE = b'<dcterms:created xsi:type="dcterms:W3CDTF">%s</dcterms:created>'


def office(when: bytes, inner: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("docProps/core.xml", (2001, 2, 3, 4, 5, 6)), CORE % when)
        if inner:
            archive.writestr("ppt/embeddings/sheet.xlsx", inner)
    return made.getvalue()


def test_a_moment_is_what_the_variable_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795993600")
    assert moment() == datetime(2026, 11, 29, 23, 6, 40, tzinfo=UTC)


def test_a_moment_is_now_where_nothing_says_otherwise(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert abs((moment() - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.parametrize("given", ["", "tomorrow", "-1", "0", "1e9", "99999999999", "9" * 40])
def test_a_moment_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, given: str):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    with pytest.raises(SpecError, match="SOURCE_DATE_EPOCH"):
        moment()


def test_every_date_is_set_those_of_embedded_files_too():
    when = datetime(2026, 11, 29, 23, 6, 40, tzinfo=UTC)
    one = dated(office(b"2001-01-01T00:00:00Z", office(b"1999-01-01T00:00:00Z")), when)
    other = dated(office(b"2002-01-01T00:00:00Z", office(b"1998-01-01T00:00:00Z")), when)
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2026, 11, 29, 23, 6, 40)}
        assert archive.read("docProps/core.xml") == CORE % b"2026-11-29T23:06:40Z"
