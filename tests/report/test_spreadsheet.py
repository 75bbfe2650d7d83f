import csv as reader
import io

import pandas as pd
import pytest

from alma_core.report.spreadsheet import csv


@pytest.mark.parametrize("kind", ["str", "object", "category"])
@pytest.mark.parametrize("given", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_becomes_no_formula(given: str, kind: str):
    rows = pd.DataFrame({given: pd.Series([given, "plain"], dtype=kind), "number": [-1.5, 2.0]})
    read = list(reader.reader(io.StringIO(csv(rows).decode("utf-8-sig"), newline="")))
    assert read == [["'" + given, "number"], ["'" + given, "-1.5"], ["plain", "2.0"]]


def test_excel_sees_that_it_is_utf_8():
    assert csv(pd.DataFrame({"方針": ["毎月"]})) == "\ufeff方針\r\n毎月\r\n".encode()
