"""What each figure is called, what it means and which way is better: for the table, the report and the gate."""

from dataclasses import dataclass

from eval.metrics.ranking import CUTOFFS


@dataclass(frozen=True)
class Measure:
    """A figure as people read it. `unit` is "" for a rate in [0, 1]."""

    name: str
    label: str
    meaning: str
    unit: str = ""
    higher_is_better: bool = True


_ANSWERS = (
    Measure(
        "accuracy",
        "right",
        "An accepted answer where there is one, declined where there is none. Numbers, amounts, dates and accents of "
        "English and French are made equal before comparing. With nuggets: every vital one matches and no rejected "
        "pattern; where sources differ, the status says so too. A question on which the engine failed is wrong.",
    ),
    Measure("present_right", "present: right", "Of what the articles do say, the share answered right."),
    Measure(
        "vital_recall",
        "vital nuggets",
        "Of the facts that a question asks for (the vital nuggets of a set), the share in the answer's text. 0 where it "
        "declined or the engine failed.",
    ),
    Measure(
        "rejected",
        "rejected shown",
        "Of the answers to questions with rejected patterns, the share that shows one: a near wrong answer.",
        "",
        False,
    ),
    Measure(
        "f1",
        "token F1",
        "SQuAD's overlap of words with the accepted answer (arXiv 1606.05250), French articles dropped too. Answers in "
        "whole sentences score low by nature: compare engines here, not papers.",
    ),
    Measure("exact_match", "exact match", "SQuAD's: the whole answer is the accepted one (arXiv 1606.05250)."),
    Measure("language", "in the question's language", "Told by function words; bare names and numbers do not count."),
    Measure("answer_words", "length", "Words of the answer.", "words", False),
)
_DECLINING = (
    Measure("abstention_recall", "absent: declined", "Of what the articles do not say, the share declined."),
    Measure("false_refusal", "present: declined", "Of what the articles do say, the share declined.", "", False),
    Measure("abstention_precision", "declined: rightly", "Of what was declined, the share that had to be."),
    Measure("abstention_f1", "declining F1", "The harmonic mean of absent: declined and declined: rightly."),
    Measure("conflict_recognition", "conflict: recognised", "Where sources differ, the share answered as a conflict."),
    Measure(
        "sure",
        "sureness",
        "The probability, by the engine itself, that the articles answer.",
        "probability",
    ),
)
_CITATIONS = (
    Measure("cited", "cites anything", "Of what was answered, the share with at least one citation."),
    Measure(
        "citation_recall",
        "citation recall",
        "Per answer, the share of its sentences that their citations support (ALCE, arXiv 2305.14627), by a repeatable "
        "test of numbers, names and words instead of a model.",
    ),
    Measure(
        "citation_precision",
        "citation precision",
        "Per answer, the share of its citations that support their sentence alone or are needed by the others (ALCE).",
    ),
    Measure("source_recall", "gold article cited", "Of the articles that hold the answer, the share cited."),
    Measure("source_precision", "cited is gold article", "Of the articles cited, the share that hold the answer."),
    Measure("passage_recall", "gold passage cited", "Of the passages that hold the answer, the share quoted."),
    Measure(
        "verified",
        "quotes verified",
        "The share of quotes that stand in the stored article, character for character, where they say they do.",
    ),
    Measure("markers", "markers resolved", "The share of the [n] in answers that have a citation."),
    Measure("invariants", "contract kept", "Answers that keep every promise: markers, offsets, sources, claims."),
    Measure("quote_chars", "to read per citation", "How much one must read to check a citation.", "characters", False),
)
_RETRIEVAL = (
    *(
        Measure(f"{prefix}recall@{k}", f"{what} recall@{k}", f"The share of gold {what}s among the first {k} found.")
        for prefix, what in (("", "article"), ("passage_", "passage"))
        for k in CUTOFFS
    ),
    *(
        measure
        for prefix, what in (("", "article"), ("passage_", "passage"))
        for measure in (
            Measure(f"{prefix}mrr", f"{what} MRR", f"One over the place of the first gold {what} (Voorhees 1999)."),
            Measure(
                f"{prefix}ndcg@10",
                f"{what} nDCG@10",
                "Discounted cumulative gain over that of the best order (Järvelin and Kekäläinen 2002).",
            ),
        )
    ),
    Measure("span_recall", "span recall", "Gold characters that the first 5 chunks cover (Chroma 2024)."),
    Measure("span_precision", "span precision", "Of the characters of the first 5 chunks, those that are gold."),
    Measure("span_iou", "span IoU", "Gold characters covered, over all that are read or gold."),
    Measure("similarity", "best similarity", "The cosine of the question to the nearest chunk.", "cosine"),
)
_COST = (
    *(
        Measure(f"{name}_p{percent}", f"{label}, {words}", meaning, "s", False)
        for name, label, meaning in (
            ("first_evidence_s", "first evidence", "Seconds until a passage can be shown."),
            ("first_token_s", "first word", "Seconds until the model's first word."),
            ("total_s", "whole answer", "Seconds until the answer is complete and checked."),
            ("search_s", "search alone", "Seconds for one search, 20 chunks deep."),
        )
        for percent, words in ((50, "median"), (90, "90 %"), (95, "95 %"))
    ),
    Measure("prompt_tokens", "tokens read", "Tokens the language model read, a question.", "tokens", False),
    Measure("completion_tokens", "tokens written", "Tokens the language model wrote, a question.", "tokens", False),
    Measure("cost_usd", "cost", "US dollars a question, where a price is known.", "USD", False),
    Measure("failed", "failed", "Questions on which the engine raised an error.", "", False),
)

