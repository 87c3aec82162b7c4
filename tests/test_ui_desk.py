"""Conversations, the archive and feedback in a real browser, and what axe-core says of every view."""

import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import answered, ask, foreign_hosts, served, shoot, visit
from page_fakes import DELAY_EN, DELAY_FR, DELAYED, ENGLISH, FORD, FRENCH, PAID, PAYMENT_FR, YEAR_EN, ScriptedAssistant
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_conversation_comes_back_after_a_reload_and_a_restart_with_its_citations(chrome):
    assistant = ScriptedAssistant()
    with served(assistant) as address, visit(chrome, address) as page:
        ask(page, PAID)
        answered(page)
        page.wait_for_url("**/?conversation=*")
        page.reload()
        expect(page.locator("#answer h2")).to_have_text(PAID)
        page.locator("#answer .marker").nth(1).click()
        expect(page.locator("#reader mark").first).to_be_visible()
        assert "".join(page.locator("#reader mark").all_inner_texts()) == PAYMENT_FR.quote
        ask(page, FORD)
        expect(page.locator("#answer h2")).to_have_text(FORD)
        answered(page)
        assert assistant.asked[-1] == (FORD, (PAID,))
        link = page.locator("#thread [data-do=link]").get_attribute("data-answer")
        kept = page.context.cookies()
    with served(assistant) as again, visit(chrome, again) as page:
        page.context.add_cookies([cookie | {"url": again} for cookie in named(kept)])
        page.goto(f"{again}/?answer={link}")
        expect(page.locator("#thread h2")).to_have_text(PAID)
        expect(page.locator(f"#answer-{link}")).to_be_focused()
        expect(page.locator("#sources mark").first).to_be_visible()
        with visit(chrome, f"{again}/?answer={link}") as stranger:
            expect(stranger.locator("#notice")).to_contain_text("or is another's")
            expect(stranger.locator("#rail")).to_contain_text("will be kept here")


def named(cookies):
    return [
        {"name": cookie["name"], "value": cookie["value"]} for cookie in cookies if cookie["name"] == "onrecord-reader"
    ]


def test_conversations_are_found_renamed_exported_and_deleted(chrome, address, tmp_path):
    with visit(chrome, address) as page:
        for question in (DELAY_EN, FORD):
            page.locator("#ask").focus()
            page.locator("#new").click()
            expect(page.locator("#question textarea")).to_be_focused()
            ask(page, question)
            expect(page.locator("#answer h2")).to_have_text(question)
            answered(page)
        expect(page.locator("#rail .conversation")).to_have_count(2)
        page.locator("#find").fill("development")
        expect(page.locator("#rail .conversation .name")).to_have_text([DELAY_EN])
        page.locator("#rail .conversation").click()
        expect(page.locator("#answer h2")).to_have_text(DELAY_EN)
        page.locator("#rename").click()
        page.locator("#head input").fill("The long delay")
        page.keyboard.press("Enter")
        expect(page.locator("#head .name")).to_have_text("The long delay")
        with page.expect_download() as saved:
            page.locator("#export-md").click()
        text = saved.value.path().read_text("utf-8")
        assert text.startswith("# The long delay") and DELAYED.quote in text
        page.locator("#delete").click()
        expect(page.get_by_role("button", name="Delete it")).to_be_focused()
        page.get_by_role("button", name="Delete it").click()
        expect(page.locator("#answer h2")).to_have_count(0)
        expect(page.locator("#rail .conversation .name")).to_have_text([FORD])


