"""The words by which the parts of a letter are known, in the languages that the importer reads."""

from __future__ import annotations

import re
from typing import Final

_I = re.I


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- labels and formulas --------------------------------------------------------------------------------------------

REFERENCE = re.compile(
    r"(?:(?:our|your|file|in reply, please quote)\s+)?(?:ref(?:erence)?s?|n/r[ée]f|v/r[ée]f|"
    r"r[ée]f(?:[ée]rence)?|referencia|"
    r"aktenzeichen|az|geschäftszeichen|zeichen)\b\.?(?:\s*(?:no|nr)\.?)?\s*[:：]\s*(?P<rest>.+)",
    _I,
)
SUBJECT = re.compile(
    r"(?:re|subject|concerne|concern(?:ing|s)?|objet|asunto|assunto|oggetto|betreff|betr\.|betrifft|sujet|onderwerp)"
    r"\s*[:：]\s*(?P<rest>.*)",
    _I,
)
TO = re.compile(
    r"(?:to|attn\.?|attention|for the attention of|à|à l['’]attention de|a|a la atención de|an|"
    r"zu händen(?: von)?|para)"
    r"\s*[:：]\s*(?P<rest>.*)",
    _I,
)
COPIES = re.compile(
    r"(?:cc|c\.c\.|copies|copies to|copy|copy to|copie|copie à|copies à|con copia|con copia a|copia|copia a|"
    r"kopie|kopie an|"
    r"in kopie)\s*[:：]\s*(?P<rest>.*)|cc\s+(?P<bare>\S.*)",
    _I,
)
# Titles of a text that is a letter to the public.
TITLE = re.compile(
    r"(?:an\s+)?(?:open|joint|public)\s+(?:letter|statement|appeal)\b|lettre\s+ouverte|carta\s+abierta|"
    r"offener\s+brief",
    _I,
)
DELIVERY = re.compile(
    r"(?:sent\s+)?(?:by|via|per|par|por)\b.{0,20}\b(?:e-?mail|mail|fax|post|courier|hand|courriel|correo)\b", _I
)
# What follows the signatories and is no part of the fields of a letter.
POSTSCRIPT = re.compile(
    r"(?:p\.?\s?s\.?|post\s?script(?:um)?|encl(?:osures?|s)?\.?|annex(?:es)?|attachments?|contacts?|notes?|anlagen?|"
    r"pi[eè]ces? jointes?|anexos?|for more information)(?:\s*[.:：]|\s+[0-9]|\s*$|\s+(?:contact|please)\b)",
    _I,
)

# Salutations that no other line begins like, and those that must end as a salutation does.
_SALUTATION = re.compile(
    r"(?:dear|ch[eè]re?s?|sehr geehrte[rs]?|estimad[oa]s?|muy señor(?:es)?)\b",
    _I,
)
_SALUTATION_OPEN = re.compile(
    r"(?:(?:your\s+)?excellenc(?:y|ies)|madame?|monsieur|mesdames|messieurs|sirs?|ladies and gentlemen|"
    r"hono(?:u)?rable|"
    r"mr|mrs|ms|liebe[rs]?|distinguid[oa]s?|respetad[oa]s?|prezad[oa]s?|car[oaie]|egregi[oa]|gentile|geachte|"
    r"excelencias?|excelent[ií]sim[oa]s?|(?:eure\s+)?exzellenz(?:en)?|meine damen und herren|señor(?:a|es|as)?)\b",
    _I,
)
_EXCELLENCY = re.compile(r"(?:your\s+)?excellenc(?:y|ies)\W*", _I)
_SALUTATION_END = (",", ":", "，", "：", "!", "،")
MAX_LABEL_LINE: Final = 120
"""The most characters of a line that is a salutation, a valediction or a date; a longer one is prose."""


def is_salutation(line: str) -> bool:
    """Does this line greet the addressee, and nothing else?"""
    if len(line) > MAX_LABEL_LINE:
        return False
    if _EXCELLENCY.fullmatch(line) or line.casefold().startswith("to whom it may concern"):
        return True
    if _SALUTATION.match(line):
        return line.endswith((*_SALUTATION_END, ";")) or not line.endswith((".", "?"))
    return bool(_SALUTATION_OPEN.match(line)) and line.endswith(_SALUTATION_END)


