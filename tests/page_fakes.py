"""A scripted assistant over two small articles, for testing the page without models."""

import re
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.articles import Article, content_id
from index.errors import ModelUnavailableError, UnknownArticleError
from index.ingest.sources import SourceFailure
from index.store.adding import Progress
from index.store.article_list import Holdings
from index.store.database import Database
from index.store.storing import Report
from index.text.chunks import chunks_of, embedded_text
from index.text.sentences import sentences_of
from rag.answer import Answer, Citation, Claim, Models, Timings
from rag.check import Check, CheckedSentence, spans_of
from rag.events import ClaimReady, Evidence, Finished, NeedsModel, Searched, Working
from rag.events import finished as answer_of

ENGLISH = Article(
    id="en1",
    title="Tesla Roadster Drama Reveals Deeper Tech Industry Rifts",
    text=(
        "Musk and Altman argue again.\n\n"
        "Altman shared email evidence from July 2018 confirming a $45,000 payment for the next-generation Roadster, "
        "along with subsequent screenshots showing his refund request. The dispute comes as the Roadster remains in "
        "“design development” nearly 7.5 years after its initial unveiling, with Musk recently promising “crazy "
        "technology” on the Joe Rogan Experience podcast. This public exchange reveals ongoing tensions.\n\n"
        "Beyond the Refund: A Proxy War"
    ),
    language="en",
    origin="en.txt",
    publisher="Business Insider",
    author="A. Reporter",
    url="https://example.org/roadster?a=1&b=2",
    published="2025-11-02",
)
FRENCH = Article(
    id="fr1",
    title="Musk et Altman se disputent au sujet d’une voiture",
    text=(
        "Altman a partagé une série de captures d’écran. Il a publié un e-mail confirmant un paiement de 45 000 "
        "dollars effectué en 2018, suivi de messages demandant un remboursement de 50 000 dollars.\n"
        "La Tesla Roadster, dévoilée pour la première fois en 2017, a été présentée comme “la voiture de série la plus "
        "rapide jamais fabriquée”. Pourtant, le modèle est toujours en développement."
    ),
    language="fr",
    origin="fr.txt",
    publisher="La Gazette",
    published="2025-11-03",
)
HOSTILE = Article(
    id="bad",
    title="<img src=https://evil.example/title.png onerror=alert(1)>",
    text=(
        "First. ![x](https://evil.example/?d=1) [y][r] <svg onload=fetch('https://evil.example/svg')> "
        "<img srcset='https://evil.example/set.png 1x'> {{value}} ${alert(2)} <style>body{background:url("
        "https://evil.example/css)}</style> <a href=javascript:alert(3)>go</a>\n[r]: https://evil.example/ref"
    ),
    language="en",
    origin="bad.html",
    publisher="<script>fetch('https://evil.example/publisher')</script>",
    url="javascript:alert(4)",
    published="<b>today</b>",
)

DELAY_EN = "How long was the Roadster delayed?"
DELAY_FR = "Combien de temps la Roadster a-t-elle été retardée ?"
YEAR_EN = "In which year was the Roadster unveiled?"
PAID = "How much did Altman pay?"
FORD = "Who is the CEO of Ford?"
HACK = "What does <img src=https://evil.example/question.png onerror=alert(5)> say?"


def cite(article: Article, quote: str, marker: int = 0) -> Citation:
    """A true citation of this quote."""
    start = article.text.index(quote)
    return Citation(
        marker, article.id, article.title, article.publisher, article.author, article.url, article.published,
        article.language, quote, start, start + len(quote),
    )  # fmt: skip


UNVEILED = cite(FRENCH, FRENCH.text[FRENCH.text.index("La Tesla") : FRENCH.text.index(" Pourtant")], 1)
DELAYED = cite(ENGLISH, ENGLISH.text[ENGLISH.text.index("The dispute") : ENGLISH.text.index(" This public")], 1)
PAYMENT_EN = cite(ENGLISH, ENGLISH.text[ENGLISH.text.index("Altman shared") : ENGLISH.text.index(" The dispute")], 1)
PAYMENT_FR = cite(FRENCH, FRENCH.text[FRENCH.text.index("Il a publié") : FRENCH.text.index("\nLa Tesla")], 2)
CHECKED = {"45,000": ("supported", (PAYMENT_EN, PAYMENT_FR)), "2016": ("contradicted", (replace(UNVEILED, marker=3),))}
"""The verdict on a sentence that has the word, and what it cites."""
NEAR = (replace(DELAYED, marker=0), replace(UNVEILED, marker=0))


