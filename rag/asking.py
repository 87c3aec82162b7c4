"""What a question asks for: a number, a date, a name, or anything. Read from its opening words, in both languages."""

import re
from typing import Literal

from index.terms import fold
from rag.facts import dates_of, names_of, numbers_of

Kind = Literal["number", "date", "name", "anything"]

_DATE = re.compile(
    r"\b(?:when|(?:what|which) (?:year|month|day|date|decade|century)|quand|quel(?:le)? (?:annee|mois|jour|date|decennie|siecle)"
    r"|since when|depuis quand)\b"
)
_NUMBER = re.compile(
    r"\b(?:how (?:long|many|much|old|far|fast|tall|high|big|large|often|quickly|soon|late)|combien"
    r"|(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ )?(?:percentage|percent|amount|price|sum|number|total|speed|cost|"
    r"age|size|rate|duration|population)"
    r"|quel(?:le)? (?:est |etait |fut )?(?:le |la |l ?)?(?:montant|somme|pourcentage|prix|duree|nombre|age|vitesse|cout|taux|"
    r"taille|population|total))\b"
)
_NAME = re.compile(r"^(?:\w+ ){0,3}?(?:who|whom|whose|qui|a qui|de qui|par qui|avec qui)\b(?! est-ce que)")


def kind_of(question: str) -> Kind:
    """The kind of thing that answers a question."""
    asked = " ".join(re.findall(r"[\w-]+", fold(question).lower()))
    if _DATE.search(asked):
        return "date"
    if _NUMBER.search(asked):
        return "number"
    return "name" if _NAME.search(asked) else "anything"


def offers(text: str, kind: Kind, question: str) -> bool:
    """Whether a text holds something of that kind which the question did not bring itself."""
    if kind == "number":
        known = frozenset().union(*numbers_of(question))
        return any(not readings & known for readings in numbers_of(text))
    if kind == "date":
        return offers(text, "number", question) or bool(dates_of(text) - dates_of(question))
    if kind == "name":
        return bool(set(names_of(f"· {text}")) - set(names_of(question)))
    return True
