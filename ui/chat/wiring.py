"""The components of the page and their event handlers: the gradio side of `session.py` and `actions.py`."""

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from index.ingest.kinds import SUFFIXES
from rag.check import MAX_TEXT
from ui.chat.actions import act, arrived, welcome
from ui.chat.add_sources import add_address, add_files
from ui.chat.answering import answering, stopped
from ui.chat.check_session import check_stopped, checking, checking_file
from ui.chat.check_view import CheckRun
from ui.chat.page_parts import masthead_html, rail_tools_html, read_only_html
from ui.chat.session import Choice, Desk, QuestionQueue, Session, View
from ui.i18n import preferred, words
from ui.server.background_stream import read_in_thread
from ui.server.gradio_access import QUESTIONS
from ui.server.visitor_ids import browser_of

if TYPE_CHECKING:
    import gradio as gr

ONCE = ("reader", "go", "focus", "file")
"""Parts that trigger something when set, also to the same value."""
Views = AsyncGenerator[View | None, None]
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
_QUESTION = _PRIVATE | {"concurrency_id": QUESTIONS}


def layout(desk: Desk) -> SimpleNamespace:
    """Every component of the page, by name; must be called inside the Blocks."""
    import gradio as gr

    say = gr.I18n()  # marks words for the browser to translate; the translations come with launch
    parts = SimpleNamespace()

    def html(name: str, value: str = "", visible: Any = True) -> None:
        script = f"window.onrecord.attach(element, '{name}', trigger, watch);"
        part = gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script, visible=visible)
        setattr(parts, name, part)

    html("masthead", masthead_html(words("en")))
    html("notice")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="shelf"):
            html("tools", rail_tools_html(words("en")))
            html("rail")
        with gr.Column(elem_id="chat"):
            html("head")
            html("welcome")
            html("thread")
            html("answer")
            html("waiting")
            with gr.Column(elem_id="composer"):
                html("scope")
                _question(parts, say)
        with gr.Column(elem_id="archive"):
            if desk.assistant.library.read_only:
                html("locked", read_only_html(words("en")))
            else:
                _adding(parts, say)
            html("adding")
            html("picture")
            html("form")
            html("articles")
        with gr.Column(elem_id="check"):
            _draft(parts, say)
            html("verdicts")
            html("checked")
        with gr.Column(elem_id="side"):
            html("reader")
            html("sources")
    for name in ("go", "focus", "file"):
        html(name, visible="hidden")
    return parts


def _question(parts: SimpleNamespace, say: Any) -> None:
    import gradio as gr

    with gr.Row(elem_id="asking"):
        parts.box = gr.Textbox(
            label=say("placeholder"), show_label=False, placeholder=say("placeholder"), container=False,
            autofocus=True, max_length=2000, max_lines=5, scale=1, elem_id="question",
        )  # fmt: skip
        parts.ask = gr.Button(say("ask"), variant="primary", scale=0, elem_id="ask")
        parts.stop = gr.Button(say("stop"), scale=0, elem_id="stop")


def _adding(parts: SimpleNamespace, say: Any) -> None:
    import gradio as gr

    with gr.Row(elem_id="add"):
        parts.upload = gr.File(
            label=say("add_files"), file_count="multiple", file_types=list(SUFFIXES), elem_id="upload", height=92,
            elem_classes="drop",
        )  # fmt: skip
        with gr.Row(elem_id="from-address"):
            parts.address = gr.Textbox(
                label=say("add_address"), placeholder="https://", max_lines=1, max_length=2000, elem_id="address"
            )
            parts.add = gr.Button(say("add"), scale=0, elem_id="add-address")


def _draft(parts: SimpleNamespace, say: Any) -> None:
    """The inputs for a text to check. One character more than allowed fits in, so that longer texts are refused."""
    import gradio as gr

    parts.draft = gr.Textbox(label=say("check_box"), lines=6, max_lines=16, max_length=MAX_TEXT + 1, elem_id="draft")
    with gr.Row(elem_id="drafting"):
        parts.check_text = gr.Button(say("check_do"), variant="primary", scale=0, elem_id="check-text")
        parts.stop_check = gr.Button(say("stop"), scale=0, elem_id="stop-check")
        parts.draft_file = gr.File(
            label=say("check_file"), elem_id="draft-file", elem_classes="drop", height=56
        )  # Of any type, so that we write the error message.


