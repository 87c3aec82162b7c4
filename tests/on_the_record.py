"""What the design promises of every finished answer, whatever model wrote it."""

import json
import re

from rag.events import ClaimReady, Evidence, Finished, NeedsModel, Searched
from rag.verify.compare import missing
from rag.write.compose import unmarked
from rag.write.days import day_in_words

_COUNTED_FROM = r" \((?:article (?:of|du) )?(?:\d{1,2}(?:er)? )?\w+ \d{4}\)(?=\u00a0?: [“«])"


def digits(text):
    """The numbers of a text as bare digits, separators left out: a check that shares nothing with the one it checks."""
    joined = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text)
    return {re.sub(r"\D", "", number) for number in re.findall(r"\d+(?:[.,]\d+)*", joined)}


def words(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def told_answer(events, library):
    """The answer at the end of a stream that keeps its promises: checked claims, markers that never change."""
    events = list(events)
    *before, last = [type(event) for event in events]
    assert before[:2] == [Searched, Evidence] and last is Finished and Finished not in before
    assert before.count(Evidence) == 1 and before.count(NeedsModel) <= 1
    answer = events[-1].answer
    finally_cited = {citation.marker: citation for citation in answer.citations}
    for event in events:
        if isinstance(event, ClaimReady):
            assert event.text[event.claim.start : event.claim.end] == event.claim.text
            assert {citation.marker for citation in event.citations} == set(event.claim.citations)
            for citation in event.citations:
                assert_in_the_library(citation, library)
                assert finally_cited.get(citation.marker, citation) == citation
    return answer


def assert_on_the_record(answer, library):
    """Every promise that can be checked with the answer and the library alone."""
    assert answer.status in {"answered", "partial", "conflict", "not_found"}
    assert json.loads(answer.to_json())["status"] == answer.status
    assert 0.0 <= answer.confidence <= 1.0 and answer.answered_at.endswith("Z")
    for citation in (*answer.citations, *answer.closest):
        assert_in_the_library(citation, library)
    in_text = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
    assert sorted(set(in_text)) == sorted(citation.marker for citation in answer.citations)
    assert not re.search(r"\[\s*(?:source|passage)", answer.text, re.IGNORECASE)
    for claim in answer.claims:
        assert answer.text[claim.start : claim.end] == claim.text
        assert claim.supported and 0.0 <= claim.support <= 1.0
        assert_rests_on_its_citations(claim, answer)
    dates = [citation.published for citation in answer.citations if citation.published]
    assert answer.as_of == max(dates, default=None)
    if answer.status == "not_found":
        assert not answer.citations and not answer.claims and answer.closest
        assert all(citation.marker == 0 for citation in answer.closest)
    else:
        assert answer.citations and answer.claims
        assert re.fullmatch(_layout_of(answer), answer.text)
    if answer.status == "conflict":
        assert len({(citation.article_id, citation.start) for citation in answer.citations}) >= 2


def _layout_of(answer):
    """What an answer's text may be: its claims, and between them only headings, days, and words that the product has ready."""
    instead = r"(?:(?:But .+? says|Mais selon .+?\u00a0): )?" if answer.status == "conflict" else ""
    instead += r"(?:[^:\[\]]+, \d[^:\[\]]+\d{4}\u00a0?: )?"  # Another source, of another day.
    pattern, heading = "", None
    for n, claim in enumerate(answer.claims):
        pattern += r"[ \n]" if n else ""
        pattern += instead
        if claim.group != heading and claim.group:
            pattern += re.escape(unmarked(claim.group)) + "\u00a0?:\n"
        heading = claim.group
        if answer.form == "timeline" and claim.date:
            pattern += re.escape(day_in_words(claim.date, answer.language)) + "\u00a0?: "
        pattern += re.escape(claim.text)
    return pattern + "".join(r"[^\n]*?" + re.escape(part) for part in answer.open).replace(r"[^\n]*?", r"\n[^\n]*?", 1)


def assert_in_the_library(citation, library):
    """A citation is the article's own text, and all that it says of the article is the library's."""
    article = library.article(citation.article_id)
    assert article.text[citation.start : citation.end] == citation.quote
    assert citation.quote.strip()
    from_library = ("title", "publisher", "author", "url", "published", "language")
    assert all(getattr(citation, name) == getattr(article, name) for name in from_library)
    if citation.span is not None:
        first, last = citation.span
        assert citation.start <= first < last <= citation.end
        assert article.text[first:last].strip() == article.text[first:last]


def assert_rests_on_its_citations(claim, answer):
    """One to three citations; numbers, names, addresses and quotations of a claim stand in what it cites."""
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    assert 1 <= len(claim.citations) <= 3 and len(set(claim.citations)) == len(claim.citations)
    assert set(claim.citations) == {int(number) for number in re.findall(r"\[(\d+)\]", claim.text)}
    said = re.sub(r"\[\d+\]", "", claim.text)
    said = re.sub(_COUNTED_FROM, "", said)  # A relative date worked out (test_days).
    proof = " ".join(quotes[marker] for marker in claim.citations)
    # A lone digit may stand there as a word.
    assert {number for number in digits(said) if len(number) > 1} <= digits(proof)
    titles = " ".join(citation.title for citation in answer.citations if citation.marker in claim.citations)
    # Names may stand in the sentences shortly before: whose they are is the vetoes' business (test_verify_facts).
    assert missing(said, f"{proof} {titles}") == ()
    addresses = re.findall(r"(?:https?:|www\.)[^\s)\]>\"”»]+", said)
    assert all(address.rstrip(":.,") in proof for address in addresses)  # A colon stands behind the words that lead.
    for quoted in re.findall(r"“([^“”]+)”|«([^«»]+)»", said):
        assert words("".join(quoted)) in words(proof)
