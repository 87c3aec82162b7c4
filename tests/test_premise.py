"""What a question takes for granted, and what a negation denies: both read from words alone."""

import pytest

from rag.asking import parts
from rag.negation import contradicts
from rag.opposites import turned_round
from rag.premise import premise


@pytest.mark.parametrize(
    ("question", "language", "clause"),
    [
        ("When did the new Roadster go on sale?", "en", "that the new Roadster did go on sale"),
        ("In which year did OpenAI and Tesla merge?", "en", "that OpenAI and Tesla did merge"),
        ("When was SpaceX founded?", "en", "that SpaceX was founded"),
        ("Quand Altman a-t-il reçu sa Roadster ?", "fr", "qu’Altman a reçu sa Roadster"),
        ("Comment la France a-t-elle réagi ?", "fr", "que la France a réagi"),
        ("Quand est-ce que Musk a acheté Twitter ?", "fr", "que Musk a acheté Twitter"),
        ("When did the company go bankrupt?", "en", None),
        ("Who cancelled?", "en", None),
        ("How long was the Roadster delayed?", "en", None),
        ("Qui a annulé ?", "fr", None),
        ("", "en", None),
    ],
)
def test_the_premise_of_a_question(question, language, clause):
    assert premise(question, language) == clause


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Altman received the car in 2019.", "Altman did not receive the car.", "en"),
        ("The company never sold cars.", "The company sold cars in Europe.", "en"),
        ("The ferry isn't late.", "The ferry is late.", "en"),
        ("La voiture a été livrée en 2020.", "La voiture n’a pas été livrée en 2020.", "fr"),
        ("Le projet ne sera pas financé.", "Le projet sera financé par l'État.", "fr"),
        ("Musk quitte OpenAI.", "Musk ne quitte pas OpenAI.", "fr"),
    ],
)
def test_a_denial_is_seen_from_both_sides(one, other, language):
    assert contradicts(one, other, language)
    assert contradicts(other, one, language)
    assert not contradicts(one, one, language)
    assert not contradicts(other, other, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Altman received the car.", "Altman paid, did not complain, and received the car.", "en"),
        ("The company sells cars.", "The company, which does not pay dividends, sells cars.", "en"),
        ("It failed to arrive.", "It did not arrive.", "en"),
        ("La mairie paie.", "La mairie, qui ne vend rien, paie.", "fr"),
    ],
)
def test_a_negation_of_something_else_denies_nothing(one, other, language):
    assert not contradicts(one, other, language)


def test_a_question_of_two_parts_has_two():
    assert parts("Who cancelled, and when?") == ("Who cancelled", "when")
    assert parts("Qui a annulé et pourquoi ?") == ("Qui a annulé", "pourquoi")
    assert parts("Who owns Marks and Spencer?") == ("Who owns Marks and Spencer",)


@pytest.mark.parametrize(
    ("said", "sentence", "language", "turned"),
    [
        ("Sales rose by 18 percent.", "Sales fell by 18 percent last year.", "en", True),
        ("How much did sales rise?", "Sales fell by 18 percent last year.", "en", True),
        ("Sales fell by 18 percent.", "Sales fell by 18 percent, after they rose in 2024.", "en", False),
        ("Where did the fewest settlers stay?", "Most settlers stayed in New York.", "en", True),
        ("Who bought the paper?", "Dalby sold the paper to Ames.", "en", False),
        ("Les ventes ont augmenté de 18 %.", "Les ventes ont reculé de 18 %.", "fr", True),
        ("De combien la hausse des ventes est-elle ?", "Les ventes baisse de 18 %.", "fr", True),
        ("Le syndicat soutient la grève.", "Le syndicat rejette la grève.", "fr", True),
        ("What rank has it in the non-Islamic world?", "It has influence in the Islamic world.", "en", True),
        ("A non-profit body", "a body that is non profit, not for profit", "en", False),
        ("In what year was the fort built?", "The fort was destroyed in 1560.", "en", True),
        ("En quelle année le fort a-t-il été construit ?", "Le fort fut détruit en 1560.", "fr", True),
        ("", "", "en", False),
    ],
)
def test_what_is_turned_round(said, sentence, language, turned):
    assert turned_round(said, sentence, language) == turned
