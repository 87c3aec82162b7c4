"""Stand-ins for models: a deterministic embedding in which shared words mean likeness, a reader that counts shared words, and
a model that says what it is told."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, MessageRole
from llama_index.core.llms.custom import CustomLLM
from pydantic import PrivateAttr

from index.text.sentences import split
from index.text.terms import query_terms
from rag.answer import Form
from rag.llm.embedded import EmbeddedLLM
from rag.reader.runtime import PassageText, Reading, Span, Thresholds, Verdict

DIMENSION = 256


class WordEmbedding(BaseEmbedding):
    """Each stem of a text adds to one of 256 places, so that texts that share words have a cosine above zero.

    The floor is what every place holds before that. At 1.0 all texts are near each other, as they are to E5: there no
    question is declined for being far from the articles.
    """

    model_name: str = "words-256"
    floor: float = 0.001
    _embedded: list[str] = PrivateAttr(default_factory=list)

    @property
    def embedded(self) -> list[str]:
        """Every text that was embedded for storing."""
        return self._embedded

    def _vector(self, text: str) -> list[float]:
        vector = [self.floor] * DIMENSION
        for term in query_terms(text):
            vector[int(hashlib.md5(term.encode()).hexdigest(), 16) % DIMENSION] += 1.0
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        self._embedded.append(text)
        return self._vector(text)


class ScriptedLLM(CustomLLM):
    """Replies with the queued texts in turn, in pieces of a few characters; `history` holds what it was sent."""

    script: list[str]
    broken_off: bool = False
    _history: list[list[ChatMessage]] = PrivateAttr(default_factory=list)

    @property
    def history(self) -> list[list[ChatMessage]]:
        return self._history

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=True, context_window=4096)

    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        self._history.append(list(messages))
        text = self.script.pop(0)

        def responses() -> Any:
            for at in range(0, len(text), 5):
                said = ChatMessage(role=MessageRole.ASSISTANT, content=text[: at + 5])
                yield ChatResponse(message=said, delta=text[at : at + 5], raw={"choices": [{"finish_reason": None}]})
            if not self.broken_off:
                usage = {"prompt_tokens": 10, "completion_tokens": len(text) // 4}
                raw = {"choices": [{"finish_reason": "stop"}], "usage": usage}
                yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta="", raw=raw)

        return responses()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.script.pop(0))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        yield self.complete(prompt)


class ScriptedEmbeddedLLM(ScriptedLLM, EmbeddedLLM):
    """A ScriptedLLM that passes for the embedded model, and loads nothing."""

    def __init__(self, script: list[str], broken_off: bool = False) -> None:
        CustomLLM.__init__(self, script=script, broken_off=broken_off, path=Path("none"), model_name="scripted")


_WORD = re.compile(r"\w+(?:[.,’'\u202f]\w+)*")
_AMOUNT = re.compile(r"[$€£]?\d+(?:[.,\u00a0\u202f ]?\d+)*%?(?:[ \u00a0](?:million|[^\W\d_]+))?")
_ASKS_AMOUNT = re.compile(
    r"\b(?:how (?:many|much|long|late|old|far)|when|wh(?:ich|at) year|combien|quand|quelle année)\b", re.I
)
_ASKS_YES_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|est-ce|\w+(?: \w+){0,4}-t?-?(?:il|elle))\b",
    re.I,
)
_NEGATION = re.compile(r"\b(?:not|no|never|nobody|nor|ne|pas|jamais|aucun)\b|n['’]t\b|\bn['’]", re.I)
_THRESHOLDS = Thresholds(declined=0.51, doubtful=0.6, supported=0.7, contradicted=0.7, rival=0.6)
Ruling = Literal["supported", "contradicted", "doubtful", "neither"]
_RULINGS = {
    "supported": Verdict(0.96, 0.01, 0.03),
    "contradicted": Verdict(0.02, 0.95, 0.03),
    "doubtful": Verdict(0.45, 0.05, 0.5),
    "neither": Verdict(0.08, 0.02, 0.9),
}


@dataclass
class FakeReader:
    """A reader without weights, the same for the same input.

    It reads in each passage the sentence with most of the question's words, and takes an amount of it, or the longest run of
    words that the question lacks. `answered` is the share of the question's words in the best sentence. A statement is
    supported by evidence that has its words, and contradicted if only its numbers or its negation differ.

    Scripted: by question, `words` (a regular expression) are found in every passage that has them, `answered` is the
    probability, `yes` that of yes (and of no, the rest); by statement, `rulings` decides
    whatever the evidence; by question, `forms` is the form.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    answered: Mapping[str, float] = field(default_factory=dict)
    yes: Mapping[str, float] = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    name: str = "shared words"
    thresholds: Thresholds = _THRESHOLDS
    asked: list[str] = field(default_factory=list)
    held: list[tuple[str, PassageText]] = field(default_factory=list)

    def read(self, question: str, passages: Sequence[PassageText]) -> Reading:
        self.asked.append(question)
        best = [self._best(question, passage.text) for passage in passages]
        alone = tuple(share for share, _, _ in best)
        answered = self.answered.get(question, max(alone, default=0.0))
        weights = [share**6 for share in alone]
        spans = [
            Span(n, start, end, answered * weights[n] / sum(weights))
            for n, (share, start, end) in enumerate(best)
            if share and end > start
        ]
        spans.sort(key=lambda span: -span.probability)
        return Reading(tuple(spans), alone, answered, *self._yes_no(question, spans, passages))

    def form(self, question: str) -> Form:
        return self.forms.get(question) or ("yesno" if _ASKS_YES_NO.match(question) else "fact")

    def verify(self, pairs: Sequence[tuple[str, PassageText]]) -> list[Verdict]:
        self.held += pairs
        return [_RULINGS[self.rulings.get(said) or _ruling(said, evidence)] for said, evidence in pairs]

    def _best(self, question: str, text: str) -> tuple[float, int, int]:
        """The share of the question's words that its best sentence has, and the span of the words that answer."""
        wanted = self.words.get(question)
        if wanted:
            place = re.search(wanted, text)
            return (0.95, *place.span()) if place else (0.0, 0, 0)
        spans = [span for span in split(text) if not span.heading]
        if not spans:
            return 0.0, 0, 0
        at = max(spans, key=lambda span: (_share(question, text[span.start : span.end]), -span.start))
        start, end = _new_words(question, text[at.start : at.end])
        return _share(question, text[at.start : at.end]), at.start + start, at.start + end

    def _yes_no(
        self, question: str, spans: Sequence[Span], passages: Sequence[PassageText]
    ) -> tuple[float, float, float]:
        if question in self.yes:
            return self.yes[question], 1.0 - self.yes[question], 0.0
        if not spans or not _ASKS_YES_NO.match(question):
            return 0.0, 0.0, 1.0
        text = passages[spans[0].passage].text
        said = next(text[s.start : s.end] for s in split(text) if s.start <= spans[0].start < s.end)
        denied = bool(_NEGATION.search(said)) != bool(_NEGATION.search(question))
        return (0.05, 0.9, 0.05) if denied else (0.9, 0.05, 0.05)


