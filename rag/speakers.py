"""Who says it: the words beside "said", "according to" and their like, in both languages. Read from the sentence alone."""

import re

from index.terms import fold, is_function_word

_SAYING = (
    r"(?:says?|said|told|claim(?:s|ed)?|estimat(?:es?|ed)|reports?|reported|counts?|counted|puts?|insist(?:s|ed)?|announced|"
    r"dit|disent|affirme(?:nt)?|declare(?:nt)?|estime(?:nt)?|assure(?:nt)?|annonce(?:nt)?|compte(?:nt)?|recense(?:nt)?|"
    r"avance(?:nt)?|evoque(?:nt)?|revendique(?:nt)?|parle(?:nt)? de|"
    r"(?:a|ont) (?:dit|affirme|declare|estime|assure|annonce|compte|recense|avance|evoque|revendique|parle de))"
)
_BEFORE = re.compile(rf"((?:[\w'’-]+ ){{1,3}}){_SAYING}\b")
_AFTER = re.compile(rf", {_SAYING} ((?:[\w'’-]+ ?){{1,3}})|\b(?:according to|selon|d['’]apres) ((?:[\w'’-]+ ?){{1,3}})")


def speakers_of(sentence: str) -> frozenset[str]:
    """The words that name whoever the sentence lets speak; none where it speaks for itself."""
    plain = fold(sentence).lower()
    named = [
        group for pattern in (_BEFORE, _AFTER) for match in pattern.finditer(plain) for group in match.groups() if group
    ]
    words = (word for name in named for word in re.findall(r"[^\W\d_]{2,}", name))
    return frozenset(word for word in words if not is_function_word(word))


def two_parties(one: str, other: str) -> bool:
    """Whether two sentences let two different parties speak."""
    mine, theirs = speakers_of(one), speakers_of(other)
    return bool(mine and theirs and not mine & theirs)
