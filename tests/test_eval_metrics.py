import math
from dataclasses import replace

import numpy as np
import pytest
from eval_fakes import ARTICLES, answer, citation, found
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Case, Nugget, Passage
from eval.corpus import corpus_of
from eval.metrics import ranking
from eval.metrics.intervals import mean_figure, paired_difference, percentile_figure, ratio_figure
from eval.metrics.reply_metrics import score
from eval.metrics.rule_support import markers_of, statements, unsupported
from eval.metrics.summary import figures, slices
from eval.reply_records import Record, Reply
from rag.answer import Claim

ROADSTER, FUSEE = ARTICLES
PRICE = citation(1, ROADSTER, "Sam Altman paid $45,000 for a Roadster in July 2018.")
WAIT = citation(2, ROADSTER, "He waited 7.5 years.")
PAID = Case("paid", "What did Altman pay?", answers=("$45,000",), sources=("roadster",))
ABSENT = Case("ceo", "Who runs Ford?", expect="not_found")


def scored(case, said, *retrieved):
    return score(case, Reply(said, retrieved), corpus_of(ARTICLES, [case]))


def value(case, said, name, *retrieved):
    return scored(case, said, *retrieved)[name].value


# The answer


@pytest.mark.parametrize(
    ("case", "said", "right"),
    [
        (PAID, answer("He paid 45 000 dollars [1].", PRICE), 1.0),
        (PAID, answer("He paid $54,000 [1].", PRICE), 0.0),
        (PAID, answer("Nothing is said.", status="not_found"), 0.0),
        (ABSENT, answer("Nothing is said.", status="not_found"), 1.0),
        (ABSENT, answer("Mark Zuckerman runs it [1].", PRICE), 0.0),
        (replace(PAID, answers=("2018", "2019"), match="all", expect="conflict"), answer("2018 or 2019 [1]."), 1.0),
        (replace(PAID, answers=("2018", "2019"), match="all", expect="conflict"), answer("2018 [1]."), 0.0),
        (replace(PAID, answers=()), answer("$45,000 [1].", PRICE), None),
    ],
)
def test_accuracy(case, said, right):
    assert value(case, said, "accuracy") == right


def test_declining_has_four_outcomes():
    declined, answered = answer("Not said.", status="not_found"), answer("Yes [1].", PRICE)
    names = ("abstention_precision", "abstention_recall", "false_refusal")
    assert [value(ABSENT, declined, name) for name in names] == [1.0, 1.0, None]
    assert value(ABSENT, declined, "present_right") is None
    assert [value(ABSENT, answered, name) for name in names] == [None, 0.0, None]
    assert [value(PAID, declined, name) for name in names] == [0.0, None, 1.0]
    assert [value(PAID, answered, name) for name in names] == [None, None, 0.0]


def test_conflict_and_language():
    both = replace(PAID, expect="conflict")
    assert (
        value(
            both,
            answer("One says this, the other that [1][2].", PRICE, WAIT, status="conflict"),
            "conflict_recognition",
        )
        == 1
    )
    assert value(PAID, answer("Yes [1].", PRICE), "conflict_recognition") is None
    assert value(replace(PAID, lang="fr"), answer("Il a payé la voiture de la société [1].", PRICE), "language") == 1.0
    assert value(PAID, answer("Il a payé la voiture de la société [1].", PRICE), "language") == 0.0
    assert value(PAID, answer("45,000 [1].", PRICE), "language") is None


def test_sureness_is_that_the_articles_answer():
    assert value(PAID, replace(answer("$45,000 [1].", PRICE), confidence=0.75), "sure") == 0.75
    assert value(PAID, replace(answer("Not said.", status="not_found"), confidence=0.75), "sure") == 0.25


# Nuggets

TWO = replace(
    PAID,
    answers=(),
    form="fact",
    nuggets=(Nugget((r"45[\s,]?000", "forty-five thousand")), Nugget(("2018",)), Nugget(("deposit",), vital=False)),
    reject=(r"\b(54|50),000",),
)
DIFFER = replace(TWO, expect="conflict")


