"""The web page, and the one home of gradio: wiring between what `ui.render` draws and what the assistant says.

Everything that belongs to one reader lives in gradio's session state as an immutable `Session`; nothing is kept on
the module or shared between readers. All HTML comes from `ui.render`.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from index.errors import SettingsError
from ui import render
from ui.endpoints import publish
from ui.guard import LOOPBACK, Guard, Rules
from ui.knocking import Knocking
from ui.session import Session, View, answering, renewed, stopped
from ui.shared import SharedAssistant
from ui.words import WORDS, preferred, words

if TYPE_CHECKING:
    import gradio as gr

    from rag.assistant import Assistant

EXAMPLES = (
    "How long was the Roadster delayed?",
    "Combien de temps la Roadster a-t-elle été retardée ?",
    "In which year was the Roadster unveiled?",
    "How much did Altman pay?",
)
FOLLOW_MARKERS = """
element.addEventListener('click', (event) => {
    const marker = event.target.closest('a.marker');
    const card = marker && document.getElementById(marker.getAttribute('href').slice(1));
    if (!card) return;
    event.preventDefault();
    card.focus({preventScroll: true});
    card.scrollIntoView({block: 'nearest'});
});
"""
"""Markers lead to their cards by script: under a `base` address a plain `#fragment` can reload the page."""


def serve(assistant: "Assistant", rules: Rules | None = None, port: int = 7860) -> None:
    """Serve the page, print its address, and return once the process is asked to stop (Ctrl-C or SIGTERM)."""
    stop = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        with open_page(assistant, rules, port) as address:
            print(f"onrecord is at {address}", flush=True)
            threading.Thread(target=assistant.warm_up, name="warm-up", daemon=True).start()
            stop.wait()
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextmanager
def open_page(
    assistant: "Assistant", rules: Rules | None = None, port: int = 7860, examples: Sequence[str] = EXAMPLES
) -> Iterator[str]:
    """The page, its endpoints and those under /v1, served while the context is open; gives its address."""
    rules, shared = rules or Rules(), SharedAssistant(assistant)
    page = build_page(shared, examples)
    try:
        page.launch(server_name=rules.host, server_port=port, **_launch_settings(shared, rules))
    except OSError as error:
        raise SettingsError(f"port {port} on {rules.host} cannot be used; choose another with --port") from error
    try:
        yield f"http://{f'[{rules.host}]' if ':' in rules.host else rules.host}:{port}"
    finally:
        page.close(verbose=False)


def build_page(assistant: SharedAssistant, examples: Sequence[str] = EXAMPLES) -> "gr.Blocks":
    """The page as gradio Blocks; only the endpoints of `ui.endpoints` are public."""
    _keep_gradio_home()
    import gradio as gr

    page = gr.Blocks(title="onrecord", analytics_enabled=False, delete_cache=(600, 3_600))
    with page:
        session = gr.State(Session())
        parts = _layout(examples, len(assistant.library.articles()))
        _wire(page, assistant, session, parts)
        publish(assistant)
    page.queue(max_size=None, default_concurrency_limit=None)  # ui.turns says who waits and who is turned away.
    return page


def _layout(examples: Sequence[str], count: int) -> SimpleNamespace:
    """Every component of the page, by name; must be called inside the Blocks."""
    import gradio as gr

    say = gr.I18n()  # marks words for the browser to translate; the translations come with launch
    plain: dict[str, Any] = {"apply_default_css": False, "js_on_load": FOLLOW_MARKERS}
    parts = SimpleNamespace()
    with gr.Row(elem_id="masthead"):
        gr.HTML("<h1>onrecord</h1>", elem_id="name", **plain)
        parts.new = gr.Button(say("new"), size="sm", visible=False, elem_id="new")
    with gr.Row(elem_id="asking"):
        parts.box = gr.Textbox(
            label=say("placeholder"), show_label=False, placeholder=say("placeholder"), container=False, autofocus=True,
            max_length=2000, max_lines=5, scale=1, elem_id="question",
        )  # fmt: skip
        parts.ask = gr.Button(say("ask"), variant="primary", scale=0, elem_id="ask")
        parts.stop = gr.Button(say("stop"), visible=False, scale=0, elem_id="stop")
    with gr.Column(elem_id="welcome") as parts.welcome:
        parts.library = gr.HTML(render.library_html(count, words("en")), elem_id="library", **plain)
        with gr.Column(elem_id="tries", visible=count > 0) as parts.tries:
            parts.examples = [gr.Button(text, size="sm", elem_classes="example") for text in examples]
    with gr.Row(elem_id="now", visible=False) as parts.now:
        parts.answer = gr.HTML(elem_id="answer", **plain)
        parts.sources = gr.HTML(elem_id="sources", **plain)
    parts.earlier = gr.HTML(elem_id="earlier", **plain)
    return parts


def _wire(page: "gr.Blocks", assistant: SharedAssistant, session: "gr.State", parts: SimpleNamespace) -> None:
    """What each component does. Stopping goes through `Session.run`, not gradio's `cancels`: those wait for the step
    under way with a lock held that every other reader's answer needs."""
    import gradio as gr

    def show(view: View) -> dict[Any, Any]:
        working, started = bool(view.session.question), bool(view.session.question or view.session.turns)
        texts = ("answer", "sources", "earlier", "box")
        return {
            session: view.session,
            parts.ask: gr.update(visible=not working),
            parts.stop: gr.update(visible=working),
            parts.new: gr.update(visible=started and not working),
            parts.welcome: gr.update(visible=not started),
            parts.now: gr.update(visible=started),
        } | {getattr(parts, name): text for name in texts if (text := getattr(view, name)) is not None}

    def greet(request: gr.Request) -> dict[Any, Any]:
        language = preferred(request.headers.get("accept-language", ""))
        count = len(assistant.library.articles())
        greeting = render.library_html(count, words(language))
        return {session: Session(language), parts.library: greeting, parts.tries: gr.update(visible=count > 0)}

    def answer(question: str, current: Session, request: gr.Request) -> Iterator[Any]:
        if not question.strip():
            yield gr.skip()  # a generator that yields nothing would blank every output
            return
        with closing(answering(assistant.seat(request.session_hash or ""), current, question)) as views:
            yield from map(show, views)

    def stop(current: Session) -> dict[Any, Any]:
        return show(stopped(assistant, current))

    def renew(current: Session) -> dict[Any, Any]:
        return show(renewed(current))

    shown = [session, *(part for name, part in vars(parts).items() if name not in ("examples", "library", "tries"))]
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    asking: dict[str, Any] = {"outputs": shown, "trigger_mode": "multiple"} | private
    page.load(greet, outputs=[session, parts.library, parts.tries], queue=False, **private)
    gr.on([parts.box.submit, parts.ask.click], answer, inputs=[parts.box, session], **asking)
    for example in parts.examples:
        example.click(answer, inputs=[example, session], **asking)
    parts.stop.click(stop, inputs=session, outputs=shown, queue=False, **private)
    parts.new.click(renew, inputs=session, outputs=shown, queue=False, **private)


