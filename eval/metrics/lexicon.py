"""The words of numbers, dates and units, English and French, folded: no accents, no hyphens."""

_SMALL = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix_sept "
    "dix_huit dix_neuf",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "fr": "vingt trente quarante cinquante soixante soixante_dix quatre_vingt quatre_vingt_dix",
}
_FRENCH_ABROAD = {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}


def _below_hundred() -> dict[tuple[str, ...], int]:
    """Every number from 0 to 99 as it is spelled, as words: ("quatre", "vingt", "dix", "sept") is 97."""
    english, french = _SMALL["en"].split(), _SMALL["fr"].split()
    spelled = {word: n for n, word in enumerate(english)} | {word: n for n, word in enumerate(french) if n != 1}
    for language, small, joint in (("en", english, ""), ("fr", french, "_et")):
        tens = dict(zip(_TENS[language].split(), range(20, 100, 10), strict=True))
        for ten, value in (tens | (_FRENCH_ABROAD if language == "fr" else {})).items():
            spelled[ten] = value
            for unit in range(1, 20 if ten in ("soixante", "quatre_vingt") else 10):
                spelled[f"{ten}_{small[unit]}"] = value + unit
                spelled[f"{ten}{joint}_{small[unit]}"] = value + unit
    spelled["quatre_vingts"] = 80
    return {tuple(words.split("_")): value for words, value in spelled.items()}


BELOW_HUNDRED = _below_hundred()
LONGEST = max(map(len, BELOW_HUNDRED))

SCALES = {
    form: 10**power
    for power, forms in {
        2: "hundred hundreds",
        3: "thousand thousands mille millier milliers",
        6: "million millions",
        9: "billion billions milliard milliards bn md mds mrd",
        12: "trillion trillions",
    }.items()
    for form in forms.split()
}
"""A billion is English here. The French billion, a thousand times as much, is hardly ever written."""

GROUPS = {
    "dozen": 12, "douzaine": 12, "dizaine": 10, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100,
}  # fmt: skip

_ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "premier deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme",
    "premiere seconde",
)
ORDINALS = {word: n for words in _ORDINAL_WORDS for n, word in enumerate(words.split(), 1)} | {"premiers": 1}
for _unit in ("second", "seconde"):  # A second is more often a time than a place.
    del ORDINALS[_unit]

MONTHS = {
    form: forms.split()[0]
    for forms in (
        "january jan janvier janv", "february feb fevrier fevr", "march mars", "april apr avril avr", "may mai",
        "june jun juin", "july jul juillet juil", "august aug aout", "september sep sept septembre",
        "october oct octobre", "november nov novembre", "december dec decembre",
    )
    for form in forms.split()
}  # fmt: skip
MONTH_NAMES = tuple(dict.fromkeys(MONTHS.values()))

DAYS = {
    "lundi": "monday", "mardi": "tuesday", "mercredi": "wednesday", "jeudi": "thursday", "vendredi": "friday",
    "samedi": "saturday", "dimanche": "sunday",
}  # fmt: skip

MEASURES = {
    form: forms.split()[0]
    for forms in (
        "year years yr yrs an ans annee annees", "month months mois", "week weeks semaine semaines",
        "day days jour jours journee journees", "hour hours hr hrs h heure heures", "minute minutes mn",
        "second seconds seconde secondes", "century centuries siecle siecles", "usd $ us$ dollar dollars",
        "eur € euro euros", "gbp £ pound pounds livre livres", "% percent pct", "km kilometre kilometres kilometer "
        "kilometers kms", "kg kilogram kilograms kilogramme kilogrammes kilo kilos", "meter meters metre metres",
        "time times fois", "person persons personne personnes", "degree degrees degre degres °",
    )
    for form in forms.split()
}  # fmt: skip
UNITS = frozenset(MEASURES.values())
CURRENCIES = frozenset({"usd", "eur", "gbp"})
SPANS = frozenset({"year", "month", "week", "day", "hour", "minute", "century"})

TRANSLATIONS = {
    french: english
    for english, forms in {
        "united": "unis uni", "states": "etats", "kingdom": "royaume", "germany": "allemagne", "german": "allemand "
        "allemande allemands", "spain": "espagne", "spanish": "espagnol", "england": "angleterre", "english": "anglais "
        "anglaise", "scotland": "ecosse", "wales": "galles", "greece": "grece", "switzerland": "suisse", "austria":
        "autriche", "japan": "japon", "china": "chine", "chinese": "chinois chinoise", "india": "inde", "brazil":
        "bresil", "mexico": "mexique", "russia": "russie", "poland": "pologne", "warsaw": "varsovie", "moscow":
        "moscou", "brussels": "bruxelles", "vienna": "vienne", "venice": "venise", "french": "francais francaise",
        "british": "britannique", "european": "europeen europeenne", "world": "monde mondiale mondial", "war": "guerre",
        "pope": "pape", "king": "roi", "queen": "reine", "emperor": "empereur", "north": "nord", "south": "sud",
        "west": "ouest", "church": "eglise", "state": "etat", "government": "gouvernement", "law": "loi", "car":
        "voiture", "company": "entreprise societe", "house": "maison", "white": "blanche blanc", "eu": "ue", "un":
        "onu", "nato": "otan",
    }.items()
    for french in forms.split()
}  # fmt: skip
"""French names and words whose English ones look different, for statements that cite the other language. Far from
complete: what begins alike (president, Londres) needs no entry."""
