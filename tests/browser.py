"""Driving the page in a real browser: plain functions and context managers, for any assistant."""

import os
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

from ui.chat.page import open_page

expect.set_options(timeout=20_000)  # a machine may be busy; what does not come at all fails all the same
BROWSERS = ("google-chrome", "chromium", "chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def served(assistant, **settings):
    """The page for this assistant on a free loopback port; gives its address."""
    with open_page(assistant, port=free_port(), **settings) as address:
        yield address


@contextmanager
def browser():
    """The installed Chrome or Chromium, without a window."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"no browser among {', '.join(BROWSERS)}; install the distribution's chromium package"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def visit(started, address, width=1280, height=900, dark=False, locale="en-GB"):
    """A fresh reader's page at this address. `page.requested` lists every address that it asked for."""
    context = started.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale=locale
    )
    page = context.new_page()
    page.requested, page.complaints = [], []
    context.on("request", lambda request: page.requested.append(request.url))
    page.on("dialog", lambda dialog: page.complaints.append(f"dialog {dialog.message}") or dialog.dismiss())
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    try:
        page.goto(address, wait_until="domcontentloaded")
        page.locator("#head .head").wait_for(state="attached", timeout=90_000)  # The server has greeted.
        yield page
    finally:
        context.close()


def ask(page, question):
    """Type the question and press Enter."""
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")


def answered(page, seconds=30):
    """Wait until the answer stands checked; gives its status, without how many articles tell it."""
    page.locator("#answer .turn").wait_for(timeout=seconds * 1000)
    return page.locator("#answer .status").inner_text().split("\n")[0]


def foreign_hosts(page):
    """Every host but this machine's that the page asked anything of."""
    hosts = {urlsplit(url).hostname for url in page.requested if urlsplit(url).scheme not in ("data", "blob")}
    return hosts - {"127.0.0.1"}


def shoot(page, name, folder):
    """A screenshot of the whole page, in the folder ONRECORD_SCREENSHOTS if that is set."""
    folder = Path(os.environ.get("ONRECORD_SCREENSHOTS") or folder)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
