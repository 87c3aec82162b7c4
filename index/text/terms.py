"""The terms of lexical search: stems without accents and function words."""

import re
import unicodedata
from functools import cache
from typing import Any

from index.text.text_cache import cached_by_text

# Function and question words.
_STOP_WORDS = {
    "en": """a about after again all also am an and any are as at be because been before being but by can could did do
        does doing done down during each few for from further had has have having he her here hers him his how i if in
        into is it its itself just many me more most much my no nor not of off on once only or other our out over own
        say says said same she should so some such than that the their them then there these they this those through
        to too under until up very was we were what when where which while who whom whose why will with would you your""",
    "fr": """a afin ai ainsi alors après as au aucun aussi autre aux avait avant avec avez avoir avons c car ce cela
        celle celles celui ces cet cette ceux chaque ci combien comme comment d dans de depuis des donc dont du elle
        elles en encore entre es est et étaient était été être eu eux fait faire font fut il ils j je l la le lequel
        les leur leurs lors lorsque lui m ma mais me même mes mon n ne ni non nos notre nous on ont ou où par parce pas
        pendant peu peut plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se selon sera ses
        si son sont sous sur t ta te tes ton tous tout toute toutes très tu un une vers vos votre vous y""",
}
Words = tuple[tuple[str, ...], ...]
"""Words, each as its stems in every language: English, French."""
_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_ELECTRONIC = re.compile(r"\be[-‐‑](?=[^\W\d_]{3})")


@cached_by_text
def terms(text: str, language: str) -> tuple[str, ...]:
    """The stems of a text's content words, in order, lower case and without accents."""
    stop = _stop_words(language)
    words = [word for word in _words(text) if word not in stop]
    return tuple(fold(stem) for stem in _stemmer(language).stemWords(words))


@cached_by_text
def query_terms(question: str) -> tuple[str, ...]:
    """The distinct stems of a question in every language at once, since its articles may be in any of them."""
    stop = frozenset().union(*map(_stop_words, _STOP_WORDS))
    words = [word for word in _words(question) if word not in stop]
    stems = (fold(stem) for language in _STOP_WORDS for stem in _stemmer(language).stemWords(words))
    return tuple(dict.fromkeys(stems))


@cached_by_text
def query_words(question: str) -> Words:
    """The content words of a question in order, each as its stems in every language."""
    stop = frozenset().union(*map(_stop_words, _STOP_WORDS))
    words = [word for word in _words(question) if word not in stop]
    stems = [[fold(stem) for stem in _stemmer(language).stemWords(words)] for language in _STOP_WORDS]
    return tuple(zip(*stems, strict=True))


def _words(text: str) -> list[str]:
    """Its words in lower case; "e-mail" is "email"."""
    return _WORD.findall(_ELECTRONIC.sub("e", text.lower()))


def is_function_word(word: str) -> bool:
    """Whether a lower-case word is one of the function words of any of our languages."""
    return any(word in _stop_words(language) for language in _STOP_WORDS)


def fold(text: str) -> str:
    """The text without accents and ligatures."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(_STOP_WORDS.get(language, "").split())


@cache
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer({"en": "english", "fr": "french"}.get(language, "porter"))
