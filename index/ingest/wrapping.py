"""Join wrapped lines of plain text into paragraphs."""

import re
from itertools import pairwise

# The widths between which mail programs and typewriters wrap lines.
MIN_WIDTH, MAX_WIDTH = 40, 100
BULLET = re.compile(r"(?:[•*–—-]|\d{1,2}[.)])\s")


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of plain text, with wrapped lines joined."""
    lines = [re.sub(" +", " ", line).strip() for line in text.split("\n")]
    width = max((len(line) for line in lines if " " in line), default=0)
    paragraphs: list[str] = []
    block: list[str] = []
    for line in [*lines, ""]:
        if line:
            block.append(line)
            continue
        paragraphs += _unwrapped(block, width)
        block = []
    return paragraphs


def unwrapped(text: str) -> str:
    """The text with spaces for the line breaks inside wrapped paragraphs: each character keeps its offset."""
    lines = [(line.start(), line.end()) for line in re.finditer(r"[^\n]+", text) if line[0].strip()]
    words = [re.sub(r"\s+", " ", text[start:end]).strip() for start, end in lines]
    width = max((len(line) for line in words if " " in line), default=0)
    breaks = [_is_blank_between(text, above, below) for above, below in pairwise(lines)]
    parts, at, first = [], 0, 0
    for last in [n for n, is_break in enumerate(breaks) if is_break] + [len(lines) - 1]:
        for n, joined in enumerate(_continued(words[first : last + 1], width), first):
            if joined:
                stop = lines[n][1]
                while text[stop - 1].isspace():
                    stop -= 1
                parts += [text[at:stop], " " * (lines[n + 1][0] - stop)]
                at = lines[n + 1][0]
        first = last + 1
    return "".join([*parts, text[at:]])


def _is_blank_between(text: str, above: tuple[int, int], below: tuple[int, int]) -> bool:
    return text.count("\n", above[1], below[0]) > 1


def _unwrapped(block: list[str], width: int) -> list[str]:
    """The lines of a block, those that are wrapped joined."""
    joined = block[:1]
    for below, continues in zip(block[1:], _continued(block, width), strict=True):
        if not continues:
            joined.append(below)
        else:
            hyphen = re.search(r"\w-$", joined[-1]) and below[0].islower()
            joined[-1] += below if hyphen else f" {below}"
    return joined


def _continued(block: list[str], width: int) -> list[bool]:
    """For each line but the first, whether it continues the line above.

    A block is wrapped when most of its lines are full (the next word would not have fitted) and break sentences.
    """
    full = [len(line) + 1 + len(below.split()[0]) > width for line, below in pairwise(block)]
    runs_on = any(not finished(line) for line in block[:-1])
    if not (MIN_WIDTH <= width <= MAX_WIDTH and runs_on and 3 * sum(full) >= 2 * len(full)):
        return [False] * len(full)
    return [
        not BULLET.match(below) and (is_full or below[0].islower())
        for is_full, below in zip(full, block[1:], strict=True)
    ]


CLOSERS = "»”\"’')] \u00a0\u202f"


def finished(paragraph: str) -> bool:
    """Whether it ends as a sentence does."""
    return paragraph.rstrip(CLOSERS)[-1:] in set(".!?…:;")
