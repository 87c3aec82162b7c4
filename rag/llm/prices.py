"""What a hosted model's tokens cost. Only where it is known: OpenAI's own models, and servers that send the cost along."""

import re
from urllib.parse import urlsplit

# US dollars for a million tokens read and written; https://platform.openai.com/docs/pricing as of March 2026. What a
# server reads from its cache is cheaper: the cost given is the most that was paid.
_PRICES = {
    "gpt-4.1": (2.00, 8.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-5.4-mini": (0.75, 4.50),
    "gpt-5.4-nano": (0.20, 1.25),
    "gpt-5": (1.25, 10.00),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-nano": (0.05, 0.40),
    "o3": (2.00, 8.00),
    "o3-mini": (1.10, 4.40),
    "o4-mini": (1.10, 4.40),
}
_MILLION = 1_000_000
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def cost_usd(model: str, address: str | None, read: int, written: int) -> float | None:
    """The dollars for so many tokens of a model behind an address; None where nobody knows.

    >>> cost_usd("gpt-4.1-mini-2025-04-14", "https://api.openai.com/v1", 1_000_000, 0)
    0.4
    """
    price = _PRICES.get(_DATED.sub("", model))
    if price is None or urlsplit(address or "").hostname != "api.openai.com":
        return None
    return (price[0] * read + price[1] * written) / _MILLION
