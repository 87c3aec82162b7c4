"""A question in, a checked answer out. Knows nothing of files, pages or question sets."""

from typing import TYPE_CHECKING, Any

from rag.answer import Answer, Citation, Claim, Status
from rag.events import ClaimReady, Event, Evidence, Finished, NeedsModel, Searched, Waiting, Working

if TYPE_CHECKING:
    from rag.assistant import Assistant, Conversation, open_assistant
    from rag.check import Check, CheckedSentence

__all__ = [
    "Answer",
    "Assistant",
    "Check",
    "CheckedSentence",
    "Citation",
    "Claim",
    "ClaimReady",
    "Conversation",
    "Event",
    "Evidence",
    "Finished",
    "NeedsModel",
    "Searched",
    "Status",
    "Waiting",
    "Working",
    "open_assistant",
]


def __getattr__(name: str) -> Any:
    # The assistant brings LlamaIndex with it, which takes seconds to import: only who opens one pays for it.
    if name in {"Assistant", "Conversation", "open_assistant"}:
        from rag import assistant

        return getattr(assistant, name)
    if name in {"Check", "CheckedSentence"}:
        from rag import check

        return getattr(check, name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
