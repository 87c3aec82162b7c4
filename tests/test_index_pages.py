import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.ingest.pages import MAX_PAGE_BYTES, read_html, read_markdown

ONE = "Elon Musk fired back at Sam Altman on Saturday after the OpenAI chief posted screenshots of a cancelled order."
TWO = "The dispute comes as the Tesla Roadster remains in development, nearly 7.5 years after it was first unveiled."
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Roadster Drama Deepens - The Daily Paper</title>
<link rel="canonical" href="https://paper.example/roadster">
<meta property="og:title" content="Roadster Drama Deepens"><meta property="og:site_name" content="The Daily Paper">
<meta name="author" content="Jane Doe"><meta property="article:published_time" content="2025-11-03T10:00:00Z">
</head><body><nav><a href="/">Home</a> <a href="/cars">Cars</a></nav>
<article><h1>Roadster Drama Deepens</h1><p>{ONE}</p>BETWEEN<h2>A long wait</h2><p>{TWO}</p></article>
<footer>All the news</footer></body></html>"""


def page(between="", source=PAGE):
    return source.replace("BETWEEN", between).encode()


def test_a_page_gives_its_body_and_what_it_says_of_itself():
    read = read_html(page())
    assert read.text == f"{ONE}\n\nA long wait\n\n{TWO}"
    assert (read.title, read.author, read.publisher) == ("Roadster Drama Deepens", "Jane Doe", "The Daily Paper")
    assert (read.published, read.url) == ("2025-11-03", "https://paper.example/roadster")


def test_a_title_does_not_carry_the_name_of_its_paper():
    bare = PAGE.replace('<meta property="og:title" content="Roadster Drama Deepens">', "").replace(
        "<h1>Roadster Drama Deepens</h1>", ""
    )
    assert read_html(page(source=bare)).title == "Roadster Drama Deepens"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://desk:secret@paper.example/a", "https://paper.example@evil.example"]
)
def test_an_address_that_is_no_web_address_is_left_out(address):
    assert read_html(page(source=PAGE.replace("https://paper.example/roadster", address))).url is None


UNSEEN = [
    "<p hidden>SECRET orders for whoever reads this page closely.</p>",
    '<p hidden="until-found">SECRET orders for whoever reads this page closely.</p>',
    '<p aria-hidden="TRUE">SECRET orders for whoever reads this page closely.</p>',
    '<p style="display: none">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:red;DISPLAY:NONE !important">SECRET orders for whoever reads this page closely.</p>',
    '<p style="visibility:hidden">SECRET orders for whoever reads this page closely.</p>',
    '<p style="font-size:0">SECRET orders for whoever reads this page closely.</p>',
    '<p style="font-size: 0px; color: red">SECRET orders for whoever reads this page closely.</p>',
    '<p style="font-size:0.0em">SECRET orders for whoever reads this page closely.</p>',
    '<div style="display:none"><section><p>SECRET orders for whoever reads this page closely.</p></section></div>',
    "<!-- SECRET orders for whoever reads this page closely. -->",
    "<script>var text = 'SECRET orders for whoever reads this page closely.'</script>",
    "<template><p>SECRET orders for whoever reads this page closely.</p></template>",
    '<p style="color:#fff">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:white; background:#FFFFFF">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:#fefefe">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:rgb(255 255 255)">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:rgba(255, 255, 255, 1)">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:rgba(0,0,0,0)">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:rgb(0 0 0 / 0)">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:#abc0">SECRET orders for whoever reads this page closely.</p>',
    '<p style="color:#eee;background-color:#eee">SECRET orders for whoever reads this page closely.</p>',
    '<div style="color:white"><p>SECRET orders for whoever reads this page closely.</p></div>',
    '<p><font color="white">SECRET orders for whoever reads this page closely.</font></p>',
    '<style>.note{color:#fff}</style><p class="note">SECRET orders for whoever reads this page closely.</p>',
    '<figure><img src="a.png" alt="SECRET orders for whoever reads this page." title="SECRET orders for whoever."></figure>',
    '<meta name="description" content="SECRET orders for whoever reads this page closely.">',
    '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "SECRET", "description": "SECRET"}</script>',
]


@pytest.mark.parametrize("element", UNSEEN)
def test_what_readers_of_a_page_do_not_see_is_not_read(element):
    assert read_html(page(element)).text == f"{ONE}\n\nA long wait\n\n{TWO}"
    assert read_markdown(f"{ONE}\n\n{element}\n\n{TWO}").text == f"{ONE}\n\n{TWO}"


SEEN = [
    '<p style="font-size:0.9em">WORDS</p>',
    '<p style="font-size:08px">WORDS</p>',
    '<p style="color:#eee">WORDS</p>',
    '<p style="color:rgb(0,0,0)">WORDS</p>',
    '<p style="color:rgb(10 0 0 / 50%)">WORDS</p>',
    '<p style="color:#fff;background:#000">WORDS</p>',
    '<p aria-hidden="false">WORDS</p>',
]


@pytest.mark.parametrize("element", SEEN)
def test_what_they_see_is_read(element):
    words = "Nobody at the company answered the questions that were put to it on Sunday."
    assert words in read_html(page(element.replace("WORDS", words))).text


def test_text_after_a_hidden_element_stays():
    read = read_html(page(source=PAGE.replace("on Saturday", "<span hidden>SECRET</span>on Saturday")))
    assert ONE in read.text


def test_a_page_that_hides_itself_until_its_scripts_run_is_read():
    assert ONE in read_html(page(source=PAGE.replace("<body>", '<body style="visibility:hidden">'))).text


def test_characters_nobody_sees_are_removed():
    read = read_html(page(source=PAGE.replace("Musk", "Mu\u200bsk\U000e0041")))
    assert ONE in read.text


def test_links_in_a_page_are_dropped_and_recorded():
    read = read_html(page("<p>Related: Tesla Shares Fall</p>"))
    assert read.text == f"{ONE}\n\nA long wait\n\n{TWO}"
    assert read.dropped == ("Related: Tesla Shares Fall",)


UNREADABLE = {
    "empty": b" ",
    "no body": b"<html><body></body></html>",
    "not a page": b"\x01\x02\x03" * 100,
    "nested without end": b"<div>" * 50_000,
    "too large": b"<p>" + b"a " * MAX_PAGE_BYTES,
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_a_page_without_an_article_is_a_source_error_of_one_line(data):
    with pytest.raises(SourceError) as raised:
        read_html(data)
    assert ";" in str(raised.value) and "\n" not in str(raised.value)


@given(st.text(alphabet=st.sampled_from([*"<>/=\"' ab&;#x!-\n\0\ud800"]), max_size=80))
def test_broken_markup_is_read_or_refused(markup):
    data = page(markup) if "\ud800" not in markup else page()
    try:
        assert read_html(data).text
    except SourceError as error:
        assert str(error)


MARKDOWN = f"""---
title: "Roadster: Drama Deepens"
author: Jane Doe
date: 2025-11-03
publisher: The Daily Paper
url: https://paper.example/roadster
language: en
tags:
  - cars
