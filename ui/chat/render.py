"""What a reader sees of an answer: pure functions from an Answer to HTML. See `ui.markup` for what keeps it harmless."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from rag.answer import Answer, Citation, Claim
from rag.events import Waiting
from ui.chat.export import answer_markdown
from ui.chat.source_view import numbers_html
from ui.chat.template import drawn
from ui.i18n import Words, words
from ui.layout import Layout, by_article, layout_of, newest, remarks
from ui.markup import button, counted, day, escaped, iso_day, listed, opening
from ui.so_far import SoFar

MARKER = re.compile(r"\[(\d+)\]")
_ENDED = re.compile(r"[.!?…][\"”»’]*\s*[”»](?:\s?\[\d+\])*\s*\Z")


@dataclass(frozen=True)
class Kept:
    """The stored properties of an answer; see `ui.conversations.Entry`."""

    id: str
    verdict: str | None = None
    correction: str = ""
    articles: int = 0
    last: bool = False


def turn_html(answer: Answer, kept: Kept, say: Words, followups: Sequence[str] = ()) -> str:
    """A finished answer under its question, and what can be done with it. `say` is the interface's language.

    The last turn of a conversation can be asked again and edited, and offers `followups`; its sources stand beside it.
    """
    inner = question_html(answer.question, tools=_asking_again(answer, kept, say) if kept.last else "")
    inner += answer_html(answer) + _within(kept, say) + ("" if kept.last else _sources_line(answer))
    inner += _actions(answer, kept, say)
    go_on = _asked(followups, words(answer.language)["followups"])
    inner += f'<div lang="{escaped(answer.language)}">{go_on}</div>' if go_on else ""
    return f'<article class="turn" id="answer-{escaped(kept.id)}" tabindex="-1">{inner}</article>'


def answer_html(answer: Answer) -> str:
    """Status, the question as it was understood, and the text with markers that open their sentences."""
    say = words(answer.language)
    layout = layout_of(answer)
    columns = _columns(answer, say) if answer.status == "conflict" and layout is None else ""
    text = _text(answer, _prose_claims(answer) if columns else None, say) if layout is None else ""
    shown = f'<div class="text" lang="{escaped(answer.language)}">{text}</div>' if text.strip() else ""
    if layout is not None:
        shown = _laid_out(answer, layout, say)
    head = (
        status_html(answer.status, say[answer.status], _told_by(answer, say))
        + _rewritten(answer.question, answer.standalone_question, answer.language, say)
        + ("" if answer.notices else _searched_only(answer, say))
    )
    others = _asked(answer.reading.others, say["other_readings"])
    return f'<div lang="{escaped(answer.language)}">{head}{shown}{columns}{_remarks(answer)}{others}</div>'


def working_html(question: str, so_far: SoFar, elapsed: float, say: Words) -> str:
    """An unfinished answer: the stage, a clock animated by the style sheet, and the claims so far."""
    clock = f'<span class="clock" aria-hidden="true" style="animation-delay:-{max(elapsed, 0):.2f}s"></span>'
    label = _waiting(so_far.doing, say) if isinstance(so_far.doing, Waiting) else say[so_far.doing]
    head = question_html(question) + status_html("working", label, clock)
    return head + _rewritten(question, so_far.question, so_far.language, say) + _checked(so_far, say)


def stopped_html(question: str, so_far: SoFar, say: Words) -> str:
    """A stopped answer: the claims so far."""
    again = f'<p class="actions">{button(say["retry"], "ask", "second", question=question)}</p>'
    return question_html(question) + status_html("stopped", say["stopped"]) + _checked(so_far, say) + again


def waiting_html(questions: Sequence[str], say: Words) -> str:
    """The queued questions, each with a button to remove it."""
    items = [
        f'<li><span class="next">{escaped(say["next"])}</span> <span class="waits">{escaped(question)}</span>'
        f" {button(say['take_back'], 'take_back', 'quiet', question=question)}</li>"
        for question in questions
    ]
    said = f'<p data-announce="{escaped(say["next"] + " " + questions[-1])}" hidden></p>' if questions else ""
    return said + listed(items, "line", "ol") if items else ""


def failed_html(question: str, message: str, say: Words) -> str:
    """An error that is meant for people, where the answer would have stood."""
    again = f'<p class="actions">{button(say["retry"], "ask", "second", question=question)}</p>' if question else ""
    title = question_html(question) if question else ""
    return title + status_html("failed", say["failed"]) + f'<p class="failure">{escaped(message)}</p>' + again


def status_html(status: str, label: str, extra: str = "") -> str:
    """The status line of an answer, which the page's script announces to screen readers."""
    return f'<p class="status {status}" data-announce="{escaped(label)}"><span class="dot"></span>{escaped(label)}{extra}</p>'


