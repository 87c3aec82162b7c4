"""How a question, or a statement, and a passage become one row of token ids; training and answering share it.

A row is `<s> asked </s></s> head </s> body </s>`. `asked` is "query: " and the question, or the statement as it is.
`head` is the day of publication and the title; only words of `body` can be the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

BEGIN, END = 0, 2
MAX_ASKED, MAX_HEAD, MAX_TOKENS = 64, 40, 320
"""Tokens. A longer body is read in overlapping windows."""
OVERLAP = 64


class Tokenizer(Protocol):
    """Cuts a text into token ids with their spans, code points in the text, half-open; adds no special tokens."""

    def __call__(self, text: str) -> tuple[list[int], list[tuple[int, int]]]: ...


@dataclass(frozen=True)
class Row:
    """What the reader reads at once. Tokens 1 to `asked` are the question's or statement's, `body` to `len(ids) - 1` the
    body's; `spans` are the places of the latter in its text.
    """

    ids: list[int]
    asked: int
    body: int
    spans: list[tuple[int, int]]


def question_rows(tokenize: Tokenizer, question: str, head: str, body: str) -> list[Row]:
    """The windows in which the reader reads one passage for a question."""
    return _rows(tokenize, f"query: {question}", head, body)


def statement_rows(tokenize: Tokenizer, statement: str, head: str, body: str) -> list[Row]:
    """The windows in which the reader holds a statement against its evidence."""
    return _rows(tokenize, statement, head, body)


def head(published: str | None, title: str) -> str:
    """What stands above a passage: when it was printed, and the title."""
    return f"{published[:10]} {title}" if published else title


def _rows(tokenize: Tokenizer, asked: str, head: str, body: str) -> list[Row]:
    asked_ids = tokenize(asked)[0][:MAX_ASKED]
    head_ids = tokenize(head)[0][:MAX_HEAD]
    start = [BEGIN, *asked_ids, END, END, *head_ids, END]
    ids, spans = tokenize(body)
    room = MAX_TOKENS - len(start) - 1
    return [
        Row([*start, *ids[at : at + room], END], len(asked_ids) + 1, len(start), spans[at : at + room])
        for at in _windows(len(ids), room)
    ]


def _windows(length: int, room: int) -> Sequence[int]:
    """Where windows of `room` tokens begin so that they cover `length` and overlap by OVERLAP."""
    if length <= room:
        return [0]
    return [*range(0, length - room, room - OVERLAP), length - room]
