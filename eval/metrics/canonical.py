"""Text brought to one form: `$45,000`, `45.000 $` and `45 000 dollars` are the same tokens, and so are `7.5 years` and
`sept ans et demi`, `July 4, 2018` and `4 juillet 2018`.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from eval.metrics.lexicon import CURRENCIES, DAYS, MEASURES, MONTH_NAMES, MONTHS, ORDINALS, UNITS
from eval.metrics.numerals import is_half, plain, read_number
from eval.metrics.text_words import fold

_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_TOKEN = re.compile(r"(?<![\w.,])-\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|us\$|[^\W\d_]+|[$€£%°]")
_GROUPED = re.compile(r"(?<!\d)(?<!\d[.,])[1-9]\d{0,2}(?P<by>[ .,'])\d{3}(?:(?P=by)\d{3})*(?!\d)")
"""One separator before exactly three digits is read as thousands, in both languages alike."""

_REWRITES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bu\.\s?s\.", "us"),
        (r"[\u00a0\u2000-\u200a\u202f\u205f]", " "),
        (r"\b(\d+)(?:st|nd|rd|th|ers?|eres?|emes?|e|ieme)\b", r" \1 ordinal "),
        (r"(\d) ?k\b", r"\1 thousand"),
        (r"([$€£]\s?[\d.,]*\d) ?m\b", r"\1 million"),
        (r"(\d) ?m(?= ?[$€£])", r"\1 million "),
        (r"([$€£]\s?[\d.,]*\d) ?b\b", r"\1 billion"),
        (r"\b(?:per cent|pour ?cents?)\b", " % "),
        (r"(?<=\w)'s\b", " "),
        (r"\b(l|d|j|m|t|s|c|n|qu|jusqu)'(?=\w)", r"\1 "),
    )
)
_ISO_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(\d\d)\b")
_ROMAN = re.compile(r"\b([ivx]+)e\b")


def canonical(text: str) -> list[str]:
    """The tokens of a text with its numbers, units and dates in their one form; all else folded, punctuation gone."""
    return _order_dates(_order_amounts(_join_ranges(_add_halves(_name(_tokens(text))))))


def is_number(token: str) -> bool:
    """Whether a canonical token is a quantity (`7.5`) or an ordinal (`21th`)."""
    return token.lstrip("-")[:1].isdigit()


def _tokens(text: str) -> list[str]:
    """Folded words and plain decimal numbers."""
    for sign, decimals in _FRACTIONS.items():
        text = re.sub(rf"(\d)\s?{sign}", rf"\1{decimals}", text).replace(sign, f"0{decimals}")
    text = fold(text.replace("\u2212", "-"))
    text = _ISO_DATE.sub(lambda found: f"{found[3]} {MONTH_NAMES[int(found[2]) - 1]} {found[1]}", text)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    text = _ROMAN.sub(lambda found: f" {_roman(found[1])} ordinal ", text)
    text = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    return [plain(Decimal(token.replace(",", "."))) if is_number(token) else token for token in _TOKEN.findall(text)]


def _roman(numeral: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in numeral]
    after = [*values[1:], 0]
    return sum(-value if value < following else value for value, following in zip(values, after, strict=True))


def _name(words: Sequence[str]) -> list[str]:
    """Every number read; ordinals, units, months and days under their English name."""
    named: list[str] = []
    at = 0
    while at < len(words):
        read = read_number(words, at)
        if read is None:
            named.append(_named(words, at))
            at += 1
            continue
        at += read.length
        ordinal = at < len(words) and words[at] == "ordinal"
        at += ordinal
        named.append(plain(read.value) + ("th" if ordinal else ""))
    return named


def _named(words: Sequence[str], at: int) -> str:
    word = words[at]
    if word == "mars" and not _is_dated(words, at):
        return word  # The planet, or the company.
    if word in ORDINALS:
        return f"{ORDINALS[word]}th"
    return MONTHS.get(word) or DAYS.get(word) or MEASURES.get(word, word)


def _is_dated(words: Sequence[str], at: int) -> bool:
    before, after = (words[at - 1] if at else ""), (words[at + 1] if at + 1 < len(words) else "")
    return is_number(after) or is_number(before) or before in ("ordinal", "en", "debut", "fin", "mi")


def _add_halves(tokens: list[str]) -> list[str]:
    """`7 year et demi` and `7 year and a half` are 7.5 years."""
    added: list[str] = []
    at = 0
    while at < len(tokens):
        halved = tokens[at] in ("and", "et") and is_half(tokens[at + 1 :])
        if halved and len(added) > 1 and added[-1] in UNITS and is_number(added[-2]) and not added[-2].endswith("th"):
            added[-2] = plain(Decimal(added[-2]) + Decimal("0.5"))
            at += 3 if tokens[at + 1] == "a" else 2
            continue
        added.append(tokens[at])
        at += 1
    return added


def _join_ranges(tokens: list[str]) -> list[str]:
    """Without the word between two numbers: 1870 to 1939, 1870–1939 and de 1870 à 1939 are the same."""
    joining = ("to", "a", "until", "au")
    between = [
        0 < at < len(tokens) - 1 and token in joining and is_number(tokens[at - 1]) and is_number(tokens[at + 1])
        for at, token in enumerate(tokens)
    ]
    return [token for token, drop in zip(tokens, between, strict=True) if not drop]


def _order_amounts(tokens: list[str]) -> list[str]:
    """A currency stands right after its number, once, and without the nation of its dollars."""
    ordered: list[str] = []
    for at, token in enumerate(tokens):
        last, before = ([*ordered[::-1], "", ""])[:2]
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in ("de", "d", "of") and after in CURRENCIES:
            continue  # 100 millions de dollars
        if token in ("us", "americain", "americains", "sterling") and (last in CURRENCIES or after in CURRENCIES):
            continue  # 45 000 $ US, US dollars
        if token in CURRENCIES and token == last:
            continue
        if is_number(token) and last in CURRENCIES and not is_number(before):
            ordered[-1:] = [token, last]
        else:
            ordered.append(token)
    return ordered


def _order_dates(tokens: list[str]) -> list[str]:
    """July 4, 2018, the 4th of July 2018 and 4 juillet 2018 all read day, month, year."""
    ordered = list(tokens)
    for at, token in enumerate(tokens):
        if token not in MONTH_NAMES:
            continue
        if at and _is_day(ordered[at - 1]):
            ordered[at - 1] = ordered[at - 1].removesuffix("th")
        elif at > 1 and ordered[at - 1] in ("of", "de") and _is_day(ordered[at - 2]):
            ordered[at - 2 : at] = ["", ordered[at - 2].removesuffix("th")]
        elif at + 1 < len(ordered) and _is_day(ordered[at + 1]):
            ordered[at : at + 2] = [ordered[at + 1].removesuffix("th"), token]
    return [token for token in ordered if token]


def _is_day(token: str) -> bool:
    digits = token.removesuffix("th")
    return digits.isdigit() and 1 <= int(digits) <= 31