_CLOSING = re.compile(
    r"(?:(?:most|very)\s+)?(?:respectfully|sincerely|faithfully|cordially|truly)(?:\s+(?:yours|submitted))?"
    r"|yours(?:\s+(?:very|most))?(?:\s+(?:sincerely|faithfully|truly|respectfully|cordially))?"
    r"|(?:with\s+)?(?:(?:our|my|kind|kindest|best|warm|warmest|highest|deep|deepest|sincere|the|assurances|of)\s+)*"
    r"(?:regards|respects?|wishes|consideration|esteem|gratitude)(?:\s+and\s+[\w ]+)?"
    r"|in\s+(?:solidarity|hope|peace|friendship)(?:\s+and\s+[\w ]+)?|(?:we|i)\s+remain[\w ,]*"
    r"|(?:bien\s+)?cordialement|respectueusement|bien à vous|sincèrement|salutations distinguées|sincères salutations"
    r"|avec (?:nos|mes) [\w' ’]*(?:salutations|respects)"
    r"|(?:muy\s+)?(?:atentamente|cordialmente|respetuosamente)|(?:un\s+)?cordial(?:es)? saludos?|"
    r"saludos cordiales|con (?:todo\s+)?respeto"
    r"|mit (?:freundlichen|besten|herzlichen|hochachtungsvollen) grü(?:ß|ss)en|hochachtungsvoll"
    r"|(?:distinti|cordiali) saluti|(?:atenciosamente|respeitosamente)|hoogachtend|met vriendelijke groet(?:en)?",
    _I,
)
_SIGNED = re.compile(
    r"(?:signed(?:\s+by)?|signatories|signatures|(?:list of|the)\s+signatories|"
    r"(?:we,\s+)?(?:the\s+)?undersigned(?:\s+organi[sz]ations)?"
    r"|signator(?:y|ies)?\s+organi[sz]ations|signing\s+organi[sz]ations|endorsed by|signataires|les signataires|"
    r"signé(?:\s+par)?"
    r"|organisations signataires|firmantes|firmado(?:\s+por)?|firman|organizaciones firmantes|"
    r"unterzeichner(?:innen)?|unterzeichnet(?:\s+von)?"
    r"|unterzeichnende organisationen|firmatari|assinam|signatários)",
    _I,
)
# The formulas that French and Spanish spell out in a sentence.
_FORMULA = re.compile(
    r"(?:veuillez|nous vous prions|je vous prie|dans l['’]attente|en vous remerciant|sin otro particular|"
    r"le rogamos|reciba).*"
    r"(?:agréer|salutations|considération|sentiments|atentamente|saludo|consideración)",
    _I | re.S,
)
_MAX_FORMULA: Final = 400


def is_closing(line: str) -> bool:
    """Does this line close the letter, as "Respectfully," does?"""
    return len(line) <= MAX_LABEL_LINE and bool(_CLOSING.fullmatch(line.strip(" ,.;:!،")))


def is_formula(text: str) -> bool:
    """Is this block of lines a closing formula of a whole sentence?"""
    return len(text) <= _MAX_FORMULA and bool(_FORMULA.match(text))


def is_signed(line: str) -> bool:
    """Does this line head the signatories, as "Signed:" does?"""
    return len(line) <= MAX_LABEL_LINE and bool(_SIGNED.fullmatch(line.strip(" :,.：")))


# --- persons, titles, organizations, addresses ---------------------------------------------------------------------

_HONORIFIC = re.compile(
    r"(?:h\.\s?e\.|s\.\s?e\.|s\.\s?exc\.|m\.|"
    r"(?:(?:his|her|their|son)\s+(?:excellency|excellence|majesty|holiness)|mr|mrs|ms|mx|dr|prof|professor|sir|dame|"
    r"hon|the hon|the honou?rable|rt hon|the rt hon|mme|mlle|monsieur|madame|sr|sra|señor|señora|don|doña|"
    r"herrn?|frau|"
    r"dott|signor|signora|exmo|exma)\b\.?)\s+(?=\S)",
    _I,
)
_PARTICLES: Final = _set(
    """
    de da do di del della der den des du van von zu bin bint ibn al el la le los las dos y e te ter ten
    """
)
_NAME_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-])*,?")
_TITLES: Final = _set(
    """
    secretary general president vice vice-president minister commissioner director chair chairperson chairman
    chairwoman chairs co-chair co-chairs coordinator co-ordinator ambassador representative rapporteur ceo
    officer manager spokesperson chancellor governor mayor senator speaker prosecutor judge professor founder
    co-founder treasurer advisor adviser fellow researcher convenor convener administrator registrar delegate
    envoy counsel président présidente vice-président vice-présidente directeur directrice ministre secrétaire
    haut-commissaire ambassadeur ambassadrice maire chancelier coordinateur coordinatrice coordonnateur
    coordonnatrice responsable porte-parole presidente presidenta director directora ministro ministra
    secretario secretaria comisionado comisionada coordinador coordinadora embajador embajadora relator relatora
    alcalde alcaldesa gobernador portavoz präsident präsidentin ministerin direktor direktorin vorsitzende
    vorsitzender generalsekretär generalsekretärin geschäftsführer geschäftsführerin bundeskanzler
    bundeskanzlerin kanzler botschafter botschafterin sprecher sprecherin leiter leiterin bürgermeister
    bürgermeisterin sekretär sekretärin bundesminister bundesministerin
    """
)
_ORGANIZATIONS: Final = _set(
    """
    nations ministry office council committee commission university institute institution foundation association
    society union congress federation confederation league forum network alliance coalition centre center watch
    international group organization organisation organizations organisations party parliament assembly senate
    government embassy mission secretariat agency department court bank fund board company inc ltd llc gmbh
    trust movement campaign initiative project press lawyers journalists jurists workers church school hospital
    academy club guild collective cooperative observatory bureau authority corporation defenders friends rights
    archive archives library museum ministère conseil comité fondation ligue fédération réseau observatoire
    institut société collectif maison syndicat nations-unies université parlement assemblée gouvernement
    ambassade tribunal amis atelier ministerio consejo comité fundación asociación federación liga red centro
    unión observatorio instituto sociedad colectivo comisión naciones universidad parlamento asamblea gobierno
    embajada sindicato amigos grupo ministerium bundesministerium verein verband bund gesellschaft stiftung
    netzwerk rat amt vereinte nationen universität parlament bundestag botschaft gewerkschaft gericht e.v
    """
)
# What streets, towns and lines of contact are known by.
_ADDRESS = re.compile(
    r"\d|@|https?:|www\.|\b(?:street|avenue|road|lane|square|boulevard|plaza|palais|quai|rue|calle|avenida|"
    r"platz|p\.?o\.? box|box|tel|fax|e-?mail)\b"
    r"|straße|strasse|,\s*[A-Z]{2}\.?$",
    _I,
)
_TOWN_AND_STATE = re.compile(r"[^\W\d_][\w .'’-]*,\s*[^\W\d_][\w .'’-]*$")


