from functools import lru_cache


@lru_cache(maxsize=50_000)
def is_instruction(sentence_text: str, language: str) -> bool:
    return False
