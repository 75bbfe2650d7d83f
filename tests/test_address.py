"""Addresses that say what is not there: the page opens all the same, and says so until the reader goes on."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alma_core import library, shipped
from alma_core.home import home
from pages.parts import notices

APP = str(Path(__file__).parents[1] / "app.py")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def opened(page: str = "", **words: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in {"run": "digits", **words}.items():
        app.query_params[name] = value
    app.run()
    if page:
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> list[str]:
    return [block.value for block in app.warning if "address" in block.value or "no longer" in block.value]


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("", "lang", "xx"),
        ("", "run", "nowhere"),
        ("", "run", "../../etc"),
        ("", "horizon", "soon"),
        ("", "horizon", "1e9"),
        ("", "horizon", "-3"),
        ("", "sizes", "Q"),
        ("", "sizes", "S,Q"),
        ("", "first", "2"),
        ("", "today", "x" * 500),
        ("", "prices", "nobody's"),
        ("", "volume", "nan"),
        ("executive/compare", "show", "a,b"),
        ("executive/compare", "kpi", "luck"),
        ("executive/cost", "sum", "0"),
        ("analyst/simulate", "watch", "nowhere"),
        ("analyst/data", "data", "nowhere"),
    ],
)
def test_what_an_address_says_in_vain_is_named_on_the_page(page: str, name: str, value: str):
    app = opened(page, **{"lang": "en", name: value})
    (sentence,) = said(app)
    assert sentence.startswith(f"{name}=")
    assert len(sentence) < 150
    assert name not in app.query_params or app.query_params[name] != [value]
    assert not app.toast  # it would be gone before it is read


def test_a_notice_stays_until_the_reader_goes_on():
    app = opened(lang="en", horizon="soon", sizes="Q")
    assert len(said(app)) == 2
    app.run()
    assert len(said(app)) == 2
    app.select_slider(key="batch").set_value(2).run()
    assert said(app) == []
    app.run()
    assert said(app) == []


def test_a_notice_stays_behind_with_its_page():
    app = opened(lang="en", horizon="soon")
    app.switch_page("pages/executive/compare.py").run()
    assert said(app) == []


def test_a_notice_speaks_the_language_of_the_page():
    (sentence,) = [block.value for block in opened(lang="ja", horizon="soon").warning if "horizon" in block.value]
    assert "address" not in sentence


def test_what_an_address_says_is_not_formatted():
    (sentence,) = said(opened(lang="en", horizon="[a](http://b) **c**"))
    assert "[a]" not in sentence
    assert "**c**" not in sentence


@pytest.mark.parametrize("page", ["", "executive/compare", "executive/cost"])
def test_a_run_that_is_deleted_while_it_is_open(page: str):
    folder = home() / "runs" / "quarterly-plan"
    shutil.copytree(library.find("digits").path, folder)
    app = opened(page, lang="en", run="quarterly-plan", horizon="4")
    assert (app.session_state["run"], said(app)) == ("quarterly-plan", [])
    shutil.rmtree(folder)
    app.run()
    assert not app.exception
    assert not app.error
    assert said(app) == ["The run quarterly-plan is no longer here; another one is shown."]
    assert app.session_state["run"] == shipped.FIRST
    assert app.session_state["horizon"] == 23  # what was asked of the other one is not asked of this one
    app.run()
    assert len(said(app)) == 1
    app.select_slider(key="horizon").set_value(20).run()
    assert said(app) == []


def test_one_notice_for_what_is_said_twice(monkeypatch: pytest.MonkeyPatch):
    state: dict[str, object] = {}
    monkeypatch.setattr(notices.st, "session_state", state)
    notices.begin()
    notices.add("{a} is not there", a="x")
    notices.add("{a} is not there", a="x")
    notices.add("{a} is not there", a="y")
    assert len(notices._held()) == 2
    notices.gone_on()  # in the same rerun nobody has gone on yet
    assert len(notices._held()) == 2
    notices.begin()
    notices.gone_on()
    assert not notices._held()
