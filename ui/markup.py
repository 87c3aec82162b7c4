"""The smallest pieces of HTML: text that stays text, buttons, dates. Pure functions.

Article, model and question text is data. All of it passes through `escaped`, so that none of it becomes a tag, an
image or a link. The one address ever linked is an article's own, if it is http or https, and opening it takes a click.
"""

import html
import re
from collections.abc import Iterable
from datetime import date, timedelta

from index.articles import Article
from rag.answer import Citation
from ui.i18n import Words


def escaped(text: str) -> str:
    """The text as HTML that shows it and does nothing; what no browser could be sent becomes a question mark."""
    return html.escape(sendable(text), quote=True)


def sendable(text: str) -> str:
    """The text with a question mark for half a surrogate pair, and no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def button(
    label: str,
    do: str,
    classes: str = "",
    id: str = "",
    name: str = "",
    inner: str | None = None,
    **data: str | int | bool,
) -> str:
    """A button that the page's script carries out: `do` names the action, `data` goes with it.

    `name` is what a screen reader says where the label alone would not do; `inner` is markup to show instead of it.
    """
    attributes = {"class": classes, "id": id, "aria-label": name, "data-do": do}
    for key, value in data.items():
        attributes[key.replace("_", "-") if key.startswith("aria_") else f"data-{key}"] = _attribute(value)
    written = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items() if value or key[:4] == "data")
    return f'<button type="button"{written}>{escaped(label) if inner is None else inner}</button>'


def opening(citation: Citation, label: str, classes: str, name: str = "", inner: str | None = None) -> str:
    """A button that opens the citation's article at its quote."""
    return button(
        label, "open", classes, name=name, inner=inner,
        article=citation.article_id, start=citation.start, end=citation.end, quote=citation.quote,
    )  # fmt: skip


def outward(text: str, url: str | None) -> str:
    """The text, linked to the article's own address where that is one of the web."""
    if own := web_address(url):
        return f'<a href="{escaped(own)}" target="_blank" rel="noopener noreferrer">{escaped(text)}</a>'
    return escaped(text)


def web_address(url: str | None) -> str | None:
    """The address, if it is one of the web and can be written as a link."""
    return url if url and re.match(r"https?://[^\s\"'<>]+\Z", url, re.IGNORECASE) else None


def facts(about: Citation | Article, say: Words, author: bool = True) -> str:
    """Publisher, author, date and language on one line, as far as they are known."""
    known = [about.publisher, about.author if author else None, about.published and day(about.published, say)]
    if isinstance(about, Article) and about.updated:
        known.append(say["updated"].format(day=day(about.updated, say)))
    known.append(language_name(about.language, say))
    return " · ".join(escaped(fact) for fact in known if fact)


def language_name(code: str, say: Words) -> str:
    return say.get(f"lang_{code}", code)


def day(published: str, say: Words) -> str:
    """An ISO date, or its year and month, as people write it; anything else as it stands."""
    try:
        if re.match(r"\d{4}-\d\d\Z", published):
            return day(f"{published}-01", say).removeprefix(f"{say['first_day']} ")
        when = date.fromisoformat(published[:10])
    except ValueError:
        return published
    number = say["first_day"] if when.day == 1 else when.day
    return f"{number} {say['months'].split()[when.month - 1]} {when.year}"


def lately(time: str, today: date, say: Words) -> str:
    """The day of an ISO time as it is told soon after: today, yesterday, without the year in the same year."""
    for ago, name in enumerate(("today", "yesterday")):
        if iso_day(time) == (today - timedelta(days=ago)).isoformat():
            return say[name]
    return day(time, say).removesuffix(f" {today.year}")


def iso_day(published: str | None) -> str:
    """The date as YYYY-MM-DD if it begins with one, else nothing: what can be compared."""
    found = re.match(r"\d{4}-\d\d-\d\d", published or "")
    return found[0] if found else ""


def counted(n: int, name: str, say: Words) -> str:
    """ "1 article", "1 204 articles": the words `name` and `name_one` around a number."""
    return say[f"{name}_one"] if n == 1 else say[name].format(n=f"{n:,}".replace(",", "\u202f"))


def listed(items: Iterable[str], classes: str, tag: str = "ul") -> str:
    return f'<{tag} class="{classes}">{"".join(items)}</{tag}>'


def surroundings(text: str, start: int, end: int, room: int) -> tuple[int, int]:
    """The paragraph around [start, end), cut at a space where more than `room` characters of it lie to a side."""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    right = len(text) if right < 0 else right
    if start - left > room:
        space = text.find(" ", start - room, start)
        left = start if space < 0 else space + 1
    if right - end > room:
        space = text.rfind(" ", end, end + room)
        right = end if space < 0 else space
    return left, right


def _attribute(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
