"""Days as people write them, and what a relative one ("on Wednesday", "last month") comes to."""

import re
from datetime import date

from babel.dates import format_date, format_skeleton, get_day_names

from index.text.terms import is_function_word
from rag.verify.dates import dates, whole_day
from rag.verify.findings import Finding

_LONGEST_DAY = len("2025-10-02")
_ARTICLE_OF = {"en": "article of {}", "fr": "article du {}"}


def day_in_words(iso: str, language: str) -> str:
    """A day, month or year as it is written in English or French: "2 October 2025", « octobre 2025 »."""
    try:
        if len(iso) == _LONGEST_DAY:
            return format_date(date.fromisoformat(iso), "long", _locale(language))
        if len(iso) == len("2025-10"):
            return str(format_skeleton("yMMMM", date.fromisoformat(f"{iso}-01"), locale=_locale(language)))
    except ValueError:
        pass
    return iso


def counted_from(finding: Finding, language: str) -> str:
    """What the finding's words come to where they give a date that depends on the article's own: "18 February 2026".

    A bare weekday may lie before or after the article's day; then that day is told instead ("article of 19 February 2026").
    Empty where the words hold no such date, or the article has none.
    """
    article = finding.passage.article
    published = whole_day(article.published or "")
    if published is None:
        return ""
    alone = {day.iso for day in dates(finding.words, article.language, None)}
    meant = {day.iso for day in dates(finding.words, article.language, published)} - alone
    if not meant:
        return ""
    words = day_in_words(min(meant), language)
    if len(meant) == 1 and words != min(meant):
        return words
    told = _ARTICLE_OF.get(language, _ARTICLE_OF["en"])
    return told.format(day_in_words(published.isoformat(), language))


def translated(finding: Finding, language: str) -> str:
    """The finding's words in another language where they are a date and nothing else; else empty."""
    found = dates(finding.words, finding.passage.article.language, None)
    if len(found) != 1:
        return ""
    (day,) = found
    around = finding.words[: day.start] + finding.words[day.end :]
    if any(not is_function_word(word.lower()) for word in re.findall(r"\w+", around)):
        return ""
    return _partial(day.iso, language)


def _partial(iso: str, language: str) -> str:
    """A date without its year, or a weekday, in words; a week or a decade gives none."""
    if iso.startswith("-W-"):
        return str(get_day_names("wide", locale=_locale(language))[int(iso[-1]) - 1])
    if iso.startswith("--"):
        day = date.fromisoformat(f"2000-{iso[2:]}" + ("-01" if len(iso) == len("--10") else ""))
        return str(format_skeleton("MMMMd" if len(iso) > len("--10") else "MMMM", day, locale=_locale(language)))
    return "" if re.search("[WX]", iso) else day_in_words(iso, language)


def _locale(language: str) -> str:
    return "fr" if language == "fr" else "en_GB"
