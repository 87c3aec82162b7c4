"""Follow-up questions, generated from the cited passages without a model. Pure functions."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from rag.answer import Answer
from rag.verify.compare import dates_of, numbers_of
from rag.verify.names import names
from ui.i18n import words
from ui.markup import excerpt_bounds

MOST = 3
_ROOM = 420
_ATTACHED = re.compile(r"^(?:[LDNJMTSCldnjmtsc]|[Qq]u)['’]|['’]s?$")


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
        new = (name for name in askable(text[left:right], text) if not _words(name) & known)
        mentions |= {name: text.count(name) for name in new}
    first = sorted(mentions, key=lambda name: (" " not in name, -mentions[name]))
    ask = words(answer.language)["ask_about"]
    of = elided if answer.language == "fr" else str
    return tuple(ask.format(name=of(name)) for name in apart(first)[:MOST])


def elided(name: str) -> str:
    """ "d'Elon Musk", "de Tesla": the French preposition before a name."""
    first = unicodedata.normalize("NFD", name)[:1].lower()
    return f"d’{name}" if first in "aeiou" else f"de {name}"


def askable(part: str, text: str) -> list[str]:
    """The names in a part of a text that say enough alone: full ones or those that it comes back to; no dates, no numbers."""
    found = dict.fromkeys(re.sub(_ATTACHED, "", name.text) for name in names(part) if not name.opens)
    telling = (name for name in found if " " in name or (len(name) > 3 and text.count(name) > 1))
    return [name for name in telling if not dates_of(name) and not numbers_of(name)]


def apart(names: list[str]) -> list[str]:
    """Each name once: "Altman" is left out beside "Sam Altman"."""
    kept: list[str] = []
    for name in names:
        if not any(_words(name) & _words(other) for other in kept):
            kept.append(name)
    return kept


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(".,;:!?’'\"“”«»()").lower() for word in text.replace("-", " ").split())
