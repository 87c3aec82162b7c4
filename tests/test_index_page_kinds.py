# ruff: noqa: E501
"""Pages of the kinds that newsrooms save: behind paywalls, lists, live blogs, stories of several pages, AMP and print."""

import json

import pytest

from index.articles import Article
from index.ingest.sources import Options, read_sources

ONE = "The harbour office in Skelby said on Monday that the ferry to Ostrelund will sail again from the first of June."
TWO = "Repairs took nine weeks, and the company that built the ramp will pay for two thirds of them, its lawyer said."
THREE = "Nobody was brought ashore by helicopter, although the mayor of Ostrelund had offered to pay for one herself."
FOUR = "The summer timetable is to be the same as last year's, with four crossings a day and a fifth one on Sundays."
LONG = [f"{text} That is part {n} of what was said." for n in range(4) for text in (ONE, TWO, THREE, FOUR)]


def page(*paragraphs, above="", below="", head="", ld=None, title="Ferry sails again"):
    said = (
        f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **ld})}</script>'
        if ld
        else ""
    )
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}{said}</head><body>{above}'
        f"<main><article><h1>{title}</h1>{body}</article>{below}</main></body></html>"
    )


def read(tmp_path, *pages, notes=None, **options):
    for n, text in enumerate(pages, 1):
        (tmp_path / f"{n}.html").write_text(text, "utf-8")
    return list(read_sources([tmp_path], options=Options(**options), notes=notes))


# -- Paywalls ---------------------------------------------------------------------------------------------------------

