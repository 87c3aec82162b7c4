"""Follow-up questions, generated from the cited passages without a model. Pure functions."""

import unicodedata
from collections import Counter
from collections.abc import Mapping

from rag.answer import Answer
from rag.verify.facts import dates_of, names_of, numbers_of
from ui.i18n import words
from ui.markup import excerpt_bounds

MOST = 3
_ROOM = 420


def followups(answer: Answer, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Up to three questions about names near the cited sentences that occur neither in the question nor in the answer.

    Full names come first, then those the articles mention most. `texts` holds the articles' texts by id.
    """
    known = _words(f"{answer.question} {answer.standalone_question} {answer.text}")
    mentions: Counter[str] = Counter()
    for citation in answer.citations:
        text = texts.get(citation.article_id, "")
        if text[citation.start : citation.end] != citation.quote:
            continue
        left, right = excerpt_bounds(text, citation.start, citation.end, _ROOM)
        for name in names_of(text[left:right]):
            if not _words(name) & known and askable(name, text):
                mentions[name] = text.count(name)
    names = sorted(mentions, key=lambda name: (" " not in name, -mentions[name]))
    ask = words(answer.language)["ask_about"]
    of = elided if answer.language == "fr" else str
    return tuple(ask.format(name=of(name)) for name in apart(names)[:MOST])


def elided(name: str) -> str:
    """ "d'Elon Musk", "de Tesla": the French preposition before a name."""
    first = unicodedata.normalize("NFD", name)[:1].lower()
    return f"d’{name}" if first in "aeiou" else f"de {name}"


def askable(name: str, text: str) -> bool:
    """Whether a name says enough on its own, a full one or one that the article comes back to: no dates, no numbers."""
    telling = " " in name or (len(name) > 3 and text.count(name) > 1)
    return telling and not dates_of(name) and not numbers_of(name)


def apart(names: list[str]) -> list[str]:
    """Each name once: "Altman" is left out beside "Sam Altman"."""
    kept: list[str] = []
    for name in names:
        if not any(_words(name) & _words(other) for other in kept):
            kept.append(name)
    return kept


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(".,;:!?’'\"“”«»()").lower() for word in text.replace("-", " ").split())
