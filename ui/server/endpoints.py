"""The page's endpoints for programs, by name: ask, search, articles, article. See docs/api.md."""

from collections.abc import Callable
from typing import Any, TypeVar

from index.errors import OnrecordError, QuestionError
from ui.json_values import article_values, for_visitors, hit_values, whole_article_values, without_folders
from ui.server.gradio_access import QUESTIONS
from ui.server.shared_assistant import SharedAssistant

MAX_HITS = 50
T = TypeVar("T")


def publish(assistant: SharedAssistant) -> None:
    """Add the endpoints to the page; must be called inside its Blocks."""
    import gradio as gr
    from gradio.events import api

    def ask(question: str, history: list[str] | None = None, request: gr.Request | None = None) -> dict[str, Any]:
        """The answer to a question, with its citations; `history` holds earlier questions of the conversation."""
        host = request.client.host if request and request.client else ""
        return _with_our_errors(lambda: assistant.seat(f"api {host}").ask(question, tuple(history or ())).to_dict())

    def search(question: str, k: int = 8) -> list[dict[str, Any]]:
        """The k passages that fit a question best, in whatever language, without an answer."""
        return _with_our_errors(lambda: [hit_values(hit) for hit in assistant.library.search(question, checked_k(k))])

    def articles() -> list[dict[str, Any]]:
        """Every article of the library, without its text."""
        return _with_our_errors(
            lambda: [for_visitors(article_values(article)) for article in assistant.library.articles()]
        )

    def article(id: str) -> dict[str, Any]:
        """One article with its text, which the offsets of citations count in, and what cleaning left out."""
        return _with_our_errors(lambda: for_visitors(whole_article_values(assistant.library.article(id))))

    for endpoint in (ask, search, articles, article):
        queue = QUESTIONS if endpoint is ask else None
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=None, concurrency_id=queue)


def checked_k(k: int) -> int:
    if not 1 <= k <= MAX_HITS:
        raise QuestionError(f"k is {k}; ask for 1 to {MAX_HITS} passages.")
    return k


def _with_our_errors(work: Callable[[], T]) -> T:
    """Run `work`; turn our errors into gradio's."""
    import gradio as gr

    try:
        return work()
    except OnrecordError as error:
        raise gr.Error(without_folders(str(error)), print_exception=False) from error
