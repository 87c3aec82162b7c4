"""Statements as tables: a reply's sentences, each with the passage numbers that stood in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.write.statements import statements

TABLE = {
    "one": ("It is late [1].", [("It is late.", (1,))]),
    "marker after the stop": ("It is late. [1] He left [2].", [("It is late.", (1,)), ("He left.", (2,))]),
    "several": ("It is late [1][3].", [("It is late.", (1, 3))]),
    "a list": ("It is late [1, 3 and 4].", [("It is late.", (1, 3, 4))]),
    "a french list": ("Il est en retard [1 et 2].", [("Il est en retard.", (1, 2))]),
    "twice the same": ("It is late [1][1].", [("It is late.", (1,))]),
    "source": ("It is late [Source 4].", [("It is late.", (4,))]),
    "passages": ("It is late [passages 1 and 2].", [("It is late.", (1, 2))]),
    "in the middle": ("It is late [1], he said [2].", [("It is late, he said.", (1, 2))]),
    "none": ("It is late.", [("It is late.", ())]),
    "no full stop": ("It is late [1]", [("It is late", (1,))]),
    "after a closing quote": ("“It is late.” [1] He left.", [("“It is late.”", (1,)), ("He left.", ())]),
    "a question": ("Is it late? [2]", [("Is it late?", (2,))]),
    "too large": ("It is late [1000].", [("It is late.", ())]),
    "huge": (f"It is late [{'9' * 600}].", [("It is late.", ())]),
    "wide brackets": ("It is late 【1】.", [("It is late.", (1,))]),
    "footnote": ("It is late [^1].", [("It is late.", (1,))]),
    "a range": ("It is late [1-3].", [("It is late.", (1, 3))]),
    "list items": ("- It is late [1].\n- He left [2].", [("It is late.", (1,)), ("He left.", (2,))]),
    "numbered items": ("1. It is late [1].\n2. He left [2].", [("It is late.", (1,)), ("He left.", (2,))]),
    "nothing": ("", []),
    "only a marker": ("[1]", []),
    "only marks": ("… !", []),
    "image": ("It is late ![x](https://evil.example/a?b) [1].", [("It is late.", (1,))]),
    "linked marker": ("It is late [1](https://evil.example/).", [("It is late.", (1,))]),
    "tag": ("It is <b>late</b> [1].<img src=x>", [("It is late.", (1,))]),
    "comparison": ("It is 3 < 5 and 5 > 3 [1].", [("It is 3 < 5 and 5 > 3.", (1,))]),
    "reference": ("It is late [1].\n\n[r]: https://evil.example", [("It is late.", (1,))]),
    "no marker": ("It is “late [sic]” [1].", [("It is “late [sic]”.", (1,))]),
    "decimals": ("It took 7.5 years [1].", [("It took 7.5 years.", (1,))]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_the_statements_of_a_reply(name):
    reply, expected = TABLE[name]
    assert [(statement.text, statement.numbers) for statement in statements(reply)] == expected


@given(st.text("ab.!? \n[]12,(Source)【】!<>/:«»”", max_size=80))
def test_no_reply_leaves_a_marker_in_a_statement(reply):
    for statement in statements(reply):
        assert not re.search(r"\[\d+\]", statement.text)
        assert re.search(r"\w", statement.text) and "\n" not in statement.text
        assert len(set(statement.numbers)) == len(statement.numbers)


@given(st.text(max_size=300))
def test_any_reply_has_statements(reply):
    words = re.findall(r"\w+", reply)
    assert sum(len(re.findall(r"\w+", statement.text)) for statement in statements(reply)) <= len(words)
