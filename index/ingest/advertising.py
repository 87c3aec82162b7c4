"""The wording of advertisements between paragraphs, in English and French: patterns for clean.py.

ADVERTISING is matched against a whole paragraph, in lower case with plain quotes and spaces.
"""

import re


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))


ADVERTISING = _any(
    r"(?:special|limited|exclusive) offer(?: banner)?|(?:ad|advert|advertising|advertisement|promo) banner",
    r"advert(?:isement)?s?|ads?|ad by \w+|sponsored(?: (?:content|links?|posts?|by .{1,40}))?",
    r"promoted(?: content| links?)?|partner content|paid (?:content|post)|from our (?:partners?|sponsors?)",
    r"(?:advertisement ?[–—-]? ?)?(?:(?:article|story|content) continues|continue reading) below(?: this ad)?",
    r"publicités?|annonces?|offre (?:spéciale|exclusive|limitée)|bannière publicitaire",
    r"(?:contenus?|articles?|liens?) (?:sponsorisés?|partenaires?|commercia(?:l|ux))",
    r"la suite après (?:la|cette) publicité",
    r"(?:the post|l'article|cet article) .{1,200} (?:(?:first )?appeared(?: first)? on|est apparu en premier sur) .{1,80}",
)

# What stands above the headline of another article.
RELATED = _any(
    r"related(?: (?:articles?|stor(?:y|ies)|content))?|(?:read|see|watch) (?:more|also|next)|more on this(?: story)?",
    r"(?:à )?(?:lire|voir|découvrir)(?: aussi| également)|(?:sur|dans) le même (?:sujet|thème)",
)

# How a seller speaks. Each cue may stand in a news article; a paragraph with two that shares no name with the article
# does not belong to it.
CUES = tuple(
    re.compile(rf"\b(?:{cue})\b")
    for cue in (
        r"top[- ]rated|highest[- ]rated|rated (?:highest|best|the best)|ranked (?:highest|first|best|number one)",
        r"(?:trusted|preferred|recommended|chosen) by",
        r"most advanced|finest|world's best|best[- ]selling|best[- ]in[- ]class|unmatched|unbeatable",
        r"(?:industry|market|class)[- ]leading|world[- ]class|leading (?:provider|supplier|manufacturer|maker)s? of",
        r"award[- ]winning|premium|premier|state[- ]of[- ]the[- ]art|cutting[- ]edge",
        r"mission[- ]critical|engineered for|designed for professionals|built to last",
        r"solutions?\b.{0,80}\b(?:for|trusted|tailored|designed)",
        r"(?:shop|buy|order|book|call|act|apply|try it|start|enrol|sign up|subscribe)(?: yours)? (?:now|today)",
        r"click here|learn more at|visit our|contact us|call us|get started|get yours|request a quote",
        r"free (?:trial|shipping|delivery|quote|consultation|demo)|money[- ]back|satisfaction guaranteed",
        r"(?:limited[- ]time|special|exclusive) (?:offers?|deals?|prices?|discounts?)|while stocks last",
        r"(?:promo|discount|coupon) code|\d+ ?% off|save (?:up to|over) \W?\d+|starting at (?:just|only)",
        r"(?:don't|never) miss|hurry|no (?:contract|commitment|strings attached)",
        r"profitez|bénéficiez|ne manquez pas|n'attendez plus|dépêchez-vous",
        r"achetez|commandez|réservez|essayez|inscrivez-vous|abonnez-vous|appelez|cliquez",
        r"livraison (?:gratuite|offerte)|essai gratuit|devis gratuit|satisfait ou remboursé|sans engagement",
        r"offres? (?:spéciales?|exclusives?|limitées?)|code promo|\d+ ?% de (?:réduction|remise)|à prix",
        r"n° ?1|leader (?:du|des|mondial|européen|français|incontesté)|partenaire de confiance",
        r"à la pointe|haut de gamme|primée?s?|plébiscitée?s?|(?:recommandée?s?|approuvée?s?) par",
        r"découvrez (?:nos|notre|vite|dès)|nos solutions|solutions? .{0,40}pour (?:votre|les professionnels)",
    )
)
# Where someone is quoted or named as the source, a reporter is at work.
REPORTING = re.compile(
    r"[“”«»\"]|\b(?:said|says|told|according to|reported|announced|wrote|added|argued|claimed|accused|alleged)\b"
    r"|\b(?:selon|d'après|a déclaré|a dit|a indiqué|a affirmé|a annoncé|a expliqué|a ajouté|a écrit|estime|affirme)\b"
)
