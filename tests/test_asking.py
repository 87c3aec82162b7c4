"""What questions ask for, as tables in both languages."""

import pytest

from rag.asking import countable, kind_of, offers

KINDS = {
    "How long was the Roadster delayed?": "duration",
    "Combien de temps la Roadster a-t-elle été retardée ?": "duration",
    "In which year was the Roadster unveiled?": "date",
    "When did Musk leave OpenAI?": "date",
    "Quand Musk a-t-il quitté OpenAI ?": "date",
    "En quelle année la Roadster a-t-elle été dévoilée ?": "date",
    "What date was the email sent?": "date",
    "Quel jour est-il parti ?": "date",
    "How much did Altman pay?": "money",
    "How much money did it cost?": "money",
    "Quel est le prix de la Roadster ?": "money",
    "Combien coûte la Roadster ?": "money",
    "How many people cancelled?": "number",
    "Combien de personnes ont annulé ?": "number",
    "What percentage of shares did he sell?": "number",
    "Who cancelled his reservation?": "name",
    "Qui a annulé sa réservation ?": "name",
    "To whom did he write?": "name",
    "Why did Altman cancel?": "anything",
    "Pourquoi Altman a-t-il annulé ?": "anything",
    "What did Musk say?": "anything",
    "": "anything",
    "?": "anything",
}


@pytest.mark.parametrize("question", KINDS)
def test_the_kind_of_a_question(question):
    assert kind_of(question) == KINDS[question]


@pytest.mark.parametrize("question", ["HOW LONG WAS IT?", "how long was it", "  How   long was it?"])
def test_capitals_and_spaces_do_not_matter(question):
    assert kind_of(question) == "duration"


OFFERS = [
    ("It took nearly 7.5 years.", "duration", "How long did it take?", True),
    ("Cela a pris sept ans et demi.", "duration", "Combien de temps ?", True),
    ("It took for ever.", "duration", "How long did it take?", False),
    ("It was unveiled in 2017.", "date", "When was it unveiled?", True),
    ("It was unveiled in July.", "date", "When was it unveiled?", True),
    ("It was unveiled in 2017.", "date", "What happened after 2017?", False),
    ("It was unveiled one day.", "date", "When was it unveiled?", False),
    ("He paid $45,000.", "money", "How much did he pay?", True),
    ("Il a payé 45 000 dollars.", "money", "Combien a-t-il payé ?", True),
    ("He paid in dollars.", "money", "How much did he pay?", False),
    ("Twenty people cancelled.", "number", "How many cancelled?", True),
    ("Several people cancelled.", "number", "How many cancelled?", False),
    ("The 3 ships sank.", "number", "How many of the 3 ships sank?", False),
    ("He left most of his estate in 1968.", "number", "How large was his estate?", False),
    ("Le groupe compte une dizaine de militants en 1947.", "number", "Combien de militants compte le groupe ?", True),
    ("Neuf enfants sont nés depuis mars 1920.", "number", "Combien d'enfants sont nés ?", True),
    ("A dinner was attended by 2000 guests.", "number", "How many guests attended?", True),
    ("It was Sam Altman.", "name", "Who was it?", True),
    ("It was Sam Altman.", "name", "Who wrote to Sam Altman?", False),
    ("It was nobody.", "name", "Who was it?", False),
    ("Anything at all.", "anything", "What?", True),
]


@pytest.mark.parametrize(("text", "kind", "question", "there"), OFFERS)
def test_what_a_text_offers(text, kind, question, there):
    assert offers(text, kind, question) == there


@pytest.mark.parametrize(
    ("question", "text", "there"),
    [
        ("What is the top speed of the Roadster?", "It was promised 7.5 years ago.", False),
        ("What is the top speed of the Roadster?", "It reaches 250 miles an hour.", True),
        ("Quelle est la vitesse maximale du train ?", "Le train roule à 320 km/h.", True),
        ("Quelle est la vitesse maximale du train ?", "Le train a 320 places.", False),
        ("What percentage of voters agreed?", "Of the voters, 300 agreed.", False),
        ("What percentage of voters agreed?", "Of the 300 voters, a third agreed.", True),
        ("Quelle était la température ?", "Il faisait 30 degrés.", True),
    ],
)
def test_a_measure_that_is_asked_for_has_its_unit(question, text, there):
    assert offers(text, kind_of(question), question) == there


def test_only_what_is_surely_recognised_is_insisted_on():
    assert {kind for kind in set(KINDS.values()) if countable(kind)} == {"date", "duration", "money", "number"}
