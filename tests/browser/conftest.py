"""A headless Chromium for the tests that look at pages; every test gets a fresh page in it."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@dataclass
class Browser:
    """What tests ask of a browser: open, run a script, look at the console and at the network."""

    driver: Any

    def open(self, path: Path | str, *, width: int = 1360, dark: bool = False, scripts: bool = True) -> None:
        command = self.driver.execute_cdp_cmd
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        command("Emulation.setEmulatedMedia", {"features": [scheme]})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        command("Emulation.setDeviceMetricsOverride", size)
        command("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(path if isinstance(path, str) else path.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that the page asked for, its own included; ``data:`` addresses never leave it."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in asked if not url.startswith("data:")]


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; in CI the browser tests must run")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def _driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if importlib.util.find_spec("selenium") is None:
        _missing("selenium")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        _missing("Chromium with its chromedriver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield driver
    driver.quit()


@pytest.fixture
def browser(_driver: Any) -> Iterator[Browser]:
    """The browser, without what an earlier page stored.

    The page itself forgets, after the test, and only when it stored something: a busy browser carries such an order
    out late, and takes away what the next page has stored since.
    """
    yield Browser(_driver)
    _driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    if _driver.current_url.startswith("file:"):
        _driver.execute_script("if (localStorage.length) localStorage.clear()")


@pytest.fixture(scope="session")
def studies() -> ModuleType:
    """The finished studies that the unit tests of reports use."""
    name = "semascope_test_study_factory"
    if name not in sys.modules:
        place = Path(__file__).parents[1] / "unit" / "reports" / "study_factory.py"
        spec = importlib.util.spec_from_file_location(name, place)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
