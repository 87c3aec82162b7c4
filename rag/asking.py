"""What a question asks for: a date, a duration, a sum, a number, a name, or anything. Read from its words, in both languages."""

import re
from decimal import Decimal
from typing import Literal

from index.terms import fold
from rag.facts import dates_of, names_of, numbers_of

Kind = Literal["month", "date", "duration", "money", "number", "name", "anything"]

_QUANTITY = (
    r"(?:montant|somme|pourcentage|prix|duree|nombre|age|vitesse|cout|taux|taille|population|total|superficie|altitude"
    r"|temperature)"
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("duration", re.compile(r"\b(?:how (?:long|quickly|soon|late)|combien de temps|quelle duree|quel delai)\b")),
    ("month", re.compile(r"\b(?:what|which|quel) (?:month|mois)\b")),
    (
        "date",
        re.compile(
            r"^(?:\w+ ){0,2}?(?:when|quand)\b(?!.*\b(?:what|which|who|qui|quel|quelle)\b)"
            r"|\b(?:(?:what|which) (?:year|month|day|date|decade|century)|quel(?:le)? (?:annee|mois|jour|date|decennie|siecle))\b"
        ),
    ),
    (
        "money",
        re.compile(
            r"\bhow much (?:did|does|do|was|were|is|has|had|will|would) (?:\w+ )+?(?:pay|cost|spend|earn|ask|lose|raise)"
            r"|\bhow much money|\b(?:what|which) (?:is |was )?(?:the )?(?:amount|price|sum|salary|cost)\b"
            r"|\b(?:quel(?:le)?) (?:est |etait )?(?:le |la )?(?:montant|somme|prix|salaire|cout)\b"
            r"|combien (?:coute|vaut|a t (?:il|elle) paye)"
        ),
    ),
    (
        "number",
        re.compile(
            r"\b(?:how (?:many|much|old|far|fast|tall|high|big|large|often)|combien"
            r"|(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ )?(?:percentage|percent|number|total|speed|age|size|rate|"
            r"population|temperature)"
            rf"|quel(?:le)? (?:est |etait |fut )?(?:le |la |l )?{_QUANTITY})\b"
        ),
    ),
    ("name", re.compile(r"^(?:\w+ ){0,3}?(?:who|whom|whose|qui)\b")),
)
_NUMBER = (
    r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|deux|trois|quatre|cinq|sept|huit|neuf|dix)\b)"
)
_TIME = re.compile(
    rf"{_NUMBER}[^.;:]{{0,25}}?(?:seconds?|secondes?|minutes?|hours?|heures?|days?|jours?|weeks?|semaines?|months?|mois|years?|ans?\b"
    r"|annees?|decades?|centur(?:y|ies)|siecles?|decennies?)"
)
_LENGTH = re.compile(rf"{_NUMBER}[^.;:]{{0,12}}?(?:km|kilomet|met(?:er|re)|miles?\b|feet|foot|\bm\b)")
_CENTURY = re.compile(r"\b(?:[ivx]+(?:er?|eme|th)?|\w+(?:th|st|rd|nd|ieme|ier)) (?:siecle|century)")
_MONEY = re.compile(r"[$€£¥]|\b(?:dollars?|euros?|pounds?|livres?|francs?|yen|marks?|cents?|roubles?|usd|eur)\b")
# A year is no number of things: "How large was his estate?" is not answered by "in 1968".
_YEAR = re.compile(
    r"\b(?:in|en|since|depuis|until|till|from|of|year|l[’']annee|before|after|avant|apres|des|early|late|mid|fin|debut|between|entre"
    r"|(?:jan|fe[bv]|mar|apr|avr|may|mai|ju[inl]|aug|aou|sep|oct|nov|dec)[a-z]*\.?)[ \u00a0]+(?:1[0-9]|20)\d\ds?\b(?! ?[%$€£])",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:neuf|twice|thrice|once|dozens?|hundreds|thousands|dizaines?|douzaines?|vingtaines?|trentaines?|quarantaines?"
    r"|cinquantaines?|centaines?|milliers?|half|moitie|tiers|quarts?)\b"
)
# A question of these asks for a number with one of these units: 7.5 years are no top speed.
_MEASURES = (
    (
        re.compile(r"\b(?:speed|vitesse|how fast)\b"),
        re.compile(
            r"km/h|mph|m/s|(?:miles?|\bkm|kilomet|metres?|meters?|feet)\b[^.;:]{0,15}\b(?:hours?|heures?|seconds?|secondes?|minutes?)\b"
            r"|\b(?:knots?|noeuds?|nœuds?|mach|rpm|tours?|[kmgt]?bits?|[kmgt]?bps|[kmgt]?hertz|[kmgt]?hz)\b"
        ),
    ),
    (
        re.compile(r"\b(?:percent|percentage|pourcentage)\b"),
        re.compile(r"%|percent|per cent|pourcent|pour cent|\b(?:half|third|quarter|moitie|tiers|quarts?|fifth|tenth)"),
    ),
    (re.compile(r"\btemperature\b"), re.compile(r"°|\b(?:degre|kelvin|celsius|fahrenheit|k\b|c\b)")),
)

