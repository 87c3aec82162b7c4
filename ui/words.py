"""The words of the interface, in the languages that it speaks."""

from collections.abc import Mapping

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "en": {
        "tagline": "Ask your news archive. Every answer is on the record.",
        "placeholder": "Ask the articles",
        "ask": "Ask",
        "stop": "Stop",
        "new": "New conversation",
        "holding": "{n} articles in the library",
        "holding_one": "1 article in the library",
        "empty": "The library is empty",
        "empty_do": "Add articles to it (files, folders or web addresses), then reload this page:",
        "searching": "Searching the articles",
        "reading": "Reading the passages",
        "writing": "Writing",
        "checking": "Checking every statement against the articles",
        "draft": "Draft, not checked yet",
        "answered": "Answered",
        "partial": "Answered in part",
        "conflict": "Sources differ",
        "not_found": "Not in the articles",
        "stopped": "Stopped, not checked",
        "failed": "No answer",
        "understood": "Understood as",
        "searched_only": "Searched only these articles:",
        "since": "since",
        "until": "until",
        "doubtful": "The articles do not plainly say this",
        "sources": "Sources",
        "differing": "What each source says",
        "evidence": "Passages being read",
        "closest": "Closest passages",
        "source": "Source",
        "earlier": "Earlier in this conversation",
        "t_evidence": "evidence",
        "t_first": "first word",
        "t_total": "answer",
        "bug": "onrecord itself failed here; the terminal that runs it shows where. You can ask again.",
        "lang_en": "English",
        "lang_fr": "French",
        "months": "January February March April May June July August September October November December",
    },
    "fr": {
        "tagline": "Interrogez vos articles. Chaque réponse cite ses sources.",
        "placeholder": "Interrogez les articles",
        "ask": "Demander",
        "stop": "Arrêter",
        "new": "Nouvelle conversation",
        "holding": "{n} articles dans la bibliothèque",
        "holding_one": "1 article dans la bibliothèque",
        "empty": "La bibliothèque est vide",
        "empty_do": "Ajoutez-y des articles (fichiers, dossiers ou adresses web), puis rechargez cette page :",
        "searching": "Recherche dans les articles",
        "reading": "Lecture des passages",
        "writing": "Rédaction",
        "checking": "Vérification de chaque affirmation dans les articles",
        "draft": "Brouillon, pas encore vérifié",
        "answered": "Réponse trouvée",
        "partial": "Réponse partielle",
        "conflict": "Les sources divergent",
        "not_found": "Absent des articles",
        "stopped": "Interrompu, non vérifié",
        "failed": "Pas de réponse",
        "understood": "Compris comme",
        "searched_only": "Recherche limitée à ces articles :",
        "since": "depuis",
        "until": "jusqu’au",
        "doubtful": "Les articles ne le disent pas clairement",
        "sources": "Sources",
        "differing": "Ce que dit chaque source",
        "evidence": "Passages en cours de lecture",
        "closest": "Passages les plus proches",
        "source": "Source",
        "earlier": "Plus tôt dans cette conversation",
        "t_evidence": "passages",
        "t_first": "premier mot",
        "t_total": "réponse",
        "bug": "onrecord a lui-même échoué ; le terminal qui l’exécute montre où. Vous pouvez redemander.",
        "lang_en": "anglais",
        "lang_fr": "français",
        "months": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    },
}


def words(language: str) -> Words:
    """The words in this language, English where it is not spoken here."""
    return WORDS.get(language, WORDS["en"])


def preferred(accept_language: str) -> str:
    """The first language of a browser's Accept-Language header that the interface speaks."""
    asked = (part.split(";")[0].strip()[:2].lower() for part in accept_language.split(","))
    return next((language for language in asked if language in WORDS), "en")