@dataclass(frozen=True)
class Showing:
    """Turns views into gradio's outputs: the components, and the three states of a session."""

    parts: SimpleNamespace
    session: Any
    choice: Any
    check: Any

    @property
    def held(self) -> list[Any]:
        return [self.session, self.choice, self.check]

    @property
    def shown(self) -> list[Any]:
        left = ("ask", "stop", "add", "upload", "draft", "check_text", "stop_check", "draft_file")
        return [*self.held, *(part for name, part in vars(self.parts).items() if name not in left)]

    def changes(self, view: View, before: Session) -> dict[Any, Any]:
        """Only the changes, since actions run during an answer, and neither may undo the other."""
        import gradio as gr

        parts = vars(self.parts)
        values = {parts[name]: _retriggered(name, html) for name, html in view.parts.items() if name in parts}
        alone = replace(view.session, choice=before.choice, check=before.check)
        changed: dict[Any, Any] = {self.session: view.session} if alone != before else {}
        if view.session.choice != before.choice:
            changed |= {self.choice: view.session.choice}
        if view.session.check is not before.check:
            changed |= {self.check: view.session.check}
        return changed | values or {self.parts.go: gr.skip()}

    def handler(self, views: Callable[[Session, Any], Views]) -> Callable[..., AsyncIterator[Any]]:
        """What gradio calls with the value of one component, and the states."""
        import gradio as gr

        async def handle(
            sent: Any, talk: Session, chosen: Choice, checked: CheckRun | None, request: gr.Request
        ) -> AsyncIterator[Any]:
            now = _whole_session(talk, chosen, checked, request)
            async with aclosing(self.streamed(views(now, sent), now)) as changes:
                async for change in changes:
                    yield change

        return handle

    async def streamed(self, views: Views, before: Session) -> AsyncGenerator[Any, None]:
        """The changes of each view, until the reader has left."""
        async with aclosing(views):
            async for view in views:
                if view is not None:
                    yield self.changes(view, before)
                    before = view.session
                elif _reader_has_left():
                    return


def wire(page: "gr.Blocks", desk: Desk, parts: SimpleNamespace) -> None:
    """Connect the components to their handlers."""
    import gradio as gr

    showing = Showing(parts, gr.State(Session()), gr.State(Choice()), gr.State())
    pressable = [part for part in vars(parts).values() if isinstance(part, gr.HTML)]
    _wire_greeting(page, desk, showing)
    _wire_asking(desk, showing, pressable)
    _wire_pressing(desk, showing, pressable)
    _wire_checking(desk, showing)
    if hasattr(parts, "upload"):
        _wire_adding(desk, showing)


def _wire_greeting(page: "gr.Blocks", desk: Desk, showing: Showing) -> None:
    import gradio as gr

    def greet(request: gr.Request) -> dict[Any, Any]:
        here = _new_session(request)
        say = here.say
        view = arrived(desk, here, dict(request.query_params))
        greeting = {"masthead": masthead_html(say), "tools": rail_tools_html(say), "locked": read_only_html(say)}
        greeting["welcome"] = welcome(desk, here)
        arrival = View(view.session, greeting | dict(view.parts))
        return {showing.choice: Choice(), showing.check: None, **showing.changes(arrival, Session())}

    def suggest(request: gr.Request) -> str:
        here = _new_session(request)
        if desk.suggestions:
            desk.suggestions.find(desk.assistant, here.language)
        return welcome(desk, here)

    page.load(greet, outputs=showing.shown, queue=False, api_visibility="private", show_progress="hidden")
    if desk.suggestions:
        page.load(suggest, outputs=showing.parts.welcome, queue=False, api_visibility="private", show_progress="hidden")


def _wire_asking(desk: Desk, showing: Showing, pressable: Sequence[Any]) -> None:
    """Questions from the box, and those that are pressed: suggestions, an edited one."""
    import gradio as gr

    parts = showing.parts

    answer = showing.handler(lambda now, question: answering(desk, now, question))

    async def answer_pressed(
        talk: Session, chosen: Choice, checked: CheckRun | None, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Any]:
        sent, now = _sent(event), _whole_session(talk, chosen, checked, request)
        views = answering(desk, now, str(sent.get("question", "")), str(sent.get("replacing", "")))
        async with aclosing(showing.streamed(views, now)) as changes:
            async for change in changes:
                yield change

    gr.on(
        [parts.box.submit, parts.ask.click],
        answer,
        inputs=[parts.box, *showing.held],
        outputs=showing.shown,
        **_QUESTION,
    )
    gr.on([part.submit for part in pressable], answer_pressed, inputs=showing.held, outputs=showing.shown, **_QUESTION)


