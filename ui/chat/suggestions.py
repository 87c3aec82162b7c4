"""Questions to begin with: about the stories that the latest articles tell, and only such as the archive answers."""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from index.articles import Article
from index.library import Library
from rag.answer import Answer
from rag.assistant import Assistant
from rag.verify.compare import dates_of, numbers_of
from rag.verify.names import names
from ui.chat.followups import apart, askable, elided
from ui.i18n import words
from ui.layout import layout_of

KINDS = ("fact", "yesno", "why", "count", "list", "timeline", "comparison", "positions", "summary")
"""The forms of an answer, one question for each."""
Offers = tuple[tuple[str, str], ...]
"""Forms with a question of each."""
LATE = 40
"""How many of the latest articles the stories are made of."""
BUDGET_S = 20.0
_STORIES = 4
_FEW = 6
_TRIES = 5
"""Questions of one form that are tried before the form is left out."""
_LAYOUTS = {"timeline": "timeline", "comparison": "table", "positions": "sections"}
_AUXILIARY = r"has|have|is|was|are|were|will|would|could|can|should|had"
_PERFECT = re.compile(r"\w+(?:ed|en|wn|nt|ld|id|un|ut|lt|ne|me)\b")
_FRENCH_VERB = re.compile(
    r" (?:a|ont|est|sont|était|étaient|avait|avaient|va|vont|doit|doivent|peut|peuvent|[a-zà-ÿ]{2,}(?:era|eront|ait|aient)) "
)
_OPENERS = re.compile(r"(?:The|An?) |(?:Les?|La|Une?|Des) (?=[a-zà-ÿ])|L['’](?=[a-zà-ÿ])")
_UNFIT = re.compile(
    r"[«»“”\"():;?!…–—]|\b(?:I|he|she|they|it|we|you|this|that|these|those|his|her|here|yesterday|today"
    r"|je|il|elle|ils|elles|on|nous|vous|ce|cet|cette|ces|lui|ici|hier|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r",? (?:on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:week|morning|afternoon|evening|night))?"
    r"|(?:depuis |dès )?(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)(?: (?:matin|soir|dernier|prochain))?)\b(?! à)"
)
_ABOUT = r"(?:(?:About|Some|More than|Nearly|Around|At least|Environ|Près de|Plus de|Quelque|Au moins) )?"
_COUNTED = re.compile(_ABOUT + r"(\w+(?:[-,. \u00a0\u202f]\w+)?) ((?:d['’])?[a-zà-ÿ]{3,}s\b.{12,})")
_PERSON = re.compile(r"([A-ZÀ-Þ][\w’'-]+ (?:[Ll][ea] )?[A-ZÀ-Þ][\w’'-]+), (?:\d\d(?: ans)?,|[a-zà-ÿ]{4,})")


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
                found = tuple(suggested(assistant, language, time.monotonic() + BUDGET_S))
                self._made[language] = state, found
            return found


def stories_of(library: Library) -> tuple[Story, ...]:
    return stories(tuple(library.newest(LATE)))


