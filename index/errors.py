"""The tree of errors. Every message says what happened, the value, and what to do.

    OnrecordError
    ├── SourceError            a file, folder or address that cannot be read as articles
    ├── UnknownArticleError    the library has no article of that id
    ├── UnknownConversationError  this visitor has no conversation of that id
    ├── LibraryError           the library's folder itself
    │   ├── LibraryLockedError     another process is writing to it
    │   ├── EmbeddingMismatchError it was made with another embedding
    │   ├── DamagedLibraryError    its files are damaged
    │   └── VectorServerError      the Chroma server with its vectors failed
    ├── SettingsError          a setting or environment variable with a value that cannot be used
    ├── QuestionError          a question that cannot be asked
    ├── BusyError              more questions at once than can be answered or kept waiting
    ├── ModelError             the language model or the embedding
    │   ├── ModelFileError         a model file is missing, or is not the published one
    │   ├── ModelKeyError          the server refused the key
    │   └── ModelUnavailableError  the server did not give a usable reply in time
    └── QuestionSetError       a question set that cannot be run (see eval)

Catch the root to show people one line; catch a leaf to act on it:

    try:
        assistant.ask("Who is late?")
    except ModelUnavailableError:
        ...
"""


class OnrecordError(Exception):
    """The root of all errors that onrecord raises on purpose; the message is shown to users."""


class SourceError(OnrecordError):
    """A file, folder or address cannot be read as articles."""


class UnknownArticleError(OnrecordError):
    """The library has no article of that id."""


class UnknownConversationError(OnrecordError):
    """This visitor has no conversation or answer of that id."""


class LibraryError(OnrecordError):
    """The library's folder cannot be used as it is."""


class LibraryLockedError(LibraryError):
    """Another process is writing to the library."""


class EmbeddingMismatchError(LibraryError):
    """The library was made with another embedding than the one configured."""


class DamagedLibraryError(LibraryError):
    """The library's files are damaged."""


class VectorServerError(LibraryError):
    """The Chroma server with the library's vectors cannot be reached, or refused."""


class SettingsError(OnrecordError):
    """A setting has a value that cannot be used."""


EMPTY_QUESTION = "The question is empty. Ask something, for example: who cancelled the order?"


class QuestionError(OnrecordError):
    """The question cannot be asked as it stands."""


def require_type(value: object, kind: type, what: str) -> None:
    """Raise QuestionError unless the value is of that type; `what` names it in the message."""
    if not isinstance(value, kind):
        raise QuestionError(f"The {what} is {value!r:.80}, which is not of type {kind.__name__}.")


class BusyError(OnrecordError):
    """The queue is full; try again in `retry_s` seconds, None if that is not known."""

    def __init__(self, message: str, retry_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class ModelError(OnrecordError):
    """The language model or the embedding failed."""


class ModelFileError(ModelError):
    """A model file is missing, or is not the published one."""


class ModelKeyError(ModelError):
    """The model server refused the key."""


class ModelUnavailableError(ModelError):
    """The model server gave no usable reply in time."""


class ModelContextError(ModelUnavailableError):
    """The model reads fewer tokens than it was sent."""


class QuestionSetError(OnrecordError):
    """A question set cannot be run as it stands."""
