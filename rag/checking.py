"""Checking: what of a model's reply may be shown. Its statements where they hold, else a sentence that it comes from."""

from collections.abc import Sequence
from dataclasses import replace

from rag import compose
from rag.answer import Answer
from rag.asking import Kind, countable, kind_of, offers, parts
from rag.claims import Statement, statements, with_decimal_commas
from rag.evidence import Passage
from rag.facts import beyond, facts_of, missing
from rag.gate import LEAST_TO_LEAD, confidence, doubtful
from rag.leading import lead
from rag.verifying import Likeness, Pair, Support, meets, nearly, repaired


def checked(draft: Answer, reply: str, passages: Sequence[Passage], alike: Likeness) -> Answer | None:
    """What of the reply holds; failing that, the sentence that it comes from, if it only says too much; else None."""
    question, kind = draft.standalone_question, kind_of(draft.standalone_question)
    reply = with_decimal_commas(reply) if draft.language == "fr" else reply
    found_for = [repaired(said, draft.language, passages, question, alike) for said in statements(reply)]
    held = [(said, found) for said, found in found_for if found.holds and meets(question, draft.language, said, found)]
    if _offered(kind, question, [statement.text for statement, _ in held]):
        open_parts = [p for p in parts(question)[1:] if not _offered(kind_of(p), p, [s.text for s, _ in held])]
        return compose.leaving_open(compose.answered(draft, held, len(found_for) - len(held)), open_parts)
    for said, found in found_for:
        usable = nearly(said, found, draft.language, question) and meets(question, draft.language, said, found)
        if usable and _offered(kind, question, [found.sentences[0][1].text]):
            return compose.quoted(draft, found.sentences[0])
    return None


def settled(
    final: Answer | None,
    short: str,
    pointed: Pair | None,
    draft: Answer,
    likeliest: Sequence[Pair],
    abroad: Sequence[Pair] = (),
) -> Answer | None:
    """What is shown in the end: sentences in their own words, and the model's statement only of what another language says.

    `final` is what of the model's reply holds, if it was asked for one; else `pointed` is the sentence that holds `short`, its
    answer in a few words. `likeliest` are the sentences that were ranked first. The first is quoted beside what the model found;
    where it found nothing, the first that can be what was asked for, the second too, and the nearest of another language
    (`abroad`), which words cannot rank. `draft.sure` holds the odds of there being an answer; what comes back has its
    confidence instead.
    """
    if draft.sure is None:
        return final
    first, found = likeliest[0], bool(final or pointed)
    held = pointed if not final and pointed and can_answer(pointed, draft) else None
    if final is None:
        shown_instead = held or next((pair for pair in likeliest if can_answer(pair, draft)), None)
        if shown_instead is None:
            return None
        final = compose.quoted(draft, shown_instead)
    # Where a number or a date is asked for, what is quoted instead holds one at least.
    invented = bool(short) and not found and not countable(kind_of(draft.standalone_question))
    sure = confidence(draft.sure, _rests_on(final, first), draft.language, found, invented)
    if sure < 0:
        return None
    few = _lead(short, held, draft) if held and not doubtful(sure) and (held == first or _abroad(held, draft)) else ""
    shown = compose.requoted(final, doubtful(sure), few)
    if {citation.language for citation in final.citations} == {draft.language}:
        for pair in likeliest[:1] if found else (*likeliest[:2], *abroad):
            if not _rests_on(shown, pair) and can_answer(pair, draft):
                shown = compose.beside(shown, pair)
    return replace(shown, usage=draft.usage, sure=sure)


def worth_writing(draft: Answer, first: Pair, short: str, pointed: Pair | None) -> bool:
    """Whether a statement of the model's may come to be shown: else a sentence will be quoted, and few words have found that.

    Small models misread the right sentence too often ("The Cybermen are also a Time Lord"); a reader of the quote does not.
    That of another language needs them before it, or a statement.
    """
    if draft.sure is None or len(parts(draft.standalone_question)) > 1:
        return True
    return _abroad(first, draft) and not (pointed and _abroad(pointed, draft) and _lead(short, pointed, draft))


def _lead(short: str, held: Pair, draft: Answer) -> str:
    """What of the few words may stand before the sentence that holds them. In another language they are all that a reader
    may understand of it, and are as good as a statement there if every number, date and name of them stands in it."""
    words, question = with_decimal_commas(short) if draft.language == "fr" else short, draft.standalone_question
    if _abroad(held, draft):
        lacking = missing(beyond(facts_of(words), question), held[1].text)
        return "" if lacking else words[0].upper() + words[1:]
    return lead(words, held[1], question) if (draft.sure or 0.0) >= LEAST_TO_LEAD else ""


def _abroad(pair: Pair, draft: Answer) -> bool:
    return pair[0].article.language != draft.language


def _rests_on(answer: Answer, pair: Pair) -> bool:
    passage, sentence = pair
    return any((cited.article_id, cited.start) == (passage.article.id, sentence.start) for cited in answer.citations)


def doubtful_date(answer: Answer) -> bool:
    """Whether it is doubtful that a "when" is answered. A date is always found somewhere; that the thing happened may not be."""
    return (
        answer.sure is not None and doubtful(answer.sure) and kind_of(answer.standalone_question) in ("date", "month")
    )


def can_answer(pair: Pair, draft: Answer) -> bool:
    """Whether a sentence can be what was asked for, as far as code can tell: of its kind, and about the question's figures."""
    question = draft.standalone_question
    statement = Statement(pair[1].text, ())
    about = meets(question, draft.language, statement, Support((pair,), ()))
    return about and _offered(kind_of(question), question, [statement.text])


def _offered(kind: Kind, question: str, texts: Sequence[str]) -> bool:
    """Whether any of the texts holds what is asked for, as far as its kind can be told."""
    return any(not countable(kind) or offers(text, kind, question) for text in texts)
