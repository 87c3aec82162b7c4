"""Condensing: a follow-up becomes a question that can be understood, and searched for, on its own."""

import re
from collections.abc import Sequence

from index.terms import fold
from rag.facts import names_of

# Who or what these mean stands in an earlier question. A French pronoun after a hyphen ("a-t-elle") repeats its subject.
_PERSON = re.compile(r"(?<![\w-])(?:he|she|they|him|her|his|their|them|il|elle|ils|elles|lui|leur|leurs)\b")
_THING = re.compile(
    r"(?<![\w-])(?:it|its|this|that|these|those|there|else|ca|cela|celui|celle|ceux|autre|son|sa|ses|en|y)\b"
)
_GOES_ON = re.compile(r"^(?:and|but|so|or|what about|how about|et|mais|donc|ou)\b")
_SHORT = 3
_REMEMBERED = 20
"""How many earlier questions are looked at: what leans on one asked before those leans on nothing."""


def standalone(question: str, history: Sequence[str]) -> str:
    """The question itself, or with the one it leans on before it: "Who cancelled? And who else?".

    Knows nothing of grammar: a question leans on the one before if it points back to somebody ("he"), or if it names
    nothing that search could hold on to and points back to something, goes on ("And …") or is short.
    """
    earlier = [asked for asked in history if asked.strip()][-_REMEMBERED:]
    if not earlier or not _leans(question):
        return question
    return f"{standalone(earlier[-1], earlier[:-1]).strip()} {question}"


def _leans(question: str) -> bool:
    plain = fold(question).lower()
    words = len(re.findall(r"\w+", question))
    goes_on = bool(_GOES_ON.search(plain))
    if _PERSON.search(plain) or (goes_on and words <= _SHORT):
        return True
    return not names_of(question) and (goes_on or words <= _SHORT or bool(_THING.search(plain)))
