"""Answers and conversations as Markdown, as JSON, and as a question set that `onrecord eval` runs. Pure functions."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from rag.answer import Answer, Citation
from ui.chat.check_view import SIGNS, CheckRun
from ui.conversations import Entry
from ui.i18n import Words, words
from ui.layout import Item, by_article, layout_of, other_readings, remarks
from ui.markup import counted, day, web_address

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def answer_markdown(answer: Answer) -> str:
    """The answer with its sources: quotes, titles, dates and addresses, ready to paste."""
    say = words(answer.language)
    parts = [f"**{_plain(answer.question)}**"]
    if answer.status != "answered":
        parts.append(f"*{say[answer.status]}*")
    parts += [*_body(answer), *map(_plain, [*remarks(answer), *other_readings(answer)])]
    if answer.closest:
        parts.append(f"{say['closest']}{say['colon']}")
    parts += map(_source, by_article(answer.citations or answer.closest))
    if answer.as_of:
        parts.append(f"*{say['check_as_of'].format(day=day(answer.as_of, say))}*")
    return "\n\n".join(parts) + "\n"


def _body(answer: Answer) -> list[str]:
    """The answer's text by its layout: dates in bold, a comparison as a table."""
    layout, say = layout_of(answer), words(answer.language)
    if layout is None:
        return [_plain(answer.text, keep_markers=True)]

    def said(item: Item) -> str:
        return _plain(f"{item.lead} {answer.text[item.start : item.end]}", keep_markers=True)

    parts = [_plain(layout.opening)]
    sides = [section for section in layout.sections if section.heading] if layout.kind == "table" else []
    if sides:
        rows = zip_longest(*(map(said, side.items) for side in sides), fillvalue="")
        lines = [[_plain(side.heading) for side in sides], ["---"] * len(sides), *rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    for section in layout.sections:
        if section in sides:
            continue
        items = [f"**{day(item.date, say)}** {said(item)}" if item.date else said(item) for item in section.items]
        heading = [f"**{_plain(section.heading)}**"] if section.heading else []
        parts += [*heading, "\n".join(f"- {item}" for item in items) if answer.form != "summary" else " ".join(items)]
    return list(filter(None, [*parts, _plain(answer.text[layout.closing :], keep_markers=True)]))


def conversation_markdown(title: str, entries: Iterable[Entry]) -> str:
    return "\n---\n\n".join([f"# {_plain(title)}\n", *(answer_markdown(entry.answer) for entry in entries)])


def conversation_json(title: str, entries: Iterable[Entry]) -> str:
    """The answers as `onrecord ask --json` prints them, each with when it was asked and the reader's verdict."""
    kept = [
        {
            "id": entry.id,
            "asked": entry.asked,
            "articles": list(entry.articles),
            "verdict": entry.verdict,
            "correction": entry.correction or None,
            "answer": entry.answer.to_dict(),
        }
        for entry in entries
    ]
    return json.dumps({"title": title, "answers": kept}, ensure_ascii=False, indent=2) + "\n"


def check_markdown(run: CheckRun, say: Words) -> str:
    """A checked text, each sentence after its verdict, with the quotes that decide on it."""
    title = f"# {say['check_title']}" + (f"{say['colon']} {_plain(run.name)}" if run.name else "")
    counts = Counter(sentence.verdict for sentence in run.sentences)
    verdicts = [f"{sign} {say[f'v_{name}']} {counts[name]}" for name, sign in SIGNS.items() if counts[name]]
    done = say["check_stopped"].format(done=len(run.sentences), total=run.total) if run.whole is None else ""
    parts = [title, " · ".join(filter(None, [done, *verdicts]))]
    if run.as_of:
        parts.append(say["check_as_of"].format(day=day(run.as_of, say)))
    for sentence in run.sentences:
        parts.append(f"{SIGNS[sentence.verdict]} **{say[f'v_{sentence.verdict}']}** {_plain(sentence.text)}")
        parts += map(_source, by_article(sentence.citations))
    if run.dropped:
        pieces = [f"- {_plain(piece)}" for piece in run.dropped]
        parts.append("\n".join([counted(len(pieces), "check_dropped", say) + say["colon"], "", *pieces]))
    return "\n\n".join(parts) + "\n"


def question_set(entries: Iterable[Entry], histories: Mapping[str, Sequence[str]]) -> str:
    """The judged answers as a question set, one line each; `histories` holds the earlier questions by answer id.

    What was right is expected again, with its sources; what was wrong is expected as the reader corrected it. A wrong
    answer without a correction tells nothing that could be expected, and is left out.
    """
    lines = [_case(entry, histories.get(entry.id, ())) for entry in entries]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines if line)


def _case(entry: Entry, history: Sequence[str]) -> dict[str, object] | None:
    answer = entry.answer
    case: dict[str, object] = {"id": entry.id, "question": answer.question, "lang": answer.language}
    case |= {"history": list(history), "tags": ["feedback", entry.verdict or ""]}
    if entry.verdict == "right":
        expect = "answered" if answer.status == "partial" else answer.status
        return case | {"expect": expect, "answers": [], "match": "any"} | _evidence(answer)
    if not entry.correction:
        return None
    return case | {"expect": "answered", "answers": [entry.correction], "match": "any", "sources": []}


def _evidence(answer: Answer) -> dict[str, object]:
    passages = [
        {"article": cited.article_id, "start": cited.start, "end": cited.end, "quote": cited.quote}
        for cited in answer.citations
    ]
    return {"sources": list(dict.fromkeys(cited.article_id for cited in answer.citations)), "passages": passages}


def _source(cited: Sequence[Citation]) -> str:
    """An article with the quotes that are cited of it."""
    citation = cited[0]
    number = "".join(f"[{card.marker}]" for card in cited if card.marker) or "–"
    about = [citation.publisher, citation.author, citation.published]
    line = f"{number} " + ", ".join([f"*{_plain(citation.title)}*", *(_plain(fact) for fact in about if fact)])
    if own := web_address(citation.url):
        line += f", <{own}>"
    return "\n".join([line, "\n>\n".join(f"> {_own(card, cited)}{_plain(card.quote)}" for card in cited)])


def _own(card: Citation, cited: Sequence[Citation]) -> str:
    """Its number before a quote, where its article has several."""
    return f"[{card.marker}] " if card.marker and len(cited) > 1 else ""


def _plain(text: str, keep_markers: bool = False) -> str:
    """The text on one line, shown by Markdown as it is: no image, link or markup comes of it."""
    shown = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    # A marker is no link: neither "[1](…)" nor "[1]: …" may become one.
    return (
        re.sub(r"\\\[(\d+)\\\](?=([(:]?))", lambda m: f"[{m[1]}]" + ("\\" if m[2] else ""), shown)
        if keep_markers
        else shown
    )
