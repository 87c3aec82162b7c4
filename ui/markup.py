"""Small pieces of HTML: escaped text, buttons, dates. Pure functions.

All text of articles, models and questions passes through `escaped`. The only links are the http and https addresses of
articles.
"""

import html
import re
from collections.abc import Iterable
from datetime import date, timedelta

from index.articles import Article
from rag.answer import Citation
from ui.i18n import Words


def escaped(text: str) -> str:
    """The text escaped for HTML; lone surrogates become question marks."""
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
    """A button for the page's script: `do` is the action, `data` its arguments.

    `name` is the accessible name, if the label is not enough; `inner` is HTML shown instead of the label.
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


def external_link(text: str, url: str | None) -> str:
    """The text, as a link if the address is http or https."""
    if own := web_address(url):
        return f'<a href="{escaped(own)}" target="_blank" rel="noopener noreferrer">{escaped(text)}</a>'
    return escaped(text)


def web_address(url: str | None) -> str | None:
    """The address, if it is http or https."""
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
    """An ISO date or month, written out; other values unchanged."""
    try:
        if re.match(r"\d{4}-\d\d\Z", published):
            return day(f"{published}-01", say).removeprefix(f"{say['first_day']} ")
        when = date.fromisoformat(published[:10])
    except ValueError:
        return published
    number = say["first_day"] if when.day == 1 else when.day
    return f"{number} {say['months'].split()[when.month - 1]} {when.year}"


def relative_day(time: str, today: date, say: Words) -> str:
    """The day of an ISO time: today, yesterday, or a date, without the year if it is this one."""
    for ago, name in enumerate(("today", "yesterday")):
        if iso_day(time) == (today - timedelta(days=ago)).isoformat():
            return say[name]
    return day(time, say).removesuffix(f" {today.year}")


def iso_day(published: str | None) -> str:
    """The leading YYYY-MM-DD, or ""."""
    found = re.match(r"\d{4}-\d\d-\d\d", published or "")
    return found[0] if found else ""


def counted(n: int, name: str, say: Words) -> str:
    """ "1 article", "1 204 articles": a number in the text `name_one` or `name`."""
    return say[f"{name}_one"] if n == 1 else say[name].format(n=f"{n:,}".replace(",", "\u202f"))


def listed(items: Iterable[str], classes: str, tag: str = "ul") -> str:
    return f'<{tag} class="{classes}">{"".join(items)}</{tag}>'


def excerpt_bounds(text: str, start: int, end: int, room: int) -> tuple[int, int]:
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