def question_html(question: str, tools: str = "") -> str:
    """The question as the heading of its answer."""
    return f'<div class="asked"><h2 class="question">{escaped(question)}</h2>{tools}</div>'


def timing(answer: Answer, say: Words) -> str:
    """The seconds that it took and the model that wrote it, leaving out what did not happen."""
    took = answer.timings
    steps = (("t_evidence", took.first_evidence_s), ("t_first", took.first_token_s), ("t_total", took.total_s))
    parts = [f"{say[name]} {_seconds(seconds, say)}\u00a0s" for name, seconds in steps if seconds > 0]
    return " · ".join([*parts, say["no_model"] if answer.models.llm == "none" else answer.models.llm])


# The text and its markers


def _text(answer: Answer, claims: Sequence[Claim] | None, say: Words) -> str:
    """The answer's text, or only that of some claims, each known marker a button, unsupported statements underlined."""
    spans = [(0, len(answer.text))] if claims is None else [(claim.start, claim.end) for claim in claims]
    return " ".join(_span(answer, start, end, say) for start, end in spans)


def _laid_out(answer: Answer, layout: Layout, say: Words) -> str:
    def drawn_span(start: int, end: int) -> Markup:
        return Markup(_span(answer, start, end, say))

    closing = drawn_span(layout.closing, len(answer.text)) if answer.text[layout.closing :].strip() else ""
    return drawn("layout", say, layout=layout, drawn=drawn_span, closing=closing, paragraphs=answer.form == "summary")


def _span(answer: Answer, start: int, end: int, say: Words) -> str:
    cited = {citation.marker: citation for citation in answer.citations}
    doubtful = [(claim.start, claim.end) for claim in answer.claims if not claim.supported]
    pieces, at = [], start
    for found in MARKER.finditer(answer.text, start, end):
        citation = cited.get(int(found[1]))
        if citation is not None:
            before = _prose(answer.text, at, found.start(), doubtful, say)
            after = re.compile(r"[^\s\w\[<&]*").match(answer.text, found.end(), end)
            stop = after[0] if after else ""
            at = found.end() + len(stop)
            if stop == "." and _ENDED.search(answer.text, 0, found.start()):
                stop = ""  # The quote before it has its own.
            # No line starts with a marker, nor with the full stop after one.
            marker = (
                f'<span class="kept">{_marker(citation, say)}{escaped(stop)}</span>' if stop else _marker(citation, say)
            )
            pieces += [re.sub(r" \Z", "&nbsp;", before), marker]
    return "".join([*pieces, _prose(answer.text, at, end, doubtful, say)])


def _prose(text: str, start: int, end: int, doubtful: list[tuple[int, int]], say: Words) -> str:
    edges = {start, end} | {edge for span in doubtful for edge in span if start < edge < end}
    pieces = []
    for left, right in pairwise(sorted(edges)):
        piece = escaped(text[left:right])
        if any(first <= left and right <= last for first, last in doubtful):
            piece = f'<span class="doubtful" title="{escaped(say["doubtful"])}">{piece}</span>'
        pieces.append(piece)
    return "".join(pieces)


