"""What places, peoples, languages and months are called in English and French, from CLDR: "Germany" is « Allemagne »."""

import re
from functools import cache

from babel import Locale

from index.text.terms import fold

_LOCALES = ("en", "fr")
# What newspapers call these and CLDR does not, their people included.
_ALSO = {
    "GB": "britain uk great_britain grande_bretagne british britannique britanniques",
    "US": "america usa us american americans amerique americain americaine americains americaines",
    "FR": "french francais francaise francaises", "DE": "german germans allemand allemande allemands allemandes",
    "ES": "spanish espagnol espagnole espagnols espagnoles", "CH": "swiss suisse suisses", "NL": "dutch holland",
    "CA": "canadian canadien", "UN": "uno", "DK": "danish danois", "SE": "swedish suedois", "GR": "greek grec", "PL": "polish",
   
    "TR": "turkish turc", "BE": "belgian belge", "NO": "norwegian norvegien",
    "christmas": "christmas noel", "easter": "easter paques", "PT": "portuguese portugais",
}  # fmt: skip


def same_place(name: str) -> frozenset[str]:
    """The folded lower-case names that a place, people or language has in either language, this one included."""
    key = _key(name)
    ids = {
        one
        for form in (key, key.removesuffix("s"), key.removesuffix("e"), key.removesuffix("es"))
        for one in _by_name().get(form, ())
    }
    return frozenset().union(*(_by_id()[one] for one in ids)) | {key}


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for one, called in _by_id().items():
        for name in called:
            names[name] = (*names.get(name, ()), one)
    return names


@cache
def _by_id() -> dict[str, frozenset[str]]:
    """The names of each territory, exemplar city of a time zone, and language."""
    called: dict[str, set[str]] = {
        f"territory {code}": {name.replace("_", " ") for name in names.split()} for code, names in _ALSO.items()
    }
    for language in _LOCALES:
        locale = Locale(language)
        for code, name in locale.territories.items():
            called.setdefault(f"territory {code}", set()).add(_key(name))
        for code, name in locale.languages.items():
            if "_" not in code:
                called.setdefault(f"language {code}", set()).add(_key(name))
        for zone, known in locale.time_zones.items():
            called.setdefault(f"city {zone}", set()).add(_key(str(known.get("city", ""))))
            called[f"city {zone}"].add(_key(zone.split("/")[-1]))
    return {one: frozenset(names - {""}) for one, names in called.items()}


def _key(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(name.lower())))
