"""Words of English and French as a measurement sees them: folded, split, and told apart from function words.

Written apart from what the product itself uses, so that a fault there is not also a fault in what measures it.
"""

import re
import unicodedata

_ARTICLES = "a an the le la les l un une des du d au aux"
_ENGLISH = """
    the of and to in is was are were be been has have had that this these those with for from by on at as it its
    not but or which who whom what when where how why he she they his her their there than then into about after
    before over under between would could should will can may said says also only more most because while during
    i you we my your our do does did no so if an
"""
_FRENCH = """
    le la les l un une des du de d et est sont etait etaient ete etre a ont avait avaient que qui quoi dont ou
    dans sur sous par pour avec sans au aux ce cet cette ces ne pas plus mais donc il elle ils elles on se s son sa
    ses leur leurs nous vous je tu mon ma mes y en quel quelle quels quelles comment pourquoi quand combien aussi
    entre apres avant comme selon dit n j c qu
"""

ARTICLES = frozenset(_ARTICLES.split())
"""SQuAD drops a, an, the before comparing; French needs the same of le, la, les, l', un, une, des, du, d', au, aux."""

ENGLISH = frozenset(_ENGLISH.split())
FRENCH = frozenset(_FRENCH.split())
FUNCTION_WORDS = ENGLISH | FRENCH | ARTICLES

_ELISION = re.compile(r"\b(l|d|j|m|t|s|c|n|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "œ": "oe", "æ": "ae", "ß": "ss"})


def fold(text: str) -> str:
    """Lower case without accents, ligatures opened, one kind of apostrophe: « L’Œuvre » becomes « l'oeuvre »."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES))
    return "".join(char for char in text if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, elisions opened and English possessives dropped."""
    opened = _ELISION.sub(r"\1 ", _POSSESSIVE.sub("", fold(text)))
    return re.findall(r"\w+", opened)


def stem(word: str) -> str:
    """At most the first six letters, without a closing s, e or x: a stem poor enough to serve both languages."""
    return word if word.isdigit() else word[:6].rstrip("sex") or word


def language_of(text: str) -> str | None:
    """`en` or `fr` by its function words, None where they do not tell (a bare number, a name)."""
    found = words(text)
    english = sum(word in ENGLISH and word not in FRENCH for word in found)
    french = sum(word in FRENCH and word not in ENGLISH for word in found)
    if english == french:
        return None
    return "en" if english > french else "fr"
