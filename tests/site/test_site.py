"""The built site in a real browser: no script errors, no broken links, readable on phone and desk.

``make docs`` builds the pages; Debian's ``chromium`` and ``chromium-driver`` are the browser.
"""

from __future__ import annotations

import shutil
import threading
import urllib.request
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urldefrag, urljoin

import pytest

SITE = Path(__file__).parents[2] / "build" / "site"
EXAMPLES = Path(__file__).parents[2] / "examples"
PAGES = [
    "index.html",
    "gallery/plot_two_digits.html",
    "generated/sklearn_abmtl.ABMTLClassifier.html",
    "search.html?q=missing+labels",
]
WIDTHS = [400, 1400]
MODULES = ["", ".datasets", ".inspection", ".losses", ".metrics", ".model_selection", ".nn"]

pytestmark = pytest.mark.site


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that writes no log."""

    def log_message(self, *args):
        """Write nothing."""


class Targets(HTMLParser):
    """What a page names in ``href`` and ``src``, and the ids that links may point to."""

    def __init__(self, html):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Keep links and ids of a tag."""
        attributes = dict(attrs)
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]
        self.ids |= {attributes[name] for name in ("id", "name") if attributes.get(name)}


@pytest.fixture(scope="module")
def address():
    """Serve the built pages, and return the address of the first."""
    if not (SITE / "index.html").exists():
        pytest.skip(f"needs the built site, {SITE}; run make docs")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(address):
    """Start Chromium without a window."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)  # no-sandbox: root may start it
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


def show(browser, address, page, width):
    """Show a page in a window whose content is ``width`` pixels wide."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(address + page)


CUT_OFF = """
const scrolls = e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
const article = document.querySelector(".bd-article-container");
const isCutOff = element => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = element.parentElement; box !== article; box = box.parentElement)
    if (scrolls(box)) return false;
  return true;
};
return [...article.querySelectorAll("*")].filter(isCutOff).map(e => e.textContent.slice(0, 60));
"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_script_errors_and_fits_its_window(browser, address, page, width):
    show(browser, address, page, width)
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script(CUT_OFF) == []


@pytest.mark.parametrize("page", PAGES)
def test_pictures_are_loaded(browser, address, page):
    show(browser, address, page, 1400)
    script = "return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
    assert browser.execute_script(script) == []


def test_the_search_finds_pages(browser, address):
    from selenium.webdriver.common.by import By  # noqa: PLC0415 (the fixture skips without it)
    from selenium.webdriver.support.ui import WebDriverWait  # noqa: PLC0415 (likewise)

    show(browser, address, "search.html?q=missing+labels", 1400)
    found = WebDriverWait(browser, 30).until(
        lambda browser: browser.find_elements(By.CSS_SELECTOR, "#search-results li a")
    )
    assert any("missing_labels" in link.get_attribute("href") for link in found)


def answer(url):
    """Return the status with which the server answers, without what it sends."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as response:
            return response.status
    except HTTPError as error:
        error.close()
        return error.code


def test_no_link_and_no_picture_of_any_page_is_broken(address):
    pages = {
        address + path.relative_to(SITE).as_posix(): Targets(path.read_text())
        for path in SITE.rglob("*.html")
        if "_static" not in path.parts
    }
    broken, files = set(), set()
    for page, targets in pages.items():
        for link in targets.links:
            url, place = urldefrag(urljoin(page, link))
            if not url.startswith(address):
                continue  # not ours
            if url in pages:
                if place and place not in pages[url].ids:
                    broken.add((page, link))
            else:
                files.add(url)
    assert broken == set()
    assert [url for url in sorted(files) if answer(url) != 200] == []


def test_every_example_has_a_page_with_a_picture_and_no_warning(address):
    for example in EXAMPLES.glob("plot_*.py"):
        html = (SITE / "gallery" / f"{example.stem}.html").read_text()
        assert f"sphx_glr_{example.stem}_001.png" in html
        assert "Warning:" not in html


def test_two_digits_are_read_better_than_by_the_forest(address):
    html = (SITE / "gallery" / "plot_two_digits.html").read_text()
    ours, forest = (
        float(html.split(f"\n{name} ", 1)[1].split()[2])
        for name in ("ABMTLClassifier", "RandomForestClassifier")
    )
    assert ours > forest


def test_every_public_name_has_a_place_in_the_reference(address):
    inventory = pytest.importorskip("sphinx.util.inventory", reason="needs Sphinx")
    content = (SITE / "objects.inv").read_bytes()
    known = inventory.InventoryFile.loads(content, uri="").data
    names = {name for kind, items in known.items() if kind.startswith("py:") for name in items}
    front = set(import_module("sklearn_abmtl").__all__)
    for module in MODULES:
        for name in import_module(f"sklearn_abmtl{module}").__all__:
            home = "sklearn_abmtl" if name in front else f"sklearn_abmtl{module}"
            assert f"{home}.{name}" in names