def _marker(citation: Citation, say: Words) -> str:
    """The brackets show only in a copy of the text; the style sheet shows `data-quote` beside a marker hovered over."""
    name = f"{say['source']} {citation.marker}: {citation.title}"
    return opening(citation, "", "marker", name, inner=f"<i>[</i>{citation.marker}<i>]</i>")


def _columns(answer: Answer, say: Words) -> str:
    """A conflict, one column per source, with its date; the newest is marked."""
    latest = newest(answer.citations)
    ids = list(dict.fromkeys(citation.article_id for citation in answer.citations))
    groups = [[citation for citation in answer.citations if citation.article_id == id] for id in ids]
    if len(groups) < 2:
        groups = [[citation] for citation in answer.citations]
    columns = []
    for group in groups:
        markers = {citation.marker for citation in group}
        claims = [claim for claim in answer.claims if claim.citations and set(claim.citations) <= markers]
        said = _text(answer, claims, say) if claims else " ".join(_quoted(citation, say) for citation in group)
        columns.append(
            f'<section class="side"><h3>{escaped(group[0].publisher or group[0].title)}</h3>'
            f'<p class="meta">{_dated(group[0], latest, say)}</p><div class="text">{said}</div></section>'
        )
    return f'<div class="sides" lang="{escaped(answer.language)}">{"".join(columns)}</div>'


def _prose_claims(answer: Answer) -> list[Claim]:
    """The claims that no column of a conflict can show, since they rest on several sources."""
    article = {citation.marker: citation.article_id for citation in answer.citations}
    several = len(set(article.values())) > 1
    return [claim for claim in answer.claims if len({article[m] if several else m for m in claim.citations}) != 1]


def _quoted(citation: Citation, say: Words) -> str:
    quote = escaped(" ".join(citation.quote.split()))
    return f'<q lang="{escaped(citation.language)}">{quote}</q>&nbsp;{_marker(citation, say)}'


def _dated(citation: Citation, latest: str, say: Words) -> str:
    parts = [escaped(day(citation.published, say)) if citation.published else escaped(say["undated"])]
    if latest and iso_day(citation.published) == latest:
        parts.append(f'<b class="newest">{escaped(say["newest"])}</b>')
    return " ".join(parts)


# What stands around it


def _remarks(answer: Answer) -> str:
    return "".join(f'<p class="remark">{escaped(remark)}</p>' for remark in remarks(answer))


def _told_by(answer: Answer, say: Words) -> str:
    """The number of articles cited, with copies of a story counted as one, and the newest date."""
    articles = {citation.article_id for citation in answer.citations}
    told = counted(len(articles), "told_by", say)
    if answer.as_of:
        as_of = say["as_of_one" if len(articles) == 1 else "as_of"]
        told += f", {as_of.format(day=day(answer.as_of, say))}"
    return f' <span class="told">{escaped(told)}</span>' if articles else ""


def _rewritten(question: str, understood: str, language: str, say: Words) -> str:
    if understood in ("", question):
        return ""
    asked = f'<q lang="{escaped(language)}">{escaped(understood)}</q>'
    return f'<p class="rewritten">{escaped(say["understood"])} {asked}</p>'


def _waiting(waiting: Waiting, say: Words) -> str:
    """The reader's place in the line and, once answers were timed, about how long it takes."""
    parts = [counted(waiting.place, "waiting", say)]
    if waiting.wait_s is not None:
        parts.append(counted(max(1, round(waiting.wait_s)), "waiting_s", say))
    return ", ".join(parts)


def _checked(so_far: SoFar, say: Words) -> str:
    if not so_far.text:
        return ""
    return f'<p class="caution">{escaped(say["so_far"])}</p><div class="text so-far">{escaped(so_far.text)}</div>'