def _keep_gradio_home() -> None:
    """Must run before gradio is imported: it would call its makers and Hugging Face, and itself through a proxy."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "100"  # It keeps notes of every call in memory; nobody reads them.
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["no_proxy"] = ",".join([*filter(None, [direct]), *LOOPBACK])  # it asks itself whether it has started


def _launch_settings(assistant: SharedAssistant, rules: Rules) -> dict[str, Any]:
    import gradio as gr
    from starlette.middleware import Middleware

    from ui.headers import SafeHeaders
    from ui.openai_api import routes

    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"]
    controls = ("placeholder", "ask", "stop", "new")
    spoken = {language: {name: table[name] for name in controls} for language, table in WORDS.items()}
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return {
        "theme": gr.themes.Base(font=sans, font_mono=["ui-monospace", "monospace"]),
        "head": f"<style>{style}</style>",
        "i18n": gr.I18n(**spoken),
        "app_kwargs": {
            "middleware": [
                Middleware(SafeHeaders),
                Middleware(Guard, rules),
                Middleware(Knocking, assistant.turns),
            ],
            "routes": routes(assistant),
            "docs_url": None,
            "redoc_url": None,
        },
        "max_threads": 2
        * (assistant.turns.at_once + assistant.turns.room),  # More than may wait: the others are told so.
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
