"""What the page around an article says, in English and French: data for the rules in clean.py.

Every expression but the cues is matched against a whole paragraph, in lower case with plain quotes and spaces.
"""

import re


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))


_NETWORK = (
    r"(?:twitter|x|facebook|instagram|linkedin|telegram|whatsapp|google (?:news|actualités)|youtube|threads|tiktok"
    r"|bluesky|reddit|pinterest)"
)
_BUTTON = rf"(?:share|tweet|print|e-?mail|copy link|{_NETWORK})"
_MAIL = r"(?:newsletters?|alerts?|updates|briefings?|e?-?mails?|inbox|infolettres?|lettres?|alertes?|boîte)"

# They stand alone or before the headline of another article.
_LABEL_WORDS = (
    r"(?:also )?read (?:also|more|next|on|now|this|(?:the )?full (?:story|article|report))|also read|see also",
    r"more (?:stories|news|coverage|on this (?:story|topic)|like this)",
    r"related(?: (?:articles?|stor(?:y|ies)|coverage|content|news|posts?|topics?|links?|reading|videos?))?",
    r"recommended(?: (?:reading|stories|for you|videos?|articles))?|you (?:may|might) also (?:like|enjoy)",
    r"what to read next|must[- ]reads?|editor'?s'? (?:picks?|choice)|trending(?: now| stories)?",
    r"most (?:read|popular|viewed)|(?:continue|keep) reading|up next|watch(?: now| also| the video)?",
    r"in case you missed it|top stories|popular (?:now|stories|posts)|filed under",
    r"(?:à|a) (?:lire|voir|écouter|regarder|découvrir)(?: aussi| également)?(?: sur le (?:même )?sujet)?",
    r"(?:lire|lisez|voir|écouter|écoutez|regardez) (?:aussi|également)",
    r"(?:lire|lisez) (?:la suite|plus|l'article(?: complet| entier)?)|(?:la )?suite de l'article|en savoir plus",
    r"(?:sur|dans) le même (?:sujet|thème)|pour aller plus loin|vous aimerez aussi|à ne pas (?:manquer|rater)",
    r"articles? (?:liés?|connexes?|similaires?|associés?|recommandés?)|(?:articles )?les plus lus",
    r"nos (?:derniers|autres) articles|(?:continuer|poursuivre) (?:la|votre) lecture",
)
LABEL = _any(*(f"(?:{words}) ?:?" for words in _LABEL_WORDS))
LINK = _any(
    *(rf"(?:{words})(?: ?[:>»→|…].*|\.\.\.| [–—-] .*)?" for words in _LABEL_WORDS),
    r"read more (?:about|on|at|in|from|here)\b[^.!?]*[.…]?",
    r"lire la suite (?:de|sur|dans|ici)\b[^.!?]*…?",
)

INVITATION = _any(
    rf"(?:sign up|subscribe|register)(?: now| today| here)? (?:for|to|and)\b.{{0,80}}\b(?:our|{_MAIL})\b.*",
    r"(?:sign up|subscribe|log in|sign in|donate|contribute)(?: now| today| here)?[.!]?|(?:our )?newsletters?",
    r"s'inscrire|s'abonner|se connecter|(?:your|votre) (?:e-?mail(?: address)?|adresse (?:e-?mail|de messagerie))",
    r"get .{0,80}\b(?:in|to) your (?:inbox|mailbox)\b.*|enter your e-?mail(?: address)?\b.*",
    r"(?:follow|like|join|find) us(?: on\b.*| via\b.*|[.!:])?",
    rf"follow [^.!?]{{2,40}} on {_NETWORK}\b.{{0,60}}",
    r"download (?:our|the) (?:\w+ ){0,3}app\b.{0,80}|click here (?:to|for)\b.*",
    r"share(?: this)?(?: (?:article|story|post|page))?(?: (?:on|via|with)\b.{0,60})?[:.!]?",
    rf"{_BUTTON}(?:[ ,|/]+{_BUTTON})+",
    r"thank you for (?:subscribing|signing up)\b.*|already (?:a subscriber|have an account)\b.*",
    r"by (?:signing up|subscribing|clicking|continuing)\b.*\b(?:agree|accept|consent)\b.*",
    r"this (?:article|content|story) is (?:reserved |only )?for (?:our )?subscribers\b.*",
    r"abonnez-vous\b[^.]{0,160}[.!]?|(?:connectez|identifiez)-vous[.!]?|déjà abonnée? ?\?.*",
    rf"inscrivez-vous\b.{{0,80}}\b{_MAIL}\b.*|recevez .{{0,80}}\b{_MAIL}\b.*",
    rf"suivez[ -]nous\b.{{0,120}}|suivez [^.!?]{{2,40}} sur {_NETWORK}\b.{{0,60}}",
    r"rejoignez(?:-nous| notre (?:chaîne|communauté|groupe))\b.{0,120}",
    r"téléchargez (?:notre |l')appli.{0,80}|cliquez ici\b.*",
    r"partager(?: (?:cet article|cette page))?(?: sur\b.{0,60})? ?[:.!]?",
    r"(?:cet article|la suite|ce contenu) est réservée? (?:à nos|aux) abonnés\b.*",
    r"il vous reste .{1,30} de cet article à lire\b.*",
)

_COOKIE_TALK = r"(?:experience|consent|privacy|traffic|\bads\b|accept|agree|settings|preferences|\bsite\b|policy)"
NOTICE = _any(
    rf"(?:we|this (?:web)?site|our (?:web)?site) uses? cookies\b.*{_COOKIE_TALK}.*",
    r"(?:accept|reject|manage)(?: all)? cookies|(?:tout accepter|accepter (?:tous )?les cookies)",
    r"(?:nous utilisons|ce site utilise|notre site utilise) des cookies\b.*",
    r"en poursuivant votre navigation\b.*\bcookies\b.*",
    r"your e-?mail address will not be published\b.*|required fields are marked\b.*|save my name, e-?mail\b.*",
    r"votre adresse (?:e-?mail|de messagerie|courriel) ne sera pas publiée\b.*",
    r"les champs obligatoires sont indiqués\b.*|enregistrer mon nom, .*",
    r"(?:©|\(c\)|copyright (?:©|\d{4})).{0,160}",
    r".{0,60}\b(?:all rights reserved|tous droits réservés)\b.{0,40}",
    r"skip to (?:main )?content|aller au contenu(?: principal)?",
)

COMMENT_FORM = _any(
    r"leave (?:a|your) (?:reply|comment)(?: cancel reply)?|(?:post|write) a (?:comment|reply)",
    r"(?:laisser|laissez) (?:un|une|votre) (?:commentaire|réponse)(?: annuler la réponse)?",
    r"(?:ajouter|poster) un commentaire",
)

ADVERTISING = _any(
    r"(?:special|limited|exclusive) offer(?: banner)?|(?:ad|advert|advertising|advertisement|promo) banner",
    r"advert(?:isement)?s?|ads?|ad by \w+|sponsored(?: (?:content|links?|posts?|by .{1,40}))?",
    r"promoted(?: content| links?)?|partner content|paid (?:content|post)|from our (?:partners?|sponsors?)",
    r"(?:advertisement ?[–—-]? ?)?(?:(?:article|story|content) continues|continue reading) below(?: this ad)?",
    r"publicités?|annonces?|offre (?:spéciale|exclusive|limitée)|bannière publicitaire",
    r"(?:contenus?|articles?|liens?) (?:sponsorisés?|partenaires?|commercia(?:l|ux))",
    r"la suite après (?:la|cette) publicité",
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
