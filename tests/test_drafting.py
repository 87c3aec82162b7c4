"""The model asked more than once: what it is unsure of, or says in two ways, is no answer."""

import math

import pytest
from fakes import ScriptedLLM, WordEmbedding

from index import Library
from rag import drafting, open_assistant
from rag.answer import Usage
from rag.writing import Weighed

QUESTION = "How late is the ferry Aurora?"
REPLY = "The ferry Aurora is five months late."


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Asks a model that gives "yes" these odds and these few words; returns the answer and how often it wrote."""

    def ask(yes, short, text=REPLY, article="The ferry Aurora is five months late, Nordlink said."):
        def weighed(llm, message, max_tokens):
            chance = 1 / (1 + math.exp(-yes))
            yield None
            if "yes or no" in message:
                yield Weighed("Yes", {"yes": chance, "no": 1 - chance}, Usage(100, 1))
            else:
                seen.append(short)
                yield Weighed(short, {}, Usage(120, 5))

        seen = []
        monkeypatch.setattr(drafting, "weighed", weighed)
        llm = ScriptedLLM(script=[text])
        with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
            (tmp_path / "ferry.txt").write_text(article, "utf-8")
            library.add([tmp_path / "ferry.txt"])
            return open_assistant(library, llm).ask(QUESTION), len(llm.history), seen

    return ask


def test_what_the_model_does_not_find_is_not_written(asked):
    answer, written, seen = asked(yes=-1.0, short="five months")
    assert (answer.status, written, seen) == ("not_found", 0, [])
    assert answer.usage == Usage(100, 1)


def test_what_it_is_barely_sure_of_is_called_the_nearest(asked):
    answer, written, seen = asked(yes=0.5, short="Five months")
    assert (answer.status, written, seen) == ("answered", 0, ["Five months"])
    assert (
        answer.text == "The nearest that the articles say: “The ferry Aurora is five months late, Nordlink said.” [1]."
    )
    assert answer.usage.prompt_tokens == 100 + 120 and 0 < answer.sure < 0.45


def test_words_that_stand_nowhere_make_it_less_sure(asked):
    answer, written, _ = asked(yes=0.55, short="unknown")
    assert (answer.status, written) == ("not_found", 0)
    answer, _, _ = asked(yes=0.65, short="unknown")
    assert answer.text.startswith("The nearest that the articles say") and 0 < answer.sure < 0.1


def test_what_would_not_be_shown_is_not_written(asked):
    answer, written, seen = asked(yes=1.0, short="five months")
    assert (answer.status, written, seen) == ("answered", 0, ["five months"])
    assert answer.text == "The articles say: “The ferry Aurora is five months late, Nordlink said.” [1]."


def test_what_neither_it_nor_the_ranking_finds_is_declined(asked):
    other = "The ferry Aurora carries five hundred cars. How late is Aurora, the ferry?"
    answer, written, _ = asked(
        yes=0.5, short="unknown", text="The ferry Aurora carries five hundred cars.", article=other
    )
    assert (answer.status, written) == ("not_found", 0)
    assert answer.closest and not answer.citations and answer.sure < 0


def test_few_words_that_hold_stand_in_for_a_sentence_that_does_not(asked):
    for false in ("The ferry Aurora is nine months late.", "The ferry Aurora is late because of Nordlink."):
        answer, _, _ = asked(yes=1.5, short="five months", text=false)
        assert answer.status == "answered" and "nine" not in answer.text
        assert "“The ferry Aurora is five months late, Nordlink said.”" in answer.text


def test_what_is_said_alike_everywhere_stands_in_the_models_words(asked):
    answer, _, seen = asked(yes=4.0, short="five months")
    assert (answer.status, answer.text, seen) == (
        "answered",
        "The ferry Aurora is five months late [1].",
        ["five months"],
    )


@pytest.mark.parametrize(("yes", "short"), [(4.0, "unknown"), (4.0, "Nordlink's ferry"), (1.0, "five months")])
def test_what_it_may_have_misread_stands_in_the_articles_words(asked, yes, short):
    answer, _, _ = asked(yes=yes, short=short)
    assert answer.status == "answered"
    assert answer.text == "The articles say: “The ferry Aurora is five months late, Nordlink said.” [1]."
    assert [claim.text for claim in answer.claims] == [answer.text]


def test_where_nothing_it_says_holds_the_nearest_sentence_is_quoted(asked):
    answer, _, _ = asked(yes=2.0, short="unknown", text="Its captain is John Smith.")
    assert "“The ferry Aurora is five months late, Nordlink said.”" in answer.text


def test_how_sure_the_model_is_stays_out_of_the_json(asked):
    answer, _, _ = asked(yes=4.0, short="")
    assert "sure" not in answer.to_dict()
