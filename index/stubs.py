"""Pages that stand where an article should: a paywall's teaser, a login form, a test for robots, an error page.

Each rule wants the page's own words and a text too short to be the article, so that a report on paywalls is kept.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.metadata import About

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_TEASER = 1_500
MAX_FORM = 600
MIN_TEASERS, MAX_BOX, MOST_LISTED = 4, 400, 0.7
"""A section page has at least so many teasers, of so many characters on average, and little other text."""
_TEST = re.compile(
    r"verify(?:ing)? (?:that )?you(?:'re| are) (?:a |not a )?(?:human|robot|bot)|are you (?:a )?(?:robot|human)\b"
    r"|checking (?:if the site connection is secure|your browser)|enable javascript and cookies to continue"
    r"|unusual (?:traffic|activity) from your|press (?:&|and) hold|complete the (?:security check|captcha)"
    r"|(?:solve|fill in|enter) the captcha|one more step\b.{0,40}\bsecurity check|performing security verification"
    r"|attention required! \| cloudflare|request unsuccessful\. incapsula|pardon our interruption"
    r"|vérifie[rz] que vous (?:êtes|n'êtes pas) (?:un )?(?:être )?(?:humain|robot)|je ne suis pas un robot"
    r"|vérification (?:de sécurité|que vous êtes humain)|activité inhabituelle|résol\w+ le captcha"
)
_TEST_TITLE = re.compile(
    r"just a moment\W*|access denied|attention required.*|security check|are you a robot\W*|captcha|robot check"
    r"|un instant\W*|accès refusé|contrôle de sécurité|human verification|ddos-guard|verification required"
)
_TEST_SCRIPT = re.compile(
    r"challenges\.cloudflare\.com|cdn-cgi/challenge|captcha-delivery\.com|px-captcha|hcaptcha\.com/|recaptcha/api"
    r"|_incapsula_resource|perimeterx"
)
_LOGIN_TITLE = re.compile(
    r"(?:log|sign)[ -]?in\b.{0,60}|.{0,60}[|–—-] ?(?:log|sign)[ -]?in|login required"
    r"|(?:se )?conne(?:xion|cter)\b.{0,60}|identifi(?:ez-vous|cation)\b.{0,60}|connectez-vous\b.{0,60}"
)
_GONE_TITLE = re.compile(
    r"(?:error )?404\b.{0,60}|(?:.{0,40} )?(?:page|article|story) (?:not found|introuvable|non trouvée?)\b.{0,40}"
    r"|(?:erreur|error) (?:404|410|50\d)\b.{0,40}|50\d (?:bad gateway|service|internal)\b.{0,40}|not found"
)
_WALL = re.compile(
    r"(?:subscribe|sign up|register|log ?in|sign in|create (?:a free|an) account)(?: now| today)?(?: or [a-z ]{3,20})? to"
    r" (?:continue|keep|read|unlock|access|finish|get (?:full )?access)"
    r"|to (?:continue|keep) reading\b.{0,60}\b(?:subscribe|sign|log|register|account)"
    r"|(?:this|the full) (?:article|story|content|page) is (?:only |exclusively |reserved )?(?:available )?"
    r"(?:for|to) (?:our )?(?:\w+ )?(?:subscribers|members)|(?:subscriber|member)s?[- ]only (?:article|story|content)"
    r"|you(?:'ve| have) (?:reached|read|used) (?:your|all|the).{0,40}\b(?:free|limit|articles)\b"
    r"|(?:cet|l') ?article (?:complet )?est (?:réservé|accessible uniquement)|(?:contenu|article) réservé (?:à nos|aux) abonnés"
    r"|la suite (?:de cet article )?est réservée|il (?:vous )?reste \d+ ?% de (?:cet|l')|pour lire la suite"
    r"|abonnez-vous (?:pour|dès|afin|et) (?:lire|continuer|accéder|poursuivre|profiter|1)|réservé aux abonnés"
)
# What these say cannot be said of an article that is whole.
_REST = re.compile(
    r"il (?:vous )?reste \d+(?:[.,]\d+)? ?% de (?:cet|l'|ce) ?(?:article|contenu)?.{0,20}à (?:lire|découvrir)"
)


class Signs:
    """What tells a page's kind, taken before the unseen parts are removed."""

    def __init__(self, tree: "HtmlElement") -> None:
        self.title = _plain(" ".join(title.text_content() for title in list(tree.iter("title"))[:1]))
        self.password = bool(tree.xpath("//input[translate(@type, 'PASWORD', 'pasword') = 'password']"))
        self.teasers = [_plain(element.text_content()) for element in _teasers(tree)]
        scripts = (script.get("src") or (script.text or "")[:2_000] for script in tree.iter("script", "iframe"))
        self.test = any(_TEST_SCRIPT.search(script.lower()) for script in scripts)


def why_no_article(signs: Signs, about: About, text: str, shown: str) -> str | None:
    """Why this page holds no article, or None. `text` is what was found as its article, `shown` all its visible text."""
    shown = _plain(shown[:50_000])
    if len(text) < MAX_TEASER and _is_test(signs, text, shown):
        return "it is a test for robots and not the article; open it in a browser, save the page and add the file"
    if len(text) < MAX_FORM and _GONE_TITLE.fullmatch(signs.title):
        return "it is an error page and not an article; check the address"
    if len(text) < MAX_FORM and (_LOGIN_TITLE.fullmatch(signs.title) or (signs.password and len(text) < MAX_FORM / 2)):
        return "it is a login form and not the article; log in with a browser, save the page and add the file"
    if _lists_articles(signs.teasers, text):
        return "it lists articles and is none; add their addresses"
    if _is_teaser(about, text, shown):
        return "it is the teaser of a paywall and not the article; save the page as a subscriber and add the file"
    return None


def _teasers(tree: "HtmlElement") -> Iterator["HtmlElement"]:
    """The boxes of headings that are links to other pages, each as large as it can be without another heading."""
    for heading in tree.iter("h2", "h3", "h4"):
        links = heading.xpath(".//a[@href and not(starts-with(@href, '#'))] | ancestor::a[@href]")
        if not any(_plain(heading.text_content()) in _plain(link.text_content()) for link in links):
            continue
        box = heading
        while (around := box.getparent()) is not None and around.xpath("count(.//h1 | .//h2 | .//h3 | .//h4)") == 1:
            box = around
        yield box


def _lists_articles(teasers: Sequence[str], text: str) -> bool:
    """Whether most of the text stands in short boxes below headlines that lead elsewhere."""
    if len(teasers) < MIN_TEASERS or sum(map(len, teasers)) > MAX_BOX * len(teasers):
        return False
    lines = [_plain(line) for line in text.split("\n") if line.strip()]
    listed = sum(len(line) for line in lines if any(line in teaser for teaser in teasers))
    return listed > MOST_LISTED * sum(map(len, lines))


def _is_test(signs: Signs, text: str, shown: str) -> bool:
    if _TEST_TITLE.fullmatch(signs.title) or (len(shown) < MAX_TEASER and _TEST.search(shown)):
        return True
    return signs.test and len(text) < MAX_FORM / 2 and len(shown) < MAX_TEASER


def _is_teaser(about: About, text: str, shown: str) -> bool:
    if _REST.search(shown):
        return True
    if about.free is False and about.words and len(text.split()) < 0.5 * about.words:
        return True
    return len(text) < MAX_TEASER and (about.free is False or _WALL.search(shown) is not None)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'").casefold()).strip()
