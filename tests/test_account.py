"""Sign-in on the pages, through Streamlit's AppTest; the real thing is in tests/browser/test_sign_in.py."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from alma_core import about, library, rights, shipped
from alma_core.about import About
from alma_core.home import home
from pages.parts import address

APP = str(Path(__file__).parents[1] / "app.py")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HERS, HIS = "suzuki@example.com", "tanaka@example.com"
NOWHERE = {"server_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration"}


def opened(email: str = "", auth: dict[str, str] | None = None, page: str = "", **words: str) -> AppTest:
    """Open the app where sign-in is on, as somebody, or as nobody yet."""
    app = AppTest.from_file(APP, default_timeout=120)
    app.secrets = {"auth": NOWHERE if auth is None else auth}
    app.user = {"is_logged_in": True, "sub": "1", "name": "A. Person", "email": email} if email else {}
    for name, value in {"lang": "en", **words}.items():
        app.query_params[name] = value
    app.run()
    if page:
        app.switch_page(page).run()
    assert not app.exception, app.exception
    return app


def everything(app: AppTest) -> str:
    """Return all that is drawn, as it is sent to the browser."""

    def sent(node: Any) -> str:
        proto = getattr(node, "proto", None)
        own = text_format.MessageToString(proto, as_utf8=True) if isinstance(proto, Message) else ""
        return own + "".join(map(sent, getattr(node, "children", {}).values()))

    return sent(app.main) + sent(app.sidebar)


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


@pytest.fixture
def his() -> Path:
    folder = home() / "runs" / "quarterly-plan"
    shutil.copytree(library.find("digits").path, folder)
    about.write(folder, About(owner=HIS))
    return folder


@pytest.mark.usefixtures("his")
@pytest.mark.parametrize(
    ("spoken", "words"), [("en", ("Sign in", "Sign in to see")), ("ja", ("サインイン", "見るには"))]
)
@pytest.mark.parametrize(
    "page", ["", "pages/executive/compare.py", "pages/analyst/simulate.py", "pages/analyst/data.py"]
)
def test_nothing_of_any_run_is_drawn_before_the_sign_in(page: str, spoken: str, words: tuple[str, str]):
    app = opened(page=page, lang=spoken, run="quarterly-plan", watch="quarterly-plan")
    assert labels(app) == {words[0]}
    assert words[1] in everything(app)
    assert [block.value for block in app.title] == ["ALMA dashboard"]
    for name in ("quarterly-plan", "digits", *shipped.NAMES.values()):
        assert name not in everything(app)


def test_without_the_section_nobody_signs_in():
    app = AppTest.from_file(APP, default_timeout=120)
    app.secrets = {"other": {"key": "value"}}
    app.run()
    assert not app.exception
    assert not {"Sign in", "Sign out"} & labels(app)
    assert "Machine failures" in app.selectbox(key="run").options


@pytest.mark.parametrize(
    ("auth", "sentence"),
    [(NOWHERE, "The sign-in service does not answer"), ({"client_id": "x"}, "Sign-in is not set up completely")],
)
def test_what_keeps_one_from_signing_in_is_said_in_a_sentence(auth: dict[str, str], sentence: str):
    app = opened(auth=auth)
    app.button(key="_sign_in").click().run()
    assert not app.exception
    (said,) = app.error
    assert said.value.startswith(sentence)
    assert "Sign in" in labels(app)


def test_who_is_signed_in_and_the_way_out():
    app = opened(HERS)
    assert "**A. Person**" in everything(app)
    assert "suzuki" in everything(app)
    app.button(key="_sign_out").click().run()
    assert not app.exception
    assert labels(app) == {"Sign in"}


def test_another_ones_run_is_as_one_that_is_not_there(his: Path):
    def said(who: str, run: str) -> tuple[str, list[str]]:
        app = opened(who, run=run)
        assert str(app.session_state["run"]) != run or who == HIS or about.read(his).shared
        return str(app.session_state["run"]), [block.value for block in app.warning]

    elsewhere, nowhere = said(HERS, "quarterly-plan"), said(HERS, "no-such-plans")
    assert elsewhere[0] == nowhere[0] == shipped.FIRST
    assert [text.replace("quarterly-plan", "") for text in elsewhere[1]] == [
        text.replace("no-such-plans", "") for text in nowhere[1]
    ]
    assert any("run=quarterly-plan" in text for text in elsewhere[1])
    assert said(HIS, "quarterly-plan")[0] == "quarterly-plan"
    rights.share(HIS, his, True)
    assert said(HERS, "quarterly-plan") == ("quarterly-plan", [])


SIMULATE = "pages/analyst/simulate.py"
HERS_ONLY = {"Rename", "Delete"}


def test_the_table_and_the_page_of_a_run(his: Path):
    assert "quarterly-plan" not in everything(opened(HERS, page=SIMULATE))
    assert "quarterly-plan" in everything(opened(HIS, page=SIMULATE))
    hidden = opened(HERS, page=SIMULATE, watch="quarterly-plan")
    assert any("watch=quarterly-plan" in block.value for block in hidden.warning)
    own = opened(HIS, page=SIMULATE, watch="quarterly-plan")
    assert "Delete" in labels(own)
    (toggle,) = own.toggle
    assert (toggle.label, toggle.value) == ("Share with everybody who can sign in", False)
    toggle.set_value(True).run()
    assert about.read(his).shared
    shown = opened(HERS, page=SIMULATE, watch="quarterly-plan")
    assert {"What to decide", "Copy with changes"} <= labels(shown)
    assert not {"Delete", "Keep this name"} & labels(shown)
    assert not shown.toggle
    rights.share(HIS, his, False)
    shown.run()
    assert [block.value for block in shown.warning] == ["That simulation is no longer here."]


def test_without_sign_in_nothing_is_shared():
    folder = home() / "runs" / "mine"
    shutil.copytree(library.find("digits").path, folder)
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["watch"], app.query_params["lang"] = "mine", "en"
    app.run()
    app.switch_page(SIMULATE).run()
    assert "Delete" in labels(app)
    assert not app.toggle


class Page:
    """A page as far as links know it."""

    def __init__(self, url_path: str) -> None:
        self.url_path = url_path


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("/compare?lang=ja&run=digits&horizon=10", ("compare", {"lang": "ja", "run": "digits", "horizon": "10"})),
        ("/?run=%E9%9C%80%E8%A6%81", ("", {"run": "需要"})),
        ("/compare?show=", ("compare", {"show": ""})),
        ("//evil", None),
        ("//evil/compare?run=digits", None),
        ("https://evil.example/compare?run=digits", None),
        ("https:/compare", None),
        ("javascript:alert(1)", None),
        ("/\\evil", None),
        ("/compare/../../etc", None),
        ("/no-such-page", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_a_link_leads_to_a_page_of_the_app_or_nowhere(link: str, leads: Any, monkeypatch: pytest.MonkeyPatch):
    went: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(
        address.st, "switch_page", lambda page, query_params: went.append((page.url_path, query_params))
    )
    address.follow(link, {"": [Page(""), Page("compare")]})
    assert went == ([leads] if leads else [])


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email": "Suzuki@Example.com", "sub": "1"}, HERS),
        ({"email": HERS, "email_verified": True, "sub": "1"}, HERS),
        ({"email": HERS, "email_verified": False, "sub": "1"}, "id:1"),
        ({"sub": "local"}, "id:local"),  # not the operator
        ({"sub": HERS, "email": ""}, f"id:{HERS}"),
    ],
)
def test_who_somebody_is(claims: dict[str, Any], expected: str):
    folder = home() / "runs" / "theirs"
    shutil.copytree(library.find("digits").path, folder)
    about.write(folder, About(owner=expected))
    app = AppTest.from_file(APP, default_timeout=120)
    app.secrets, app.user = {"auth": NOWHERE}, {"is_logged_in": True, **claims}
    app.query_params["run"] = "theirs"
    app.run()
    assert not app.exception
    assert app.session_state["run"] == "theirs"