@pytest.mark.parametrize(
    ("case", "said", "right", "recall"),
    [
        (TWO, answer("He paid $45,000 in July 2018 [1].", PRICE), 1.0, 1.0),
        (TWO, answer("FORTY-FIVE THOUSAND, “in July 2018” [1].", PRICE, status="partial"), 1.0, 1.0),
        (TWO, answer("$45,000 or, in 2018, less [1].", PRICE, status="conflict"), 1.0, 1.0),
        (TWO, answer("He paid $45,000 [1].", PRICE), 0.0, 0.5),
        (TWO, answer("He paid $45,000 in 2018, not $50,000 [1].", PRICE), 0.0, 1.0),
        (TWO, answer("$45,000, 2018", status="not_found"), 0.0, 0.0),
        (TWO, answer("He paid [45][2018].", PRICE), 0.0, 0.0),
        (DIFFER, answer("$45,000 or 2018 [1].", PRICE, status="conflict"), 1.0, 1.0),
        (DIFFER, answer("$45,000 or 2018 [1].", PRICE), 0.0, 1.0),
        (replace(TWO, answers=("never",)), answer("$45,000 in 2018 [1].", PRICE), 1.0, 1.0),
    ],
)
def test_nuggets_decide(case, said, right, recall):
    assert (value(case, said, "accuracy"), value(case, said, "vital_recall")) == (right, recall)
    assert value(case, said, "present_right") == right


def test_what_nuggets_lack_and_what_is_rejected_is_named():
    scores = scored(DIFFER, answer("He paid $54,000 [1].", PRICE))
    assert scores["rejected"].value == 1.0
    why = scores["accuracy"].why
    assert "lacks 45[\\s,]?000 or forty-five thousand; lacks 2018" in why
    assert "shows \\b(54|50),000" in why and "status answered instead of conflict" in why


def test_rejected_patterns_hold_for_accepted_answers_too():
    case = replace(PAID, reject=("2019",))
    assert value(case, answer("$45,000 [1].", PRICE), "accuracy") == 1.0
    assert value(case, answer("$45,000 in 2019 [1].", PRICE), "accuracy") == 0.0
    assert value(case, answer("Not said.", status="not_found"), "rejected") is None
    assert "vital_recall" not in scored(case, answer("$45,000 [1].", PRICE))


# Citations


def test_citation_recall_is_over_sentences():
    said = answer("Altman paid $45,000 [1]. He waited 7.5 years [2]. He waited 9 years [2]. He is glad.", PRICE, WAIT)
    scores = scored(PAID, said)
    assert scores["citation_recall"].value == 0.5
    assert "not in the quotes: 9" in scores["citation_recall"].why
    assert "has no citation" in scores["citation_recall"].why


def test_citation_precision_as_alce_defines_it():
    # [1] supports the sentence alone and [2] neither does nor is needed: one of two citations helps.
    assert value(PAID, answer("Altman paid $45,000 [1][2].", PRICE, WAIT), "citation_precision") == 0.5
    # Neither suffices alone, both are needed.
    assert (
        value(PAID, answer("Altman paid $45,000 and waited 7.5 years [1][2].", PRICE, WAIT), "citation_precision")
        == 1.0
    )
    # The sentence is not supported at all: none of its citations helps.
    assert value(PAID, answer("Altman paid $99 [1].", PRICE), "citation_precision") == 0.0
    assert value(PAID, answer("Altman paid $45,000."), "citation_precision") is None


def test_verified_looks_the_quote_up():
    assert value(PAID, answer("Yes [1].", PRICE), "verified") == 1.0
    assert value(PAID, answer("Yes [1].", replace(PRICE, start=PRICE.start + 1)), "verified") == 0.0
    assert value(PAID, answer("Yes [1].", replace(PRICE, article_id="nowhere")), "verified") == 0.0
    assert value(PAID, answer("Yes [1].", replace(PRICE, quote="", end=PRICE.start)), "verified") == 0.0
    assert value(PAID, answer("Yes."), "verified") is None


def test_markers_that_point_nowhere():
    assert value(PAID, answer("Yes [1]. No [7].", PRICE), "markers") == 0.5
    assert value(PAID, answer("Yes."), "markers") is None


