"""Opinion pieces among what an answer cites, named as such.

A paper labels them in the title ("Column: …", « Tribune. … ») or by the section in the address; no other sign is used.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from rag.answer import Answer, Citation
from rag.write.compose import in_quotation_marks, unmarked

_LABELS = (
    r"opinions?|op-ed|columns?|columnists?|comment|editorials?|leader|viewpoint|letters? to the editor"
    r"|tribunes?|[ée]ditos?|[ée]ditorial|chroniques?|billet|point de vue|carte blanche"
)
_TITLE = re.compile(rf"^\W*(?:{_LABELS})\s*[:.|–—-]|\s[|–—-]\s*(?:{_LABELS})\W*$", re.IGNORECASE)
_SECTION = re.compile(rf"/(?:{_LABELS}|commentisfree|debats|idees)/", re.IGNORECASE)
_SAID = {"en": "An opinion piece is cited: {}.", "fr": "Une prise de position est citée\u00a0: {}."}


def naming_opinions(answer: Answer) -> Answer:
    """The answer with a notice on each opinion piece it cites; claims that rest on nothing else are marked."""
    pieces = {citation.marker: citation for citation in answer.citations if _is_opinion(citation)}
    if not pieces:
        return answer
    claims = tuple(replace(claim, opinion=set(claim.citations) <= set(pieces)) for claim in answer.claims)
    said = _SAID.get(answer.language, _SAID["en"])
    titles = dict.fromkeys(in_quotation_marks(answer, unmarked(piece.title)) for piece in pieces.values())
    return replace(answer, claims=claims, notices=(*answer.notices, *(said.format(title) for title in titles)))


def _is_opinion(citation: Citation) -> bool:
    return bool(_TITLE.search(citation.title) or _SECTION.search(urlsplit(citation.url or "").path))
