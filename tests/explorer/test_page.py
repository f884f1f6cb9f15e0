"""Does the explorer's page work in a real browser: do sliders move numbers, and is nothing asked elsewhere?"""

import json

import pytest

from simsuff.explorer import Settings, explore
from simsuff.explorer.state import CONTROLS

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed").Keys
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

PATIENCE = 120  # seconds: a busy machine computes for a while
SIZES = [(1280, False), (360, True)]


@pytest.fixture
def browser(chromium):
    """The browser without what an earlier page set."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    return chromium


@pytest.fixture
def page(browser, server):
    """The page at few candidates, which are quick, once its numbers have come; afterwards nothing may have complained."""
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(f"{server.url}#candidates=16&dimension=4&rank=2")
    settle(browser)
    yield browser
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert asked
    assert all(url.startswith((server.url, "data:")) for url in asked), asked


def settle(browser):
    """Wait for the numbers of where the sliders stand."""
    busy = "return document.getElementById('results').getAttribute('aria-busy')"
    WebDriverWait(browser, PATIENCE, 0.05).until(lambda b: b.execute_script(busy) == "false")


def text(browser, name):
    return browser.execute_script("return document.getElementById(arguments[0]).textContent", name)


def field(browser, name):
    return browser.find_element("id", name)


def complaints(browser):
    return [entry["message"] for entry in browser.get_log("browser")]


def slide(browser, name, *keys):
    """Keys on the slider beside the number called `name`."""
    row = field(browser, f"set-{name}").find_element("xpath", "..")
    row.find_element("css selector", "input[type=range]").send_keys(*keys)
    settle(browser)


def test_the_first_numbers_are_those_of_the_library(page):
    shown = explore(Settings(candidates=16, dimension=4, rank=2))
    assert text(page, "information").startswith(f"{shown['information']['value']:.3f}")
    assert text(page, "lost").startswith(f"{shown['lost']['value']:.3f}")
    assert f"{shown['optimum']['value']:.3f}" in text(page, "axis")
    assert "Type your InfoNCE value" in text(page, "verdict")
    assert complaints(page) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("correlation", ["information", "lost", "encoder", "axis", "python"]),
        ("candidates", ["encoder", "axis", "python"]),
        ("temperature", ["encoder", "axis", "python"]),
        ("noise", ["information", "lost", "encoder", "axis", "python"]),
        ("rank", ["lost", "encoder"]),
    ],
)
def test_a_slider_changes_what_depends_on_it(page, name, changes):
    before = {part: text(page, part) for part in ("information", "lost", "encoder", "axis", "python")}
    slide(page, name, Keys.ARROW_LEFT)
    after = {part: text(page, part) for part in before}
    assert {part for part in before if before[part] != after[part]} >= set(changes)
    assert f"{name}=" in page.current_url
    assert complaints(page) == []


def test_a_value_is_placed_and_explained(page):
    field(page, "value").send_keys("2.5")
    settle(page)
    assert "above the best possible" in text(page, "verdict")
    assert "your value 2.5" in text(page, "axis")
    assert "The encoder carries at least" in text(page, "findings")
    cited = page.execute_script("return [...document.querySelectorAll('#says .id')].map(x => x.textContent)")
    assert cited == ["B2", "B3", "B5"]
    kinds = "return [...document.querySelectorAll('#axis rect[data-kind]')].map(x => x.dataset.kind)"
    assert page.execute_script(kinds) == ["reach", "excess", "shown"]
    field(page, "value").send_keys(Keys.CONTROL, "a")
    field(page, "value").send_keys("0")
    settle(page)
    assert "No run can have this value" in text(page, "verdict")
    assert complaints(page) == []


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_steps_lead_from_one_end_of_a_slider_to_the_other(page, control):
    """Every step is to another number, and the slider stays where it is put."""
    ends = [1, 4] if control.name == "rank" else [control.low, control.high]
    for way, (start, end) in (("stepUp", ends), ("stepDown", ends[::-1])):
        seen = page.execute_script(STEPS, control.name, start, end, way)
        assert seen[-1] == end
        assert len(set(seen)) == len(seen)


# The numbers at which a slider stops between two, moved as the arrow keys move it; none is asked for.
STEPS = """
const [name, start, end, way] = arguments;
refresh = () => {};
change(name, start);
const slider = document.getElementById("set-" + name).parentElement.querySelector("input[type=range]");
const seen = [state[name]];
while (state[name] !== end && seen.length < 150) {
  slider[way]();
  slider.dispatchEvent(new Event("input"));
  seen.push(state[name]);
}
return seen;
"""


def test_fewer_directions_take_the_rank_along(page):
    slide(page, "dimension", Keys.HOME)
    assert field(page, "set-rank").get_property("value") == "1"
    assert text(page, "error") == ""
    assert complaints(page) == []


def test_the_divergence_is_chosen(page):
    field(page, "divergence").send_keys("js")
    settle(page)
    shown = explore(Settings(candidates=16, dimension=4, rank=2, divergence="js"))
    assert text(page, "information").startswith(f"{shown['information']['value']:.3f}")


def test_unusable_numbers_are_explained_as_text(page, server):
    field(page, "set-correlation").send_keys(Keys.CONTROL, "a")
    field(page, "set-correlation").send_keys("1")
    settle(page)
    assert "correlation must lie in [0, 0.99]: correlation = 1.0" in text(page, "error")
    page.get("about:blank")
    page.get(f"{server.url}#divergence=<img src=x onerror=alert(1)>")
    settle(page)
    assert "<img src=x onerror=alert(1)>" in text(page, "error")
    assert page.execute_script("return document.querySelectorAll('#error *').length") == 0
    # What the server refuses, the browser reports as a failed request, and nothing else.
    assert all("status of 400" in entry for entry in complaints(page))


@pytest.mark.parametrize(("width", "is_phone"), SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_can_be_read(page, width, is_phone, theme):
    """Nothing is wider than the window, and body text stands out from its card by 4.5 to 1 (WCAG AA)."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": is_phone}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    field(page, "value").send_keys("2.5")
    settle(page)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    for selector in ("#verdict", "#findings li span + span", ".note", ".control small", ".lead", ".id"):
        assert page.execute_script(CONTRAST, selector) >= 4.5, selector
    inside = page.execute_script(
        "const box = document.getElementById('axis').getBoundingClientRect();"
        "return [...document.querySelectorAll('#axis text')].map(x => x.getBoundingClientRect())"
        ".every(x => x.left >= box.left - 1 && x.right <= box.right + 1 && x.bottom <= box.bottom + 1)"
    )
    assert inside
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_field_has_a_name(page):
    names = page.execute_script(
        "return [...document.querySelectorAll('input, select')]"
        ".map(x => x.getAttribute('aria-label') || x.getAttribute('aria-labelledby') || x.labels.length)"
    )
    assert len(names) == 16
    assert all(names)


CONTRAST = """
const parse = text => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(x => x / 255).map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4)
  .reduce((sum, x, i) => sum + [.2126, .7152, .0722][i] * x, 0);
let node = document.querySelector(arguments[0]);
const front = light(parse(getComputedStyle(node).color));
while (node && /, 0\\)$|transparent/.test(getComputedStyle(node).backgroundColor)) node = node.parentElement;
const back = light(parse(getComputedStyle(node || document.body).backgroundColor));
return (Math.max(front, back) + .05) / (Math.min(front, back) + .05);
"""
