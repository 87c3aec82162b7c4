"""Checking: what of a model's reply may be shown. Its statements where they hold, else a sentence that it comes from."""

from collections.abc import Sequence
from dataclasses import replace

from rag import compose
from rag.answer import Answer
from rag.asking import Kind, countable, kind_of, offers, parts
from rag.claims import statements
from rag.evidence import Passage
from rag.facts import agreement
from rag.gate import confidence, may_quote
from rag.verify import Likeness, holding, meets, nearly, repaired


def checked(draft: Answer, reply: str, passages: Sequence[Passage], alike: Likeness) -> Answer | None:
    """What of the reply holds; failing that, the sentence that it comes from, if it only says too much; else None."""
    question, kind = draft.standalone_question, kind_of(draft.standalone_question)
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
    final: Answer | None, short: str | None, draft: Answer, passages: Sequence[Passage], alike: Likeness
) -> Answer | None:
    """The answer if the model's answer in a few words agrees with it; else the sentence that holds those words, quoted.

    `short` is "" where the model had none, None where it was not asked. `draft.sure` holds the odds of there being an answer;
    what comes back has its confidence instead. None if neither is sure enough.
    """
    if final:
        agreed = agreement(short, [final.text, *(citation.quote for citation in final.citations)]) if short else 0.0
        final = replace(final, usage=draft.usage, sure=_sure(draft, agreed))
        if final.sure is None or final.sure >= 0:
            return final
    if not short or not may_quote(draft.sure):
        return None
    question = draft.standalone_question
    pair = holding(short, draft.language, passages, question, alike)
    if pair is None or not _offered(kind_of(question), question, [pair[1].text]):
        return None
    return replace(compose.quoted(draft, pair), sure=_sure(draft, agreed=1.0))


def _sure(draft: Answer, agreed: float) -> float | None:
    return None if draft.sure is None else confidence(draft.sure, agreed)


def _offered(kind: Kind, question: str, texts: Sequence[str]) -> bool:
    """Whether any of the texts holds what is asked for, as far as its kind can be told."""
    return any(not countable(kind) or offers(text, kind, question) for text in texts)
