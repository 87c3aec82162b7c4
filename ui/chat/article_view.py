"""HTML of an article: its exact text, with the cited quote marked. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.articles import Article, Sentence
from index.store.versions import Version
from ui.i18n import Words
from ui.markup import button, counted, day, escaped, external_link, facts, listed


@dataclass(frozen=True)
class Quote:
    """A passage to mark. If the text at the offsets is another, the text is searched for."""

    start: int
    end: int
    text: str


def find_quote(text: str, quote: Quote) -> tuple[int, int] | None:
    """The offsets of the quote: the given ones, or those of its only occurrence; None if there is none."""
    if 0 <= quote.start < quote.end <= len(text) and text[quote.start : quote.end] == quote.text:
        return quote.start, quote.end
    if quote.text and text.count(quote.text) == 1:
        at = text.index(quote.text)
        return at, at + len(quote.text)
    return None


def article_html(
    article: Article,
    sentences: Sequence[Sentence],
    say: Words,
    quote: Quote | None = None,
    writable: bool = False,
    current: str = "",
    versions: Sequence[Version] = (),
) -> str:
    """The article with its sentences; the quote is marked only if the article contains it exactly.

    `current` is the id of the article as it is now, if this is a version of it; `versions` are those that are kept.
    """
    where = find_quote(article.text, quote) if quote else None
    lost = (
        f'<p class="notice">{escaped(say["quote_gone"])} <q>{escaped(quote.text)}</q></p>'
        if quote and not where
        else ""
    )
    earlier = current not in ("", article.id)  # It can be asked and removed only as the article that it is of.
    tools = f'<div class="tools">{_close(say)}</div>' if earlier else _tools(article, say, writable)
    return (
        f'<article class="reading" aria-labelledby="reading-title">{tools}'
        f'<h2 id="reading-title" tabindex="-1">{escaped(article.title)}</h2>'
        f'<p class="meta">{facts(article, say)}{_address(article, say)}</p>{lost}'
        f"{_earlier(article, current, writable, say) if earlier else ''}"
        f'<div class="body" lang="{escaped(article.language)}">{body_html(article.text, sentences, where)}</div>'
        f"{_versions(article, versions, say)}{_dropped(article, say)}</article>"
    )


def gone_html(quote: Quote | None, say: Words) -> str:
    """Shown instead of an article that was removed."""
    words = f"<blockquote>{escaped(quote.text)}</blockquote>" if quote else ""
    return (
        f'<article class="reading"><div class="tools">{_close(say)}</div>'
        f'<p class="notice" id="reading-title" tabindex="-1">{escaped(say["article_gone"])}</p>{words}</article>'
    )


def body_html(text: str, sentences: Sequence[Sentence], marked: tuple[int, int] | None) -> str:
    """The text in its paragraphs. Every character of it is shown once, in order; only line breaks become paragraphs."""
    paragraphs, at = [], 0
    for line in text.split("\n"):
        end = at + len(line)
        if line.strip():
            inside = [s for s in sentences if s.start < end and at < s.end]
            tag = "h4" if inside and all(s.heading for s in inside) else "p"
            paragraphs.append(f"<{tag}>{_line(text, at, end, inside, marked)}</{tag}>")
        at = end + 1
    return "".join(paragraphs)


def _line(text: str, start: int, end: int, sentences: Sequence[Sentence], marked: tuple[int, int] | None) -> str:
    spans = [(s.start, s.end) for s in sentences] + ([marked] if marked else [])
    edges = sorted({start, end, *(edge for span in spans for edge in span if start < edge < end)})
    pieces = []
    for left, right in pairwise(edges):
        piece = escaped(text[left:right])
        if marked and marked[0] <= left and right <= marked[1]:
            piece = f"<mark>{piece}</mark>"
        elif any(s.start <= left and right <= s.end for s in sentences):
            piece = f'<span class="s">{piece}</span>'
        pieces.append(piece)
    return "".join(pieces)


def _tools(article: Article, say: Words, writable: bool) -> str:
    tools = _close(say) + button(say["ask_only"], "only", "quiet", article=article.id)
    if writable:
        tools += button(say["remove"], "confirm", "quiet danger", aria_expanded=False)
        sure = button(say["remove_yes"], "remove", "danger", article=article.id) + button(
            say["keep_it"], "cancel", "quiet"
        )
        tools += f'<span class="sure" role="alertdialog" hidden>{escaped(say["remove_sure"])} {sure}</span>'
    return f'<div class="tools">{tools}</div>'


def _close(say: Words) -> str:
    return button(say["close"], "close", "quiet", id="close-article")


def _address(article: Article, say: Words) -> str:
    link = external_link(say["original"], article.url)
    return f" · {link}" if link.startswith("<a") else ""


def _earlier(article: Article, current: str, writable: bool, say: Words) -> str:
    """The notice that this is an earlier version, with buttons."""
    tools = [button(say["open_current"], "open", "quiet", article=current)]
    tools += [button(say["restore"], "restore", "quiet", article=article.id)] if writable else []
    return f'<p class="notice">{escaped(say["is_version"])} {" · ".join(tools)}</p>'


def _versions(article: Article, versions: Sequence[Version], say: Words) -> str:
    others = [version for version in versions if version.article.id != article.id]
    if not others:
        return ""
    items = [
        f"<li>{button(say['kept_since'].format(day=day(version.kept, say)), 'open', 'quiet', article=version.article.id)}"
        f" {escaped(version.article.title)}</li>"
        for version in others
    ]
    title = escaped(counted(len(others), "versions", say))
    return f'<details class="dropped"><summary>{title}</summary>{listed(items, "pieces")}</details>'


def _dropped(article: Article, say: Words) -> str:
    if not article.dropped:
        return ""
    title = escaped(counted(len(article.dropped), "dropped", say))
    items = [f"<li>{escaped(text)}</li>" for text in article.dropped]
    return f'<details class="dropped"><summary>{title}</summary>{listed(items, "pieces")}</details>'
