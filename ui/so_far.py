"""The state of an unfinished answer, for the page and the terminal."""

from dataclasses import dataclass, replace

from rag.answer import Citation
from rag.events import ClaimReady, Event, Evidence, Searched, Waiting, Working


@dataclass(frozen=True)
class SoFar:
    """`text` are the claims checked so far, `question` the standalone question, `doing` the stage."""

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