def test_gold_sources_and_passages():
    both = replace(PAID, sources=("roadster", "fusee"), passages=(Passage("roadster", 16, 23, "$45,000"),))
    assert value(both, answer("$45,000 [1].", PRICE), "source_recall") == 0.5
    assert value(both, answer("$45,000 [1].", PRICE), "source_precision") == 1.0
    assert value(replace(PAID, sources=("fusee",)), answer("$45,000 [1].", PRICE), "source_precision") == 0.0
    assert value(both, answer("$45,000."), "source_precision") is None
    assert value(both, answer("$45,000 [1].", PRICE), "passage_recall") == 1.0
    assert value(both, answer("7.5 years [2].", WAIT), "passage_recall") == 0.0
    assert value(both, answer("Not said.", status="not_found"), "source_recall") is None


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        (answer("Yes [1].", replace(PRICE, end=PRICE.end - 1)), "not in its article"),
        (answer("Yes [1].", replace(PRICE, title="Another")), "not the library's"),
        (answer("Yes [1].", PRICE, replace(WAIT, marker=1)), "two citations"),
        (answer("Yes [1][4].", PRICE), "no citation"),
        (answer("Yes [1].", PRICE, WAIT), "not in the text"),
        (replace(answer("Yes [1].", PRICE), text="Yes, yes [1]."), "not where it says"),
        (answer("No [1].", PRICE, status="not_found"), "declined"),
        (answer("Both [1].", PRICE, status="conflict"), "differing"),
        (replace(answer("Yes [1].", PRICE), claims=(Claim("Yes", 0, 3, (3,), True),)), "rests on no citation"),
        (replace(answer("No.", status="not_found"), closest=(replace(PRICE, quote="No."),)), "not in its article"),
    ],
)
def test_every_broken_promise_is_named(said, promise):
    assert scored(PAID, said)["invariants"].value == 0.0
    assert promise in scored(PAID, said)["invariants"].why


def test_a_sound_answer_keeps_the_contract():
    assert value(PAID, answer("He paid $45,000 [1].", PRICE), "invariants") == 1.0
    assert value(ABSENT, answer("Not said.", status="not_found"), "invariants") == 1.0


# The test of support


@pytest.mark.parametrize(
    ("statement", "evidence"),
    [
        ("Altman paid $45,000.", PRICE.quote),
        ("Altman a payé 45 000 dollars en juillet 2018.", PRICE.quote),
        ("He waited seven and a half years.", WAIT.quote),
        ("The launch was cancelled on March 4, 2024.", "La fusée devait partir le 4 mars 2024."),
        ("He waited 7.5 years for a car.", WAIT.quote),
        ("One man waited 7.5 years.", WAIT.quote),
        ("Le président des États-Unis a parlé à Londres.", "The president of the United States spoke in London."),
    ],
)
def test_supported(statement, evidence):
    assert unsupported(statement, [evidence]) == ""


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("Altman paid $54,000.", "54000"),
        ("Altman paid in July 2019.", "2019"),
        ("The buyer was Mark Zuckerman.", "Mark, Zuckerman"),
        ("Everybody loved driving fast cars.", "words"),
    ],
)
def test_unsupported(statement, why):
    assert why in unsupported(statement, [PRICE.quote])


def test_what_the_question_says_is_given_but_proves_nothing():
    question = "Who is the chief of Ford Motor?"
    assert "Ford" in unsupported("It is run by Ford.", [PRICE.quote])
    assert unsupported("The chief of Ford paid $45,000.", [PRICE.quote], [question]) == ""
    asked = "What of Sam Altman and the Roadster?"
    assert unsupported("Sam Altman and the Roadster are famous.", [PRICE.quote], [asked])


def test_rules_cannot_tell_across_languages_without_names_or_numbers():
    assert unsupported("They were late again.", ["Le tir a été annulé à cause du vent."]) is None


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("It was late [1]. He paid. [2][3] M. Musk said no [1, 2].", [(1,), (2, 3), (1, 2)]),
        ("The articles say: “It came. It went.” [1].", [(1,)]),
        ("« Oui. Non. » [1] Puis rien.", [(1,), ()]),
        ("", []),
    ],
)
def test_sentences_and_their_markers(text, pieces):
    assert [said.markers for said in statements(text)] == pieces


