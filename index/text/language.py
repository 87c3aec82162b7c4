"""Which of our languages a text is in. The home of py3langid.

Telling two languages apart takes far less text than telling ninety: restricted to ours, the identifier is right on
questions of three words, so that articles and questions share one function.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("en", "fr")

# The beginning of an article settles it, and the identifier's time grows with the text.
ENOUGH = 4_000


def detect(text: str) -> str:
    """One of LANGUAGES, the first of them when the text shows nothing, as a bare number does not."""
    language, _ = _identifier().classify(text[:ENOUGH])
    return str(language)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier
