"""How orders to a language model are worded in French."""

from index.orders import LINK, NEAR, QUOTE, START, order

_REPONSE = r"(?:ta|votre|tes|vos) (?:prochaines? |propres? )?(?:réponses?|reponses?|sorties?)\b"
_MODELE = (
    r"(?:ia|i\.a\.|intelligences? artificielles?|(?:grands? )?modèles? de langa(?:ge|gue)|llms?|chatbots?|chatgpt"
    r"|assistants? (?:ia|virtuels?|numériques?)|agents? conversationnels?|robots? conversationnels?)\b"
)
_CONSIGNES = (
    r"(?:instructions?|consignes?|directives?|ordres?|commandes?|règles?|prompts?|invites?|contraintes?|contexte)\b"
)
_FORME = (
    r"(?:lettres|voyelles?|consonnes?|caractères|espaces|fautes|anagrammes?|ponctuation|majuscules|minuscules|[ée]mojis?"
    r"|symboles|base ?64|rot-?13|hexadécimal|binaire|morse|verlan|à l'envers|json|ha[iï]ku|poème|rimes?|pirate|chiffré\w*"
    r"|codée?s?|encod\w+)\b"
)
_MORCEAU = (
    r"(?:une?|la|cette|ce|le) (?:[\w-]+ ){0,3}(?:phrase|mention|rappel|conseil|lien|titre|raison|recommandation|appel"
    r"|suggestion|indice|blague|citation|avertissement|publicité|promotion|slogan|rumeur|invitation|annonce|mot|message)\b"
)
_NOMS = "ia i.a intelligence modèle modèles llm llms chatbot chatgpt assistant assistants agent robot"
_REPONDRE = "réponse reponse réponses réponds répondez répondre sortie"