def finished(question, text, citations, status="answered", language="en", **changes):
    """A finished answer of one claim; `changes` are other fields of it."""
    claims = (Claim(text, 0, len(text), tuple(c.marker for c in citations), True),) if citations else ()
    return Answer(
        question=question, standalone_question=question, language=language, status=status, text=text,
        models=Models("scripted-1.5b", "scripted-e5"), claims=claims, citations=tuple(citations),
        timings=Timings(0.04, 0.05, 2.1, 8.34), **changes,
    )  # fmt: skip


def composed(question, form, *claims, opening="", closing="", between=" ", **changes):
    """An answer of several claims: (text, markers, fields of the claim). It cites all that the two reports say."""
    cited = (PAYMENT_EN, replace(PAYMENT_FR, marker=2), replace(DELAYED, marker=3), replace(UNVEILED, marker=4))
    text, made = opening, []
    for n, (said, markers, about) in enumerate(claims):
        text += between if n or opening else ""
        marked = f"{said} {''.join(f'[{marker}]' for marker in markers)}."
        made.append(Claim(marked, len(text), len(text) + len(marked), markers, True, **about))
        text += marked
    used = {marker for _, markers, _ in claims for marker in markers}
    cards = [card for card in cited if card.marker in used]
    answer = finished(question, text + closing, cards, **changes)
    return replace(answer, claims=tuple(made), form=form, as_of="2025-11-03")


FORMS = {
    "timeline": composed(
        "What happened around the Roadster, in order?", "timeline",
        ("Altman paid $45,000", (1,), {"date": "2018-07"}), ("The dispute became public", (3,), {"date": "2025-11-02"}),
        ("The Roadster was unveiled", (4,), {"date": "2017-11-16"}),
        closing=" When it will be sold is open.", open=("When it will be sold", "what it will cost"),
    ),
    "comparison": composed(
        "Compare what the two papers say of the refund.", "comparison",
        ("Its screenshots show a refund request", (1,), {"group": "Business Insider"}),
        ("It tells of a dispute", (3,), {"group": "Business Insider"}),
        ("It has a refund of 50,000 dollars", (2,), {"group": "La Gazette"}),
        notices=("A correction of the French article was published.",),
    ),
    "positions": composed(
        "Who says what about the delay?", "positions", ("The technology is crazy", (3,), {"speaker": "Elon Musk"}),
        ("He paid and wants it back", (1, 2), {"speaker": "Sam Altman"}),
    ),
    "list": composed(
        "Which sums are named?", "list", ("$45,000 were paid", (1,), {}), ("50,000 dollars were asked back", (2,), {}),
        opening="Two sums:",
    ),
    "summary": composed(
        "Sum up the dispute.", "summary", ("Altman paid $45,000", (1,), {"group": "The order"}),
        ("He asked for his money", (2,), {"group": "The order"}), ("The car is late", (3,), {"group": "The car"}),
    ),
}  # fmt: skip
"""An answer of each form that is laid out, by form."""


def answers():
    """The finished answer to each question of the script."""
    return [
        finished(DELAY_EN, "The Roadster is still in development nearly 7.5 years after its unveiling [1].", [DELAYED]),
        finished(
            DELAY_FR, "La Roadster a été retardée de près de sept ans et demi [1].", [DELAYED], "answered", "fr"
        ),
        finished(YEAR_EN, "It was unveiled for the first time in 2017 [1].", [UNVEILED]),
        finished(
            PAID,
            "An email of July 2018 confirms a payment of $45,000 [1]. The French report agrees on the payment, but "
            "says that Altman asked for $50,000 back [2].",
            [PAYMENT_EN, PAYMENT_FR],
            "conflict",
        ),
        finished(FORD, "The articles do not say who the CEO of Ford is.", [], "not_found", closest=NEAR),
        finished(HACK, "It says <img src=https://evil.example/model.png> ![m](https://evil.example/md) [1].",
                 [cite(HOSTILE, HOSTILE.text[7:], 1)]),
        *FORMS.values(),
    ]  # fmt: skip


def holdings_of(articles):
    """What a library of these articles holds, without making one."""
    days = [found[0] if (found := re.match(r"\d{4}-\d\d-\d\d", a.published or "")) else "" for a in articles]
    return Holdings(
        tuple((day[:7], a.publisher, a.language, 1, day, day) for day, a in zip(days, articles, strict=True))
    )


