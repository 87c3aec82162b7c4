"""Condensing: a follow-up becomes a question that can be understood, and searched for, on its own."""

import re
from collections.abc import Sequence

from index.terms import fold
from rag.facts import names_of

_LEANS = re.compile(
    r"^(?:and|but|so|or|what about|how about|why|et|mais|donc|ou|pourquoi)\b"
    r"|\b(?:he|she|it|its|they|them|their|his|her|him|this|that|these|those|there|then|else|il|elle|ils|elles|lui|leur|leurs|"
    r"ca|cela|ce|celui|celle|ceux|cette|y|en|son|sa|ses|autre)\b",
    re.IGNORECASE,
)
_SHORT = 5


def standalone(question: str, history: Sequence[str]) -> str:
    """The question itself, or with the one it leans on before it: "Who cancelled? And who else?".

    Knows nothing of grammar: a question leans on the one before if it points back ("he", "there", "else", "Et …") or is
    short, and names nobody that search could hold on to.
    """
    earlier = [asked for asked in history if asked.strip()]
    if not earlier or not _leans(question):
        return question
    return f"{standalone(earlier[-1], earlier[:-1]).strip()} {question}"


def _leans(question: str) -> bool:
    words = re.findall(r"\w+", question)
    if len(words) > 3 * _SHORT:
        return False
    return bool(_LEANS.search(fold(question))) or (len(words) <= _SHORT and not names_of(question))