def _wire_pressing(desk: Desk, showing: Showing, pressable: Sequence[Any]) -> None:
    """Stopping goes through `Session.run`, not gradio's `cancels`: those wait for the step under way with a lock held that
    every other reader's answer needs."""
    import gradio as gr

    def press(
        talk: Session, chosen: Choice, checked: CheckRun | None, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        before = _whole_session(talk, chosen, checked, request)
        return showing.changes(act(desk, before, _sent(event)), before)

    def stop(talk: Session, chosen: Choice, checked: CheckRun | None, request: gr.Request) -> dict[Any, Any]:
        before = _whole_session(talk, chosen, checked, request)
        return showing.changes(stopped(desk, before), before)

    def stop_check(talk: Session, chosen: Choice, checked: CheckRun | None, request: gr.Request) -> dict[Any, Any]:
        before = _whole_session(talk, chosen, checked, request)
        return showing.changes(check_stopped(before), before)

    at_once: dict[str, Any] = {"inputs": showing.held, "outputs": showing.shown, "queue": False, **_PRIVATE}
    gr.on([part.select for part in pressable], press, **at_once)
    showing.parts.stop.click(stop, **at_once)
    showing.parts.stop_check.click(stop_check, **at_once)


def _wire_checking(desk: Desk, showing: Showing) -> None:
    """A pasted text or a dropped file, held against the archive."""
    import gradio as gr

    parts = showing.parts
    check_text = showing.handler(lambda now, text: checking(desk, now, text or ""))
    check_file = showing.handler(lambda now, path: checking_file(desk, now, path))
    typed = [parts.draft.submit, parts.check_text.click]
    gr.on(typed, check_text, inputs=[parts.draft, *showing.held], outputs=showing.shown, **_PRIVATE)
    dropped = parts.draft_file.upload(
        check_file, inputs=[parts.draft_file, *showing.held], outputs=showing.shown, **_PRIVATE
    )
    dropped.then(lambda: None, outputs=parts.draft_file, **_PRIVATE)  # See `_wire_adding`.


def _wire_adding(desk: Desk, showing: Showing) -> None:
    import gradio as gr

    parts = showing.parts

    upload = showing.handler(lambda now, paths: read_in_thread(add_files(desk, now, paths or [])))
    add = showing.handler(lambda now, address: read_in_thread(add_address(desk, now, address)))

    # Cleared by a step of its own: where a File is among the outputs but left as it is, the browser applies none of them.
    uploaded = parts.upload.upload(upload, inputs=[parts.upload, *showing.held], outputs=showing.shown, **_PRIVATE)
    uploaded.then(lambda: None, outputs=parts.upload, **_PRIVATE)
    typed = [parts.address.submit, parts.add.click]
    gr.on(typed, add, inputs=[parts.address, *showing.held], outputs=showing.shown, **_PRIVATE)


def _whole_session(session: Session, choice: Choice, check: CheckRun | None, request: "gr.Request") -> Session:
    """The session with its choice and check; a new one by the request if gradio has dropped the state."""
    return replace(session if session.owner else _new_session(request), choice=choice, check=check)


def _new_session(request: "gr.Request") -> Session:
    return Session(_owner(request), preferred(request.headers.get("accept-language", "")), line=QuestionQueue())


def _reader_has_left() -> bool:
    """Whether the reader of this event has disconnected, which gradio checks only between two steps."""
    from gradio.context import LocalContext

    page, event = LocalContext.blocks.get(), LocalContext.event_id.get()
    events = page._queue.event_ids_to_events if page else {}
    return event not in events or not events[event].alive


def _sent(event: "gr.EventData") -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _retriggered(name: str, html: str) -> str:
    return f"{html}<!-- {secrets.token_hex(4)} -->" if html and name in ONCE else html


def _owner(request: "gr.Request") -> str:
    """The owner by the browser's cookie; without one, a random owner."""
    return f"reader:{(request.request and browser_of(request.request.scope)) or secrets.token_urlsafe(24)}"
