"""The report in a real browser: light, dark and on a telephone, by keyboard, without a request and without an error.

The browser is the one that TEST_BROWSER names, else the one that Debian or Google installs.
"""

import os
import re
import shutil

import pytest

from bulk_sync.report.html import page
from tests.report.test_html import HOSTILE, error, facts

pytestmark = pytest.mark.trial

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    path = os.environ.get("TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "Install a browser (apt-get install chromium), or name one: TEST_BROWSER=/path/to/chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page of everything, with words that would do harm if they could."""
    errors = [error(row, sentence=f"Row {row}, Mobile (B{row}): wrong. {HOSTILE}") for row in range(2, 300)]
    errors += [error(400, "unknown_status", f"Row 400: {'x' * 300}", phone="+14155550123")]
    counts = {("success", "updated"): 4, ("error", "invalid_phone"): 298, ("error", "unknown_status"): 1}
    path = tmp_path_factory.mktemp("report") / "report.html"
    given = facts(errors=errors, counts=counts, input=f"{'very-long-' * 12}{HOSTILE}.csv", resumed=[1_800_000_060.0])
    path.write_text(page(given), "utf-8")
    return path


@pytest.fixture(params=[("light", 1200), ("dark", 1200), ("light", 400), ("dark", 400)], ids=str)
def opened(browser, report, request):
    """The page as it is opened, and what the browser had to complain of or to ask for by the end."""
    scheme, width = request.param
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
    tab.on("request", lambda asked: None if asked.url == report.as_uri() else complaints.append(asked.url))
    tab.goto(report.as_uri())
    yield tab
    assert complaints == []
    context.close()


def rows_shown(tab):
    return tab.locator("#list tr:visible").count()


def test_it_can_be_read_and_nothing_is_cut_off(opened):
    assert opened.locator("h1").is_visible()
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert rows_shown(opened) == 299


def test_every_text_stands_out_from_its_ground(opened):
    """At least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3)."""
    too_pale = opened.evaluate(
        """() => {
            const rgb = colour => colour.match(/[0-9.]+/g).map(Number);
            const light = colour => {
                const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
                const [r, g, b] = rgb(colour).map(c => linear(c / 255));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ground = element => {
                for (let at = element; at; at = at.parentElement) {
                    const colour = getComputedStyle(at).backgroundColor;
                    if (rgb(colour)[3] !== 0) return colour;
                }
            };
            return [...document.querySelectorAll("body *")].filter(each => {
                const own = [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
                if (!own || ["SCRIPT", "TITLE", "title"].includes(each.tagName)) return false;
                const style = getComputedStyle(each), text = each.tagName === "text" ? style.fill : style.color;
                const [dark, bright] = [light(text), light(ground(each))].sort((a, b) => a - b);
                return (bright + 0.05) / (dark + 0.05) < 4.5;
            }).map(each => each.outerHTML.slice(0, 100));
        }"""
    )
    assert too_pale == []


def test_rows_are_filtered_by_words_and_by_the_kind_of_their_error(opened):
    box = opened.get_by_label("Filter the rows")
    box.fill("MOBILE wrong b17)")
    assert rows_shown(opened) == 1
    assert opened.get_by_role("status").inner_text() == "1 of 299 rows shown"
    opened.get_by_role("button", name="Show this row with unknown_status").click()
    assert (rows_shown(opened), box.input_value()) == (1, "unknown_status")
    box.fill("nothing is like this")
    assert rows_shown(opened) == 0
    box.fill("")
    assert rows_shown(opened) == 299


def test_it_is_walked_through_by_keyboard(opened):
    reached = []
    opened.keyboard.press("Tab")
    while opened.evaluate("document.activeElement !== document.body"):
        reached.append(opened.evaluate("(at => at.ariaLabel || at.id || at.textContent)(document.activeElement)"))
        assert opened.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", reached[-1]
        opened.keyboard.press("Tab")
    assert reached == [
        "Skip to the report", "Outcomes", "Progress", "Changes", "Errors by kind", "Rows with errors", "Details",
        "Table of the outcomes", "Show these rows with invalid_phone", "Show this row with unknown_status", "filter",
        "Table of the rows with errors",
    ]  # fmt: skip
    opened.locator(".skip").focus()
    opened.keyboard.press("Enter")
    assert opened.url.endswith("#main")


def test_on_paper_it_is_dark_on_white_and_has_every_row(opened):
    opened.emulate_media(media="print")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not opened.get_by_role("navigation").is_visible()
    assert not opened.locator("#filter").is_visible()
    assert rows_shown(opened) == 299
    assert re.match(rb"%PDF", opened.pdf())
