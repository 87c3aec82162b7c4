"""The web page: how it is served. `ui.wiring` says what is on it and what its parts do.

Everything that belongs to one reader lives in gradio's session state as an immutable `Session`, and in the kept
conversations under the reader's name; nothing is kept on the module or shared between readers.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import OnrecordError, SettingsError
from ui.conversations import Conversations
from ui.session import Desk
from ui.words import WORDS

if TYPE_CHECKING:
    import gradio as gr

    from rag.assistant import Assistant

EXAMPLES = (
    "How long was the Roadster delayed?",
    "Combien de temps la Roadster a-t-elle été retardée ?",
    "In which year was the Roadster unveiled?",
    "How much did Altman pay?",
)
AT_ONCE = 16
"""Readers answered at the same time; the assistant decides how they share the model."""
WAITING = 64
"""Readers kept waiting beyond those; the next is told that the page is busy."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    assistant: "Assistant", host: str = "127.0.0.1", port: int = 7860, auth: tuple[str, str] | None = None
) -> None:
    """Serve the page, print its address, and return once the process is asked to stop (Ctrl-C or SIGTERM)."""
    stop = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        with open_page(assistant, host, port, auth) as address:
            print(f"onrecord is at {address}", flush=True)
            threading.Thread(target=assistant.warm_up, name="warm-up", daemon=True).start()
            stop.wait()
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextmanager
def open_page(
    assistant: "Assistant",
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: tuple[str, str] | None = None,
    examples: Sequence[str] = EXAMPLES,
) -> Iterator[str]:
    """The page, served while the context is open; gives its address.

    A host that other machines can reach is refused without `auth`.
    """
    if auth is None and host not in LOOPBACK:
        raise SettingsError(f"host {host!r} can be reached by others: give a password with --auth USER:PASSWORD")
    page = build_page(assistant, examples)
    try:
        page.launch(server_name=host, server_port=port, auth=auth, **_launch_settings())
    except OSError as error:
        raise SettingsError(f"port {port} on {host} cannot be used; choose another with --port") from error
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        page.close(verbose=False)


def build_page(assistant: "Assistant", examples: Sequence[str] = EXAMPLES) -> "gr.Blocks":
    """The page as gradio Blocks; `/ask` is its one public endpoint and returns an Answer as JSON."""
    _keep_gradio_home()
    import gradio as gr

    from ui.wiring import layout, wire

    desk = Desk(assistant, Conversations(assistant.library.folder / "conversations.db"))
    page = gr.Blocks(title="onrecord", analytics_enabled=False, delete_cache=(3600, 3600))
    with page:
        parts = layout(desk)
        wire(page, desk, parts, examples)
        _publish(assistant)
    page.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE)
    return page


def _publish(assistant: "Assistant") -> None:
    """The endpoint for programs."""
    import gradio as gr
    from gradio.events import api

    def ask(question: str, history: list[str] | None = None) -> dict[str, object]:
        """The answer to a question, with its citations; `history` holds earlier questions of the conversation."""
        try:
            return assistant.ask(question, history=tuple(history or ())).to_dict()
        except OnrecordError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(ask, api_name="ask")


def _keep_gradio_home() -> None:
    """Must run before gradio is imported: it would call its makers and Hugging Face, and itself through a proxy."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["no_proxy"] = ",".join([*filter(None, [direct]), *LOOPBACK])  # it asks itself whether it has started


def _launch_settings() -> dict[str, Any]:
    import gradio as gr
    from starlette.middleware import Middleware

    from ui.headers import SafeHeaders

    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"]
    controls = ("placeholder", "ask", "stop", "add_files", "add_address", "add")
    spoken = {language: {name: table[name] for name in controls} for language, table in WORDS.items()}
    style, script = (Path(__file__).with_name(name).read_text("utf-8") for name in ("style.css", "page.js"))
    return {
        "theme": gr.themes.Base(font=sans, font_mono=["ui-monospace", "monospace"]),
        "head": f"<style>{style}</style><script>{script}</script>",
        "i18n": gr.I18n(**spoken),
        "app_kwargs": {"middleware": [Middleware(SafeHeaders)], "docs_url": None, "redoc_url": None},
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
