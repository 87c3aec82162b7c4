"""Checking a text in the page, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import foreign_hosts, shoot, visit
from page_fakes import PAYMENT_EN, UNVEILED
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
DRAFT = """Altman paid $45,000 in July 2018. The Roadster was unveiled in 2016.

Nobody knows what became of the seats. Will it ever come?"""
TABLE = "Year;Cars;Price\n2016;1;$45,000\n2017;2;$50,000\n"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_text_is_checked_read_filtered_and_saved(chrome, address, tmp_path, dark):
    with visit(chrome, address, dark=dark) as page:
        page.locator("#nav-check").click()
        page.locator("#draft textarea").fill(DRAFT)
        page.locator("#check-text").click()
        expect(page.locator("#verdicts .status")).to_have_text("4 sentences checked")
        expect(page.locator("#checked .evidence")).to_have_text(
            ["✓ Supported Business Insider, La Gazette", "✗ Contradicted La Gazette", "? Not in the archive", "– No claim"],
            use_inner_text=True,
        )  # fmt: skip
        page.locator("#checked summary").first.click()
        expect(page.locator("#checked blockquote").first).to_have_text(PAYMENT_EN.quote)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"], "resultTypes": ["violations"]})
        assert [(bad["id"], bad["nodes"][0]["html"][:150]) for bad in found.response["violations"]] == []
        shoot(page, f"check-{dark}", tmp_path)
        page.locator("#v-contradicted").click()
        expect(page.locator("#v-contradicted")).to_have_text("✗ Contradicted 1")
        expect(page.locator("#checked .sentence:visible")).to_have_count(1)
        page.locator("#checked summary:visible").click()
        page.locator("#checked button.title:visible").click()
        expect(page.locator("#reader mark")).to_have_text(UNVEILED.quote)
        with page.expect_download() as saved:
            page.locator("#export-check").click()
        text = saved.value.path().read_text("utf-8")
        assert "✗ **Contradicted** The Roadster was unveiled in 2016." in text and f"> {UNVEILED.quote}" in text
        assert foreign_hosts(page) == set() and page.complaints == []


def test_sentences_come_as_they_are_checked_and_quotes_stay_open_until_it_is_stopped(chrome, gated):
    with visit(chrome, gated.address) as page:
        page.locator("#nav-check").click()
        page.locator("#draft textarea").fill(DRAFT)
        page.locator("#check-text").click()
        gated.gate.release()
        expect(page.locator("#verdicts .status")).to_have_text("1 of 4 sentences checked")
        page.locator("#checked summary").click()
        gated.gate.release()
        expect(page.locator("#checked .sentence")).to_have_count(2)
        expect(page.locator("#checked blockquote").first).to_be_visible()
        page.locator("#stop-check").click()
        expect(page.locator("#verdicts .status")).to_have_text("Stopped: 2 of 4 sentences checked")
        # The sentence that was under way may still be finished; the one after it is not begun.
        assert any(gated.gate.release() or gated.cut.wait(1) for _ in range(2))
        expect(page.locator("#check-text")).to_be_visible()
        expect(page.locator("#checked .sentence")).to_have_count(2)


def test_a_file_is_checked_and_what_cannot_be_is_told(chrome, address, tmp_path):
    files = {"draft.txt": DRAFT, "empty.txt": " \n", "cars.csv": TABLE, "cars.txt": TABLE}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    with visit(chrome, address) as page:
        page.locator("#nav-check").click()
        page.locator("#check-text").click()
        expect(page.locator("#verdicts .notice")).to_contain_text("There is no text to check")
        for name, told in (
            ("empty.txt", "empty.txt cannot be checked: it is empty"),
            ("cars.csv", "cars.csv cannot be checked: .csv cannot be read; give one of"),
            ("cars.txt", "This is a table"),
        ):
            page.locator("#draft-file input[type=file]").set_input_files(tmp_path / name)
            expect(page.locator("#verdicts .notice")).to_contain_text(told)
        page.locator("#draft-file input[type=file]").set_input_files(tmp_path / "draft.txt")
        expect(page.locator("#verdicts .status")).to_have_text("4 sentences checked draft.txt")
        assert page.complaints == []
