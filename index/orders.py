"""What orders to a language model are made of: what orders_english.py and orders_french.py share.

Every expression is searched in a sentence in lower case with plain quotes, and only if one of its cues, the first five
letters of a word, is among the sentence's words.
"""

import re
from typing import NamedTuple


class Order(NamedTuple):
    cues: frozenset[str]
    pattern: re.Pattern[str]


def order(cues: str, *parts: str) -> Order:
    return Order(frozenset(word[:5] for word in cues.split()), re.compile("".join(parts)))


# Where a clause, and so an order, begins: not within “he told them to ignore …”.
START = (
    r"(?:^|[.:;,!?»\"(\[*•|>–—-] ?|\b(?:please|now|then|and|also|instead|just|simply|you (?:must|should|will|have to"
    r"|are to)|must|always|merci de|veuillez|svp|puis|et|tu dois|vous devez|il faut|désormais|maintenant|toujours) )"
)
QUOTE = r"['\"«]"
LINK = r"(?:https?://|www\.|\b[\w-]+\.(?:com|net|org|xyz|ru|info|io|co)\b)"
NEAR = r".{0,80}"