class ScriptedLibrary:
    """Articles in memory; adding "reads" text files, a line that says so being a failure."""

    def __init__(self, articles, read_only=False):
        self._articles = {article.id: article for article in articles}
        self._place = tempfile.TemporaryDirectory(prefix="onrecord-page-")  # Gone with the library.
        self.folder = Path(self._place.name)
        self.read_only = read_only
        self._kept = None

    def occurs(self, word):
        return any(word.casefold() in article.text.casefold() for article in self._articles.values())

    def sentences(self, article):
        return list(sentences_of(article))

    def add(self, sources, on_progress=None, pace=None):
        added, failed = [], []
        for source in sources:
            path = Path(source)
            text = path.read_text("utf-8") if path.exists() else ""
            if not text.strip():
                failed.append(SourceFailure(str(source), "the file is empty; remove it or save it again"))
                continue
            article = Article(content_id(text), text.split("\n")[0], text, "en", str(path), publisher="Uploaded")
            self._articles[article.id] = article
            added.append(article.id)
            if on_progress:
                on_progress(Progress(article.title))
        return Report(added=tuple(added), failed=tuple(failed))

    def current(self, id):
        return self.article(id).id

    def versions(self, id):
        return []

    def remove(self, ids, reason=""):
        for article_id in ids:
            del self._articles[article_id]

    def articles(self):
        return list(self._articles.values())

    def _database(self):
        """The articles as a library keeps them; nothing of their vectors."""
        if self._kept is None or self._kept[0] != tuple(self._articles):
            database = Database(Path(tempfile.mkdtemp(dir=self.folder)) / "library.db", read_only=False)
            database._connection.execute("PRAGMA synchronous = OFF")
            for article in self.articles():
                sentences = sentences_of(article)
                chunks = chunks_of(article, sentences)
                texts = [embedded_text(article, chunk) for chunk in chunks]
                database.put(article, sentences, chunks, texts, np.zeros((len(chunks), 2), np.float32))
            self._kept = tuple(self._articles), database
        return self._kept[1]

    def listed(self, wanted, limit):
        return self._database().listed(wanted, limit)

    def count(self, wanted):
        return self._database().count(wanted)

    def newest(self, n):
        return self._database().newest(n)

    def holdings(self):
        return self._database().holdings()

    def article(self, article_id):
        if article_id not in self._articles:
            raise UnknownArticleError(f"no article has the id {article_id!r}")
        return self._articles[article_id]


class ScriptedAssistant:
    """Streams evidence, then the answer's words as if each were a claim, then the scripted answer; a question outside the
    script is a model error.

    With a `gate`, every event that shows something waits for one release of it. `cut` is set when a stream is closed before
    its end; `asked` holds each question with its history.
    """

    def __init__(self, articles=(ENGLISH, FRENCH, HOSTILE), gate=None, read_only=False):
        self.library = ScriptedLibrary(articles, read_only)
        self.script = {answer.question: answer for answer in answers()}
        self.gate: threading.Semaphore | None = gate
        self.asked = []
        self.cut = threading.Event()
        self.llm = "scripted"

    def warm_up(self):
        """Nothing to load."""

    def translated(self, answer):
        cards = [replace(card, translation=f"In {answer.language}: {card.quote[:20]}") for card in answer.citations]
        return replace(answer, citations=tuple(cards))

    def ask(self, question, history=()):
        return answer_of(self.stream(question, history))

    def stream(self, question, history=(), articles=None, filter=None, today=None):
        self.asked.append((question, tuple(history), *([tuple(articles)] if articles else [])))
        try:
            for event in self._steps(question):
                if self.gate is not None and not isinstance(event, Searched | NeedsModel):
                    self.gate.acquire()
                yield event
        except GeneratorExit:
            self.cut.set()
            raise

    def checking(self, text, filter=None):
        """A sentence with a scripted word has its verdict and citations; a question has no claim; others are not found."""
        done = []
        try:
            for span in spans_of(text):
                said = text[span.start : span.end]
                if self.gate is not None:
                    self.gate.acquire()
                verdict, cards = next((held for word, held in CHECKED.items() if word in said), ("not_found", ()))
                if said.endswith("?"):
                    verdict = "no_claim"
                done.append(CheckedSentence(said, span.start, span.end, verdict, 0.9, cards))
                yield done[-1]
            yield Check(tuple(done), "2025-11-03", Timings(), Models("none", "scripted-e5", "scripted"))
        except GeneratorExit:
            self.cut.set()
            raise

    def _steps(self, question):
        if question == "Break yourself":
            raise RuntimeError("a bug")
        if question not in self.script:
            raise ModelUnavailableError("the model at 'http://127.0.0.1:9' gave no reply in 60 s; is it running?")
        answer = self.script[question]
        evidence = tuple(replace(citation, marker=0) for citation in answer.citations) or answer.closest
        yield Searched(question, answer.language, None)
        yield Evidence(evidence)
        yield NeedsModel()
        words = answer.text.split(" ")
        for n in range(1, len(words) + 1):
            text = " ".join(words[:n])
            yield ClaimReady(Claim(text, 0, len(text), (), True), (), text)
        yield Working("checking")
        yield Finished(answer)