def _share(asked: str, text: str) -> float:
    """The share of the content words of one text that another has, in any form."""
    there = frozenset(query_terms(text))
    wanted = [stems for word in _WORD.findall(asked) if (stems := frozenset(query_terms(word)))]
    return sum(bool(stems & there) for stems in wanted) / len(wanted) if wanted else 0.0


def _new_words(question: str, sentence: str) -> tuple[int, int]:
    """An amount where the question asks for one, else the longest run of words that the question lacks."""
    amount = _AMOUNT.search(sentence)
    if amount and _ASKS_AMOUNT.search(question):
        return amount.span()
    known, best, start, end = frozenset(query_terms(question)), (0, 0), 0, 0
    for word in _WORD.finditer(sentence):
        stems = frozenset(query_terms(word[0]))
        if stems & known or word.start() - end > 3:
            start = end = 0
        if stems and not stems & known:
            start, end = (start, word.end()) if end else word.span()
            best = max(best, (start, end), key=lambda span: span[1] - span[0])
    return best


def _ruling(said: str, evidence: PassageText) -> Ruling:
    told = f"{evidence.head} {evidence.text}"
    differ = bool(_NEGATION.search(said)) != bool(_NEGATION.search(evidence.text)) or not _numbers(said) <= _numbers(
        told
    )
    plain = re.sub(r"\d[\d.,\u00a0\u202f ]*", " ", said)
    if re.search(r"\w", plain) and differ:
        return "contradicted" if _share(plain, told) >= 0.75 else "neither"
    return "supported" if _share(said, told) >= 0.85 and len(query_terms(said)) > 2 else "neither"


def _numbers(text: str) -> set[str]:
    return {re.sub(r"\D", "", found) for found in re.findall(r"\d+(?:[.,\u00a0\u202f ]?\d+)*", text)}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)
