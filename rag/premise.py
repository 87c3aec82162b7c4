"""What a question takes for granted, as a clause that can be denied: "that the new Roadster did go on sale". Pure functions.

Knows no grammar beyond the place of the verb; where that cannot be told, there is no clause.
"""

import re
from collections.abc import Sequence

from index.terms import terms
from rag.ranking import Candidate

_ENGLISH = re.compile(
    r"^(?:when|why|where|how|(?:in|on|at|since|until|by|to|from) (?:which|what) \w+|(?:which|what) (?:year|month|day|date))\s+"
    r"(?P<verb>did|does|do|was|were|is|are|has|have|had|will|would)\s+(?P<rest>[^,;?]+)\?*\s*$",
    re.IGNORECASE,
)
# The subject: determiners and adjectives up to the last capitalised word of its first run, "and" and "of" between.
_SUBJECT = re.compile(
    r"^(?P<subject>(?:(?:the|a|an|his|her|its|their|this|that)\s+)?(?:[a-z-]+\s+){0,2}?[A-Z0-9][\w’'.&-]*"
    r"(?:\s+(?:(?:and|of|the)\s+)*[A-Z0-9][\w’'.&-]*)*)\s+(?P<predicate>[a-z].*)$"
)
_FRENCH = re.compile(
    r"^(?:quand|pourquoi|comment|où|(?:en|à|depuis|dans) quel(?:le)?s? \w+|quel(?:le)? (?:année|mois|jour|date))\s+"
    r"(?P<subject>[^,;?]+?)\s+(?P<verb>(?:(?:n['’]|s['’])?[\w]+))-(?:t-)?(?:il|elle|ils|elles)\b\s*(?P<predicate>[^,;?]*?)\s*\?*\s*$",
    re.IGNORECASE,
)
_FRENCH_PLAIN = re.compile(
    r"^(?:quand|pourquoi|comment|où)\s+est-ce\s+(?:que\s+|qu['’])(?P<clause>[^,;?]+?)\s*\?*\s*$", re.IGNORECASE
)


def premise(question: str, language: str) -> str | None:
    """The clause that a "when", "why", "where" or "how" question takes for granted, with its "that"; None if it cannot be told.

    >>> premise("When did the new Roadster go on sale?", "en")
    'that the new Roadster did go on sale'
    """
    asked = " ".join(question.split())
    return _french(asked) if language == "fr" else _english(asked)


def unsaid(question: str, language: str, candidates: Sequence[Candidate]) -> str | None:
    """The question's premise if no sentence that was found says it; None if one may, or if there is none to compare."""
    clause = premise(question, language)
    same = [c for c in candidates if c.hit.article.language == language]
    if not clause or not same:
        return None
    wanted = frozenset(terms(clause, language))
    said = (frozenset(terms(f"{c.hit.article.title} {c.sentence.text}", language)) for c in same)
    return None if any(wanted <= there for there in said) else clause


def _english(question: str) -> str | None:
    whole = _ENGLISH.match(question)
    parts = whole and _SUBJECT.match(whole["rest"])
    return f"that {parts['subject']} {whole['verb'].lower()} {parts['predicate'].strip()}" if whole and parts else None


def _french(question: str) -> str | None:
    if plain := _FRENCH_PLAIN.match(question):
        return _that(plain["clause"])
    if whole := _FRENCH.match(question):
        return _that(f"{whole['subject']} {whole['verb']} {whole['predicate']}".strip())
    return None


def _that(clause: str) -> str:
    return f"qu’{clause}" if clause[0].lower() in "aàâeéèêiîoôuùûyh" else f"que {clause}"
