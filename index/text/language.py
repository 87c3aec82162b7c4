"""The language of a text, English or French.

Restricted to two languages, py3langid is right even on questions of three words.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("en", "fr")

ENOUGH = 4_000
"""Characters that are read: the beginning of an article is enough."""


def detect(text: str) -> str:
    """One of LANGUAGES; the first if the text gives no indication, such as a number."""
    language, _ = _identifier().classify(text[:ENOUGH])
    return str(language)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier
