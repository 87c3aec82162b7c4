"""Serve the web page. `ui.chat.wiring` has its components and handlers.

A reader's state is an immutable `Session` in gradio's session state, and the stored conversations of that owner.
"""

import gc
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import SettingsError
from ui.chat.session import Desk
from ui.chat.suggestions import Suggestions
from ui.conversations import open_conversations
from ui.i18n import WORDS
from ui.server.endpoints import publish
from ui.server.guard import LOOPBACK, Guard, Rules
from ui.server.shared_assistant import SharedAssistant

if TYPE_CHECKING:
    import gradio as gr

    from rag.assistant import Assistant

_NEVER_S = 365 * 24 * 3600
_POLL_S = 0.5
"""Python runs signal handlers in the main thread, and only when that wakes up."""


def serve(assistant: "Assistant", rules: Rules | None = None, port: int = 7860) -> None:
    """Serve the page, print its address, and return once the process is asked to stop (Ctrl-C or SIGTERM)."""
    stop = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        with open_page(assistant, rules, port, suggest=True) as address:
            print(f"onrecord is at {address}", flush=True)
            threading.Thread(target=_warm_up, args=(assistant,), name="warm-up", daemon=True).start()
            while not stop.wait(_POLL_S):
                pass
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextmanager
def open_page(
    assistant: "Assistant",
    rules: Rules | None = None,
    port: int = 7860,
    suggest: bool = False,
) -> Iterator[str]:
    """The page, its endpoints and those under /v1, served while the context is open; gives its address.

    With `suggest`, suggested questions are generated when a reader opens the page.
    """
    rules, shared = rules or Rules(), SharedAssistant(assistant)
    if _is_taken(port):
        raise SettingsError(f"port {port} on {rules.host} cannot be used; choose another with --port")
    page = build_page(shared, suggest)
    try:
        page.launch(server_name=rules.host, server_port=port, **_launch_settings(page, shared, rules))
    except OSError as error:
        raise SettingsError(
            f"The page did not start on {rules.host} within 5 seconds: that is no address of this machine, or the machine "
            "is too busy. Choose another with --host, or try again."
        ) from error
    try:
        yield f"http://{f'[{rules.host}]' if ':' in rules.host else rules.host}:{port}"
    finally:
        page.close(verbose=False)


def _is_taken(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK[0], port))
        except (OSError, OverflowError):  # The second: a port above 65,535.
            return True
    return False


def build_page(assistant: SharedAssistant, suggest: bool = False) -> "gr.Blocks":
    """The page as gradio Blocks; only the endpoints of `ui.server.endpoints` are public."""
    _configure_gradio()
    from ui.chat.blocks import Blocks
    from ui.chat.wiring import layout, wire

    kept = open_conversations(assistant.library.folder / "conversations.db")
    desk = Desk(assistant, kept, suggestions=Suggestions() if suggest else None)
    page = Blocks(title="onrecord", analytics_enabled=False, delete_cache=(600, 3_600))
    with page:
        parts = layout(desk)
        wire(page, desk, parts)
        publish(assistant)
    # We report positions ourselves (ui.server.turns); gradio would send every change of its queue to everybody.
    page.queue(max_size=None, default_concurrency_limit=None, status_update_rate=_NEVER_S, api_open=False)
    return page


def _warm_up(assistant: "Assistant") -> None:
    """Load the models, and what gradio imports at its first event, before the first reader needs them."""
    import_module("matplotlib.pyplot")
    assistant.warm_up()
    gc.collect()
    gc.freeze()  # Otherwise each collection scans all imports and pauses all readers for 0.1 s.


def _configure_gradio() -> None:
    """Disable gradio's requests to its makers and Hugging Face, and proxies for its own. Call before importing gradio."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault(
        "FORWARDED_ALLOW_IPS", ""
    )  # Otherwise local programs can forge their address by X-Forwarded-For.
    # gradio records every call in memory and aggregates the records after every event; neither is used.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "100"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["no_proxy"] = ",".join([*filter(None, [direct]), *LOOPBACK])  # it asks itself whether it has started


def _launch_settings(page: "gr.Blocks", assistant: SharedAssistant, rules: Rules) -> dict[str, Any]:
    import gradio as gr
    from starlette.middleware import Middleware

    from ui.server.gradio_access import GradioAccess
    from ui.server.openai_api import routes
    from ui.server.page_headers import SafeHeaders

    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"]
    controls = ("placeholder", "ask", "stop", "add_files", "add_address", "add", "check_box", "check_do", "check_file")
    spoken = {language: {name: table[name] for name in controls} for language, table in WORDS.items()}
    style, script = ((Path(__file__).parent / "static" / name).read_text("utf-8") for name in ("style.css", "page.js"))
    return {
        "theme": gr.themes.Base(font=sans, font_mono=["ui-monospace", "monospace"]),
        "head": f"<style>{style}</style><script>{script}</script>",
        "i18n": gr.I18n(**spoken),
        "app_kwargs": {
            "middleware": [
                Middleware(SafeHeaders),
                Middleware(Guard, rules),
                Middleware(GradioAccess, page, assistant.turns),
            ],
            "routes": routes(assistant),
            "docs_url": None,
            "redoc_url": None,
        },
        # More than may wait, so that the others are refused at once.
        "max_threads": 2 * (assistant.turns.at_once + assistant.turns.room),
        "state_session_capacity": 1_000,
        "prevent_thread_lock": True,
        "quiet": True,
        "share": False,
        "ssr_mode": False,
        "show_error": False,
        "max_file_size": "10mb",
        "strict_cors": True,
        "enable_monitoring": False,
        "run_history": False,
        "pwa": False,
        "mcp_server": False,
        "footer_links": [],
        "allowed_paths": [],
    }
