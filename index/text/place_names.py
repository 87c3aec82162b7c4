"""Names of countries, capitals and languages in English and French, as the Unicode CLDR has them (babel)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from index.text.language import LANGUAGES
from index.text.terms import Words, terms

_QUALIFIED = re.compile(r"\s*[(\[].*")
"""CLDR's disambiguations: "Tripoli (Libye)"."""

LONGEST = 4
"""Words of the longest name that is looked up."""


def other_names(words: Words) -> tuple[str, ...]:
    """For each place or language that the words name, its name in the other language: a phrase of stems.

    `words` are the words of a question, each as its stems in every language.
    """
    found: list[str] = []
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            for at, names in enumerate(_names()):
                name = tuple(stems[at] for stems in words[start:end])
                found += names.get(name, ())
    return tuple(dict.fromkeys(found))


@cache
def _names() -> tuple[Mapping[tuple[str, ...], tuple[str, ...]], ...]:
    """For each language, what its names are called in the other one."""
    there: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    back: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for pair in _pairs():
        english, french = (
            terms(_QUALIFIED.sub("", name), language) for name, language in zip(pair, LANGUAGES, strict=True)
        )
        if english and french and english != french:
            there[english].append(" ".join(french))
            back[french].append(" ".join(english))
    return tuple({name: tuple(dict.fromkeys(others)) for name, others in names.items()} for names in (there, back))


def _pairs() -> Iterator[tuple[str, str]]:
    """English and French names: of territories, of the cities that time zones are named after, of languages."""
    from babel import Locale

    english, french = (Locale(language) for language in LANGUAGES)
    for code, name in english.territories.items():
        yield name, french.territories.get(code, name)
    for zone, names in french.time_zones.items():
        region, _, city = zone.partition("/")
        if region != "Etc" and "/" not in city and "city" in names:
            yield english.time_zones.get(zone, {}).get("city", city.replace("_", " ")), names["city"]
    for code, name in english.languages.items():
        if len(code) == 2:  # The others are rare, and some are named like other things.
            yield name, french.languages.get(code, name)
