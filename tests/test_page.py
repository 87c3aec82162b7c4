"""The page, driven in a real browser, over a scripted assistant."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from browser import answered, ask, browser, foreign_hosts, free_port, served, shoot, visit
from page_fakes import (
    DELAY_EN,
    DELAY_FR,
    DELAYED,
    FORD,
    HACK,
    HOSTILE,
    PAID,
    UNVEILED,
    YEAR_EN,
    ScriptedAssistant,
)  # fmt: skip
from playwright.sync_api import expect

from index.errors import SettingsError
from ui.page import open_page

pytestmark = pytest.mark.browser
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


@pytest.fixture(scope="module")
def chrome():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address():
    """A page that answers at once, shared by the tests that need no more."""
    with served(ScriptedAssistant()) as address:
        yield address


@pytest.fixture
def gated():
    """A page whose assistant takes one step for every release of `assistant.gate`."""
    assistant = ScriptedAssistant(gate=threading.Semaphore(0))
    with served(assistant) as assistant.address:
        yield assistant
        assistant.gate.release(1000)


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
        expect(page.locator("#answer .text.draft")).to_have_text("It was unveiled for the")
        expect(page.locator("#answer .caution")).to_contain_text("not checked")
        assert page.locator("#answer .marker").count() == 0
        shoot(page, "draft", tmp_path)
        gated.gate.release(6)
        expect(page.locator("#answer .status")).to_contain_text("Checking")
        gated.gate.release(1)
        assert answered(page) == "Answered"
        expect(page.locator("#answer .text")).to_have_text("It was unveiled for the first time in 2017\xa0[1].")
        assert page.locator("#answer .draft, #answer .caution").count() == 0
        expect(page.locator("#sources mark")).to_have_text(UNVEILED.quote)
        assert foreign_hosts(page) == set()
        assert page.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_status_is_shown_and_fits_the_screen(chrome, address, tmp_path, size, dark):
    width, height = SIZES[size]
    name = f"{size}-{'dark' if dark else 'light'}"
    with visit(chrome, address, width, height, dark) as page:
        expect(page.locator("#library .holding")).to_have_text("3 articles in the library")
        shoot(page, f"welcome-{name}", tmp_path)
        for question, status in ((DELAY_EN, "answered"), (PAID, "conflict"), (FORD, "not_found"), ("?", "failed")):
            ask(page, question)
            page.locator(f"#answer .status.{status}").wait_for()
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0
            shoot(page, f"{status}-{name}", tmp_path)
        answer, sources = page.locator("#answer").bounding_box(), page.locator("#sources").bounding_box()
        beside = answer["x"] + answer["width"] <= sources["x"]
        assert beside == (size == "wide")


def test_the_articles_can_neither_run_nor_fetch_anything(chrome, address, tmp_path):
    with visit(chrome, address) as page:
        ask(page, HACK)
        answered(page)
        expect(page.locator("#sources mark")).to_have_text(HOSTILE.text[7:])
        ask(page, YEAR_EN)
        expect(page.locator("#answer h2")).to_have_text(YEAR_EN)
        page.locator("#earlier summary").first.click()
        shoot(page, "hostile", tmp_path)
        active = "main img, main svg[onload], main script, main style, main a[href^=javascript]"
        assert page.locator(active).count() == 0
        assert foreign_hosts(page) == set()
        assert page.complaints == []


def test_the_policy_stops_a_fetch_that_markup_would_start(chrome, address):
    with visit(chrome, address) as page:
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=https://evil.example/>')"
        )
        page.wait_for_function("document.querySelector('main img').complete")
        assert any("Content Security Policy" in complaint for complaint in page.complaints)


def test_a_marker_leads_to_its_card_by_mouse_and_by_keyboard(chrome, address):
    with visit(chrome, f"{address}/?from=elsewhere") as page:
        ask(page, PAID)
        answered(page)
        page.locator("#answer .marker").nth(1).click()
        assert page.evaluate("document.activeElement.id") == "turn1-source2"
        page.locator("#answer .marker").nth(0).focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "turn1-source1"
        expect(page.locator("#answer h2")).to_have_text(PAID)


def test_a_follow_up_carries_the_earlier_questions_and_a_new_conversation_none(chrome):
    assistant = ScriptedAssistant()
    with served(assistant) as address, visit(chrome, address) as page:
        for question in (DELAY_EN, YEAR_EN):
            ask(page, question)
            expect(page.locator("#answer h2")).to_have_text(question)
            answered(page)
        expect(page.locator("#earlier summary")).to_have_text(DELAY_EN)
        page.locator("#new").click()
        expect(page.locator("#now")).to_be_hidden()
        page.locator(".example").first.click()
        answered(page)
        with visit(chrome, address) as other:
            ask(other, FORD)
            answered(other)
    assert assistant.asked == [(DELAY_EN, ()), (YEAR_EN, (DELAY_EN,)), (DELAY_EN, ()), (FORD, ())]


def test_stop_ends_the_stream_and_says_that_nothing_was_checked(chrome, gated):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        gated.gate.release(4)
        expect(page.locator("#answer .draft")).to_have_text("It was unveiled")
        page.locator("#stop").click()
        expect(page.locator("#answer .status")).to_have_text("Stopped, not checked")
        assert cut_within(gated, 4)
        expect(page.locator("#answer .status")).to_have_text("Stopped, not checked")
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
        expect(page.locator("#answer .draft")).to_have_text("It was unveiled")
    assert cut_within(gated, 4)


def test_a_question_asked_meanwhile_replaces_the_one_in_the_making(chrome, gated):
    with visit(chrome, gated.address) as page:
        ask(page, YEAR_EN)
        gated.gate.release(2)
        expect(page.locator("#answer .draft")).to_have_text("It")
        ask(page, " ")
        page.wait_for_timeout(500)
        expect(page.locator("#answer .draft")).to_have_text("It")
        ask(page, FORD)
        expect(page.locator("#answer h2")).to_have_text(FORD)
        gated.gate.release(100)
        assert answered(page) == "Not in the articles"
        expect(page.locator("#earlier")).to_be_empty()
    assert gated.cut.is_set()
    assert gated.asked == [(YEAR_EN, ()), (FORD, ())]


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
        expect(page.locator("#library .empty")).to_contain_text("onrecord add")
        expect(page.locator(".example")).to_have_count(0)
        shoot(page, "empty", tmp_path)


def test_a_french_reader_gets_a_french_page(chrome, address, tmp_path):
    with visit(chrome, address, locale="fr-FR") as page:
        expect(page.locator("#ask")).to_have_text("Demander")
        expect(page.locator("#library h2")).to_contain_text("Interrogez vos articles")
        ask(page, DELAY_FR)
        assert answered(page) == "Réponse trouvée"
        expect(page.locator("#sources mark")).to_have_text(DELAYED.quote)
        shoot(page, "french", tmp_path)


def test_a_port_in_use_is_told(address):
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(SettingsError, match=f"port {port} .* --port"), open_page(ScriptedAssistant(), port=port):
        pass


SERVING = """
import socket, sys
found = socket.getaddrinfo
def tell(host, *rest, **more):
    print("looked up", host, file=sys.stderr)
    return found(host, *rest, **more)
import page_fakes, ui.page
socket.getaddrinfo = lambda host, *rest, **more: (found if host == "127.0.0.1" else tell)(host, *rest, **more)
ui.page.serve(page_fakes.ScriptedAssistant(), port=int(sys.argv[1]))
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_serving_prints_the_address_looks_up_no_host_and_stops_cleanly(sign):
    port = free_port()
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    command = [sys.executable, "-c", SERVING, str(port)]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=environment) as process:
        assert process.stdout.readline() == f"onrecord is at http://127.0.0.1:{port}\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/config") as reply:
            assert json.load(reply)["title"] == "onrecord"
        process.send_signal(sign)
        rest, complaints = process.communicate(timeout=30)
    assert (process.returncode, rest, complaints) == (0, "", "")