_STATEMENTS = (
    Measure("verdict_accuracy", "right verdict", "Of all statements, the share whose verdict is their label."),
    Measure(
        "false_supported",
        "false: supported",
        "Of the statements that their evidence contradicts or does not support, the share called supported.",
        "",
        False,
    ),
    Measure("true_supported", "true: supported", "Of the supported statements, the share called supported."),
    Measure(
        "contradicted_found",
        "contradicted: called so",
        "Of the contradicted statements, the share called contradicted.",
    ),
    Measure(
        "true_contradicted",
        "true: contradicted",
        "Of the supported statements, the share called contradicted.",
        "",
        False,
    ),
    *(
        Measure(f"verdict_s_p{percent}", f"verdict, {words}", "Seconds to check one statement.", "s", False)
        for percent, words in ((50, "median"), (90, "90 %"), (95, "95 %"))
    ),
)

GROUPS = {
    "Answers": _ANSWERS,
    "Declining": _DECLINING,
    "Citations": _CITATIONS,
    "Retrieval": _RETRIEVAL,
    "Time and cost": _COST,
    "Statements": _STATEMENTS,
}
MEASURES = {measure.name: measure for measures in GROUPS.values() for measure in measures}

HEADLINES = (
    "false_supported", "true_supported", "contradicted_found", "true_contradicted", "verdict_accuracy",
    "accuracy", "present_right", "vital_recall", "rejected", "f1", "abstention_recall", "abstention_precision", "false_refusal",
    "conflict_recognition", "citation_recall", "citation_precision", "source_recall", "source_precision", "verified",
    "recall@5", "passage_recall@5", "answer_words", "first_evidence_s_p50", "total_s_p50", "verdict_s_p50",
)  # fmt: skip
"""What people look at first."""

SLICED = (
    "accuracy", "present_right", "vital_recall", "abstention_recall", "false_refusal", "citation_recall",
    "source_recall", "verified", "recall@5", "passage_recall@5", "answer_words", "total_s_p50", "false_supported",
    "true_supported", "contradicted_found", "verdict_accuracy",
)  # fmt: skip
"""What is told of every slice."""

_DECIMALS = {"": 3, "cosine": 3, "s": 2, "USD": 4}


def written(value: float | None, measure: Measure) -> str:
    """A value as people read it."""
    return "–" if value is None else f"{value:.{_DECIMALS.get(measure.unit, 0)}f}"
