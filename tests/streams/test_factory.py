"""The sample: the same bytes each time, with everything in it that real files have, and something to learn."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from alma_core.errors import DataError
from alma_core.streams import adding, deliveries, factory, schema, suggestions
from alma_core.streams.adding import Contents


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return factory.write_to(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def drafted(files: list[Path]) -> Contents:
    delivery = deliveries.deliver(files)
    roles = schema.guess(delivery.cells, deliveries.kinds_of(delivery))
    return adding.drafted("架空工場", delivery, roles, suggestions.suggested(delivery, roles))


def test_the_same_bytes_come_out_each_time(files: list[Path]):
    assert {path.name: path.read_bytes() for path in files} == factory.sample()
    assert factory.zipped() == factory.zipped()


def test_the_zip_holds_the_files():
    with zipfile.ZipFile(io.BytesIO(factory.zipped())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == factory.sample()


def test_every_file_is_labelled_as_invented():
    assert len(factory.sample()) == 24
    for name, content in factory.sample().items():
        assert "架空" in name
        assert "架空のデータ" in content.decode("cp932").split("\r\n")[0]


def test_roles_kinds_and_cut_are_found(drafted: Contents):
    roles = {column.name: column.role for column in drafted.data.schema.columns}
    assert roles == {
        "製造日": "time",
        "ロット番号": "key",
        "ライン": "feature",
        "品種": "feature",
        "炉温度": "feature",
        "圧力": "feature",
        "湿度": "feature",
        "回転数": "feature",
        "数量": "quantity",
        "担当者": "personal",
        "検査日": "label_date",
        "一次判定": "label",
        "最終判定": "target",
        "振動": "feature",
    }
    assert drafted.data.schema.classes == ("OK", "NG")
    assert (drafted.data.cutting.by, drafted.data.cutting.judged) == ("month", "next")
    assert len(drafted.arrays.arrivals) == 24


def test_it_has_in_it_what_real_files_have(drafted: Contents):
    frame = drafted.rows.frame
    assert 24 * 300 < len(frame) < 24 * 600
    assert frame["圧力"].notna().all()  # full-width digits are read
    assert 0.02 < frame["湿度"].isna().mean() < 0.06
    months = drafted.arrays.arrivals.arrives
    assert frame.groupby(months)["最終判定"].apply(lambda cells: cells.isna().mean() > 0.4).to_numpy().nonzero()[
        0
    ].tolist() == [22, 23]
    assert frame.groupby(months)["振動"].count().eq(0).sum() == 9
    damp = frame.groupby(months)["湿度"].mean()
    assert damp.idxmax() == 17
    assert damp.max() > damp.drop(17).max() + 10
    assert 0.1 < (frame["最終判定"].dropna() == "NG").mean() < 0.14
    assert (frame["一次判定"] != frame["最終判定"])[frame["最終判定"].notna()].mean() < 0.1
    assert any("合計" in note for note in drafted.notes)
    assert (drafted.arrays.source.cut.trains > drafted.arrays.source.cut.arrives).any()


def test_there_is_something_to_learn_and_it_drifts(drafted: Contents):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    source = drafted.arrays.source
    months = source.cut.arrives

    def auc(first: int, last: int) -> float:
        seen, later = (months >= first) & (months <= last), months > 20
        model = LogisticRegression(max_iter=500).fit(source.x[seen], source.y[seen])
        return float(roc_auc_score(source.y[later], model.decision_function(source.x[later])))

    recent, early = auc(14, 20), auc(1, 6)
    assert recent > 0.7
    assert recent > early + 0.05
    assert np.isfinite(source.x).all()


def test_files_that_are_there_are_not_written_over(files: list[Path]):
    with pytest.raises(DataError, match="cannot be written"):
        factory.write_to(files[0].parent)