---

# Roadster: Drama Deepens

{ONE.replace(" after ", " after" + chr(10))}

## A *long* wait

- It is **late**, says [the paper](https://paper.example).
- It is `lost`.

> {TWO}

![a car](car.png)

| Year | Price |
|---|---|
| 2017 | $200,000 |

1. First &amp; last.
"""


def test_markdown_becomes_paragraphs():
    read = read_markdown(MARKDOWN)
    assert read.text.split("\n\n") == [
        ONE,
        "A long wait",
        "It is late, says the paper.",
        "It is lost.",
        TWO,
        "Year | Price",
        "2017 | $200,000",
        "First & last.",
    ]


def test_an_author_is_named_as_the_page_names_them():
    body = f"<body><article><h1>Drama</h1><p>{ONE}</p><p>{TWO}</p></article></body>"
    for meta, author in (
        ('<meta name="author" content="J. R. Doe">', "J. R. Doe"),
        ('<meta property="article:author" content="By Anne-Marie O\'Neil">', "Anne-Marie O'Neil"),
        ('<meta property="article:author" content="https://paper.example/people/jane">', None),
    ):
        assert read_html(f"<html><head><title>Drama</title>{meta}</head>{body}</html>".encode()).author == author


def test_front_matter_says_what_the_article_is():
    read = read_markdown(MARKDOWN)
    assert (read.title, read.author, read.publisher) == ("Roadster: Drama Deepens", "Jane Doe", "The Daily Paper")
    assert (read.published, read.url, read.language) == ("2025-11-03", "https://paper.example/roadster", "en")


def test_a_heading_is_the_title_without_front_matter():
    read = read_markdown(f"# Roadster Drama\n\n{ONE}\n\n---\n\n{TWO}")
    assert (read.title, read.text) == ("Roadster Drama", f"{ONE}\n\n{TWO}")


RULES = {"one": f"---\n\n{ONE}", "two": f"---\n\n{ONE}\n\n---", "prose": f"---\n{ONE}\n\n---\n"}


@pytest.mark.parametrize("text", RULES.values(), ids=RULES)
def test_a_rule_at_the_top_is_no_front_matter(text):
    assert read_markdown(text).text == ONE


def test_entities_do_not_bring_hidden_characters_back():
    assert read_markdown("It is la&#8203;te, <b>he sa&#x200b;id</b>.").text == "It is late, he said."


def test_no_break_spaces_stay():
    assert read_markdown("«\u00a0Oui\u202f!\u00a0»\u00a0dit-il.").text == "«\u00a0Oui\u202f!\u00a0»\u00a0dit-il."


@given(st.text(max_size=60))
def test_any_markdown_is_read(text):
    assert "\n\n\n" not in read_markdown(text).text


TEASERS = [f"Council item {n} goes to the vote" for n in range(6)]
SUMMARY = "Councillors in Denmoor will vote on it in the autumn, the mayor said."
BOXES = {
    "a heading with a link": '<div><h3><a href="/n/{n}">{title}</a></h3><p>{summary}</p><span>1 March 2024</span></div>',
    "a link around all of it": '<li><a href="/n/{n}"><h2>{title}</h2><p>{summary} It was number {n}.</p></a></li>',
}


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_a_page_that_lists_articles_is_refused_and_an_article_beside_such_a_list_is_read(box):
    listed = "".join(box.format(n=n, title=title, summary=SUMMARY) for n, title in enumerate(TEASERS))
    section = (
        f"<html><head><title>Local news</title></head><body><main><h1>Local news</h1>{listed}</main></body></html>"
    )
    with pytest.raises(SourceError, match="it lists 6 articles"):
        read_html(section)
    body = "".join(f"<p>{ONE} {TWO} That was part {n}.</p>" for n in range(4))
    beside = page(source=PAGE.replace("BETWEEN", body).replace("<footer>", f"<section>{listed}</section><footer>"))
    assert "That was part 3." in read_html(beside).text


def test_an_article_whose_headings_have_links_is_read():
    items = "".join(
        f'<h2><a href="https://shop.example/{n}">Book {n} of the year</a></h2><p>{ONE} {TWO} {ONE} {TWO}</p>'
        for n in range(5)
    )
    assert "Book 4" in read_html(page(source=PAGE.replace("BETWEEN", items))).text
