"""A fresh server of the real app, and a real headless Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium on the path; Debian's package is called chromium"))


def started(home: Path, **variables: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start `alma serve` on a free port; return its process and its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from alma_core.cli import main; main()", "serve", "--port", str(port)]
    # A session of its own, so that ending it ends Streamlit's process too.
    server = subprocess.Popen(command, env=os.environ | {"ALMA_HOME": str(home)} | variables, start_new_session=True)
    _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
    return server, f"http://127.0.0.1:{port}"


def serving(home: Path, **variables: str) -> Iterator[str]:
    """Start `alma serve` and yield its address; end it afterwards."""
    server, address = started(home, **variables)
    try:
        yield address
    finally:
        os.killpg(server.pid, 15)
        server.wait(20)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer within a minute")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serving(tmp_path_factory.mktemp("home"))


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[str]:
    yield from serving(tmp_path)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an address in a browser of its own and waits until what it is to see is drawn."""
    contexts = []

    def open_(address: str, sees: str = ".js-plotly-plot .main-svg", **options: object) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(sees, timeout=60_000)
        return page

    yield open_
    for context in contexts:
        context.close()
