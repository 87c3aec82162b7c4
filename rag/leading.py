"""The few words that may stand before a quote: "7.5 years: “The dispute comes as …”". Pure functions."""

import re

from index.articles import Sentence
from index.terms import fold
from rag.asking import countable, kind_of
from rag.facts import amounts_of, name_words, names_of, numbers_of

_MOST_WORDS = 8


def lead(short: str, sentence: Sentence, question: str) -> str:
    """A model's answer in a few words, as far as code can tell that it is the answer; else "".

    It must stand in the sentence word for word, and nothing else there may be what was asked for: no other amount in the
    same unit, no other number, or no other name than those that the question brought. A small model that has found the
    right sentence still picks the wrong one of two.
    """
    words = short.strip(" .,;:")
    said = f" {_plain(words)} " in f" {_plain(sentence.text)} "
    if not said or len(words.split()) > _MOST_WORDS or not _alone(words, sentence.text, question):
        return ""
    return words[0].upper() + words[1:]


def _alone(short: str, sentence: str, question: str) -> bool:
    if numbers_of(short):
        return kind_of(question) != "name" and _only_number(short, sentence, question)
    return not countable(kind_of(question)) and _only_name(short, sentence, question)


def _only_number(short: str, sentence: str, question: str) -> bool:
    given, there, known = amounts_of(short), amounts_of(sentence), amounts_of(question)
    if given:
        return all(
            there.get(unit, frozenset()) - known.get(unit, frozenset()) <= values for unit, values in given.items()
        )
    mine = frozenset().union(*numbers_of(short), *numbers_of(question))
    return all(readings & mine for readings in numbers_of(sentence))


def _only_name(short: str, sentence: str, question: str) -> bool:
    mine, brought = name_words(short), frozenset().union(*map(name_words, names_of(question)))
    new = not mine <= name_words(question) and bool(names_of(f"· {short}"))
    others = (name_words(name) for name in names_of(f"· {sentence}"))
    return new and all(other & brought or other <= mine for other in others)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[%$€£]", fold(text).lower()))