_AND = re.compile(
    r",?\s+(?:and|et)\s+(?=(?:when|where|who|whom|why|how (?:much|many|long|old)|in which year|quand|où|qui|pourquoi|combien|en "
    r"quelle année)\b)",
    re.IGNORECASE,
)


_ITEMS = re.compile(
    r"\b(?:what|which|first|last|main|other|les|quels|quelles|premiers|premieres|derniers|dernieres|autres)"
    r" (?:were |are |sont |etaient |the |les )*(two|three|four|five|six|deux|trois|quatre|cinq|[2-6]) (?=[a-z]+[sx]\b)"
)


def kind_of(question: str) -> Kind:
    """The kind of thing that answers a question."""
    asked = " ".join(re.findall(r"\w+", fold(question).lower()))
    return next((kind for kind, pattern in _KINDS if pattern.search(asked)), "anything")


def parts(question: str) -> tuple[str, ...]:
    """The questions within a question: "who cancelled, and when" asks two things. One, the whole, for most."""
    return tuple(part for part in (piece.strip(" ,;?") for piece in _AND.split(question)) if part)


def items_asked(question: str) -> frozenset[Decimal]:
    """How many things a question asks for: 2 in "the first two destinations". An answer names them and need not count them."""
    return frozenset().union(
        *(readings for count in _ITEMS.findall(fold(question).lower()) for readings in numbers_of(count))
    )


def offers(text: str, kind: Kind, question: str) -> bool:
    """Whether a text holds something of that kind which the question did not bring itself."""
    plain = fold(text).lower()
    if kind == "duration":
        length = not re.search(r"temps|delai|quickly|soon|late", fold(question).lower()) and _LENGTH.search(plain)
        return bool(_TIME.search(plain) or length or _CENTURY.search(plain))
    if kind == "money":
        return bool(_MONEY.search(plain)) and offers(text, "number", question)
    if kind == "number":
        asked = fold(question).lower()
        if any(measure.search(asked) and not unit.search(plain) for measure, unit in _MEASURES):
            return False
        return bool(_COUNTED.search(plain)) or _brings_number(_YEAR.sub(" ", fold(text)), question)
    if kind == "month":
        return any(date.startswith("month") for date in dates_of(text) - dates_of(question))
    if kind == "date":
        return (
            bool(_CENTURY.search(plain)) or _brings_number(text, question) or bool(dates_of(text) - dates_of(question))
        )
    if kind == "name":
        return bool(set(names_of(f"· {text}")) - set(names_of(question)))
    return True


def _brings_number(text: str, question: str) -> bool:
    known = frozenset().union(*numbers_of(question))
    return any(not readings & known for readings in numbers_of(text))


def countable(kind: Kind) -> bool:
    """Whether an answer of that kind is recognised surely enough to insist on it."""
    return kind in ("month", "date", "duration", "money", "number")
