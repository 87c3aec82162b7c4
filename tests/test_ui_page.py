"""The page, driven in a real browser, over a scripted assistant."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from browser import answered, ask, foreign_hosts, free_port, served, shoot, visit
from page_fakes import (
    DELAY_EN,
    DELAY_FR,
    DELAYED,
    FORD,
    HACK,
    HOSTILE,
    PAID,
    PAYMENT_EN,
    PAYMENT_FR,
    UNVEILED,
    YEAR_EN,
    ScriptedAssistant,
)  # fmt: skip
from playwright.sync_api import expect

from index.errors import SettingsError
from ui.chat.export import answer_markdown
from ui.chat.page import open_page
from ui.server.guard import Rules

pytestmark = pytest.mark.browser
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def marked(page):
    """What is marked in the article being read."""
    return "".join(page.locator("#reader mark").all_inner_texts())


def links(page):
    return page.evaluate("[...document.querySelectorAll('main a[href]')].map((link) => link.href)")


def cut_within(assistant, steps):
    """Whether its stream is closed before the assistant has made that many steps more."""
    for _ in range(steps):
        assistant.gate.release()
        if assistant.cut.wait(1):
            return True
    return False


def test_evidence_stands_before_the_text_and_the_checked_answer_after_it(chrome, gated, tmp_path):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        expect(page.locator("#answer .status")).to_contain_text("Searching")
        gated.gate.release()
        expect(page.locator("#sources mark")).to_have_text(UNVEILED.quote)
        expect(page.locator("#answer .status")).to_contain_text("Reading")
        expect(page.locator("#answer .text")).to_have_count(0)
        gated.gate.release(5)
        expect(page.locator("#answer .text.so-far")).to_have_text("It was unveiled for the")
        expect(page.locator("#answer .caution")).to_contain_text("each sentence checked")
        assert page.locator("#answer .marker").count() == 0
        shoot(page, "draft", tmp_path)
        gated.gate.release(6)
        expect(page.locator("#answer .status")).to_contain_text("Checking")
        gated.gate.release(1)
        assert answered(page) == "Answered"
        expect(page.locator("#answer .text")).to_have_text("It was unveiled for the first time in 2017\xa0[1].")
        assert page.locator("#answer .so-far, #answer .caution").count() == 0
        expect(page.locator("#sources mark")).to_have_text(UNVEILED.quote)
        assert foreign_hosts(page) == set()
        assert page.complaints == []


def test_passages_that_are_longer_than_the_window_stay_in_their_column(chrome, address):
    with visit(chrome, address, 1280, 300) as page:
        ask(page, PAID)
        answered(page)
        page.locator("#sources .card").first.wait_for()
        side, sources = page.locator("#side").bounding_box(), page.locator("#sources").bounding_box()
        assert sources["height"] > side["height"]
        assert side["x"] <= sources["x"] and sources["x"] + sources["width"] <= side["x"] + side["width"]


@pytest.mark.parametrize("size", SIZES)
def test_every_status_is_shown_and_fits_the_screen(chrome, address, tmp_path, size):
    width, height = SIZES[size]
    with visit(chrome, address, width, height, dark=size == "narrow") as page:
        expect(page.locator("#welcome .holding")).to_contain_text("3 articles in the library, from 2 November 2025")
        shoot(page, f"welcome-{size}", tmp_path)
        for question, status in ((DELAY_EN, "answered"), (PAID, "conflict"), (FORD, "not_found"), ("?", "failed")):
            ask(page, question)
            page.locator(f"#answer .status.{status}").wait_for()
            assert fits(page)
            shoot(page, f"{status}-{size}", tmp_path)
        ask(page, YEAR_EN)
        answered(page)
        answer, sources = page.locator("#answer").bounding_box(), page.locator("#sources").bounding_box()
        beside = answer["x"] + answer["width"] <= sources["x"]
        assert beside == (size == "wide")
        page.locator("#nav-archive").click()
        page.locator("#articles .item").first.wait_for()
        assert fits(page)
        shoot(page, f"archive-{size}", tmp_path)


def test_the_articles_can_neither_run_nor_fetch_anything(chrome, address, tmp_path):
    with visit(chrome, address) as page:
        ask(page, HACK)
        answered(page)
        expect(page.locator("#sources mark")).to_have_text(HOSTILE.text[7:])
        page.locator("#answer .marker").hover()
        page.locator("#answer .marker").click()
        expect(page.locator("#reader h2")).to_have_text(HOSTILE.title)
        assert marked(page) == HOSTILE.text[7:].replace("\n", "")
        page.locator("#nav-archive").click()
        expect(page.locator("#articles")).to_contain_text(HOSTILE.title)
        page.locator("#nav-ask").click()
        page.locator("[data-do=only]").click()
        expect(page.locator("#scope")).to_contain_text(HOSTILE.title)
        shoot(page, "hostile", tmp_path)
        active = "main img, main svg[onload], main script, main style, main a[href^=javascript], main iframe"
        assert page.locator(active).count() == 0
        assert all(href.startswith("https://example.org") for href in links(page))
        assert foreign_hosts(page) == set()
        assert page.complaints == []


def test_the_policy_stops_a_fetch_that_markup_would_start(chrome, address):
    with visit(chrome, address) as page:
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=https://evil.example/>')"
        )
        page.wait_for_function("document.querySelector('main img').complete")
        assert any("Content Security Policy" in complaint for complaint in page.complaints)


def test_a_marker_opens_the_article_at_its_sentence_by_mouse_and_by_keyboard(chrome, address, tmp_path):
    with visit(chrome, f"{address}/?from=elsewhere", height=400) as page:
        ask(page, PAID)
        answered(page)
        page.locator("#answer .marker").nth(1).click()
        expect(page.locator("#reader h2")).to_have_text("Musk et Altman se disputent au sujet d’une voiture")
        expect(page.locator("#reader mark")).to_be_in_viewport()
        assert marked(page) == PAYMENT_FR.quote
        page.keyboard.press("Escape")
        expect(page.locator("#reader .reading")).to_have_count(0)
        first = page.locator("#answer .marker").first
        first.focus()
        quote = "getComputedStyle(document.activeElement, '::after').content"
        assert PAYMENT_EN.quote in page.evaluate(quote).replace('\\"', '"')
        page.keyboard.press("Enter")
        expect(page.locator("#reader h2")).to_be_focused()
        expect(page.locator("#reader mark")).to_be_in_viewport()
        assert marked(page) == PAYMENT_EN.quote
        shoot(page, "article", tmp_path)
        page.keyboard.press("Tab")
        page.locator("#close-article").click()
        expect(page.locator("#reader .reading")).to_have_count(0)
        expect(page.locator("#sources mark").first).to_be_visible()


def test_a_follow_up_carries_the_earlier_questions_and_a_new_conversation_none(chrome):
    assistant = ScriptedAssistant()
    with served(assistant) as address, visit(chrome, address) as page:
        for question in (DELAY_EN, YEAR_EN):
            ask(page, question)
            expect(page.locator("#answer h2")).to_have_text(question)
            answered(page)
        expect(page.locator("#thread h2")).to_have_text(DELAY_EN)
        page.locator("#new").click()
        expect(page.locator("#answer h2")).to_have_count(0)
        ask(page, DELAY_EN)
        answered(page)
        with visit(chrome, address) as other:
            ask(other, FORD)
            answered(other)
    assert assistant.asked == [(DELAY_EN, ()), (YEAR_EN, (DELAY_EN,)), (DELAY_EN, ()), (FORD, ())]


def test_the_last_question_can_be_asked_again_and_edited(chrome):
    assistant = ScriptedAssistant()
    with served(assistant) as address, visit(chrome, address) as page:
        for question in (DELAY_EN, YEAR_EN):
            ask(page, question)
            expect(page.locator("#answer h2")).to_have_text(question)
            answered(page)
        again = page.locator("#answer article").get_attribute("id")
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(f"#{again}")).to_have_count(0)
        answered(page)
        page.get_by_role("button", name="Edit").click()
        expect(page.locator("#question textarea")).to_have_value(YEAR_EN)
        expect(page.locator("#scope")).to_contain_text("Editing the last question")
        ask(page, FORD)
        expect(page.locator("#answer h2")).to_have_text(FORD)
        answered(page)
        expect(page.locator("#thread h2")).to_have_text([DELAY_EN])
    assert assistant.asked[-2:] == [(YEAR_EN, (DELAY_EN,)), (FORD, (DELAY_EN,))]


def test_an_answer_is_copied_with_its_sources_and_offers_to_go_on(chrome, address):
    with visit(chrome, address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        ask(page, DELAY_EN)
        answered(page)
        page.get_by_role("button", name="Copy with sources").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == answer_markdown(ScriptedAssistant().ask(DELAY_EN))
        assert f"> {DELAYED.quote}" in copied
        expect(page.locator("#answer .followup").first).to_contain_text("Joe Rogan Experience")
        page.locator("#answer .followup").first.click()
        expect(page.locator("#answer h2")).to_contain_text("Joe Rogan Experience")


def test_stop_ends_the_stream_and_says_that_nothing_was_checked(chrome, gated):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        gated.gate.release(4)
        expect(page.locator("#answer .so-far")).to_have_text("It was unveiled")
        page.locator("#stop").click()
        expect(page.locator("#answer .status")).to_have_text("Stopped")
        assert cut_within(gated, 4)
        expect(page.locator("#answer .status")).to_have_text("Stopped")
        expect(page.locator("#ask")).to_be_visible()
        expect(page.locator("#question textarea")).to_have_value(YEAR_EN)
        gated.gate.release(100)
        ask(page, DELAY_EN)
        assert answered(page) == "Answered"
    assert gated.asked[-1] == (DELAY_EN, ())


def test_leaving_the_page_ends_the_stream(chrome, gated):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        gated.gate.release(4)
        expect(page.locator("#answer .so-far")).to_have_text("It was unveiled")
    assert cut_within(gated, 4)


def test_a_question_asked_meanwhile_waits_for_the_one_in_the_making(chrome, gated, tmp_path):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        gated.gate.release(2)
        expect(page.locator("#answer .so-far")).to_have_text("It")
        ask(page, " ")
        page.wait_for_timeout(500)
        expect(page.locator("#answer .so-far")).to_have_text("It")
        for question in (PAID, FORD):
            ask(page, question)
            expect(page.locator("#waiting .waits").last).to_have_text(question)
        shoot(page, "waiting", tmp_path)
        page.locator("#waiting").get_by_role("button", name="Take back").first.click()
        expect(page.locator("#waiting .waits")).to_have_text([FORD])
        page.locator("#question textarea").fill("being typed")
        page.locator("#stop").click()
        expect(page.locator("#thread h2")).to_have_text([YEAR_EN])
        expect(page.locator("#thread .status")).to_have_text("Stopped")
        expect(page.locator("#answer h2")).to_have_text(FORD)
        gated.gate.release(100)
        assert answered(page) == "Not in the articles"
        expect(page.locator("#thread h2")).to_have_text([YEAR_EN])
        expect(page.locator("#question textarea")).to_have_value("being typed")
    assert gated.asked == [(YEAR_EN, ()), (FORD, ())]


def test_a_conversation_that_is_left_says_which_questions_it_gives_up(chrome, gated):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        expect(page.locator("#answer h2")).to_have_text(YEAR_EN)  # The box is sent as it is a moment after Enter.
        ask(page, FORD)
        expect(page.locator("#waiting .waits")).to_have_text(FORD)
        page.locator("#new").click()
        expect(page.locator("#notice .notice")).to_have_count(2)
        expect(page.locator("#notice")).to_contain_text(YEAR_EN)
        expect(page.locator("#waiting .waits")).to_have_count(0)
        gated.gate.release(100)
        ask(page, DELAY_EN)
        assert answered(page) == "Answered"
        expect(page.locator("#thread h2")).to_have_count(0)
    assert gated.asked[-1] == (DELAY_EN, ())


def test_errors_are_told_in_words_and_bugs_are_told_apart(chrome, address):
    with visit(chrome, address) as page:
        ask(page, "Who answers when the model is gone?")
        expect(page.locator("#answer .failure")).to_contain_text("gave no reply in 60 s; is it running?")
        expect(page.locator("#question textarea")).to_have_value("Who answers when the model is gone?")
        ask(page, "Break yourself")
        expect(page.locator("#answer .failure")).to_contain_text("onrecord itself failed")
        ask(page, FORD)
        assert answered(page) == "Not in the articles"


def test_an_empty_library_says_what_to_do(chrome, tmp_path):
    with served(ScriptedAssistant(articles=())) as address, visit(chrome, address) as page:
        expect(page.locator("#welcome .empty")).to_contain_text("onrecord add")
        shoot(page, "empty", tmp_path)
        page.locator("#nav-archive").click()
        expect(page.locator("#articles .empty")).to_contain_text("Add your first articles above")


def test_a_french_reader_gets_a_french_page(chrome, address, tmp_path):
    with visit(chrome, address, locale="fr-FR") as page:
        assert page.evaluate("document.documentElement.lang") == "fr"
        expect(page.locator("#ask")).to_have_text("Demander")
        expect(page.locator("#welcome h2")).to_contain_text("Interrogez vos articles")
        ask(page, DELAY_FR)
        assert answered(page) == "Réponse trouvée"
        expect(page.locator("#sources mark")).to_have_text(DELAYED.quote)
        expect(page.get_by_role("button", name="Mauvaise source")).to_be_visible()
        shoot(page, "french", tmp_path)


def test_a_port_in_use_is_told(address):
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(SettingsError, match=f"port {port} .* --port"), open_page(ScriptedAssistant(), port=port):
        pass


def test_a_port_that_is_none_is_told():
    with pytest.raises(SettingsError, match=r"port 99999 .* --port"), open_page(ScriptedAssistant(), port=99_999):
        pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_page_that_does_not_start_is_not_said_to_lack_a_port():
    elsewhere = Rules("192.0.2.1", no_auth=True)
    told = pytest.raises(SettingsError, match="no address of this machine")
    with told, open_page(ScriptedAssistant(), elsewhere, port=free_port()):
        pass


SERVING = """
import socket, sys
found = socket.getaddrinfo
def tell(host, *rest, **more):
    print("looked up", host, file=sys.stderr)
    return found(host, *rest, **more)