NOT_FREE = {"@type": "NewsArticle", "isAccessibleForFree": False}
PAID = {**NOT_FREE, "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paid"}}
WHOLE = {
    "words in a bar above": page(ONE, TWO, THREE, above="<div><a href='/in'>Sign in to access the full archive</a></div>"),
    "words in the header": page(ONE, TWO, THREE, above="<header>Subscribe to continue reading</header>"),
    "words in the footer": page(ONE, TWO, THREE, below="<footer>Register to read our best stories</footer>"),
    "newsletters below": page(ONE, TWO, THREE, below="<div>Sign up to get access to our newsletters.</div>"),
    "French, above": page(ONE, TWO, THREE, above="<div>Abonnez-vous pour lire tous nos articles</div>"),
    "said to be free": page(ONE, TWO, THREE, below="<div>Subscribe to continue reading</div>",
                            ld={"@type": "NewsArticle", "isAccessibleForFree": True}),
    "a meter below": page(ONE, TWO, THREE, below="<div>You have read 2 of your 5 free articles this month.</div>"),
    "a login above": page(ONE, above="<header><form><input type='password'></form></header>"),
    "a subscriber's brief": page(ONE, TWO, THREE, FOUR, f"{ONE} {TWO}", ld=NOT_FREE),
    "a subscriber's brief of all its words": page(ONE, TWO, ld={**NOT_FREE, "wordCount": 42}),
    "a subscriber's page with its paid part": page(ONE, f'</p><div class="x paid"><p>{TWO}</p></div><p>',
                                                   below="<div>Subscribe to continue reading</div>", ld=PAID),
    "a subscriber's long page": page(*LONG, below="<div>Subscribe to continue reading</div>", ld=NOT_FREE),
}  # fmt: skip
TEASERS = {
    "a wall below": page(ONE, TWO, below="<div>Subscribe to continue reading</div>"),
    "a wall below and a link above": page(
        ONE, TWO, "Log in to read the full article.", above="<header>Sign in</header>"
    ),
    "French": page(ONE, TWO, below="<div>La suite est réservée aux abonnés</div>"),
    "not free and cut off": page(ONE, TWO, THREE, FOUR, f"{ONE} {TWO} And…", ld=NOT_FREE),
    "not free and short": page(ONE, TWO, ld=NOT_FREE),
    "the paid part is missing": page(ONE, TWO, '</p><div class="paid"></div><p>', ld=PAID),
    "half of its words": page(*LONG, ld={**NOT_FREE, "wordCount": 2_000}),
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_a_page_whose_article_is_whole_is_added(tmp_path, text):
    (article,) = read(tmp_path, text)
    assert isinstance(article, Article), article


@pytest.mark.parametrize("text", TEASERS.values(), ids=TEASERS)
def test_a_teaser_is_refused_unless_forced(tmp_path, text):
    (failure,) = read(tmp_path, text)
    assert "paywall" in failure.reason and "--force" in failure.reason
    (article,) = read(tmp_path, text, force=True)
    assert ONE in article.text


# -- Lists ------------------------------------------------------------------------------------------------------------

TITLES = ["Council closes the library", "Dam passes its inspection", "Kestrels nest on town hall", "Bakery burns in Mill Lane",
          "Ferry fares to rise again", "School wins the chess cup"]  # fmt: skip


def teasers(form):
    return "".join(form.format(n=n, title=title, text=f"{title}, the council said.") for n, title in enumerate(TITLES))


LISTS = {
    "teasers": teasers('<div><h3><a href="/n/{n}">{title}</a></h3><p>{text}</p><span>1 March 2024</span></div>'),
    "a link around each": teasers('<a href="https://paper.example/n/{n}"><h2>{title}</h2><p>{text}</p></a>'),
    "bare links": "<ul>" + teasers('<li><a href="/n/{n}">{title}</a> <time>1 March</time></li>') + "</ul>",
    "read more": teasers('<div><h3>{title}</h3><p>{text}</p><a href="/n/{n}">More</a></div>'),
    "a table": "<table>" + teasers('<tr><td>1 March</td><td><a href="/n/{n}">{title}</a></td></tr>') + "</table>",
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_a_section_page_is_refused_as_a_list(tmp_path, body):
    text = f"<html><head><title>Local news</title></head><body><nav><a href='/'>Home</a></nav><main><h1>Local</h1>{body}</main></body></html>"
    (failure,) = read(tmp_path, text)
    assert "it lists 6 articles" in failure.reason and "/n/0" in failure.reason and "--force" in failure.reason


ARTICLES = {
    "more stories below": page(ONE, TWO, THREE, below=LISTS["teasers"]),
    "a brief that says it is an article": page(
        ONE, below=LISTS["teasers"], ld={"@type": "NewsArticle", "headline": "Ferry"}
    ),
    "links in its text": page(
        *(f'{text} <a href="/n/{n}">Read what we wrote then</a>.' for n, text in enumerate(LONG))
    ),
    "a digest": page(
        *(f'</p><h2><a href="/n/{n}">{title}</a></h2><p>{ONE} {TWO} {THREE} {FOUR}' for n, title in enumerate(TITLES))
    ),
}


@pytest.mark.parametrize("text", ARTICLES.values(), ids=ARTICLES)
def test_an_article_with_links_is_no_list(tmp_path, text):
    (article,) = read(tmp_path, text)
    assert isinstance(article, Article), article


# -- Live blogs -------------------------------------------------------------------------------------------------------


def update(n, text, day="2024-06-09"):
    return {
        "@type": "BlogPosting",
        "headline": f"Post {n}",
        "datePublished": f"{day}T{22 - n}:10:00Z",
        "articleBody": text,
    }


def test_the_posts_of_a_live_blog_come_from_its_json_ld(tmp_path):
    posts = [update(n, text) for n, text in enumerate((ONE, TWO, f"<p>{THREE}</p><p>{FOUR}</p>"))]
    text = page("Reload the page for the newest update.", ld={"@type": "LiveBlogPosting", "liveBlogUpdate": posts})
    (article,) = read(tmp_path, text)
    assert article.text == (
        f"20:10 UTC – Post 2\n\n{THREE}\n\n{FOUR}\n\n21:10 UTC – Post 1\n\n{TWO}\n\n22:10 UTC – Post 0\n\n{ONE}"
    )


BLOCK = '<div class="p"><time datetime="2024-06-{day}T{hour}:10:00+02:00">{hour}.10</time><h3>Post {n}</h3><p>{text}</p></div>'
MARKED = BLOCK.replace('class="p"', 'itemprop="liveBlogUpdate" itemscope')
LIVE = {
    "its title": page(below="<div>{posts}</div>", title="Election night: live"),
    "its classes": page(below='<div class="live-blog__feed">{posts}</div>'),
    "its type": page(below="<div>{posts}</div>", ld={"@type": "LiveBlogPosting"}).replace("{", "{{").replace("}", "}}")
    .replace("{{posts}}", "{posts}"),
}  # fmt: skip


@pytest.mark.parametrize("text", LIVE.values(), ids=LIVE)
@pytest.mark.parametrize("block", [BLOCK, MARKED], ids=["plain", "marked"])
def test_the_posts_of_a_live_blog_come_from_its_page_with_their_times(tmp_path, text, block):
    said = [
        (n, day, hour, text)
        for n, (day, hour, text) in enumerate((("10", "01", ONE), ("09", "23", TWO), ("09", "21", THREE)))
    ]
    posts = "".join(block.format(n=n, day=day, hour=hour, text=text) for n, day, hour, text in said)
    (article,) = read(tmp_path, text.format(posts=posts))
    assert article.text.endswith(
        f"2024-06-09 21:10 – Post 2\n\n{THREE}\n\n2024-06-09 23:10 – Post 1\n\n{TWO}\n\n2024-06-10 01:10 – Post 0\n\n{ONE}"
    )


def test_comments_with_times_are_no_live_blog(tmp_path):
    comments = "".join(BLOCK.format(n=n, day="09", hour="10", text="I was there, and it was not so.") for n in range(4))
    (article,) = read(tmp_path, page(*LONG, below=f'<div class="comments">{comments}</div>'))
    assert article.text.startswith(LONG[0]) and "2024-06-09" not in article.text


# -- Several pages ----------------------------------------------------------------------------------------------------


def part(n, last, *paragraphs, form="link", url="https://paper.example/ferry"):
    def link(to, rel, words):
        target = f"{url}?page={to}" if form != "folder" else f"{url}/{to}/" if to > 1 else f"{url}/"
        if form == "link":
            return f'<link rel="{rel}" href="{target}">', ""
        return "", f'<p><a href="{target if form == "folder" else f"?page={to}"}">{words}</a></p>'

    links = ([link(n + 1, "next", "Next page »")] if n < last else []) + (
        [link(n - 1, "prev", "Previous")] if n > 1 else []
    )
    canonical = f'<link rel="canonical" href="{url}">'
    return page(
        *paragraphs, head=canonical + "".join(head for head, _ in links), below="".join(body for _, body in links)
    )


@pytest.mark.parametrize("form", ["link", "text", "folder"])
def test_a_story_of_several_pages_is_one_article_where_all_are_given(tmp_path, form):
    pages = [part(1, 3, ONE, TWO, form=form), part(2, 3, ONE, THREE, form=form), part(3, 3, FOUR, form=form)]
    (article,) = read(tmp_path, pages[2], pages[0], pages[1])
    assert article.text == f"{ONE}\n\n{TWO}\n\n{THREE}\n\n{FOUR}"
    assert (article.url, article.origin) == ("https://paper.example/ferry", str(tmp_path / "2.html"))


def test_pages_that_only_number_each_other_are_joined(tmp_path):
    def numbered(n, *paragraphs):
        row = "".join(
            f'<a href="/ferry/{m if m > 1 else ""}"> {m} </a>' if m != n else f"<b>{m}</b>" for m in (1, 2, 3)
        )
        head = '<link rel="canonical" href="https://paper.example/ferry/">'
        return page(*paragraphs, head=head, below=f"<div>Pages: {row}</div>")

    (article,) = read(tmp_path, numbered(1, ONE, TWO), numbered(2, THREE, FOUR), numbered(3, LONG[0]))
    assert [text in article.text for text in (ONE, TWO, THREE, FOUR, LONG[0])] == [True] * 5


def test_a_page_whose_story_is_not_whole_is_an_article_with_a_note(tmp_path):
    notes = []
    first, second = read(tmp_path, part(1, 3, ONE, TWO), part(2, 3, THREE, FOUR), notes=notes)
    assert (first.text, second.text) == (f"{ONE}\n\n{TWO}", f"{THREE}\n\n{FOUR}")
    assert ["page 1" in notes[0].text, "page 2" in notes[1].text] == [True, True]


def test_the_next_article_is_not_the_next_page(tmp_path):
    def article(n, title):
        links = f'<link rel="next" href="/story/{n + 1}"><link rel="prev" href="/story/{n - 1}">' if n < 3 else ""
        return page(
            ONE,
            f"{TWO} {title}",
            head=f'<link rel="canonical" href="https://paper.example/story/{n}">{links}',
            title=title,
        )

    assert (
        len(read(tmp_path, article(1, "Ferry sails again"), article(2, "Library closes"), article(3, "Dam holds"))) == 3
    )


# -- AMP and print ----------------------------------------------------------------------------------------------------

AMP = f"""<!doctype html><html ⚡ lang="en"><head><meta charset="utf-8"><link rel="canonical" href="https://paper.example/ferry">
<style amp-boilerplate>body{{-webkit-animation:-amp-start 8s steps(1,end)}}@keyframes -amp-start{{from{{visibility:hidden}}}}</style>
<title>Ferry sails again</title></head><body><amp-sidebar layout="nodisplay"><ul><li><a href="/n">News</a></li></ul></amp-sidebar>
<main><h1>Ferry sails again</h1><amp-img src="a.jpg"></amp-img><p>{ONE}</p><amp-ad></amp-ad><p>{TWO}</p>
<section subscriptions-section="content"><p>{THREE}</p></section>
<section subscriptions-section="content-not-granted"><p>Subscribe to continue reading this article.</p></section></main></body></html>"""
PRINTED = {
    "line breaks": f"<body onload='window.print()'><h2>Ferry sails again</h2>{ONE}<br><br>{TWO}<br><br>{THREE}</body>",
    "a table": f"<body><table><tr><td><b>Ferry sails again</b></td></tr><tr><td><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></td></tr></table></body>",
    "blocks": f"<body><h1>Ferry sails again</h1><div class='print-content'><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></div></body>",
}  # fmt: skip


def test_an_amp_page_is_its_article(tmp_path):
    (article,) = read(tmp_path, AMP)
    assert (article.text, article.url) == (f"{ONE}\n\n{TWO}\n\n{THREE}", "https://paper.example/ferry")


@pytest.mark.parametrize("body", PRINTED.values(), ids=PRINTED)
def test_a_page_made_for_print_is_its_article(tmp_path, body):
    (article,) = read(tmp_path, f"<html><head><title>Ferry sails again</title></head>{body}</html>")
    assert (article.title, article.text) == ("Ferry sails again", f"{ONE}\n\n{TWO}\n\n{THREE}")
