"""Files of one's own, from the drop zone to a recommendation, as a person goes through it in a real browser."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_stories import nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
Arrive = Callable[[str], Page]
LONGEST_SECONDS = 180


def month(number: int) -> pd.DataFrame:
    """Return a month of inspections: two verdicts, a humidity that jumps in May, a vibration measured from May on."""
    draws = np.random.default_rng(number)
    heat, force = draws.normal(850, 12, 240).round(1), draws.normal(42, 3, 240).round(2)
    bad = (heat - 850) / 12 + (force - 42) / 3 + draws.normal(0, 0.1, 240) > 1.0
    table = pd.DataFrame({
        "製造日": [f"2024/{number}/{day}" for day in np.sort(draws.integers(1, 29, 240))],
        "炉温度": heat, "圧力": force, "湿度": draws.normal(55 + 20 * (number == 5), 5, 240).round(1),
        "ライン": draws.choice(["A", "B", "C"], 240),
        "一次判定": np.where(bad ^ (draws.random(240) < 0.1), "NG", "OK"), "最終判定": np.where(bad, "NG", "OK"),
    })  # fmt: skip
    table.loc[draws.random(240) < 0.05, "最終判定"] = ""
    return table.assign(振動=draws.gamma(4, 0.5, 240).round(2)) if number >= 5 else table


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"検査2024年{number}月.csv" for number in (4, 5, 6)]
    for number, path in enumerate(paths, 4):
        month(number).to_csv(path, index=False, encoding="cp932")
    return paths


@pytest.fixture
def arrive(browser: Browser) -> Arrive:
    """Return a function that opens an address of the Data page, in a browser that the session closes."""

    def open_(address: str) -> Page:
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US").new_page()
        page.goto(address)
        expect(page.get_by_role("heading", level=2)).to_be_visible(timeout=60_000)
        settled(page)
        return page

    return open_


def drop(page: Page, paths: list[Path]) -> None:
    page.locator("input[type=file]").first.set_input_files(paths)
    expect(page.get_by_role("heading", name="2. ")).to_be_visible(timeout=60_000)


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label, exact=True)
    settled(page)
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # scrolling closes a menu
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def test_three_files_become_a_recommendation(fresh_server: str, arrive: Arrive, files: list[Path]):
    started = time.monotonic()
    page = arrive(f"{fresh_server}/data?lang=en")
    drop(page, files)
    expect(page.get_by_text("encoding cp932")).to_be_visible()
    expect(page.get_by_text("振動 is not in 検査2024年4月.csv")).to_be_visible(timeout=60_000)

    choose(page, "What is to be predicted?", "一次判定")
    expect(page.get_by_text("一次判定 is predicted as one of 2 classes: OK, NG.")).to_be_visible()
    choose(page, "What is to be predicted?", "最終判定")
    expect(page.get_by_text("最終判定 is predicted as one of 2 classes: OK, NG.")).to_be_visible()

    expect(page.get_by_role("heading", name="720 rows in 3 mega-batches, by month")).to_be_visible()
    choose(page, "Cut", "by week")
    expect(page.get_by_role("heading", name="720 rows in 13 mega-batches, by week")).to_be_visible()
    choose(page, "Cut", "by month (suggested)")
    expect(page.get_by_text(re.compile("2024-05 differs from 2024-04: columns .*湿度"))).to_be_visible(timeout=60_000)

    page.get_by_label("Name of the data set").fill("検査 <b>Line 1")
    page.get_by_role("button", name="Keep this data set").click()
    page.get_by_role("button", name="Simulate").click(timeout=60_000)
    page.wait_for_timeout(1500)
    page.reload()  # what is under way does not depend on who looks at it
    page.get_by_role("button", name="What to decide").click(timeout=120_000)
    settled(page)
    assert "run=" in page.url
    expect(page.get_by_role("heading", level=2)).to_contain_text(re.compile("update|model"))
    expect(page.get_by_text("2 months, ").first).to_be_visible()
    nothing_broke(page)
    assert time.monotonic() - started < LONGEST_SECONDS


def test_a_refresh_keeps_files_and_choices(server: str, arrive: Arrive, files: list[Path]):
    page = arrive(f"{server}/data?lang=en")
    drop(page, files[:2])
    choose(page, "Cut", "one mega-batch a file")
    page.reload()
    expect(page.get_by_role("heading", name="480 rows in 2 mega-batches, one mega-batch a file")).to_be_visible(
        timeout=60_000
    )
    page.get_by_text("日本語").click()
    expect(page.get_by_role("heading", name="3. 到着データへの区切り方")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="480行、到着データ2回分")).to_be_visible(timeout=60_000)
    nothing_broke(page)


def test_a_bad_file_is_named_and_the_others_stay(server: str, arrive: Arrive, files: list[Path], tmp_path: Path):
    picture = tmp_path / "photo.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    page = arrive(f"{server}/data?lang=en")
    drop(page, [*files[:2], picture])
    said = "photo.csv is an image (PNG), a table was expected; export it as CSV, .xlsx or .parquet."
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("2 files, 480 rows, 8 columns.")).to_be_visible()


def test_a_choice_that_does_not_fit_can_be_undone(server: str, arrive: Arrive, tmp_path: Path):
    table = month(4).assign(最終判定="OK")
    path = tmp_path / "constant.csv"
    table.to_csv(path, index=False)
    page = arrive(f"{server}/data?lang=en")
    drop(page, [path])
    expect(page.get_by_test_id("stAlertContentError")).to_be_visible()
    choose(page, "What is to be predicted?", "一次判定")
    expect(page.get_by_text("一次判定 is predicted as one of 2 classes: OK, NG.")).to_be_visible()
    nothing_broke(page)


def test_next_months_file_is_added_and_the_data_set_removed(server: str, arrive: Arrive, files: list[Path]):
    page = arrive(f"{server}/data?lang=en")
    drop(page, files[:2])
    page.get_by_label("Name of the data set").fill("growing")
    page.get_by_role("button", name="Keep this data set").click()
    expect(page.get_by_role("heading", name="growing")).to_be_visible(timeout=60_000)
    settled(page)  # until then what was there before may still stand beneath
    page.locator("input[type=file]").first.set_input_files(files[2])
    expect(page.get_by_text("1 file, 240 rows, 8 columns.")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Add to growing").click()
    expect(page.get_by_role("heading", name="720 rows in 3 mega-batches, by month")).to_be_visible(timeout=60_000)
    settled(page)  # what is still being looked at would draw the controls anew under the pointer
    page.get_by_text("Remove this data set").click()
    page.get_by_role("button", name="Delete growing for good").click()
    expect(page.get_by_role("heading", name="Your own data")).to_be_visible(timeout=60_000)
    assert page.get_by_role("heading", name="Kept here").count() == 0
    nothing_broke(page)


def test_the_sample_is_tried_and_discarded(server: str, arrive: Arrive):
    page = arrive(f"{server}/data?lang=en")
    page.get_by_role("button", name="Try it with 24 files").click()
    expect(page.get_by_text("24 files, 10,516 rows, 14 columns.")).to_be_visible(timeout=60_000)
    assert "draft=" in page.url
    page.get_by_role("button", name="Discard these files").click()
    expect(page.get_by_role("heading", name="Your own data")).to_be_visible(timeout=60_000)
    assert "draft=" not in page.url
    nothing_broke(page)
