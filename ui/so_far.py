"""What can be shown of an answer in the making, alike in the page and the terminal."""

from dataclasses import dataclass, replace

from rag.answer import Citation
from rag.events import ClaimReady, Event, Evidence, Searched, Waiting, Working


@dataclass(frozen=True)
class SoFar:
    """`text` holds the claims that were checked, `question` the question as it was understood; `doing` is the stage."""

    question: str = ""
    language: str = "en"
    evidence: tuple[Citation, ...] = ()
    text: str = ""
    doing: Waiting | str = "searching"

    def after(self, event: Event) -> "SoFar":
        match event:
            case Searched():
                return replace(self, question=event.question, language=event.language)
            case Evidence():
                return replace(self, evidence=event.citations, doing="reading")
            case ClaimReady():
                return replace(self, text=event.text, doing="writing")
            case Working():
                return replace(self, doing=event.stage)
            case Waiting():
                return replace(self, doing=event)
        return self
