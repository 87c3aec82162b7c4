"""What a reader sees of an answer: pure functions from values to HTML.

Article, model and question text is data. All of it passes through `escaped`, so that none of it becomes a tag, an
image or a link. The one address ever linked is an article's own, if it is http or https, and opening it takes a click.
"""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise

from rag.answer import Answer, Citation
from ui.words import Words, words

MARKER = re.compile(r"\[(\d+)\]")
ROOM = 420
"""Characters of the paragraph shown on each side of a cited sentence."""


def answer_html(answer: Answer, turn: int) -> str:
    """A finished answer: status, text with its markers leading to the cards of `sources_html`, and what it took."""
    say = words(answer.language)
    return (
        status_html(answer.status, say[answer.status])
        + _rewritten(answer, say)
        + _searched_only(answer, say)
        + f'<div class="text" lang="{escaped(answer.language)}">{_text(answer, turn, say)}</div>'
        + f'<p class="timing">{escaped(timing(answer, say))}</p>'
    )


def draft_html(draft: Answer | None, stage: str, elapsed: float, say: Words) -> str:
    """An answer in the making: the stage, a clock that the style sheet keeps running, and the unchecked words."""
    clock = f'<span class="clock" aria-hidden="true" style="animation-delay:-{max(elapsed, 0):.2f}s"></span>'
    top = status_html("working", say[stage], clock)
    if draft is None:
        return top
    return top + _rewritten(draft, say) + _unchecked(draft, say)


def stopped_html(draft: Answer | None, say: Words) -> str:
    """What had been written when the reader pressed stop."""
    return status_html("stopped", say["stopped"]) + (_unchecked(draft, say) if draft else "")


def failed_html(message: str, say: Words) -> str:
    """An error that is meant for people, where the answer would have stood."""
    return status_html("failed", say["failed"]) + f'<p class="failure" role="alert">{escaped(message)}</p>'


def status_html(status: str, label: str, extra: str = "") -> str:
    """The line that tells at a glance how an answer stands."""
    return f'<p class="status {status}" role="status"><span class="dot"></span>{escaped(label)}{extra}</p>'


def question_html(question: str) -> str:
    """The question as the heading of its answer."""
    return f'<h2 class="question">{escaped(question)}</h2>'


def sources_html(answer: Answer, texts: Mapping[str, str], turn: int) -> str:
    """One card a citation, the cited sentence marked in its paragraph; without citations, the closest passages.

    `texts` holds the articles' texts by id. Where one is missing or no longer holds the quote, the quote stands alone.
    """
    say = words(answer.language)
    cards = answer.citations or answer.closest
    if not cards:
        return ""
    heading = {"draft": "evidence", "conflict": "differing"}.get(answer.status, "sources")
    kind = "cited" if answer.citations else "near"
    if kind == "near" and answer.status != "draft":
        heading = "closest"
    items = "".join(
        _card(card, texts.get(card.article_id), _card_id(turn, card.marker or f"near{n}"), say)
        for n, card in enumerate(cards, 1)
    )
    return f'<h3>{escaped(say[heading])}</h3><ol class="cards {kind} {answer.status}">{items}</ol>'


def earlier_html(turns: Iterable[tuple[str, str, str]], say: Words) -> str:
    """Earlier turns, newest first, each folded under its question: (question, answer HTML, sources HTML)."""
    folded = "".join(
        f"<details><summary>{escaped(question)}</summary>"
        f'<div class="pair"><div class="answer">{answer}</div><div class="sources">{sources}</div></div></details>'
        for question, answer, sources in turns
    )
    return f"<h3>{escaped(say['earlier'])}</h3>{folded}" if folded else ""


def library_html(count: int, say: Words) -> str:
    """The greeting: how many articles can be asked, or how to add the first."""
    greeting = f"<h2>{escaped(say['tagline'])}</h2>"
    if count:
        line = say["holding_one"] if count == 1 else say["holding"].format(n=count)
        return f'{greeting}<p class="holding">{escaped(line)}</p>'
    return (
        f'{greeting}<div class="empty"><h3>{escaped(say["empty"])}</h3><p>{escaped(say["empty_do"])}</p>'
        "<pre>onrecord add news/ story.html https://example.org/story</pre></div>"
    )


def timing(answer: Answer, say: Words) -> str:
    """The seconds that it took and the model that wrote it, leaving out what did not happen."""
    took = answer.timings
    steps = (("t_evidence", took.first_evidence_s), ("t_first", took.first_token_s), ("t_total", took.total_s))
    parts = [f"{say[name]} {seconds:.{1 if seconds >= 1 else 2}f}\u00a0s" for name, seconds in steps if seconds > 0]
    return " · ".join([*parts, answer.models.llm])


