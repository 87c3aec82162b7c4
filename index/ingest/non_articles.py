"""Recognize pages without the article: a paywall's teaser, a login form, a captcha, an error page.

Every rule requires typical wording and a short text, so that an article about paywalls is kept.
"""

import re
from typing import TYPE_CHECKING

from index.ingest.metadata import Metadata, articles_in

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_TEASER = 1_500
MAX_FORM = 600
MAX_CUT = 6_000
"""A longer text is not a teaser."""
MIN_PAID = 100
"""The least length of the part for subscribers."""
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
    r"(?!.{0,25}\b(?:newsletters?|comments?|alerts?|e-?mails?|crosswords?|podcasts?|infolettres?)\b)"
    r"|to (?:continue|keep) reading\b.{0,60}\b(?:subscribe|sign|log|register|account)"
    r"|(?:this|the full) (?:article|story|content|page) is (?:only |exclusively |reserved )?(?:available )?"
    r"(?:for|to) (?:our )?(?:\w+ )?(?:subscribers|members)|(?:subscriber|member)s?[- ]only (?:article|story|content)"
    r"|you(?:'ve| have) (?:reached|used up|read all|read the last of) ?(?:your|all|the)?.{0,40}\b(?:free|limit|articles)\b"
    r"|(?:cet|l') ?article (?:complet )?est (?:réservé|accessible uniquement)|(?:contenu|article) réservé (?:à nos|aux) abonnés"
    r"|la suite (?:de cet article )?est réservée|il (?:vous )?reste \d+ ?% de (?:cet|l')|pour lire la suite"
    r"|abonnez-vous (?:pour|dès|afin|et) (?:lire|continuer|accéder|poursuivre|profiter|1)|réservé aux abonnés"
)
# Wording that only a truncated text has below it.
_REST = re.compile(
    r"il (?:vous )?reste \d+(?:[.,]\d+)? ?% de (?:cet|l'|ce) ?(?:article|contenu)?.{0,20}à (?:lire|découvrir)"
)


class Signs:
    """Signs of a non-article, collected before invisible elements are removed."""

    def __init__(self, tree: "HtmlElement") -> None:
        self.title = _plain(" ".join(title.text_content() for title in list(tree.iter("title"))[:1]))
        around = "ancestor::header or ancestor::nav or ancestor::footer or ancestor::aside or ancestor::dialog"
        self.password = bool(tree.xpath(f"//input[translate(@type, 'PASWORD', 'pasword') = 'password'][not({around})]"))
        scripts = (script.get("src") or (script.text or "")[:2_000] for script in tree.iter("script", "iframe"))
        self.test = any(_TEST_SCRIPT.search(script.lower()) for script in scripts)
        self.paid = _has_paid_part(tree) or bool(tree.xpath("//*[@subscriptions-section='content']//p"))


def why_not_an_article(signs: Signs, about: Metadata, text: str, shown: str, body: str) -> str | None:
    """The reason why this page is not an article; None if it is one.

    `text` is what was extracted as its article, `shown` all visible text, `body` that without header and footer.
    """
    shown = _plain(shown[:50_000])
    if len(text) < MAX_TEASER and _is_test(signs, text, shown):
        return "it is a test for robots and not the article; open it in a browser, save the page and add the file"
    if len(text) < MAX_FORM and _GONE_TITLE.fullmatch(signs.title):
        return "it is an error page and not an article; check the address"
    if len(text) < MAX_FORM and (_LOGIN_TITLE.fullmatch(signs.title) or (signs.password and len(text) < MAX_FORM / 2)):
        return "it is a login form and not the article; log in with a browser, save the page and add the file"
    if _is_teaser(signs, about, text, _plain(body)):
        return (
            "it is the teaser of a paywall and not the article; save the page as a subscriber and add the file, or use"
            " --force if this is all"
        )
    return None


def _is_test(signs: Signs, text: str, shown: str) -> bool:
    if _TEST_TITLE.fullmatch(signs.title) or (len(shown) < MAX_TEASER and _TEST.search(shown)):
        return True
    return signs.test and len(text) < MAX_FORM / 2 and len(shown) < MAX_TEASER


def _is_teaser(signs: Signs, about: Metadata, text: str, body: str) -> bool:
    """Whether the text is truncated: a paywall at its end, or a short text that is declared not to be free."""
    words = len(text.split())
    if about.free is not True and about.words and words < 0.5 * about.words and about.free is False:
        return True
    ending = _ending(_plain(text), body)
    if len(text) < MAX_CUT and _REST.search(ending):
        return True
    whole = about.words is not None and words > 0.8 * about.words
    if signs.paid or whole or about.free is True or len(text) > MAX_CUT:
        return False
    cut = text.rstrip()[-1:] not in set(".!?»”\"')") or text.rstrip().endswith("...")
    if _WALL.search(ending):
        return len(text) < MAX_TEASER or (about.free is False and cut)
    return about.free is False and len(text) < (MAX_TEASER if cut else MAX_FORM)


def _ending(text: str, body: str) -> str:
    """The end of the text and what follows it on the page."""
    last = r"\W+".join(map(re.escape, re.findall(r"\w+", text[-80:])[-6:]))
    found = list(re.finditer(last, body))[-1:] if last else []
    return f"{text[-300:]} {body[found[0].end() :][:600] if found else ''}"


def _has_paid_part(tree: "HtmlElement") -> bool:
    """Whether the paid part is in the page, as in one that a subscriber saved."""
    for article in articles_in(tree):
        parts = article.get("hasPart")
        for part in parts if isinstance(parts, list) else [parts]:
            said = part.get("cssSelector") if isinstance(part, dict) else None
            names = re.findall(r"[.#]([\w-]+)", said if isinstance(said, str) else "")
            free = str(part.get("isAccessibleForFree")).lower() if isinstance(part, dict) else ""
            for name in names if free == "false" else ():
                found = tree.xpath(
                    "//*[contains(concat(' ', @class, ' ', @id, ' '), concat(' ', $name, ' '))]", name=name
                )
                if sum(len(_plain(element.text_content())) for element in found) >= MIN_PAID:
                    return True
    return False


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'").casefold()).strip()
