"""HTML of the archive: filters, the list of articles, the progress of adding. Pure functions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from index.ingest.sources import SourceFailure
from index.store.article_list import ArticleQuery, ArticleSummary, Holdings
from index.store.storing import Report
from index.store.versions import Outcome
from ui.i18n import Words
from ui.markup import button, counted, day, escaped, language_name, listed

PAGE = 50
"""Articles shown at first, and added by "Show more"."""
MAX_SELECTED = 1_000


@dataclass(frozen=True)
class Filter(ArticleQuery):
    """Which articles to list, and how many of them."""

    shown: int = PAGE


@dataclass(frozen=True)
class Adding:
    """The state of adding sources, one at a time."""

    total: int
    reading: str = ""
    added: tuple[str, ...] = ()
    updated: int = 0
    unchanged: int = 0
    left_out: tuple[Outcome, ...] = ()
    failed: tuple[SourceFailure, ...] = field(default=())
    notes: tuple[tuple[str, str], ...] = ()
    done: int = 0
    stopped: bool = False

    def then(self, report: Report, titles: Iterable[str] = ()) -> "Adding":
        """The state after one more source."""
        return replace(
            self,
            reading="",
            done=self.done + 1,
            added=(*self.added, *titles),
            updated=self.updated + len(report.updated),
            unchanged=self.unchanged + len(report.unchanged),
            left_out=(*self.left_out, *(outcome for outcome in report.outcomes if outcome.why)),
            failed=(*self.failed, *report.failed),
            notes=(
                *self.notes,
                *((out.title, note) for out in report.outcomes for note in out.notes),
                *((note.source, note.text) for note in report.notes),
            ),
        )


def form_html(holdings: Holdings, wanted: Filter, say: Words) -> str:
    """Search and filters; the page's script sends the whole form whenever something in it changes."""
    publishers = [(name, name) for name in sorted(holdings.sources, key=str.casefold)]
    sources = _choice("source", say["source_filter"], say["any_source"], publishers, wanted.source)
    named = [(code, language_name(code, say)) for code in sorted(holdings.languages)]
    languages = _choice("language", say["language"], say["any_language"], named, wanted.language)
    days = "".join(
        f'<label><span>{escaped(say[name])}</span><input type="date" name="{name}" value="{escaped(value)}"></label>'
        for name, value in (("since", wanted.since), ("until", wanted.until))
    )
    return (
        f'<form class="filters" role="search" data-do="filter"><label class="wide"><span>{escaped(say["search"])}</span>'
        f'<input type="search" name="search" id="archive-search" autocomplete="off" value="{escaped(wanted.search)}"'
        f' placeholder="{escaped(say["search_articles"])}"></label>{sources}{languages}{days}</form>'
    )


def list_html(
    articles: Sequence[ArticleSummary], found: int, selected: Collection[str], say: Words, holds: int | None = None
) -> str:
    """A list of articles with checkboxes, of `found` matches; `holds` is the size of the library."""
    if not (found if holds is None else holds):
        return f'<div class="empty"><h3>{escaped(say["empty"])}</h3><p>{escaped(say["empty_here"])}</p></div>'
    if not articles:
        reset = button(say["reset"], "reset", "quiet")
        return (
            f'<div class="empty"><h3>{escaped(say["no_match"])}</h3><p>{escaped(say["no_match_do"])}</p>{reset}</div>'
        )
    rows = [_row(article, article.id in selected, say) for article in articles]
    more = button(say["more"], "more", "quiet", id="more-articles") if found > len(articles) else ""
    return f"{_summary(found, selected, say)}{listed(rows, 'articles')}{more}"


def scope_html(titles: Sequence[str], say: Words) -> str:
    """The line above the question that names the articles it is restricted to."""
    if not titles:
        return ""
    named = titles[0] if len(titles) == 1 else counted(len(titles), "within", say)
    return (
        f'<p class="scope"><span>{escaped(say["asking_only"])} <b>{escaped(named)}</b></span>'
        f"{button(say['all_articles'], 'everything', 'quiet')}</p>"
    )


def adding_html(adding: Adding, say: Words) -> str:
    """The progress of adding, with every failure."""
    counts = [
        counted(n, name, say)
        for n, name in (
            (len(adding.added), "n_added"), (adding.updated, "n_updated"), (adding.unchanged, "n_unchanged"),
            (len(adding.left_out), "n_left_out"), (len(adding.failed), "n_failed"),
        )
        if n
    ]  # fmt: skip
    at = min(adding.done + 1, adding.total)
    working = adding.done < adding.total and not adding.stopped
    line = say["reading_file"].format(n=at, total=adding.total) if working else say["all_read"]
    line = say["adding_stopped"] if adding.stopped else line
    now = f" <b>{escaped(adding.reading)}</b>" if adding.reading else ""
    bar = f'<progress max="{adding.total}" value="{adding.done}" aria-label="{escaped(line)}"></progress>'
    bar = bar + button(say["stop"], "stop_adding", "quiet", id="stop-adding") if working else ""
    reasons = [(out.title, out.why) for out in adding.left_out] + [(bad.source, bad.reason) for bad in adding.failed]
    failures, notes = (
        [f"<li><b>{escaped(name)}</b>: {escaped(told)}</li>" for name, told in pairs]
        for pairs in (reasons, adding.notes)
    )
    added = [f"<li>{escaped(title)}</li>" for title in adding.added[-5:]]
    return (
        f'<div class="adding" data-announce="{escaped(" ".join([line, *counts]))}"><p>{escaped(line)}{now}</p>{bar}'
        f'<p class="meta">{escaped(", ".join(counts))}</p>{listed(added, "added") if added else ""}'
        f"{listed(failures, 'failures') if failures else ''}{listed(notes, 'added') if notes else ''}</div>"
    )


def _choice(name: str, label: str, anything: str, values: Iterable[tuple[str, str]], chosen: str) -> str:
    options = "".join(
        f'<option value="{escaped(value)}"{" selected" if value == chosen else ""}>{escaped(text)}</option>'
        for value, text in [("", anything), *values]
    )
    return f'<label><span>{escaped(label)}</span><select name="{name}">{options}</select></label>'


def _summary(found: int, selected: Collection[str], say: Words) -> str:
    chosen = button(counted(len(selected), "ask_these", say), "ask_selected", "primary", id="ask-selected")
    chosen += button(say["clear"], "clear", "quiet", id="clear-selected")
    few = 1 < found <= MAX_SELECTED
    offer = button(say["select_all"], "select_all", "quiet", id="select-all") if few else ""
    return (
        f'<div class="summary"><span>{escaped(counted(found, "listed", say))}</span>'
        f"{chosen if selected else offer}</div>"
    )


def _row(article: ArticleSummary, chosen: bool, say: Words) -> str:
    box = (
        f'<input type="checkbox" data-do="select" data-article="{escaped(article.id)}" id="box-{escaped(article.id)}"'
        f'{" checked" if chosen else ""} aria-label="{escaped(say["select"])}: {escaped(article.title)}">'
    )
    title = button(article.title, "open", "title", id=f"open-{article.id}", article=article.id)
    cells = (
        ("publisher", article.publisher or ""),
        ("date", day(article.published, say) if article.published else ""),
        ("language", language_name(article.language, say)),
    )
    rest = "".join(f'<span class="{name}">{escaped(text)}</span>' for name, text in cells)
    return f'<li class="item">{box}<span class="name">{title}</span>{rest}</li>'