def has_honorific(text: str) -> bool:
    """Does this begin as a person is addressed, "H.E." or "Mr."?"""
    return bool(_HONORIFIC.match(text))


def is_person(text: str) -> bool:
    """Does this look like a person's name? Two words or more, each with a capital, and no word of an organization."""
    bare = text
    while found := _HONORIFIC.match(bare):
        bare = bare[found.end() :]
    words = bare.split()
    if not (1 if bare != text else 2) <= len(words) <= 6 or is_organization(bare) or is_title(bare):
        return False
    return (
        all(
            _NAME_WORD.fullmatch(word) and (word[0].isupper() or word.casefold() in _PARTICLES or "-" in word)
            for word in words
        )
        and words[0][0].isupper()
    )


def is_title(text: str) -> bool:
    """Has this a word of an office or a function in it?"""
    return any(word in _TITLES or word.partition("-")[0] in _TITLES for word in _words(text))


def is_organization(text: str) -> bool:
    """Has this a word in it that organizations are named by?"""
    return any(word in _ORGANIZATIONS for word in _words(text))


def is_address(text: str) -> bool:
    """Does this look like a line of an address or a way to reach somebody?"""
    return bool(_ADDRESS.search(text))


def is_town(text: str) -> bool:
    """Two short names with a comma, such as a town and its country?"""
    return bool(_TOWN_AND_STATE.fullmatch(text))


def _words(text: str) -> list[str]:
    return [word.strip(".,;:()[]\"'“”«»").casefold() for word in text.replace("/", " ").split()]


# --- languages -----------------------------------------------------------------------------------------------------

_FUNCTION_WORDS: Final = {
    "en": _set(
        "the of and to in that is we for on with as by this are be it not from which have has our your you at an their"
    ),
    "fr": _set(
        "le la les de des et du en que qui une dans pour par sur nous vous est au aux avec ce cette son "
        "sa ses ne pas plus sont"
    ),
    "es": _set(
        "el la los las de y en que un una del se por con para su al es como más pero sus le ha lo este esta nos"
    ),
    "de": _set(
        "der die das und in den von zu mit ist des dem nicht ein eine für auf wir sie sich auch als es "
        "an werden aus wie bei"
    ),
    "it": _set("il lo la i gli le di e che un una del della per con non si nel alla dei sono è anche come più da al"),
    "pt": _set("o a os as de e que em um uma do da dos das para com não se por no na ao mais como mas seu sua são é"),
    "nl": _set(
        "de het een en van in te dat is op voor met zijn niet aan er om ook als bij door maar wij u naar uit deze"
    ),
}
_MIN_WORDS: Final = 12
_MIN_SHARE: Final = 0.2  # of all words; prose in these languages has a third or more


def language_of(text: str) -> str | None:
    """The language whose function words are clearly the most frequent, None where none is."""
    found = re.findall(r"[^\W\d_]+", text.casefold())
    if len(found) < _MIN_WORDS:
        return None
    counts = dict.fromkeys(_FUNCTION_WORDS, 0)
    for tag, known in _FUNCTION_WORDS.items():
        counts[tag] = sum(word in known for word in found)
    first, second = sorted(counts, key=lambda tag: counts[tag], reverse=True)[:2]
    if counts[first] < _MIN_SHARE * len(found) or counts[first] * 10 < counts[second] * 13:
        return None
    return first