import page_fakes, ui.chat.page
socket.getaddrinfo = lambda host, *rest, **more: (found if host == "127.0.0.1" else tell)(host, *rest, **more)
ui.chat.page.serve(page_fakes.ScriptedAssistant(), port=int(sys.argv[1]))
"""


def to_any_thread(process):
    """The system may pick another thread than the main one, and does while a tracer holds that one."""
    other = max(int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir())
    assert other != process.pid
    ctypes.CDLL(None).tgkill(process.pid, other, signal.SIGTERM)


STOPS = {
    "Ctrl-C": lambda process: process.send_signal(signal.SIGINT),
    "asked to end": lambda process: process.send_signal(signal.SIGTERM),
    "asked in another thread": to_any_thread,
}


@pytest.mark.parametrize("ask", STOPS.values(), ids=STOPS)
def test_serving_prints_the_address_looks_up_no_host_and_stops_cleanly(ask):
    port = free_port()
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    command = [sys.executable, "-c", SERVING, str(port)]
    process = subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=environment)
    try:
        assert process.stdout.readline() == f"onrecord is at http://127.0.0.1:{port}\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=30) as reply:
            assert json.load(reply)["title"] == "onrecord"
        ask(process)
        rest, complaints = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, rest, complaints) == (0, "", "")
