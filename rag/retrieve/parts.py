"""Several questions asked in one: "When did it close, and who decided that?" Pure functions."""

import re

_ASKS = (
    r"(?:(?:in|on|at|by|for|to|from|since|with|à|de|par|pour|depuis|dans|en|avec)\s+)?"
    r"(?:who|whom|whose|what|when|where|why|how|which|qui|que|quand|où|pourquoi|comment|combien|quel|quelle|quels|quelles|"
    r"lequel|laquelle|est-ce|qu['’]est-ce)\b"
)
_BREAK = re.compile(
    rf"(?:\?\s*(?:and\s+|et\s+)?|\s*[,;]?\s+(?:and|et)\s+(?:also\s+|aussi\s+)?|;\s*)(?={_ASKS})", re.IGNORECASE
)
_LEAST_WORDS = 3
_MOST = 4


def parts_of(question: str) -> tuple[str, ...]:
    """The questions that stand in one, each with a question mark, four at most; none if it is a single one.

    A part after the first may lean on it ("and who decided that?"): read it with the passages of the whole question.
    """
    pieces = [piece.strip(" ?,;\u00a0") for piece in _BREAK.split(question)]
    if len(pieces) < 2 or any(len(piece.split()) < _LEAST_WORDS for piece in pieces):
        return ()
    return tuple(f"{piece[0].upper()}{piece[1:]}?" for piece in pieces[:_MOST])