@given(st.lists(st.integers(1, 99), max_size=5))
def test_markers_are_read_once_each_in_order(numbers):
    assert markers_of("".join(f"x [{number}]" for number in numbers)) == tuple(dict.fromkeys(numbers))


# Retrieval


def test_ranking_by_hand():
    places = [2, None, 5]
    assert ranking.recall_at(places, 1) == 0.0
    assert ranking.recall_at(places, 5) == pytest.approx(2 / 3)
    assert ranking.reciprocal_rank(places) == 0.5
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ranking.ndcg_at(places, 10) == pytest.approx((1 / math.log2(3) + 1 / math.log2(6)) / ideal)


RANKED_BY_LIBRARIES = [
    # places of the relevant, k, then nDCG@k by scikit-learn 1.9 and ranx 0.3 alike, MRR and recall@k by ranx
    ([4], 10, 0.430677, 0.25, 1.0),
    ([9, 10], 5, 0.0, 0.111111, 0.0),
    ([5, 12, 16], 10, 0.181542, 0.2, 0.333333),
    ([1, 3, 16, 19], 10, 0.58557, 1.0, 0.5),
    ([2, None], 10, 0.386853, 0.5, 0.5),
]


@pytest.mark.parametrize(("places", "k", "ndcg", "mrr", "recall"), RANKED_BY_LIBRARIES)
def test_ranking_as_other_libraries_have_it(places, k, ndcg, mrr, recall):
    assert ranking.ndcg_at(places, k) == pytest.approx(ndcg, abs=1e-6)
    assert ranking.reciprocal_rank(places) == pytest.approx(mrr, abs=1e-6)
    assert ranking.recall_at(places, k) == pytest.approx(recall, abs=1e-6)


@given(st.lists(st.none() | st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 30))
def test_ranking_measures_are_rates(places, k):
    for measured in (ranking.recall_at(places, k), ranking.reciprocal_rank(places), ranking.ndcg_at(places, k)):
        assert 0.0 <= measured <= 1.0


@given(st.integers(1, 20))
def test_a_perfect_ranking_is_one(n):
    places = list(range(1, n + 1))
    assert ranking.recall_at(places, n) == ranking.reciprocal_rank(places) == 1.0
    assert ranking.ndcg_at(places, n) == pytest.approx(1.0)


def test_spans_by_hand():
    gold, read = [("a", 10, 20)], [("a", 0, 15), ("a", 12, 18), ("b", 0, 4)]
    assert ranking.span_recall(read, gold) == 0.8  # 10–18
    assert ranking.span_precision(read, gold) == pytest.approx(8 / 25)  # 15 + 6 + 4 read
    assert ranking.span_iou(read, gold) == pytest.approx(8 / (25 + 10 - 8))
    assert ranking.overlaps(("a", 0, 11), gold[0]) and not ranking.overlaps(("a", 0, 10), gold[0])


SPANS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50), st.integers(1, 30)), min_size=1, max_size=5)


@given(SPANS, SPANS)
def test_span_measures_are_rates(read, gold):
    read, gold = [[(a, start, start + size) for a, start, size in spans] for spans in (read, gold)]
    letters = [(a, n, n + 1) for a, n in {(a, n) for a, start, end in gold for n in range(start, end)}]
    for measure in (ranking.span_recall, ranking.span_precision, ranking.span_iou):
        assert 0.0 <= measure(read, gold) <= 1.0
        assert measure(letters, gold) == 1.0
        assert measure([], gold) == 0.0


def test_articles_and_passages_are_ranked_apart():
    case = replace(PAID, passages=(Passage("roadster", 16, 23, "$45,000"),))
    hits = (found(FUSEE, "La fusée"), found(ROADSTER, "Tesla has not"), found(ROADSTER, "paid $45,000"))
    scores = scored(case, None, *hits)
    assert scores["recall@1"].value == 0.0
    assert scores["mrr"].value == 0.5
    assert scores["passage_mrr"].value == pytest.approx(1 / 3)
    assert "accuracy" not in scores


