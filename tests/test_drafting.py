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
ARTICLE = "The ferry Aurora is five months late, Nordlink said."
QUOTED = f"The articles say: “{ARTICLE}” [1]."
LED = f"Five months: “{ARTICLE}” [1]."


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Asks a model that gives "yes" these odds and these few words; returns the answer and how often it wrote."""

    def ask(yes, short, text=REPLY, article=ARTICLE, question=QUESTION):
        def weighed(llm, message, max_tokens):
            said, odds = (value(message) if callable(value) else value for value in (short, yes))
            chance = 1 / (1 + math.exp(-odds))
            yield None
            if "yes or no" in message:
                yield Weighed("Yes", {"yes": chance, "no": 1 - chance}, Usage(100, 1))
            else:
                seen.append(said)
                yield Weighed(said, {}, Usage(120, 5))

        seen = []
        monkeypatch.setattr(drafting, "weighed", weighed)
        llm = ScriptedLLM(script=[text])
        with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
            (tmp_path / "ferry.txt").write_text(article, "utf-8")
            library.add([tmp_path / "ferry.txt"])
            return open_assistant(library, llm).ask(question), len(llm.history), seen

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
    answer, written, seen = asked(yes=0.9, short="five months")
    assert (answer.status, written, seen) == ("answered", 0, ["five months"])
    assert answer.text == "The articles say: “The ferry Aurora is five months late, Nordlink said.” [1]."


def test_what_neither_it_nor_the_ranking_finds_is_declined(asked):
    other = "The ferry Aurora carries five hundred cars. How late is Aurora, the ferry?"
    answer, written, _ = asked(
        yes=0.5, short="unknown", text="The ferry Aurora carries five hundred cars.", article=other
    )
    assert (answer.status, written) == ("not_found", 0)
    assert answer.closest and not answer.citations and answer.sure < 0


@pytest.mark.parametrize(
    ("yes", "short", "shown"),
    [
        (0.9, "five months", QUOTED),
        (4.0, "five months", LED),
        (4.0, "late", QUOTED),  # Nordlink and the months might be meant as well
        (4.0, "Nordlink's ferry", QUOTED),
        (4.0, "", QUOTED),
    ],
)
def test_the_articles_sentence_is_shown_and_before_it_what_it_surely_says(asked, yes, short, shown):
    answer, written, seen = asked(yes=yes, short=short, text="The ferry Aurora is nine months late.")
    assert (answer.status, answer.text, written, seen) == ("answered", shown, 0, [short])
    assert [claim.text for claim in answer.claims] == [answer.text]


def test_what_another_language_says_stands_behind_the_models_words(asked):
    french = "Le ferry Aurora a cinq mois de retard."
    answer, written, seen = asked(yes=4.0, short="", text=french, question="Combien de retard a le ferry Aurora ?")
    assert (answer.status, answer.text, written, seen) == (
        "answered",
        f"{french[:-1]}\u00a0: «\u00a0{ARTICLE}\u00a0» [1].",
        1,
        [""],
    )
    false = "Le ferry Aurora a neuf mois de retard."
    answer, _, _ = asked(yes=4.0, short="", text=false, question="Combien de retard a le ferry Aurora ?")
    assert "neuf" not in answer.text and ARTICLE in answer.text


def test_few_words_that_hold_in_another_language_need_no_statement(asked):
    question, french = "Combien de retard a le ferry Aurora ?", "Le ferry Aurora a cinq mois de retard."
    for short, writes, before in (
        ("cinq mois", 0, "Cinq mois"),
        ("cinq mois selon le Guardian", 1, french[:-1]),
    ):
        answer, written, _ = asked(yes=4.0, short=short, text=french, question=question)
        assert (answer.text, written) == (f"{before}\u00a0: «\u00a0{ARTICLE}\u00a0» [1].", writes)


def test_where_it_points_nowhere_the_two_likeliest_sentences_are_quoted(asked):
    second = "Late ferries such as the Aurora, three months behind, cost the port its summer."
    answer, _, _ = asked(yes=2.0, short="unknown", article=f"{ARTICLE} {second}")
    assert answer.text == f"{QUOTED} “{second}” [2]."
    pointed, _, _ = asked(yes=0.9, short="Nordlink", article=f"{ARTICLE} {second}")
    assert pointed.text == QUOTED


def test_where_it_points_nowhere_the_nearest_sentence_of_another_language_is_quoted_too(asked, tmp_path):
    french = "Le ferry Aurora a cinq mois de retard, dit Nordlink."
    (tmp_path / "retard.txt").write_text(f"Le port attend.\n\n{french}", "utf-8")
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
        library.add([tmp_path / "retard.txt"])
    answer, written, _ = asked(yes=2.0, short="unknown")
    assert (answer.text, written) == (f"{QUOTED} “{french}” [2].", 0)
    assert asked(yes=4.0, short="five months")[0].text == LED


def test_what_it_points_at_but_cannot_be_meant_gives_no_words_to_another_sentence(asked):
    tells_no_time = "Nordlink runs the ferry Aurora, which is late."
    answer, _, _ = asked(yes=4.0, short="Nordlink runs", article=f"{tells_no_time} {ARTICLE}")
    assert answer.text == QUOTED


def test_a_doubtful_date_of_what_no_sentence_says_happened_is_declined(asked):
    dated = "The ferry Aurora sailed from Oslo on 3 May 2020, Nordlink said."
    said, _, _ = asked(yes=0.6, short="3 May 2020", article=dated, question="When did the ferry Aurora sail?")
    assert said.text.startswith("The nearest that the articles say") and dated in said.text
    for yes, status in ((0.6, "not_found"), (4.0, "answered")):
        answer, _, _ = asked(yes=yes, short="3 May 2020", article=dated, question="When did the ferry Aurora burn?")
        assert answer.status == status
        assert ("that the ferry Aurora did burn" in answer.text) == (status == "not_found")


def test_few_words_say_in_the_questions_language_what_another_language_holds(asked, tmp_path):
    (tmp_path / "retard.txt").write_text(
        "Le retard du ferry Aurora fâche le port.\n\nLe ferry Aurora a du retard.", "utf-8"
    )
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
        library.add([tmp_path / "retard.txt"])
    for short, before in (("cinq mois", "Cinq mois"), ("cinq mois selon le Guardian", "Selon les articles")):
        answer, written, _ = asked(yes=4.0, short=short, question="Combien de retard a le ferry Aurora ?")
        assert (answer.status, written) == ("answered", 0)
        assert answer.text == f"{before}\u00a0: «\u00a0{ARTICLE}\u00a0» [1]."


COLOUR = "What is the colour of the ferry Aurora?"
ASIDES = [f"What the colour of the ferry Aurora is to be was asked in the {n} harbour all summer." for n in range(20)]
GREEN = "Nordlink painted it green, and the Aurora shines."


@pytest.mark.parametrize(
    ("yes", "again", "status", "begins"),
    [
        (-1.0, 4.0, "answered", f"The articles say: “{GREEN}” [1]. “{ASIDES[0]}” [2]."),
        (2.0, 4.0, "answered", f"The articles say: “{GREEN}” [1]. “{ASIDES[0]}” [2]."),
        (2.0, 1.0, "answered", f"The articles say: “{ASIDES[0]}” [1]. “What the colour"),
        (-1.0, 1.0, "not_found", "The articles do not answer"),
    ],
)
def test_where_it_finds_nothing_in_the_likeliest_sentences_the_next_are_read(asked, yes, again, status, begins):
    def odds(message):
        return again if GREEN in message else yes

    def short(message):
        return "green" if GREEN in message else "unknown"

    answer, written, _ = asked(yes=odds, short=short, article=" ".join([*ASIDES, GREEN]), question=COLOUR)
    assert (answer.status, written) == (status, 0)
    assert answer.text.startswith(begins)


@pytest.mark.parametrize("short", ["unknown", "purple"])
def test_words_of_the_second_look_that_stand_nowhere_change_nothing(asked, short):
    def words(message):
        return short if GREEN in message else "unknown"

    answer, _, seen = asked(yes=2.0, short=words, article=" ".join([*ASIDES, GREEN]), question=COLOUR)
    assert ASIDES[0] in answer.text and GREEN not in answer.text and seen == ["unknown", short]


def test_a_question_of_two_parts_is_told_which_of_them_is_open(asked):
    answer, written, _ = asked(yes=4.0, short="", question="How late is the ferry Aurora, and how much did it cost?")
    assert (answer.status, written) == ("partial", 1)
    assert answer.text == f"{QUOTED} Not answered here: “how much did it cost”."


def test_where_nothing_it_says_holds_the_nearest_sentence_is_quoted(asked):
    answer, _, _ = asked(yes=2.0, short="unknown")
    assert answer.text == QUOTED


def test_its_few_words_are_seen_as_they_come_but_not_that_it_has_none(tmp_path, monkeypatch):
    def weighed(llm, message, max_tokens):
        whole = "Yes" if "yes or no" in message else replies.pop(0)
        for end in range(1, len(whole) + 1):
            yield Weighed(whole[:end], {"yes": 0.9, "no": 0.1}, Usage())

    monkeypatch.setattr(drafting, "weighed", weighed)
    replies = ["unknown", "five months"]
    (tmp_path / "ferry.txt").write_text(ARTICLE, "utf-8")
    with Library.open(tmp_path / "library", embedding=WordEmbedding(floor=1.0)) as library:
        library.add([tmp_path / "ferry.txt"])
        assistant = open_assistant(library, ScriptedLLM(script=[]))
        for shown in ({""}, {"", *("five months"[:end].strip() for end in range(1, 12))}):
            *drafts, final = assistant.stream(QUESTION)
            assert {draft.text for draft in drafts} == shown
            assert final.text == (LED if len(shown) > 1 else QUOTED)
            assert (final.timings.first_token_s > 0) == (len(shown) > 1)


def test_how_sure_the_model_is_stays_out_of_the_json(asked):
    answer, _, _ = asked(yes=4.0, short="")
    assert "sure" not in answer.to_dict()
