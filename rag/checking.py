"""Checking: what of a model's reply may be shown. Its statements where they hold, else a sentence that it comes from."""

from collections.abc import Sequence
from dataclasses import replace

from rag import compose
from rag.answer import Answer
from rag.asking import Kind, countable, kind_of, offers, parts
from rag.claims import Statement, statements, with_decimal_commas
from rag.evidence import Passage
from rag.facts import agreement
from rag.gate import LEAST_TO_PARAPHRASE, confidence, doubtful
from rag.verify import Likeness, Pair, Support, holding, meets, nearly, repaired


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
    final: Answer | None, short: str | None, draft: Answer, passages: Sequence[Passage], alike: Likeness, first: Pair
) -> Answer | None:
    """What is shown in the end: the model's statement where it can be trusted, else sentences in their own words, or None.

    Where the model's sentence is not the one that was ranked first, both are quoted.

    `short` is the model's answer in a few words, "" where it had none, None where it was not asked. `first` is the sentence
    that was ranked first. `draft.sure` holds the odds of there being an answer; what comes back has its confidence instead.
    """
    if draft.sure is None:
        return final
    pointed = final is not None
    if final is None:
        held = holding(short, draft.language, passages, draft.standalone_question, alike) if short else None
        pointed, stand_in = held is not None, held or first
        final = compose.quoted(draft, stand_in) if can_answer(stand_in, draft) else None
    if final is None:
        return None
    sure = confidence(draft.sure, _rests_on(final, first), draft.language, pointed)
    if sure < 0:
        return None
    if short and may_paraphrase(final, first, draft.sure) and agreement(short, [final.text]) == 1.0:
        shown = final
    else:
        shown = compose.requoted(final, doubtful(sure))
        own = {citation.language for citation in final.citations} == {draft.language}
        if own and not _rests_on(final, first) and can_answer(first, draft):
            shown = compose.beside(shown, first)
    return replace(shown, usage=draft.usage, sure=sure)


def worth_writing(first: Pair, draft: Answer) -> bool:
    """Whether a statement of the model's may come to be shown: else its sentence will be quoted, and few words find that."""
    abroad = first[0].article.language != draft.language
    return draft.sure is None or abroad or draft.sure >= _least_to_paraphrase(draft)


def worth_asking(final: Answer | None, first: Pair, yes: float | None) -> bool:
    """Whether the model's answer in a few words would change what is shown."""
    return yes is not None and (final is None or may_paraphrase(final, first, yes))


def may_paraphrase(final: Answer, first: Pair, yes: float) -> bool:
    """Whether the model's words may stand for the sentence that they rest on: two ways of looking found the same one, and
    the odds are good. Small models misread the right sentence too often else.
    """
    return _rests_on(final, first) and yes >= _least_to_paraphrase(final)


def _least_to_paraphrase(answer: Answer) -> float:
    return LEAST_TO_PARAPHRASE.get(answer.language, 0.0)


def _rests_on(answer: Answer, pair: Pair) -> bool:
    passage, sentence = pair
    return any((cited.article_id, cited.start) == (passage.article.id, sentence.start) for cited in answer.citations)


def can_answer(pair: Pair, draft: Answer) -> bool:
    """Whether a sentence can be what was asked for, as far as code can tell: of its kind, and about the question's figures."""
    question = draft.standalone_question
    statement = Statement(pair[1].text, ())
    about = meets(question, draft.language, statement, Support((pair,), ()))
    return about and _offered(kind_of(question), question, [statement.text])


def _offered(kind: Kind, question: str, texts: Sequence[str]) -> bool:
    """Whether any of the texts holds what is asked for, as far as its kind can be told."""
    return any(not countable(kind) or offers(text, kind, question) for text in texts)
