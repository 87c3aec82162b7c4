"""Questions to begin with: about the stories that the latest articles tell, and only such as the archive answers."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice

from index.articles import Article
from index.library import Library
from rag.answer import Answer
from rag.assistant import Assistant
from ui.chat.followups import apart, askable, elided
from ui.i18n import words
from ui.layout import layout_of

KINDS = ("timeline", "summary", "fact", "positions", "comparison", "list")
"""The forms of an answer that a name is enough to ask for, one question for each."""
Offers = tuple[tuple[str, str], ...]
"""Forms with a question of each."""
LATE = 40
"""How many of the latest articles the stories are made of."""
BUDGET_S = 20.0
_STORIES, _FEW = 4, 6
_FULLER = 0.75
"""A longer name is the story's if it is in so many of its articles."""
_TRIES = 5
"""Questions of one form that are tried before the form is left out."""
_PROSE = ("fact", "summary")
_PERSON = re.compile(r"([A-ZÀ-Þ][\w’'-]+ [A-ZÀ-Þ][\w’'-]+), (?:\d\d|the|an?|who|les?|la|l['’]|une?|qui|[a-zà-ÿ]{4,})\b")


@dataclass(frozen=True)
class Story:
    """Articles that come back to one name."""

    name: str
    articles: tuple[Article, ...]


@dataclass
class Suggestions:
    """Questions of each form by the reader's language, kept until the archive changes. Safe to share between threads."""

    _made: dict[str, tuple[object, Offers]] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def ready(self, assistant: Assistant, language: str) -> Offers | None:
        """The forms with their questions, if they are known; else `find` them, which takes up to BUDGET_S."""
        kept = self._made.get(language)
        return kept[1] if kept and kept[0] == _state(assistant) else None

    def find(self, assistant: Assistant, language: str) -> Offers:
        with self._making:
            found = self.ready(assistant, language)
            if found is None:
                state = _state(assistant)
                found = tuple(suggested(assistant, language, BUDGET_S))
                self._made[language] = state, found
            return found


def stories_of(library: Library) -> tuple[Story, ...]:
    return stories(tuple(library.newest(LATE)))


@lru_cache(maxsize=4)
def stories(latest: tuple[Article, ...]) -> tuple[Story, ...]:
    """The stories of most articles, each article in one: those that come back to the name that most of them share."""
    texts = {article: f"{article.title}.\n{article.text}" for article in latest}
    known = {name for text in texts.values() for name in askable(text, text)}
    of = {name: [article for article in latest if name in texts[article]] for name in known}
    most = max(_FEW, len(latest) // 3)  # What more of them have is a country, not a story.
    told, found = {name: articles for name, articles in of.items() if len(articles) <= most}, list[Story]()
    while len(found) < _STORIES and any(len(articles) > 1 for articles in told.values()):
        name = max(told, key=partial(_worth, told))
        fuller = [
            n for n in told if f" {name} " in f" {n} " and n != name and len(told[n]) >= _FULLER * len(told[name])
        ]
        found.append(Story(max(fuller, key=partial(_worth, told)) if fuller else name, tuple(told[name])))
        told = {
            n: [article for article in articles if article not in found[-1].articles] for n, articles in told.items()
        }
    return tuple(found)


def _worth(told: dict[str, list[Article]], name: str) -> tuple[int, int, int, str]:
    """How many articles have a name, in their titles and how often; of equals, the same in every run."""
    articles = told[name]
    return len(articles), sum(name in a.title for a in articles), sum(a.text.count(name) for a in articles), name


def suggested(assistant: Assistant, language: str, seconds: float) -> Iterator[tuple[str, str]]:
    """A form and a question at a time, the stories in turn; what their articles do not answer in that form is left out."""
    told = stories_of(assistant.library)
    asked = Assistant(assistant.library, None, reader=assistant.reader)
    asked.warm_up()  # The time is for questions.
    until = time.monotonic() + seconds
    for n, kind in enumerate(KINDS):
        turned = [*told[n % len(told) :], *told[: n % len(told)]] if told else []
        for story, question in islice(_candidates(kind, turned, language), _TRIES):
            if time.monotonic() > until:
                return
            answer = asked.ask(question)
            if answer.confidence >= asked.reader.thresholds.doubtful and _answers(answer, kind, story):
                yield kind, question
                break


def _state(assistant: Assistant) -> object:
    return assistant.library.holdings().rows, tuple(article.id for article in assistant.library.newest(LATE))


def _answers(answer: Answer, kind: str, story: Story) -> bool:
    """Whether it is an answer from the story's articles, laid out as answers of that form are."""
    if answer.status not in ("answered", "conflict") or answer.form != kind:
        return False
    layout, first = layout_of(answer), answer.citations[0].article_id
    laid_out = kind in _PROSE or (layout is not None and (kind != "comparison" or layout.kind == "table"))
    return laid_out and any(article.id == first for article in story.articles)


def _candidates(kind: str, told: Sequence[Story], language: str) -> Iterator[tuple[Story, str]]:
    """The catalogue's questions of a form, one a line, each about every story whose names it has room for."""
    for template in words(language)[f"ask_{kind}"].split("\n"):
        for story in told:
            first, second, *_ = *_people(story), "", ""
            of_name = elided(story.name) if language == "fr" else story.name
            names = {"name": story.name, "of_name": of_name, "first": first, "second": second}
            if all(name for slot, name in names.items() if f"{{{slot}}}" in template):
                yield story, template.format(**names)


def _people(story: Story) -> list[str]:
    """Full names with an age or a role after them, whose last part an article has alone too; the most mentioned first."""
    alone: Counter[str] = Counter()
    for text in (article.text for article in story.articles):
        for name in set(_PERSON.findall(text)):
            alone[name] += text.count(name.split(" ")[-1]) - text.count(name)
    return apart([name for name, n in alone.most_common() if n])
