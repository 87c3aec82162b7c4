"""The texts of the interface by language, from `catalogues/`, and translated errors."""

import json
from collections.abc import Mapping
from pathlib import Path

from index.errors import (
    BusyError,
    DamagedLibraryError,
    EmbeddingMismatchError,
    LibraryError,
    LibraryLockedError,
    ModelError,
    ModelFileError,
    ModelKeyError,
    ModelUnavailableError,
    OnrecordError,
    QuestionError,
    SettingsError,
    SourceError,
    UnknownArticleError,
    UnknownConversationError,
    VectorServerError,
)
from ui.json_values import without_folders

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted(Path(__file__).with_name("catalogues").glob("*.json"))
}

_ERRORS_FR: Mapping[type[OnrecordError], str] = {
    SourceError: "Cette source n’a pas pu être lue.",
    UnknownArticleError: "Cet article n’est pas, ou n’est plus, dans les archives.",
    UnknownConversationError: "Cette conversation n’existe pas, ou n’existe plus.",
    LibraryLockedError: "Un autre processus écrit dans les archives.",
    EmbeddingMismatchError: "Les archives ont été faites avec un autre modèle d’embedding.",
    DamagedLibraryError: "Les archives sont endommagées.",
    VectorServerError: "Le serveur Chroma n’a pas répondu comme il le devait.",
    LibraryError: "Les archives ne peuvent pas servir telles quelles.",
    SettingsError: "Un réglage a une valeur qui ne peut servir.",
    QuestionError: "Cette question ne peut pas être posée telle quelle.",
    BusyError: "onrecord a trop de questions à la fois. Réessayez dans un instant.",
    ModelFileError: "Le fichier du modèle manque, ou n’est pas celui qui a été publié.",
    ModelKeyError: "Le serveur du modèle a refusé la clé.",
    ModelUnavailableError: "Le modèle n’a pas donné à temps une réponse utilisable.",
    ModelError: "Le modèle a échoué.",
    OnrecordError: "onrecord n’a pas pu le faire.",
}


def error_text(error: OnrecordError, language: str) -> str:
    """An error for the page: in French a translated summary, then the English message."""
    if language != "fr":
        return without_folders(str(error))
    kind = next(kind for kind in type(error).__mro__ if kind in _ERRORS_FR)
    return f"{_ERRORS_FR[kind]} En anglais\u00a0: {without_folders(str(error))}"


def words(language: str) -> Words:
    """The texts in this language; English if there are none."""
    return WORDS.get(language, WORDS["en"])


def preferred(accept_language: str) -> str:
    """The first language of a browser's Accept-Language header that the interface speaks."""
    asked = (part.split(";")[0].strip()[:2].lower() for part in accept_language.split(","))
    return next((language for language in asked if language in WORDS), "en")