def surroundings(text: str, start: int, end: int, room: int = ROOM) -> tuple[int, int]:
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


def escaped(text: str) -> str:
    """The text as HTML that shows it and does nothing; what no browser could be sent becomes a question mark."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�"), quote=True)


def day(published: str, say: Words) -> str:
    """An ISO date as people write it; anything else as it stands."""
    try:
        when = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return f"{when.day} {say['months'].split()[when.month - 1]} {when.year}"


def _text(answer: Answer, turn: int, say: Words) -> str:
    """The answer's text, each known marker a link to its card, statements without support underlined."""
    cited = {citation.marker: citation for citation in answer.citations}
    doubtful = [(claim.start, claim.end) for claim in answer.claims if not claim.supported]
    pieces, at = [], 0
    for found in MARKER.finditer(answer.text):
        citation = cited.get(int(found[1]))
        if citation is not None:
            before = _prose(answer.text, at, found.start(), doubtful, say)
            pieces += [re.sub(r" \Z", "&nbsp;", before), _link(citation, turn, say)]  # no line starts with a marker
            at = found.end()
    return "".join([*pieces, _prose(answer.text, at, len(answer.text), doubtful, say)])


def _prose(text: str, start: int, end: int, doubtful: list[tuple[int, int]], say: Words) -> str:
    edges = {start, end} | {edge for span in doubtful for edge in span if start < edge < end}
    pieces = []
    for left, right in pairwise(sorted(edges)):
        piece = escaped(text[left:right])
        if any(first <= left and right <= last for first, last in doubtful):
            piece = f'<span class="doubtful" title="{escaped(say["doubtful"])}">{piece}</span>'
        pieces.append(piece)
    return "".join(pieces)


def _link(citation: Citation, turn: int, say: Words) -> str:
    label = f"{say['source']} {citation.marker}: {citation.title}"
    return (
        f'<a class="marker" href="#{_card_id(turn, citation.marker)}" title="{escaped(citation.quote)}"'
        f' aria-label="{escaped(label)}"><i>[</i>{citation.marker}<i>]</i></a>'
    )


def _unchecked(draft: Answer, say: Words) -> str:
    if not draft.text:
        return ""
    return f'<p class="caution">{escaped(say["draft"])}</p><div class="text draft">{escaped(draft.text)}</div>'


def _searched_only(answer: Answer, say: Words) -> str:
    """Which articles were searched, where some were left out."""
    if answer.filter is None:
        return ""
    times = ((say["since"], answer.filter.since), (say["until"], answer.filter.until))
    parts = [*answer.filter.sources, *(f"{word} {day}" for word, day in times if day)]
    return f'<p class="rewritten">{escaped(say["searched_only"])} {escaped(" · ".join(parts))}</p>'


def _rewritten(answer: Answer, say: Words) -> str:
    if answer.standalone_question in ("", answer.question):
        return ""
    return (
        f'<p class="rewritten">{escaped(say["understood"])}'
        f' <q lang="{escaped(answer.language)}">{escaped(answer.standalone_question)}</q></p>'
    )


def _card_id(turn: int, marker: int | str) -> str:
    return f"turn{turn}-source{marker}"


def _card(citation: Citation, text: str | None, card_id: str, say: Words) -> str:
    number = f'<span class="number">{citation.marker}</span>' if citation.marker else ""
    facts = [citation.publisher, citation.author, citation.published and day(citation.published, say)]
    facts.append(say.get(f"lang_{citation.language}", citation.language))
    meta = " · ".join(escaped(fact) for fact in facts if fact)
    return (
        f'<li class="card" id="{card_id}" tabindex="-1">{number}<h4>{_title(citation)}</h4><p class="meta">{meta}</p>'
        f'<blockquote lang="{escaped(citation.language)}">{_passage(citation, text)}</blockquote></li>'
    )


def _title(citation: Citation) -> str:
    title = escaped(citation.title)
    if citation.url and re.match(r"https?://[^\s\"'<>]+\Z", citation.url, re.IGNORECASE):
        return f'<a href="{escaped(citation.url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    return title


def _passage(citation: Citation, text: str | None) -> str:
    quote = f"<mark>{escaped(citation.quote)}</mark>"
    start, end = citation.start, citation.end
    if text is None or text[start:end] != citation.quote:
        return quote
    left, right = surroundings(text, start, end)
    before = ("… " if left and text[left - 1] != "\n" else "") + text[left:start]
    after = text[end:right] + (" …" if text[right : right + 1] not in ("", "\n") else "")
    return escaped(before) + quote + escaped(after)
