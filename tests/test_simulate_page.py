"""The page Simulate through Streamlit's AppTest: what it asks for, what it will take, what can be done with a run."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from alma_core import about, jobs, library, listing
from alma_core.home import home
from alma_core.jobs import FINISHED
from tests.launching import LONG, QUICK, kill, launch, name_of, until, until_it_is
from tests.test_pages import paragraphs

APP = str(Path(__file__).parents[1] / "app.py")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def opened(**address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in {"lang": "en", **address}.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("pages/analyst/simulate.py").run()
    assert not app.exception, app.exception
    return app


def written(app: AppTest) -> str:
    blocks = [*paragraphs(app), *app.caption, *app.error, *app.info, *app.warning, *app.success]
    return "\n".join(str(block.value) for block in blocks).replace("\u00a0", " ")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception, app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.fixture
def finished() -> Path:
    folder = launch(QUICK)
    until_it_is(folder, FINISHED)
    return folder


def test_what_it_will_take_is_said_before_anything_is_started():
    app = opened(waits="1,5,20", preset="own", everyday="single,ensemble-3", caps="M")
    said = written(app)
    assert "**225**" in said  # 25 updates of three seeds; the single network is the first of three members
    assert "300 asked for, 75 shared" in said
    assert "FLOPs, forward and backward" in said
    assert [row[0] for row in app.dataframe[0].value.to_numpy().tolist()] == [
        "this machine", "T4, rented", "A100, rented", "H100, rented", "H200, rented"
    ]  # fmt: skip
    assert not (home() / "runs").exists()


@pytest.mark.usefixtures("finished")
def test_what_is_done_already_is_said():
    app = opened(waits="5,20", preset="own", everyday="single", repeats="1", caps="M", unit="lot")
    assert "**0**" in written(app)
    assert "5 asked for, 5 done already" in written(app)


def test_one_click_starts_it_and_the_address_holds_its_id():
    app = press(opened(waits="5,20", preset="own", everyday="single", repeats="1", caps="S"), "Start the simulation")
    (folder,) = library.own()
    assert app.query_params["watch"] == folder.name
    assert "Copy with changes" in labels(app)
    until_it_is(folder, FINISHED)
    assert {"What to decide", "Compare the policies"} <= set(labels(app.run()))
    assert about.read(folder).command.startswith("alma run --data digits --mega-batches 20 --arrival-unit month")


def test_the_same_again_opens_the_finished_run(finished: Path):
    app = opened(waits="5,20", preset="own", everyday="single", repeats="1", caps="M", unit="lot", cuts="20")
    press(app, "Start the simulation")
    assert app.query_params["watch"] == finished.name
    assert library.own() == [finished]


def test_cancel_resume_and_delete_with_undo():
    folder = launch(LONG)
    until(lambda: jobs.state(folder).facts)
    try:
        app = opened(watch=folder.name)
        assert "running" in app.get("progress")[0].proto.text
        assert "Delete" not in labels(app)
        press(app, "Cancel")
        assert name_of(folder) == "cancelled"
        assert "What is finished of it stays." in written(app)
        press(app, "Resume")
        assert name_of(folder) in jobs.ALIVE
        press(app, "Cancel")
        press(app, "Delete")
        assert f"{folder.name} was deleted." in written(app).replace("\\", "")
        assert not folder.exists()
        press(app, "Undo")
        assert folder.exists()
        assert app.query_params["watch"] == folder.name
    finally:
        if folder.exists() and name_of(folder) in jobs.ALIVE:
            kill(folder)


def test_why_a_run_failed_is_on_its_page():
    folder = launch(LONG)
    kill(folder)
    about.write(folder, about.About(data="of something else"))
    jobs.resume(folder)
    until_it_is(folder, "failed")
    assert "has changed since" in written(opened(watch=folder.name))


def test_partial_curves_are_drawn():
    folder = launch(LONG)
    try:
        until(lambda: (folder / "partial.parquet").exists() and jobs.state(folder).facts.get("updates_done", 0) > 20)
        app = opened(watch=folder.name)
        assert any("Error so far" in block.value for block in app.markdown)
        assert "plot-watch" in str(app.main)
        (folder / "partial.parquet").write_bytes(b"PAR1 half")
        assert not app.run().exception
    finally:
        kill(folder)


def test_a_run_that_is_deleted_while_it_is_watched(finished: Path):
    app = opened(watch=finished.name)
    shutil.rmtree(finished)
    app.run()
    assert not app.exception
    assert [block.value for block in app.warning] == ["That simulation is no longer here."]
    assert "watch" not in app.query_params


@pytest.mark.parametrize("watch", ["../../etc", "no-such-run", "", "a" * 3000])
def test_ids_of_an_address_are_looked_up(watch: str):
    app = opened(watch=watch)
    assert any(block.value == "## Simulate" for block in app.markdown)


def test_copied_with_changes(finished: Path):
    about.rename(finished, "Spring")
    app = press(opened(watch=finished.name), "Copy with changes")
    assert app.number_input(key="repeats").value == 1
    assert app.get("pills")[0].value == [5, 20] if app.get("pills") else True
    assert app.select_slider(key="cuts").value == 20
    app.number_input(key="repeats").set_value(2).run()
    press(app, "Start the simulation")
    other = next(path for path in library.own() if path != finished)
    assert library.spec_in(other).seeds == 2
    assert set(library.spec_in(other).policies) == set(library.spec_in(finished).policies)
    until_it_is(other, FINISHED)


def test_what_has_no_name_is_left_out_and_said():
    app = press(opened(watch="digits"), "Copy with changes")
    assert "18 policies of it have no name here and are left out" in written(app)


def test_a_shipped_run_can_be_looked_at_and_copied_only():
    found = set(labels(opened(watch="digits")))
    assert {"What to decide", "Copy with changes"} <= found
    assert not {"Delete", "Cancel", "Resume"} & found


def test_the_table_holds_what_runs_and_what_is_finished(finished: Path):
    about.rename(finished, "Spring *budget*")
    app = opened()
    table = app.dataframe[1].value
    assert table["name"].tolist()[0] == "Spring *budget*"
    assert table["state"].tolist()[0] == "complete"
    assert set(table["owner"]) == {"this machine", "an example"}
    assert len(table) == len(listing.everything())


@pytest.mark.parametrize(
    ("address", "notice"),
    [({"cuts": "7"}, ""), ({"cuts": "many"}, "cuts=many"), ({"repeats": "99"}, "repeats=99"),
     ({"waits": "0,5"}, "waits"),
     ({"set": "nothing"}, "set=nothing"), ({"until": "-1"}, "until=-1"), ({"preset": "x"}, "preset=x"),
     ({"everyday": "gens", "preset": "own"}, "everyday=gens"), ({"caps": "XXL"}, "caps=XXL")],
)  # fmt: skip
def test_garbage_in_the_address_gives_way_to_the_default(address: dict[str, str], notice: str):
    app = opened(**address)
    assert not app.error
    assert "Start the simulation" in labels(app)
    said = [block.value for block in app.warning if "in the address" in block.value]
    assert any(notice in sentence for sentence in said) if notice else not said


def test_too_many_to_plan_while_somebody_waits():
    names = ",".join(f"ensemble-{k}" for k in (3, 5))
    app = opened(
        preset="own", everyday=names, waits="1,2,3,4,5,6", caps="S,M,L,XL", firsts="w,1", cuts="100", repeats="30"
    )
    assert "too many to be planned while you wait" in written(app)
    assert "Start the simulation" in labels(app)


def test_in_japanese_nothing_is_left_in_english(finished: Path):
    for watch in ("", finished.name):
        app = opened(lang="ja", watch=watch)
        text = re.sub(r"[\\`*_#:]|small|material/\w+|green|orange|red", "", written(app))
        words = set(re.findall(r"[A-Za-z]{3,}", text))
        known = {"digits", "FLOPs", "FLOP", "ALMA", "alma", "run", "dry", "zip", "GPU", "CPU", "JPY", "export"}
        assert words <= known | set(re.findall(r"[A-Za-z]{3,}", finished.name))


@pytest.mark.slow
def test_a_cluster_takes_what_is_launched(
    cluster: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch, finished: Path
):
    address, _workers = cluster
    monkeypatch.setenv("ALMA_SCHEDULER", address)
    app = opened(waits="10,20", preset="own", everyday="single", repeats="1", caps="S")
    (workers,) = [block for block in app.expander if address in block.label]
    assert "2 workers" in workers.label
    assert app.dataframe[0].value["stacks at once"].tolist() == [1, 1]
    assert "2 at once on the cluster" in written(app)
    press(app, "Start the simulation")
    folder = next(path for path in library.own() if path != finished)
    assert about.read(folder).scheduler == address
    until_it_is(folder, FINISHED)


def test_a_cluster_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALMA_SCHEDULER", "tcp://127.0.0.1:9")
    monkeypatch.setattr("alma_core.simulate.scheduler.ANSWER_SECONDS", 0.5)
    monkeypatch.setattr("pages.parts.sim_cluster.ANSWER_SECONDS", 0.5)
    app = opened()
    assert "No Dask scheduler with a worker answers at tcp://127.0.0.1:9" in re.sub(r"[\\\u2060]", "", written(app))
    assert "state" in app.dataframe[-1].value.columns  # what was made before can still be looked at


def test_a_run_is_called_by_its_name_on_the_other_pages(finished: Path):
    about.rename(finished, "Spring")
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["run"] = finished.name
    app.run()
    assert not app.exception
    assert "Spring" in app.selectbox(key="run").options
    assert app.session_state["run"] == finished.name
