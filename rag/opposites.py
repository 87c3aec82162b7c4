"""Opposites: whether a question or a statement turns round what its sentence says ("rose" for "fell"). Pure functions.

Only pairs of which nobody says one by means of the other: who sold a thing to whom also tells who bought it.
"""

import re
from functools import cache

from index.terms import fold

_PAIRS = {
    "en": (
        (
            "rise rises rose risen rising increase increases increased increasing grow grows grew grown growing climb climbed "
            "soar soared gain gained raise raised",
            "fall falls fell fallen falling decrease decreases decreased decreasing decline declined shrink shrank shrunk drop "
            "dropped plunge plunged cut lower lowered",
        ),
        ("most largest biggest highest greatest longest maximum", "least fewest smallest lowest shortest minimum"),
        ("larger bigger greater higher longer", "smaller lower fewer shorter"),
        ("strong stronger strongest", "weak weaker weakest"),
        ("build built builds construct constructed erect erected", "destroy destroyed demolish demolished ruined"),
        ("gain gained gains acquire acquired", "lose lost loses losing loss"),
        (
            "support supports supported supporting approve approved accept accepted allow allowed favour favor",
            "refuse refuses refused reject rejected oppose opposed ban banned forbid forbade forbidden deny denied",
        ),
        ("succeed succeeded success successful", "fail fails failed failure unsuccessful"),
        ("legal", "illegal"),
        ("northern", "southern"),
        ("eastern", "western"),
        ("improve improved better best", "worsen worsened worse worst"),
    ),
    "fr": (
        (
            "augmente augmenter augmentation hausse progresse progresser progression croit croitre grimpe grimper monte monter",
            "baisse baisser recule reculer recul diminue diminuer diminution chute chuter reduit reduire",
        ),
        ("maximum maximal maximale", "minimum minimal minimale"),
        ("forte fort fortes forts", "faible faibles"),
        (
            "construit construite construire construits bati batie batir",
            "detruit detruite detruire demoli demolie demolir",
        ),
        (
            "soutient soutenir soutenu approuve approuver accepte accepter autorise autoriser",
            "refuse refuser refus rejette rejeter oppose interdit interdire",
        ),
        ("reussi reussir reussite succes", "echoue echouer echec"),
        ("legal legale", "illegal illegale"),
        ("ameliore ameliorer amelioration meilleur", "degrade degrader degradation pire"),
    ),
}


_NON = re.compile(r"\bnon-([a-z]{3,})")


def turned_round(said: str, sentence: str, language: str) -> bool:
    """Whether one says a thing whose opposite, and not itself, stands in the other ("non-Islamic" and "Islamic" too).

    Both must be in that language.
    """
    mine, theirs = _words(said), _words(sentence)
    denied = re.sub(r"\bnon[- ]", "non", fold(sentence).lower())
    excluded = [word for word in _NON.findall(fold(said).lower()) if word in theirs and f"non{word}" not in denied]
    return bool(excluded) or any(
        one & mine and not one & theirs and other & theirs and not other & mine
        for pair in _pairs(language)
        for one, other in (pair, pair[::-1])
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", fold(text).lower()))


@cache
def _pairs(language: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    return tuple((frozenset(one.split()), frozenset(other.split())) for one, other in _PAIRS.get(language, ()))