def test_a_verdict_is_kept_and_exported_as_a_question_set(chrome, address):
    with visit(chrome, address) as page:
        ask(page, YEAR_EN)
        answered(page)
        page.get_by_role("button", name="Wrong", exact=True).click()
        page.get_by_label("The right answer").fill("In 2016")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_timeout(500)
        page.reload()
        expect(page.get_by_role("button", name="Wrong", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_label("The right answer")).to_have_value("In 2016")
        with page.expect_download() as saved:
            page.locator("#export-verdicts").click()
        assert '"answers": ["In 2016"]' in saved.value.path().read_text("utf-8")


def test_quotes_in_another_language_are_translated_when_asked(chrome, address):
    with visit(chrome, address) as page:
        ask(page, DELAY_FR)
        answered(page)
        expect(page.locator("#sources .translation")).to_have_count(0)
        page.get_by_role("button", name="Traduire ces citations").click()
        expect(page.locator("#sources .translation")).to_have_text(
            re.compile("Traduction automatique, pas une citation")
        )
        expect(page.get_by_role("button", name="Traduire ces citations")).to_have_count(0)
        expect(page.locator("#sources mark")).to_have_text(DELAYED.quote)


def test_the_archive_is_filled_filtered_read_asked_and_emptied(chrome, tmp_path):
    assistant = ScriptedAssistant()
    good, empty = tmp_path / "good.txt", tmp_path / "empty.txt"
    good.write_text("A new story\n\nIt says something.", "utf-8")
    empty.write_text("  ", "utf-8")
    with served(assistant) as address, visit(chrome, address) as page:
        page.locator("#nav-archive").click()
        page.locator("#upload input[type=file]").set_input_files([good, empty])
        expect(page.locator("#adding")).to_contain_text("empty.txt: the file is empty")
        expect(page.locator("#articles")).to_contain_text("A new story")
        shoot(page, "adding", tmp_path)
        page.locator("#address input, #address textarea").fill("/etc/passwd")
        page.locator("#add-address").click()
        expect(page.locator("#adding")).to_contain_text("must begin with http")
        page.locator("#archive-search").fill("voiture")
        expect(page.locator("#articles .item")).to_have_count(1)
        page.locator("#articles input[type=checkbox]").check()
        page.locator("#ask-selected").click()
        expect(page.locator("#scope")).to_contain_text("Musk et Altman se disputent")
        ask(page, YEAR_EN)
        answered(page)
        assert assistant.asked == [(YEAR_EN, (), ("fr1",))]
        page.locator("#nav-archive").click()
        page.locator("#open-fr1").click()
        expect(page.locator("#reader .s").first).to_be_visible()
        page.locator("#reader [data-do=confirm]").click()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#notice")).to_contain_text("Removed")
        assert "fr1" not in [article.id for article in assistant.library.articles()]
        assert foreign_hosts(page) == set()


def test_a_bar_and_a_source_of_the_picture_filter_the_archive_and_the_form_shows_it(chrome, tmp_path):
    later = [replace(FRENCH, id=f"fr{n}", title=f"Later {n}", published=f"2026-01-0{n}") for n in (2, 3)]
    with served(ScriptedAssistant(articles=(ENGLISH, *later))) as address, visit(chrome, address, dark=True) as page:
        expect(page.locator("#welcome .holding")).to_have_text(
            "3 articles in the library, from 2 November 2025 to 3 January 2026"
        )
        page.locator("#nav-archive").click()
        bar = page.get_by_role("button", name="January 2026: 2 articles")
        bar.click()
        expect(page.locator("#articles .item .name")).to_have_text(["Later 3", "Later 2"])
        expect(page.locator("#form [name=until]")).to_have_value("2026-01-31")
        expect(bar).to_have_attribute("aria-pressed", "true")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"], "resultTypes": ["violations"]})
        assert [(bad["id"], bad["nodes"][0]["html"][:150]) for bad in found.response["violations"]] == []
        shoot(page, "picture", tmp_path)
        bar.click()
        page.get_by_role("button", name="Business Insider 1").click()
        expect(page.locator("#articles .item .name")).to_have_text([ENGLISH.title])
        assert page.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_wrong_with_any_view(chrome, address, dark):
    axe = Axe()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    with visit(chrome, address, dark=dark) as page:
        wrong = {"welcome": axe.run(page, options=rules)}
        ask(page, PAID)
        answered(page)
        page.get_by_role("button", name="Wrong", exact=True).click()
        expect(page.get_by_label("The right answer")).to_be_visible()
        wrong["answer"] = axe.run(page, options=rules)
        page.locator("#answer .marker").first.click()
        expect(page.locator("#reader mark")).to_be_visible()
        wrong["article"] = axe.run(page, options=rules)
        page.locator("#close-article").click()
        page.locator("#nav-archive").click()
        page.locator("#articles .item").first.wait_for()
        wrong["archive"] = axe.run(page, options=rules)
    told = {
        view: [(bad["id"], [node["html"][:150] for node in bad["nodes"]]) for bad in found.response["violations"]]
        for view, found in wrong.items()
    }
    assert told == {view: [] for view in wrong}
