"""Stand-ins for the evaluation: engines that say what they are told, and answers that rest on real articles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from eval.cases import Case
from eval.reply_records import Found, Reply
from index.articles import Article
from rag.answer import Answer, Citation, Claim, Models, Status, Timings, Usage

ARTICLES = (
    Article(
        "roadster",
        "Musk's Roadster is late",
        "Sam Altman paid $45,000 for a Roadster in July 2018. He waited 7.5 years. Tesla has not delivered the car.",
        "en",
        "/news/roadster.en.txt",
        publisher="The Daily",
    ),
    Article(
        "fusee",
        "La fusée attend",
        "La fusée devait partir le 4 mars 2024. Le tir a été annulé à cause du vent. Il a coûté 12 millions d'euros.",
        "fr",
        "/news/corpus.jsonl#fusee",
    ),
)


def citation(marker: int, article: Article, quote: str) -> Citation:
    """A true citation: the quote where it stands in the article."""
    start = article.text.index(quote)
    return Citation(
        marker, article.id, article.title, article.publisher, article.author, article.url, article.published,
        article.language, quote, start, start + len(quote),
    )  # fmt: skip


def answer(text: str, *citations: Citation, status: Status = "answered", question: str = "?") -> Answer:
    claims = (Claim(text, 0, len(text), tuple(c.marker for c in citations), True),) if citations else ()
    return Answer(
        question, question, "en", status, text, Models("scripted", "words"), claims, citations,
        usage=Usage(100, 10), timings=Timings(0.01, 0.02, 0.3, 1.5),
    )  # fmt: skip


def found(article: Article, quote: str, similarity: float = 0.9) -> Found:
    start = article.text.index(quote)
    return Found(article.id, start, start + len(quote), similarity)


@dataclass
class ScriptedEngine:
    """Answers as `reply` says and remembers what it was asked; a reply that is an exception is raised."""

    name: str
    reply: Callable[[Case], Reply | Exception]
    settings: Mapping[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, case: Case) -> Reply:
        self.asked.append(case.id)
        said = self.reply(case)
        if isinstance(said, Exception):
            raise said
        return said
