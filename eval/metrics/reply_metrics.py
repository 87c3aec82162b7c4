"""Every measure of one reply. Each is a small function to a Score; all but times, tokens and sizes lie in [0, 1]."""

from collections.abc import Callable, Sequence

from eval.cases import Case
from eval.corpus import Corpus
from eval.metrics.citing import citation_scores
from eval.metrics.finding import search_scores
from eval.metrics.matching import accepted, exact_match, matches, plain, token_f1
from eval.metrics.nuggets import nugget_accuracy, nugget_scores, shown
from eval.metrics.text_words import language_of
from eval.reply_records import Reply, Score
from rag.answer import Answer


def score(case: Case, reply: Reply, corpus: Corpus) -> dict[str, Score]:
    """Every measure that applies to this kind of reply, by name."""
    scores = search_scores(case, reply.retrieved, corpus)
    scores["search_s"] = Score(reply.search_s or None)
    if reply.answer:
        scores |= _answer_scores(case, reply.answer) | citation_scores(case, reply.answer, corpus)
        scores |= _cost_scores(reply.answer)
    return scores


# The answer


def accuracy(case: Case, answer: Answer) -> Score:
    """Right or wrong. Right is: declined where the articles do not say, and else an accepted answer (all of them
    where the set says so, as for two sources that differ) in the text, numbers, dates and accents made equal. A question
    with nuggets is judged by those.
    """
    if case.expect == "not_found":
        return Score(
            float(_declined(answer)), "declined" if _declined(answer) else "answered what the articles do not say"
        )
    if case.nuggets:
        return nugget_accuracy(case, answer)
    if not case.answers:
        return Score(None, "the set names no accepted answer")
    if _declined(answer):
        return Score(0.0, "declined")
    if wrong := shown(answer.text, case.reject):
        return Score(0.0, f"shows {', '.join(wrong)}")
    found = accepted(answer.text, case.answers)
    right = matches(answer.text, case.answers, case.match)
    return Score(float(right), f"has {', '.join(found)}" if found else f"has none of {', '.join(case.answers)}")


def language_right(case: Case, answer: Answer) -> Score:
    """Whether the text is in the question's language, told by function words; None for a bare name or number."""
    spoken = language_of(plain(answer.text))
    if spoken is None or case.lang not in ("en", "fr") or _declined(answer):
        return Score(None)
    return Score(float(spoken == case.lang), f"{spoken} to a question in {case.lang}")


def _answer_scores(case: Case, answer: Answer) -> dict[str, Score]:
    """What each of them means is in `measures.toml`."""
    right, declined, absent = accuracy(case, answer), _declined(answer), case.expect == "not_found"
    judged = bool(case.answers) and case.expect == "answered"
    return {
        "accuracy": right,
        "present_right": Score(None) if absent else right,
        **nugget_scores(case, answer),
        "exact_match": _beside(exact_match, case, answer) if judged else Score(None),
        "f1": _beside(token_f1, case, answer) if judged else Score(None),
        "abstention_precision": Score(float(absent) if declined else None),
        "abstention_recall": Score(float(declined) if absent else None),
        "false_refusal": Score(None if absent else float(declined)),
        "conflict_recognition": Score(
            float(answer.status == "conflict") if case.expect == "conflict" else None, answer.status
        ),
        "language": language_right(case, answer),
        "sure": Score(1.0 - answer.confidence if declined else answer.confidence),
    }


def _beside(measure: Callable[[str, Sequence[str]], float], case: Case, answer: Answer) -> Score:
    return Score(0.0 if _declined(answer) else measure(answer.text, case.answers))


def _declined(answer: Answer) -> bool:
    return answer.status == "not_found"


# What it took


def _cost_scores(answer: Answer) -> dict[str, Score]:
    """Seconds, tokens and sizes; what did not happen (no model call: no first token) does not apply."""
    timings, usage = answer.timings, answer.usage
    quotes = [len(citation.quote) for citation in answer.citations]
    return {
        "first_evidence_s": Score(timings.first_evidence_s or None),
        "first_token_s": Score(timings.first_token_s or None),
        "total_s": Score(timings.total_s or None),
        "prompt_tokens": Score(usage.prompt_tokens or None),
        "completion_tokens": Score(usage.completion_tokens or None),
        "cost_usd": Score(usage.cost_usd),
        "answer_words": Score(len(plain(answer.text).split())),
        "quote_chars": Score(sum(quotes) / len(quotes) if quotes else None),
    }