def test_chunks_of_one_article_share_its_place_and_five_chunks_are_read():
    case = replace(PAID, passages=(Passage("roadster", 16, 23, "$45,000"),))
    first, paid = found(FUSEE, "La fusée"), found(ROADSTER, "paid $45,000")
    assert value(case, None, "mrr", first, first, paid) == 0.5
    assert value(case, None, "span_recall", *[first] * 4, paid) == 1.0
    assert value(case, None, "span_recall", *[first] * 5, paid) == 0.0


def test_a_folded_copy_finds_its_articles_too():
    hit = replace(found(FUSEE, "La fusée"), also_in=("roadster",))
    assert scored(PAID, None, hit)["recall@1"].value == 1.0


def test_nothing_found_is_not_the_same_as_nothing_to_find():
    assert scored(PAID, None)["recall@5"].value == 0.0
    assert "recall@5" not in scored(ABSENT, None)


# Over many questions


def record(case, said):
    reply = Reply(said, ())
    return Record("key", "engine", case.id, case.question, reply, score(case, reply, corpus_of(ARTICLES, [case])))


def test_figures_leave_out_what_does_not_apply_and_count_failures_as_wrong():
    failed = Record("key", "engine", "late", "?", None, {}, "TimeoutError: too late")
    held = [
        record(PAID, answer("He paid $45,000 [1].", PRICE)),
        record(ABSENT, answer("No.", status="not_found")),
        failed,
    ]
    told = figures(held)
    assert told["accuracy"].value == pytest.approx(2 / 3)
    assert told["abstention_recall"].n == 1
    assert told["abstention_f1"].value == 1.0
    assert told["verified"].value == 1.0
    assert told["failed"].value == pytest.approx(1 / 3)
    assert "conflict_recognition" not in told


def test_abstention_f1_by_hand():
    # declined: one rightly, one wrongly; one absent question answered. Precision 1/2, recall 1/2, F1 1/2.
    declined, answered = answer("No.", status="not_found"), answer("Yes [1].", PRICE)
    held = [record(ABSENT, declined), record(PAID, declined), record(replace(ABSENT, id="other"), answered)]
    f1 = figures([*held, record(PAID, answered)])["abstention_f1"]
    assert (f1.value, f1.n) == (pytest.approx(0.5), 3)


def test_slices_are_by_language_kind_and_tag():
    french = replace(PAID, id="prix", lang="fr", tags=("price",))
    held = [record(case, answer("$45,000 [1].", PRICE)) for case in (PAID, french)]
    told = slices(held, {case.id: case for case in (PAID, french)})
    assert sorted(told) == ["language en", "language fr"]  # tag price is the same questions as language fr


def test_every_form_is_a_slice_even_where_another_slice_has_the_same_questions():
    forms = (replace(TWO, id="a"), replace(DIFFER, id="b", form="conflict"))
    told = slices([record(case, answer("$45,000 in 2018 [1].", PRICE)) for case in forms], {c.id: c for c in forms})
    assert sorted(told) == ["expected answered", "expected conflict", "form conflict", "form fact"]
    assert told["form conflict"]["vital_recall"].value == 1.0 and told["form conflict"]["accuracy"].value == 0.0


def test_intervals():
    assert mean_figure([None, None]).value is None
    assert mean_figure([1.0, 1.0, None]) == mean_figure([1.0, 1.0])
    figure = mean_figure([0.0, 1.0] * 50)
    assert figure.value == 0.5
    assert 0.39 < figure.low < 0.42 and 0.58 < figure.high < 0.61  # 0.5 ± 1.96 · 0.5 / √100
    assert mean_figure([0.0, 1.0] * 50) == figure
    assert paired_difference([1, 1, 1], [0, 0, 1]).value == pytest.approx(2 / 3)
    assert percentile_figure([1, 2, 3, 4, None], 50).value == np.percentile([1, 2, 3, 4], 50) == 2.5


@given(st.lists(st.tuples(st.floats(0, 1), st.just(1.0)), min_size=1, max_size=30))
def test_an_interval_holds_its_value_and_stays_a_rate(pairs):
    figure = ratio_figure(*zip(*pairs, strict=True))
    assert -1e-9 <= figure.low <= figure.value + 1e-9 and figure.value - 1e-9 <= figure.high <= 1 + 1e-9