def _searched_only(answer: Answer, say: Words) -> str:
    """Which articles were searched, where a date or a source left some out."""
    if answer.filter is None or not (answer.filter.asks_for_time or answer.filter.sources):
        return ""
    times = ((say["since"], answer.filter.since), (say["until"], answer.filter.until))
    parts = [*answer.filter.sources, *(f"{word} {day}" for word, day in times if day)]
    return f'<p class="rewritten">{escaped(say["searched_only"])} {escaped(" · ".join(parts))}</p>'


def _within(kept: Kept, say: Words) -> str:
    return f'<p class="within">{escaped(counted(kept.articles, "within", say))}</p>' if kept.articles else ""


def _sources_line(answer: Answer) -> str:
    """The sources in one line each, for an answer whose cards are not shown."""
    say = words(answer.language)
    rows = []
    for group in by_article(answer.citations or answer.closest):
        name = " · ".join(part for part in (group[0].title, group[0].publisher) if part)
        rows.append(f"<li>{opening(group[0], '', 'source', inner=numbers_html(group) + escaped(name))}</li>")
    kind = "cited" if answer.citations else "near"
    title = f'<h3 class="brief-title">{escaped(say["closest"])}</h3>' if rows and kind == "near" else ""
    return title + listed(rows, f"brief {kind}", "ol") if rows else ""


def _asking_again(answer: Answer, kept: Kept, say: Words) -> str:
    edit = button(say["edit"], "edit", "quiet", id=f"edit-{kept.id}", answer=kept.id, question=answer.question)
    retry = button(say["retry"], "ask", "quiet", id=f"retry-{kept.id}", question=answer.question, replacing=kept.id)
    return f'<span class="tools">{edit}{retry}</span>'


def _actions(answer: Answer, kept: Kept, say: Words) -> str:
    verdicts = "".join(
        button(
            say[f"verdict_{verdict}"], "judge", "verdict", id=f"{verdict}-{kept.id}",
            answer=kept.id, verdict=verdict, aria_pressed=kept.verdict == verdict,
        )
        for verdict in ("right", "wrong", "wrong_source")
    )  # fmt: skip
    copies = button(
        say["copy"], "copy", "quiet", id=f"copy-{kept.id}", text=answer_markdown(answer), done=say["copied"]
    )
    copies += button(say["link"], "link", "quiet", id=f"link-{kept.id}", answer=kept.id, done=say["copied"])
    return (
        f'<div class="actions"><span class="verdicts" role="group" aria-label="{escaped(say["verdict"])}">{verdicts}</span>'
        f"{copies}{_timing(answer) if kept.last else ''}</div>" + _correction(kept, say)
    )


def _timing(answer: Answer) -> str:
    took = timing(answer, words(answer.language))
    return f'<span class="timing" lang="{escaped(answer.language)}">{escaped(took)}</span>'


def _correction(kept: Kept, say: Words) -> str:
    """The form to correct a wrong answer, for the exported question set."""
    if kept.verdict not in ("wrong", "wrong_source"):
        return ""
    field = f"correction-{escaped(kept.id)}"
    return (
        f'<form class="correction" data-do="correct" data-answer="{escaped(kept.id)}" data-verdict="{kept.verdict}">'
        f'<label for="{field}">{escaped(say["correction"])}</label>'
        f'<input id="{field}" name="correction" maxlength="500" autocomplete="off" value="{escaped(kept.correction)}">'
        f'<button type="submit" class="second" id="keep-{escaped(kept.id)}">{escaped(say["keep"])}</button></form>'
    )


def _asked(questions: Sequence[str], title: str) -> str:
    """Questions that are asked when they are pressed, under a heading."""
    items = [f"<li>{button(question, 'ask', 'followup', question=question)}</li>" for question in questions]
    return f'<h3 class="followups-title">{escaped(title)}</h3>{listed(items, "followups")}' if items else ""


def _seconds(seconds: float, say: Words) -> str:
    return f"{seconds:.{1 if seconds >= 1 else 2}f}".replace(".", say["decimal"])
