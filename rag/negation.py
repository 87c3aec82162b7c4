"""Negation: whether a statement denies what its sentence says, or says what its sentence denies. Pure functions.

Words are compared, not meanings: what follows "not" in the one must not stand plainly in the other.
"""

import re

from index.terms import terms

_NEGATION = re.compile(
    r"\b(?:not|never|no longer|cannot)\b|n['’]t\b"
    r"|\b(?:ne|n)['’ ]\s*(?:\S+\s+){1,3}?(?:pas|plus|jamais|point|gu[eè]re|rien|aucune?)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:no|none|nobody|nothing|neither|nor|without|den(?:y|ies|ied)|refus\w+|fail\w*|reject\w*|unable|un\w+ed|lack\w*|stop\w*|"
    r"aucune?|sans|ni|nie|refus\w+|[eé]chou\w+|rejet\w+|personne|rien)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[,;:.!?]|\b(?:but|mais|because|which|who|qui|although|bien que|only|seulement)\b", re.IGNORECASE
)
_SIGNS = frozenset(
    {"n", "t", "ne", "not", "never", "longer", "cannot", "pas", "plus", "jamais", "point", "guer", "rien"}
)
_FOLLOWING = 2
"""So many content words after a "not" are taken for what it denies."""


def contradicts(statement: str, sentence: str, language: str) -> bool:
    """Whether one of the two negates what the other states, as far as their words show it. Both must be in one language."""
    return _denied(statement, sentence, language) or _denied(sentence, statement, language)


def _denied(negating: str, plain: str, language: str) -> bool:
    """Whether `negating` says "not" of words that `plain` says without any negation."""
    if _NEGATION.search(plain) or _DENIES.search(plain):
        return False
    said = frozenset(terms(plain, language))
    for match in _NEGATION.finditer(negating):
        rest = negating[match.end() :]
        end = _CLAUSE_END.search(rest)
        # In French the verb stands inside: "n'a pas", "ne vend plus".
        words = terms(f"{match[0]} {rest[: end.start()] if end else rest}", language)
        denied = [word for word in words if word not in _SIGNS][:_FOLLOWING]
        if denied and said.issuperset(denied):
            return True
    return False