@lru_cache(maxsize=4)
def stories(latest: tuple[Article, ...]) -> tuple[Story, ...]:
    """The stories of most articles, each article in one: those that come back to the name that most of them share."""
    texts = {article.id: f"{article.title}.\n{article.text}" for article in latest}
    known = {name for article in latest for name in askable(texts[article.id], texts[article.id])}
    of = {name: [a for a in latest if name in texts[a.id]] for name in known}
    most = max(_FEW, len(latest) // 3)  # What more of them have is a country, not a story.
    left, found = set(texts), list[Story]()
    while len(found) < _STORIES:
        told = {name: [a for a in articles if a.id in left] for name, articles in of.items() if len(articles) <= most}
        worth = {
            name: (
                len(articles),
                sum(name in a.title for a in articles),
                sum(texts[a.id].count(name) for a in articles),
                name,
            )
            for name, articles in told.items()
            if len(articles) > 1
        }
        if not worth:
            break
        name = max(worth, key=lambda each: worth[each])
        fuller = (each for each in told if name in each.split(" ") and len(told[each]) == len(told[name]))
        found.append(Story(next(fuller, name), tuple(told[name])))
        left -= {article.id for article in told[name]}
    return tuple(found)


def suggested(assistant: Assistant, language: str, until: float) -> Iterator[tuple[str, str]]:
    """A form and a question at a time, the stories in turn; what the archive does not answer in that form is left out."""
    told = stories_of(assistant.library)
    asked = Assistant(assistant.library, None, reader=assistant.reader)
    for n, kind in enumerate(KINDS):
        turned = told[n % len(told) :] + told[: n % len(told)] if told else []
        for question in islice(_candidates(kind, turned, language), _TRIES):
            if time.monotonic() > until:
                return
            if _answers(asked.ask(question), kind):
                yield kind, question
                break


def _state(assistant: Assistant) -> object:
    library = assistant.library
    return library.holdings().rows, tuple(article.id for article in library.newest(LATE))


def _answers(answer: Answer, kind: str) -> bool:
    """Whether it is an answer, and laid out as answers of that form are."""
    if answer.status not in ("answered", "conflict") or answer.form != kind:
        return False
    layout = layout_of(answer)
    return kind not in _LAYOUTS or (layout is not None and layout.kind == _LAYOUTS[kind])


def _candidates(kind: str, told: Sequence[Story], language: str) -> Iterator[str]:
    """Questions of a form about each story, one a story before the second of any."""
    each = [iter(_about(kind, story, language)) for story in told]
    while each:
        for questions in list(each):
            question = next(questions, None)
            if question is None:
                each.remove(questions)
            else:
                yield question


def _about(kind: str, story: Story, language: str) -> Iterator[str]:
    say = words(language)
    if kind in ("yesno", "why"):
        for sentence in _sentences(story, language):
            yield from _asked(kind, sentence, story, language)
    elif kind == "count":
        for sentence in _sentences(story, language):
            found = _COUNTED.match(sentence)
            if found and numbers_of(found[1].lower(), language):
                counted = _of(found[2]) if language == "fr" else found[2]
                named = any(not name.opens for name in names(f"x {found[2]}"))
                yield say["ask_count" if named else "ask_count_in"].format(counted=counted, name=story.name)
    elif kind == "fact":
        yield from (say["ask_fact"].format(name=name) for name in _people(story))
    else:
        yield from _by_template(say[f"ask_{kind}"], story, language)


def _by_template(templates: str, story: Story, language: str) -> Iterator[str]:
    """The catalogue's questions, one a line; those of two sides for two people of the story."""
    people, named = _people(story), elided(story.name) if language == "fr" else story.name
    for template in templates.split("\n"):
        if "{first}" not in template:
            yield template.format(name=story.name, of_name=named)
        elif len(people) > 1:
            yield template.format(name=story.name, of_name=named, first=people[0], second=people[1])


def _people(story: Story) -> list[str]:
    """Full names with an age or a role after them, whose last part an article has alone too."""
    found = [(name, article.text) for article in story.articles for name in _PERSON.findall(article.text)]
    alone = [
        name for name, text in found if text.count(name.split(" ", 1)[1]) > text.count(name) and not dates_of(name)
    ]
    return apart(list(dict.fromkeys(alone)))


def _sentences(story: Story, language: str) -> list[str]:
    """Short statements that are understood alone, without the day of the week and what is added; with its name first."""
    spoken = (article.text for article in story.articles if article.language == language)
    texts = (text.strip(" .") for each in spoken for text in re.findall(r"[^.!?\n]+\.(?=\s|$)", each))
    short = (_WEEKDAY.sub("", text).split(", ")[0] for text in texts)
    fit = [text for text in short if 30 <= len(text) <= 130 and not _UNFIT.search(text)]
    named = [text for text in fit if any(not name.opens for name in names(f"x {text}"))]
    return sorted(named, key=lambda text: story.name not in text)


def _asked(kind: str, sentence: str, story: Story, language: str) -> Iterator[str]:
    """A statement as a question whether it is so, or why; only where its verb can be told."""
    opening = next(iter(names(sentence)), None)
    named = opening is not None and opening.start == 0 and (" " in opening.text or opening.text == story.name)
    if not named and not _OPENERS.match(sentence):
        return
    said = _lowered(sentence)
    if language == "fr" and _FRENCH_VERB.search(said):
        que = "qu’" if _elides(said) else "que "
        yield f"Est-ce {que}{said}\u00a0?" if kind == "yesno" else f"Pourquoi est-ce {que}{said}\u00a0?"
    turned = re.match(rf"((?:(?!\b(?:which|who|when|and)\b).){{2,60}}?) ({_AUXILIARY}) (.+)", said)
    if language == "en" and turned and (turned[2][:2] != "ha" or _PERFECT.match(turned[3])):
        verb = turned[2].capitalize() if kind == "yesno" else f"Why {turned[2]}"
        yield f"{verb} {turned[1]} {turned[3]}?"


def _of(counted: str) -> str:
    return f"d’{counted}" if _elides(counted) else f"de {counted}"


def _elides(word: str) -> bool:
    return word[0].lower() in "aeiouyhéèêàâîôû"


def _lowered(sentence: str) -> str:
    """Its first letter small, unless a name begins with it."""
    return sentence[0].lower() + sentence[1:] if _OPENERS.match(sentence) else sentence
