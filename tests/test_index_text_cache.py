"""What pure functions of a text remember, and what is too long for it."""

from index.text.text_cache import cached_by_text


def test_short_texts_are_read_once_and_long_ones_each_time():
    seen = []

    @cached_by_text
    def letters(text, language):
        seen.append(len(text))
        return len(text), language

    for text in ("late", "late", "x" * 20_001, "x" * 20_001):
        assert letters(text, "en") == (len(text), "en")
    assert letters("late", "fr") == (4, "fr")
    assert seen == [4, 20_001, 20_001, 4]
