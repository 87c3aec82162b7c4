"""PDFs in columns, whatever the order in which they were drawn, with headings, running heads and initials."""

import textwrap

import pytest
from documents import pdf

from index.ingest.sources import read_sources

WORDS = (
    "The harbour office in Skelby said on Monday that the ferry to Ostrelund will sail again from the first of June. "
)
TEXT = " ".join(f"{WORDS}That is sentence number {n} of the story." for n in range(8))


def drawn(*pieces):
    return "\n".join(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET" for x, y, size, text in pieces)


def cells(columns, width):
    lines = textwrap.wrap(TEXT, 100 // columns, break_on_hyphens=False)
    height = -(-len(lines) // columns)
    return [(50 + width * (n // height), 700 - 13 * (n % height), 10, line) for n, line in enumerate(lines)]


def read(tmp_path, *pieces, info=""):
    (tmp_path / "a.pdf").write_bytes(pdf(drawn(*pieces), info=info))
    (article,) = read_sources([tmp_path / "a.pdf"])
    return article


@pytest.mark.parametrize(("columns", "width"), [(2, 270), (3, 180)])
@pytest.mark.parametrize("by_rows", [False, True])
def test_columns_are_read_one_after_the_other(tmp_path, columns, width, by_rows):
    pieces = cells(columns, width)
    if by_rows:
        pieces.sort(key=lambda piece: (-piece[1], piece[0]))
    heading = [(50, 760, 22, "The ferry to Ostrelund sails"), (50, 736, 22, "again from the first of June")]
    article = read(tmp_path, *heading, *pieces)
    assert article.title == "The ferry to Ostrelund sails again from the first of June"
    assert article.text.replace("\n\n", " ") == TEXT.replace("  ", " ")


def test_a_table_is_read_by_its_rows(tmp_path):
    rows = [
        (x, 700 - 14 * n, 10, f"{what} {n}")
        for n in range(8)
        for x, what in ((50, "Ward"), (230, "Votes"), (410, "Seats"))
    ]
    assert "Ward 3 Votes 3 Seats 3" in " ".join(read(tmp_path, *rows).text.split())


def test_small_lines_that_stand_apart_at_the_edges_are_no_text(tmp_path):
    edges = [(50, 760, 8, "The Skelby Courier, 12 March 2024"), (300, 30, 8, "Page seven")]
    assert read(tmp_path, *cells(1, 0), *edges).text.replace("\n\n", " ") == TEXT.replace("  ", " ")


def test_an_initial_belongs_to_its_word(tmp_path):
    first, *rest = cells(1, 0)
    pieces = [(50, 680, 40, first[3][0]), (80, first[1], 10, first[3][1:]), *rest]
    assert read(tmp_path, *pieces).text.startswith("The harbour office")