FRENCH = (
    order(
        "ignore oublie néglige contourne outrepasse annule tiens tenez compte abstraction",
        rf"{START}(?:ne (?:tiens|tenez) (?:pas|plus|aucun) compte|ignor(?:e|ez|er)|oubli(?:e|ez|er)|néglige[rz]?"
        r"|fai(?:s|tes) abstraction|contourne[rz]?|outrepasse[rz]?|annule[rz]?) (?:(?:toute?s?|tous|l'ensemble|ce qui précède"
        r"|de|des|les|la|le|ces|cette|et) |d'|l')*(?:(?:tes|vos) (?:[\w'-]+ ){0,2}"
        rf"{_CONSIGNES}|(?:[\w'-]+ ){{0,2}}{_CONSIGNES}.{{0,20}}(?:précédent|ci-dessus|antérieur|initial|d'avant|reçu|donné"
        r"|système|plus haut|qui préc))",
    ),
    order(
        "ignore oublie oubliez ignorez",
        rf"{START}(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)) (?:tout )?ce qui (?:précède|est (?:écrit|dit) (?:avant|ci-dessus"
        r"|plus haut))|"
        rf"{START}(?:ignor(?:e|ez)|oubli(?:e|ez)) (?:toute?s? |tous )?(?:les |ces )?(?:précédentes?|anciennes?) {_CONSIGNES}",
    ),
    order(
        "instruction instructions consigne consignes directive",
        r"^\W*(?:(?:nouvelles?|importantes?|autres?) )?(?:instructions?|consignes?|directives?)(?: (?:système|prioritaires?"
        r"|secrètes?|cachées?))?(?: (?:pour|à) [\w' -]{2,40})? ?: ?(?=.*\b(?:répond|ignor|affich|mentionn|tu\b|vous\b))",
    ),
    order(
        "système assistant",
        r"^\W*(?:message )?système ?: ?(?=.*\b(?:tu|vous|ignor\w+|répond\w*|utilisateur)\b)"
        r"|^\W*assistant ?: ?(?=bien sûr|voici)",
    ),
    order(
        "prompt invite instructions consignes clé clés message",
        rf"{START}(?:révèle[rz]?|affiche[rz]?|montre[rz]?|répète[rz]?|imprime[rz]?|divulgue[rz]?|donne[rz]?|recopie[rz]?"
        r"|traduis(?:ez)?|communique[rz]?)(?:-moi)? (?:(?:tout|toutes|intégralement|mot pour mot) )*(?:ton|votre|tes|vos|le|l')"
        r" ?(?:prompt|invite(?: système)?|message système|instructions|consignes|clés? api)\b",
    ),
    order(
        _NOMS + " pirate dan mode sans libéré",
        r"\b(?:tu es|vous êtes) (?:(?:maintenant|désormais|dorénavant|en réalité) )?(?:une? |l'|le |la )?(?:[\w-]+ ){0,3}?"
        rf"(?:{_MODELE}(?! (?:et|de|expert))|assistante? (?:utile|serviable|sans))"
        r"|\b(?:tu es|vous êtes) (?:maintenant|désormais|dorénavant) (?:une? |en )?(?:[\w-]+ ){0,2}(?:pirate|dan\b|mode \w+"
        r"|sans (?:restriction|limite|filtre)|libérée?s? de)",
    ),
    order(
        "mode",
        r"\bmode (?:développeur|dan|débogage|sans restriction) (?:est )?(?:activé|enclenché|déverrouillé)"
        r"|\b(?:passe[rz]?|active[rz]?|entre[rz]?) (?:en |le )?mode (?:développeur|dan|débogage|sans restriction)\b",
    ),
    order(
        _NOMS + " pirate dan terminal",
        r"\b(?:fais|faites) (?:comme si|semblant) (?:tu étais|vous étiez|d'être) (?:une? |l')?(?:[\w-]+ ){0,2}?"
        rf"(?:{_MODELE}|pirate|dan\b)|{START}(?:agis(?:sez)?|comporte-toi|comportez-vous|réponds|répondez|parle[rz]?|écris"
        r"|écrivez) (?:comme|en tant que|en tant qu') ?(?:si (?:tu étais|vous étiez) )?(?:une? |l')?(?:[\w-]+ ){0,3}?"
        rf"(?:{_MODELE}|pirate|dan\b|terminal)",
    ),
    order(
        _NOMS,
        rf"\ben tant qu(?:e |')(?:assistant|{_MODELE}).{{0,20}}\b(?:tu|vous|ta|votre)\b"
        rf"|\bsi (?:tu es|vous êtes) (?:une? )?(?:[\w-]+ ){{0,2}}?{_MODELE}"
        rf"|\b(?:toute?|tous les|chaque) (?:[\w-]+ ){{0,2}}?{_MODELE} (?:qui )?(?:li[st]|lisant|trait|résum"
        rf"|analys)\w* (?:ce|le|l')",
    ),
    order(
        _NOMS,
        r"^\W*(?:(?:attention|note|message|instructions?|important|avertissement|rappel|avis)\W{1,3}(?:aux?|à|pour|destinée? à)"
        r"|chère?|à l'attention (?:de|du|des)|à destination (?:de|du|des)|à|pour) ?(?:(?:toute?s?|tous|les|la|le) "
        r"|l')*(?:[\w-]+ )?"
        rf"{_MODELE}[^:,!]{{0,30}} ?[:,!]",
    ),
    order(
        "maintenant désormais dorénavant",
        r"\b(?:à partir de maintenant|désormais|dorénavant),? (?:tu|vous|réponds|répondez)\b(?=.{0,60}\b(?:répond|obéi|ignor|ta"
        r" réponse|vos réponses))",
    ),
    order(
        "lorsque quand si avant pour en lorsqu",
        r"(?:^|[.:;,] )(?:lorsque|quand|si|avant de|en|pour) (?:(?:tu|vous|on te demande de"
        r"|on vous demande de) )?(?:résum|répond"
        r"|cit|trait)\w* (?:(?:à|aux|cet|ce|cette|la|le|toute|les) |l')*(?:article|texte|document|page|requête|utilisateur)\b"
        r".{0,60}\b(?:toujours|dois|devez|dis|dites|ajout|mentionn|inclu|écri|répond|jamais|affirm|recommand)",
    ),
    order(
        _REPONDRE,
        rf"{START}(?:remplace|modifi|encod|chiffr|réécri|reformul|enrichi|intègr|insèr|insér|mélang|convert|tradui|invers"
        rf"|incorpor|gliss|agrément)\w*\b.{{0,160}}\b{_REPONSE}",
    ),
    order(
        _REPONDRE,
        rf"{START}(?:ajoute|inclu|termin|commenc|fini|utilis|écri|donne|fourni|conclu|introdui|mentionn|group|formul|enlèv"
        rf"|enlev|retir|supprim|rédig)\w*\b.{{0,160}}\b(?:(?:{_FORME}|{_MORCEAU}|{LINK}|{QUOTE}).{{0,160}}{_REPONSE}"
        rf"|{_REPONSE}.{{0,80}}(?:{_FORME}|{LINK}|{QUOTE}|le mot\b|la phrase\b))",
    ),
    order(
        _REPONDRE,
        rf"^\W*(?:dans|à la fin de|au début de|avant|après) {_REPONSE},? (?:\w+ ){{0,2}}?(?:sugg|propos|recommand|dis\b|dites"
        r"|affirm|encourag|invit|insér|promou|prétend|ajout|inclu|mentionn|écri)",
    ),
    order(
        _REPONDRE,
        rf"{START}(?:réponds|répondez|répondre)(?: à (?:toute|toutes les|cette|la|chaque) questions?)?(?: (?:uniquement"
        r"|seulement|exclusivement|simplement|toujours|juste))* (?:par|en|avec|à l'aide de) "
        rf"(?:.{{0,40}}\b{_FORME}|(?:un seul mot|le mot|la phrase|anglais|français|espagnol|allemand|russe|chinois"
        rf"|vers)\b|{QUOTE}"
        r"|(?:\d+|deux|trois|cinq|dix) mots)",
    ),
    order(
        _REPONDRE,
        rf"{START}(?:réponds|répondez|répondre) (?:uniquement|seulement|exclusivement|exactement|simplement) (?:par"
        rf"|en|avec|:|{QUOTE})",
    ),
    order(
        _REPONDRE + " dis dites écris écrivez affiche affichez imprime",
        rf"{START}(?:réponds|répondez|dis|dites|écris|écrivez|affiche[rz]?|imprime[rz]?)(?: (?:uniquement|seulement|simplement"
        rf"|exactement|juste))* ?:? ?(?:le (?:mot|texte|message) {QUOTE}|la phrase {QUOTE}|{QUOTE}.{{1,200}}['\"»]"
        r"(?:[.!]?$| (?:et rien|uniquement|seulement|à (?:toute|chaque)|dans (?:ta|votre)|quelle que|au lieu)))"
        rf"|{START}(?:réponds|répondez|écris|écrivez|dis|dites)\b{NEAR}\brien d'autre\b",
    ),
    order(
        "utilisateur instruction instructions consigne consignes message sources contexte",
        rf"{START}ne (?:mentionne|révèle|cite|divulgue|dis|dites|réponds|répondez|résume|utilise|parle|répète|suis"
        rf"|suivez)[rz]?"
        r" (?:pas|jamais|plus|rien)\b.{0,60}(?:l'utilisateur|cette (?:instruction|consigne)|ces (?:instructions|consignes)"
        r"|(?:tes|vos) (?:instructions|consignes)|les autres (?:sources|articles|documents))",
    ),
    order(
        "utilisateur",
        rf"{START}(?:dis|dites|indique[rz]?|demande[rz]?|conseille[rz]?|recommande[rz]?|informe[rz]?|invite[rz]?"
        rf"|encourage[rz]?"
        r"|persuade[rz]?|assure[rz]?|redirige[rz]?) (?:à |que )?l'utilisateur\b|\bl'utilisateur\b.{0,60}\b(?:tu dois|vous devez"
        r"|réponds|répondez)|\bsans (?:le dire|en informer|en parler|prévenir|avertir) (?:à )?l'utilisateur\b",
    ),
    order(
        "lieu plutôt",
        rf"{START}(?:au lieu de|plutôt que de?) (?:répondre|résumer)[^,]{{0,60}},? (?:réponds|répondez|dis|dites"
        rf"|écris|affiche)",
    ),
    order(
        "résume résumez traduis traduisez réécris réécrivez paraphrase reformule reformulez",
        rf"{START}(?:résume[rz]?|tradui(?:s|sez)|réécri(?:s|vez)|paraphrase[rz]?|reformule[rz]?) (?:moi )?(?:cette "
        rf"|cet? |le |la"
        r" |l')(?:texte|article|document|phrase|passage|contenu|paragraphe|conversation)\b",
    ),
    order(
        "emoji emojis émojis émoji morse base64 verlan",
        rf"{START}(?:résum|répond|écri|racont|tradui)\w*\b.{{0,40}}\b(?:en|avec des|par des"
        rf"|uniquement des) (?:[ée]mojis?|morse"
        r"|base64|verlan)\b",
    ),
    order(
        "peux pouvez pourrais pourriez",
        r"^\W*(?:peux-tu|pouvez-vous|pourrais-tu|pourriez-vous) (?:me |nous |m')(?:montrer|donner|écrire|traduire"
        r"|rédiger|résumer"
        r"|fournir)\b.{0,60}\b(?:python|javascript|sql|fonction|script|résumé|poème|dissertation|texte)\b",
    ),
    order(
        "écris écrivez rédige rédigez compose génère générez propose donne raconte fournis",
        r"^\W*(?:écris|écrivez|rédige[rz]?|compose[rz]?|génère[rz]?|donne-moi|donnez-moi|raconte-moi"
        r"|fournis(?:sez)?)(?:-moi)? (?:une?"
        r"|des|trois|cinq|dix) (?:[\w'-]+ ){0,2}?(?:(?:poème|dissertation|nouvelle|ha[iï]ku|sonnet|discours|histoire"
        r"|lettre|article"
        r" de blog) (?:sur|à propos|décrivant|demandant|à un)|(?:fonction|script|programme|code) (?:en )?(?:python"
        r"|java|php|sql)"
        r"|introduction pour|blague)\b",
    ),
    order(
        "explique expliquez expliquer décris décrivez",
        r"^\W*(?:explique(?:z)?(?:-moi)?|décris|décrivez)(?:-moi)? (?:le |la |l'|les "
        r"|comment )(?:[\w'-]+ ){0,5}?(?:processus de"
        r"|théorie de|concept de|cycle de vie|photosynthèse|relativité|fonctionne(?:nt)? (?:les|la|le|l')).{0,40}$",
    ),
    order(
        "comment que traduis traduisez traduction",
        r"^\W*(?:comment dit-on|comment dire|que (?:veut dire|signifie)"
        r"|quelle est la traduction de) ['\"«].{1,60}['\"»] en \w+\W*$"
        r"|^\W*tradui(?:s|sez) (?:(?:la|cette|le|ce|les|phrase|mot|texte|suivante?s?) )*en [a-zé]+ ?:",
    ),
)
