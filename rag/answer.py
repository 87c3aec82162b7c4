"""What a question gets: an Answer, the one type that the page, the terminal, Python and the evaluation share."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from index.filters import Filter

Form = Literal["fact", "yesno", "list", "count", "why", "comparison", "timeline", "positions", "summary"]
FORMS: tuple[Form, ...] = get_args(Form)
Status = Literal["answered", "partial", "conflict", "not_found"]


@dataclass(frozen=True)
class Citation:
    """A passage of a stored article: `article.text[start:end] == quote`. Marker 0 means not cited (see `closest`).

    `span` are the words of the quote that answer, as offsets in the article's text. `also_in` holds the ids of the
    articles that are copies of this one and have the passage as well. `translation` is a model's rendering of the quote,
    where one was asked for: not a quote, and nothing rests on it.
    """

    marker: int
    article_id: str
    title: str
    publisher: str | None
    author: str | None
    url: str | None
    published: str | None
    language: str
    quote: str
    start: int
    end: int
    span: tuple[int, int] | None = None
    also_in: tuple[str, ...] = ()
    translation: str | None = None


@dataclass(frozen=True)
class Claim:
    """One statement of the answer: `answer.text[start:end] == text`, resting on the citations with these markers.

    `support` is the probability that they support it. `speaker` is whose statement it is, `opinion` whether it is one;
    `group` is the heading it stands under, `date` the day (ISO) of the event it tells. Each only where it is known.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    supported: bool
    support: float = 1.0
    speaker: str | None = None
    opinion: bool = False
    group: str | None = None
    date: str | None = None


@dataclass(frozen=True)
class Usage:
    """Tokens that the language model read and wrote; `cost_usd` is None where no price is known."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        costs = [cost for cost in (self.cost_usd, other.cost_usd) if cost is not None]
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            sum(costs) if costs else None,
        )


@dataclass(frozen=True)
class Timings:
    """Seconds since the question was asked; 0.0 for what has not happened (no model call: no first token)."""

    retrieve_s: float = 0.0
    first_evidence_s: float = 0.0
    first_token_s: float = 0.0
    total_s: float = 0.0


@dataclass(frozen=True)
class Models:
    """The names of the models that made the answer."""

    llm: str
    embedding: str
    reader: str = ""


@dataclass(frozen=True)
class Interpretation:
    """How an ambiguous question was understood, and its other readings as questions. JSON calls the first `as`."""

    understood_as: str | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A finished answer and what it rests on.

    Every marker in `text` has exactly one citation and every citation's marker stands in `text`;
    `not_found` has neither claims nor citations and offers the nearest passages in `closest`; `conflict` cites at least
    two differing statements. `filter` is what the articles had to meet, given or read from the question, if it left any
    out.

    `confidence` is the calibrated probability, 0 to 1, that the answer is right; of `not_found`, that the articles do
    not say. `reading` tells how an ambiguous question was understood. `open` holds the parts of the question that the
    articles leave open, `as_of` the date of the newest article cited, `answered_at` when the answer was finished (UTC).
    """

    question: str
    standalone_question: str
    language: str
    status: Status
    text: str
    models: Models
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    closest: tuple[Citation, ...] = ()
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)
    filter: Filter | None = None
    confidence: float = 0.0
    form: Form = "fact"
    reading: Interpretation = field(default_factory=Interpretation)
    open: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    as_of: str | None = None
    answered_at: str = ""

    def to_json(self) -> str:
        """The answer as one line of JSON, in the documented order of fields."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_dict(self) -> dict[str, object]:
        """The answer as plain values; `also_in`, `translation` and `filter` only where they say something."""
        values = asdict(self)
        without_empty((*values["citations"], *values["closest"]))
        values["reading"] = {"as": self.reading.understood_as, "others": self.reading.others}
        return {name: values[name] for name in _ORDER} | ({"filter": values["filter"]} if self.filter else {})


_ORDER = (
    "question", "standalone_question", "language", "status", "confidence", "form", "reading", "text", "claims",
    "citations", "open", "notices", "as_of", "closest", "usage", "timings", "answered_at", "models",
)  # fmt: skip


def without_empty(citations: Iterable[dict[str, Any]]) -> None:
    """Take `also_in` and `translation` out of citations where they say nothing."""
    for citation in citations:
        for name in ("also_in", "translation"):
            if not citation[name]:
                del citation[name]


def answer_from_dict(values: Mapping[str, Any]) -> Answer:
    """The inverse of `Answer.to_dict`, for answers that were kept as JSON."""
    return Answer(
        **{name: values[name] for name in ("question", "standalone_question", "language", "status", "text")},
        claims=tuple(Claim(**{**claim, "citations": tuple(claim["citations"])}) for claim in values["claims"]),
        citations=tuple(map(_citation, values["citations"])),
        closest=tuple(map(_citation, values["closest"])),
        usage=Usage(**values["usage"]),
        timings=Timings(**values["timings"]),
        models=Models(**values["models"]),
        filter=_filter(values.get("filter")),
        confidence=values.get("confidence", 0.0),
        form=values.get("form", "fact"),
        reading=_interpretation(values.get("reading")),
        open=tuple(values.get("open", ())),
        notices=tuple(values.get("notices", ())),
        as_of=values.get("as_of"),
        answered_at=values.get("answered_at", ""),
    )


def _interpretation(values: Mapping[str, Any] | None) -> Interpretation:
    return Interpretation(values.get("as"), tuple(values.get("others", ()))) if values else Interpretation()


def _citation(values: Mapping[str, Any]) -> Citation:
    span = values.get("span")
    return Citation(**{**values, "span": tuple(span) if span else None, "also_in": tuple(values.get("also_in", ()))})


def _filter(values: Mapping[str, Any] | None) -> Filter | None:
    if values is None:
        return None
    articles = values.get("articles")
    chosen = None if articles is None else tuple(articles)
    return Filter(values["since"], values["until"], tuple(values["sources"]), chosen)
