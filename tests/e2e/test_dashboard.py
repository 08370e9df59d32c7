"""The dashboard in a real Chromium: what it shows, by which keys, on which screens.

EIDER_SCREENSHOTS names a folder in which pictures are left for people to look at.
"""

import os
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from worker import Worker, wait_until

CSV = "SELECT * FROM read_csv('{s3_input_path}')"
HOSTILE = "<img src=x onerror=document.title='owned'>\"'&.csv"
DIRECTION = "turned\u202egpj.csv"
NO_TEXT = "odd-\udcff.csv"  # the byte FF
LONG = "/".join(f"{number:02}-" + "long" * 50 for number in range(10)) + "/end.csv"  # 2 KB


@pytest.fixture(scope="module")
def chromium():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


class Screen:
    """The browser as a person has it before them."""

    def __init__(self, driver, url: str):
        self.driver = driver
        self.url = url
        driver.get("about:blank")  # the page of an earlier test goes on asking its worker
        driver.get_log("browser")

    def open(self, path: str = "/", width: int = 1280, height: int = 1400, dark: bool = False):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.get(self.url + path)
        return self

    def text(self, name: str = "content") -> str:
        return self.driver.find_element(By.ID, name).text

    def await_text(self, text: str, name: str = "content"):
        wait_until(lambda: text in self.text(name), f"'{text}' in {self.text(name)}", 30)
        return self

    def find(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def await_button(self, selector: str):
        return wait_until(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector), selector)[0]

    def picture(self, name: str):
        if folder := os.environ.get("EIDER_SCREENSHOTS"):
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))

    def fits(self) -> bool:
        """Nothing is wider than the screen."""
        return self.driver.execute_script(
            "return document.documentElement.scrollWidth <= window.innerWidth")

    def complaints(self) -> list[str]:
        """What the browser had to say: errors of scripts, what the policy refused."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and " 401 " not in entry["message"]]


@pytest.fixture
def lake(make_lake):
    lake = make_lake()
    lake.set(EIDER_ROUTING_CACHE_TTL_MS="0", EIDER_ROUTING_CACHE_NEGATIVE_TTL_MS="0")
    lake.route("src-a", "bronze.a", CSV, types={"id": "int"})
    return lake.route("src-b", "silver.orders_of_all_shops", CSV)


@pytest.fixture
def served(lake, chromium):
    """A worker that has loaded some files and could not load others, and its page."""
    for number in range(30):
        lake.put_bytes("src-a", f"good-{number}.csv", b"id\n" + b"1\n" * (number + 1))
    lake.put_bytes("src-b", "orders.csv", b"order,amount\n1,2.5\n")
    for name in (HOSTILE, DIRECTION, LONG, NO_TEXT, "wrong.csv"):
        lake.put_bytes("src-a", name, b"id\nno number\n")
    with Worker(lake, "--watch", lake.buckets["src-a"], "--watch", lake.buckets["src-b"],
                "--listen", "127.0.0.1:0") as worker:
        wait_until(lambda: len(worker.files()) == 36, lambda: worker.stderr)
        yield Screen(chromium, worker.lines[0]["url"])


def test_shows_what_was_done_and_what_failed(lake, served):
    served.open().await_text("silver.orders_of_all_shops")
    assert served.driver.title == "Eider"
    assert "Ledger and sources answer" in served.text("standing")
    assert "folder" in served.text("sources")
    assert "31 loaded, 5 failed" in served.text("plots")
    assert "bronze.a" in served.text("routes")
    snapshot = lake.pyiceberg().load_table("silver.orders_of_all_shops").current_snapshot()
    assert str(snapshot.snapshot_id) in served.text("tables")
    served.picture("light")
    served.open(dark=True).await_text("silver.orders_of_all_shops")
    served.picture("dark")
    served.open(width=390, height=3000).await_text("silver.orders_of_all_shops")
    served.picture("phone")
    assert served.fits()
    assert served.complaints() == []


def test_hostile_names_are_texts(served):
    served.open().await_text(HOSTILE)
    assert served.driver.title == "Eider"
    assert served.driver.find_elements(By.CSS_SELECTOR, "main img") == []
    assert "turned\\u{202e}gpj.csv" in served.text("failed")
    assert served.fits()
    for name, shown in ((HOSTILE, HOSTILE), (LONG, LONG), (NO_TEXT, "odd-\\xff.csv"),
                        (DIRECTION, "turned\\u{202e}gpj.csv")):
        served.open()
        link = wait_until(lambda shown=shown: [
            link for link in served.driver.find_elements(By.CSS_SELECTOR, "#failed a")
            if shown in link.get_property("textContent")])[0]
        link.send_keys(Keys.ENTER)
        served.await_text("FAILED", "versions")
        assert shown in served.text("story-title"), name
        assert served.driver.find_elements(By.CSS_SELECTOR, "main img") == []
        assert served.fits()
    served.picture("story")
    assert served.complaints() == []


def test_a_failed_file_is_redriven_by_keyboard(lake, served):
    served.open(width=390)
    button = served.await_button("#failed button[aria-label$='wrong.csv']")
    lake.route("src-a", "bronze.a", "SELECT 7::INTEGER AS id FROM read_csv('{s3_input_path}')")
    button.send_keys(Keys.ENTER)
    served.await_text("1 announced", "redriven")
    wait_until(lambda: 7 in lake.pyiceberg().load_table("bronze.a").scan().to_arrow()["id"]
               .to_pylist() or _press_again(served), "the row of the redriven file")
    served.open("/file?uri=s3://src-a/wrong.csv").await_text("LOADED", "versions")
    served.picture("phone-story")
    assert served.complaints() == []


def _press_again(served):
    """The route may have been read before it was changed: then the file has failed once more."""
    for button in served.driver.find_elements(By.CSS_SELECTOR,
                                              "#failed button[aria-label$='wrong.csv']"):
        if button.is_enabled():
            button.send_keys(Keys.ENTER)


def test_the_way_by_tab_reaches_everything(served):
    served.open().await_text("Redrive all", "failed")
    reached = set()
    for _ in range(40):
        served.driver.switch_to.active_element.send_keys(Keys.TAB)
        element = served.driver.switch_to.active_element
        reached.add(element.get_property("textContent").strip())
        if "Redrive all" in reached:
            break
    assert {"To the content", "Eider", "Redrive", "Redrive all"} <= reached


def test_a_token_is_asked_for_and_kept_for_the_tab(lake, chromium):
    lake.set(EIDER_SERVE_TOKEN="t0ken")
    lake.put_bytes("src-a", "a.csv", b"id\n1\n")
    with Worker(lake, "--watch", lake.buckets["src-a"], "--listen", "127.0.0.1:0") as worker:
        worker.await_states("a.csv", "LOADED")
        screen = Screen(chromium, worker.lines[0]["url"])
        screen.open().await_text("A token is needed", "ask")
        assert "bronze.a" not in screen.find("body").text
        screen.find("#token").send_keys("wrong", Keys.ENTER)
        screen.await_text("The worker refused it", "refused")
        screen.picture("token")
        screen.find("#token").send_keys("t0ken", Keys.ENTER)
        screen.await_text("bronze.a", "routes")
        screen.open().await_text("bronze.a", "routes")  # not asked again
        screen.find("#forget").click()
        screen.await_text("A token is needed", "ask")
        assert screen.complaints() == []
        worker.stop()
