"""Does the page of a run work in a browser: without requests and errors, in both themes, on a phone, by keyboard?"""

import itertools
import json

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

PATIENCE = 60  # seconds: on a busy machine a page is slow to answer

# The smallest contrast of each text with what lies behind it, by the formula of WCAG 2.
CONTRASTS = """
const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const painted = (e) => parse(getComputedStyle(e).backgroundColor);
const behind = (e) => { while (painted(e)[3] === 0) e = e.parentElement; return painted(e); };
const found = [];
for (const e of document.querySelectorAll("body *")) {
  const isText = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!isText || !e.checkVisibility() || e.closest("svg, script, .tip")) continue;
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
  found.push([(a + 0.05) / (b + 0.05), e.outerHTML.slice(0, 200)]);
}
return found.sort((x, y) => x[0] - y[0])[0];
"""


@pytest.fixture
def browser(chromium, page):
    """The page, loaded anew in the light theme at the width of a desk."""
    look(chromium)
    chromium.get(page.as_uri())
    chromium.execute_script("localStorage.clear()")
    chromium.get(page.as_uri())
    return chromium


def look(driver, width=1280, theme="light", media="screen"):
    """Change the width of the window, the theme that the system prefers, and the medium."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    preferred = {"media": media, "features": [{"name": "prefers-color-scheme", "value": theme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", preferred)


def column(driver, number):
    """The shown texts of one column of the table."""
    shown = "return [...document.querySelectorAll('tbody tr:not([hidden])')]"
    return driver.execute_script(f"{shown}.map((row) => row.cells[arguments[0]].textContent.trim())", number)


def background(driver):
    return driver.execute_script("return getComputedStyle(document.body).backgroundColor")


def test_no_error_and_no_request(browser):
    browser.get_log("performance")
    browser.refresh()
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert [url for url in asked if url.startswith("file:")] == [browser.current_url]
    assert browser.get_log("browser") == []


def test_a_request_and_an_inline_script_would_be_refused(browser):
    """The policy of the page stops what an escape that failed would let in."""
    bad = '<img src="https://localhost/x" onerror="window.bad = 1">'
    browser.execute_script("document.body.insertAdjacentHTML('beforeend', arguments[0])", bad)
    log = " ".join(entry["message"] for entry in browser.get_log("browser"))
    assert "Content Security Policy" in log
    assert browser.execute_script("return window.bad") is None


def test_columns_sort_by_number_and_by_keyboard(browser):
    heads = browser.find_elements("css selector", "table.sortable th")
    names = [head.text.split()[0] for head in heads]
    place = names.index("measured")
    button = heads[place].find_element("tag name", "button")
    button.click()
    values = [float(text) for text in column(browser, place)]
    assert values == sorted(values)
    assert heads[place].get_attribute("aria-sort") == "ascending"
    button.send_keys("\ue007")
    assert [float(text) for text in column(browser, place)] == values[::-1]
    assert heads[place].get_attribute("aria-sort") == "descending"
    heads[names.index("statement")].find_element("tag name", "button").click()
    assert column(browser, names.index("statement")) == sorted(column(browser, names.index("statement")))
    assert heads[place].get_attribute("aria-sort") is None


def test_rows_are_filtered_by_text_and_verdict(browser):
    form = browser.find_element("css selector", ".study form.filters")
    assert form.find_element("tag name", "output").text == "6 of 6"
    field = form.find_element("name", "text")
    field.send_keys("b4 K=2")
    assert column(browser, 1) == ["B4", "B4"]
    assert form.find_element("tag name", "output").text == "2 of 6"
    field.clear()
    field.send_keys("nothing like this")
    assert column(browser, 1) == []
    field.clear()
    form.find_element("css selector", "option[value=violated]").click()
    assert column(browser, 1) == ["B4"]


def test_a_link_to_a_card_that_is_filtered_away_shows_it(browser):
    form = browser.find_element("css selector", "#statements form.filters")
    form.find_element("name", "text").send_keys("B4")
    link = browser.find_element("css selector", "a.tile[aria-label^='G5,']")
    card = browser.find_element(
        "css selector", link.get_attribute("href").rpartition("/")[2].partition("html")[2]
    )
    assert not card.is_displayed()
    link.send_keys("\ue007")
    WebDriverWait(browser, PATIENCE).until(lambda _: card.is_displayed())


def test_the_theme_follows_the_system_until_it_is_chosen(browser):
    pale = background(browser)
    look(browser, theme="dark")
    dark = background(browser)
    assert dark != pale
    browser.find_element("id", "theme").click()
    assert background(browser) == pale
    browser.refresh()
    assert background(browser) == pale
    browser.find_element("id", "theme").click()
    assert background(browser) == dark
    look(browser, theme="dark", media="print")
    assert background(browser) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(browser, theme):
    look(browser, theme=theme)
    contrast, where = browser.execute_script(CONTRASTS)
    assert contrast >= 4.5, where


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(browser, width):
    look(browser, width)
    wide = "return [document.documentElement.scrollWidth, innerWidth]"
    found, inner = browser.execute_script(wide)
    assert found <= inner == width


def test_marks_tell_their_numbers_to_pointer_and_keyboard(browser):
    plot = browser.find_element("css selector", ".strip svg")
    mark = plot.find_element("tag name", "use")
    tip = browser.find_element("class name", "tip")
    assert not tip.is_displayed()
    webdriver.ActionChains(browser).move_to_element(mark).perform()
    assert "share of the bound" in tip.text
    webdriver.ActionChains(browser).move_to_element(browser.find_element("tag name", "h1")).perform()
    assert not tip.is_displayed()
    browser.execute_script("arguments[0].focus()", plot)
    seen = []
    for _ in range(2):
        webdriver.ActionChains(browser).send_keys("\ue014").perform()
        seen.append(tip.text)
    assert all("measured" in text for text in seen)
    assert len(set(seen)) == 2
    webdriver.ActionChains(browser).send_keys("\ue00c").perform()
    assert not tip.is_displayed()


def test_the_keyboard_reaches_everything_and_names_it(browser):
    webdriver.ActionChains(browser).send_keys("\ue004").perform()
    assert browser.switch_to.active_element.text == "Skip to the content"
    unnamed = """return [...document.querySelectorAll("a, button, input, select, img, [tabindex]")].filter(
      (e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.alt)).map((e) => e.outerHTML)"""
    assert browser.execute_script(unnamed) == []
    levels = browser.execute_script(
        "return [...document.querySelectorAll('h1, h2, h3, h4')].map((e) => Number(e.tagName[1]))"
    )
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


def test_on_paper_tables_are_whole_and_nothing_is_to_be_pressed(browser):
    look(browser, media="print")
    table = browser.find_element("css selector", ".study .table")
    assert table.value_of_css_property("max-height") == "none"
    assert table.value_of_css_property("overflow") == "visible"
    pressed = browser.find_elements("css selector", ".bar, form.filters, .skip")
    assert len(pressed) > 2
    assert not any(element.is_displayed() for element in pressed)
