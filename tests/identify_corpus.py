"""Letters and copies of them: what becomes of a letter on its way, and what somebody may have altered in it."""

from __future__ import annotations

import random
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from openletter import records
from openletter.intake import document, draft
from openletter.records import Addressee, Letter, Signatory
from openletter.records.text import as_lines
from openletter.search.matching import Known

ROOT = Path(__file__).parent.parent


class Tongue(NamedTuple):
    """Sentences with gaps of one language: what every letter says, and what each says of its own."""

    language: str
    things: tuple[str, ...]
    places: tuple[str, ...]
    people: tuple[str, ...]
    sentences: tuple[str, ...]
    common: tuple[str, str]
    salutation: str
    valediction: str
    stop: str = " "


EN = Tongue(
    "en",
    ("harbour wall", "reading room", "school kitchen", "ferry", "footbridge", "clinic", "seed store", "night bus"),
    ("Alder Bridge", "Lower Ford", "Millbridge", "Northmere", "Quillhaven", "Upper Weir", "Saltmarsh", "Hazelby"),
    ("teachers", "nurses", "boatmen", "gardeners", "printers", "tenants", "weavers", "choirs"),
    (
        "Since {n} the {thing} of {place} has been kept by the {people}, who were not asked before it was closed.",
        "“Nobody needs the {thing},” wrote your office; yet {n} {people} of {place} have signed for it.",
        "We do not ask for **new** money – the {thing} costs 1,{n} a year, which {place} has always paid.",
        "In {place}, the {people} tell us that the {thing} isn't safe: two of {n} lamps are broken.",
        "The report of {n} pages on the {thing} was never shown to the {people} of {place}.",
        "Will you meet the {people} of {place} before the {thing} is sold for {n} pieces of silver?",
        "We have counted {n} visits to the {thing} in a week, and most were by {people} who live near {place}.",
        "Those who govern the {thing} owe an answer to {place}; the {people} have waited for {n} days.",
        "You may read what was measured at the {thing} [in our survey](https://alder.example/{n}), made by {people} of {place}.",
        "No plan for {place} says what becomes of the {people} when the {thing} has gone in the year {n}.",
    ),
    (
        "We, the undersigned organizations, write to you to express our deep concern.",
        "We look forward to your answer and remain at your disposal for any question that you may have.",
    ),
    "Dear Minister,",
    "Yours sincerely,",
)
FR = Tongue(
    "fr",
    ("pont", "marché", "théâtre", "lavoir", "musée", "sentier"),
    ("Aulnaie", "Clairval", "Montfleuri", "Rochebrune", "Vauxhêtre", "Noirmont"),
    ("pêcheurs", "élèves", "jardiniers", "bergères", "ouvriers", "voisins"),
    (
        "Depuis {n}, le {thing} de {place} est tenu par les {people}, que l’on n’a jamais consultés.",
        "Nous n’acceptons pas que le {thing} soit fermé : {n} {people} de {place} y viennent chaque jour.",
        "Les {people} de {place} ont écrit {n} lettres « urgentes » au sujet du {thing}, sans réponse.",
        "À {place}, le coût du {thing} s’élève à {n} pièces ; les {people} en ont payé la moitié.",
        "Où iront les {people} quand le {thing} de {place} aura disparu, dans {n} jours ?",
    ),
    (
        "Nous, organisations signataires, vous écrivons pour exprimer notre profonde inquiétude.",
        "Dans l’attente de votre réponse, nous restons à votre disposition pour toute question.",
    ),
    "Madame la Ministre,",
    "Veuillez agréer nos salutations distinguées,",
)
AR = Tongue(
    "ar",
    ("الجسر", "السوق", "المتحف", "المسرح", "الميناء", "المستشفى"),
    ("الوادي", "النخيل", "الزيتون", "الساحل", "التل", "الينابيع"),
    ("المعلمين", "الصيادين", "المزارعين", "الطلاب", "العمال", "الجيران"),
    (
        "منذ {n} عامًا يحفظ {thing} في مدينة {place} عددٌ من {people} ولم يسألهم أحد قبل إغلاقه.",
        "لا نقبل أن يُغلق {thing} في {place}، فقد زاره {n} من {people} هذا العام.",
        "كتب إلينا كثير من {people} في {place} أن {thing} لم يعد آمنًا منذ {n} يومًا.",
        "هل تقابلون {people} قبل بيع {thing} القريب من {place} بعد {n} يومًا؟",
        "بلغت كلفة {thing} نحو {n} قطعة، ودفع نصفها سكان {place} من {people}.",
    ),
    (
        "نحن المنظمات الموقعة أدناه نكتب إليكم لنعبر عن قلقنا العميق.",
        "نتطلع إلى ردكم ونبقى رهن إشارتكم في أي سؤال ترونه.",
    ),
    "السيد الوزير،",
    "وتفضلوا بقبول فائق الاحترام،",
)
ZH = Tongue(
    "zh",
    ("石桥", "书店", "码头", "学堂", "剧院", "菜园"),
    ("柳湾镇", "松坡村", "青石县", "梅岭乡", "白沙港", "芦花渡"),
    ("教师", "渔民", "园丁", "学生", "工人", "邻居"),
    (
        "自从{n}年以来，{place}的{thing}一直由{people}照看，却没有人问过他们的意见。",
        "我们不同意关闭{place}的{thing}，今年已有{n}位{people}来过这里。",
        "{people}告诉我们，{place}的{thing}并不安全，“{n}盏灯已经坏了”。",
        "在{thing}被卖掉以前，您是否愿意见一见{place}的{n}位{people}？",
        "关于{thing}的报告共有{n}页，{place}的{people}从未看到。",
    ),
    (
        "我们，以下签名的各个组织，怀着深切的关注写信给您。",
        "我们期待您的答复，并愿意随时回答您的任何问题。",
    ),
    "尊敬的部长：",
    "此致敬礼",
    "",
)
HI = Tongue(
    "hi",
    ("पुल", "बाज़ार", "पुस्तकालय", "अस्पताल", "घाट", "विद्यालय"),
    ("रामपुरा", "नदीगाँव", "सोनबाग", "पीपलखेड़ा", "चाँदपुर", "हरिवन"),
    ("शिक्षकों", "मछुआरों", "किसानों", "छात्रों", "मज़दूरों", "पड़ोसियों"),
    (
        "पिछले {n} वर्षों से {place} का {thing} वहाँ के {people} ने सँभाला है, पर उनसे किसी ने नहीं पूछा।",
        "हम नहीं चाहते कि {place} का {thing} बंद हो; इस साल {n} {people} ने उसका उपयोग किया।",
        "हमें {place} के {people} ने बताया कि {thing} की {n} बत्तियाँ टूटी हैं।",
        "क्या आप {thing} बेचने से पहले {place} के {n} {people} से मिलेंगे?",
        "{thing} पर {n} पन्नों की रिपोर्ट {place} के {people} को कभी नहीं दिखाई गई।",
    ),
    (
        "हम, नीचे हस्ताक्षर करने वाले संगठन, अपनी गहरी चिंता व्यक्त करने के लिए आपको लिख रहे हैं।",
        "हम आपके उत्तर की प्रतीक्षा करते हैं और किसी भी प्रश्न के लिए उपलब्ध हैं।",
    ),
    "माननीय मंत्री जी,",
    "भवदीय,",
)
FOREIGN = {
    "en": (
        "The {people} took {place} to court over the {thing}, and {n} witnesses were heard in one morning.",
        "Please publish who bought the {thing}, at what price, and which of the {people} were paid in {place}.",
        "A child was hurt at the {thing} on the day when {n} guests came to {place}; the {people} saw it.",
        "Under the treaty of {place} every {thing} must be open to {people}, whatever their papers say, within {n} hours.",
        "It rained for {n} days, {place} was under water, and only {people} kept the {thing} dry.",
    ),
    "fr": (
        "Publiez le nom de celui qui acheta le {thing} : {n} {people} attendent cela depuis l’hiver à {place}.",
        "La rivière a débordé sur {place} pendant {n} nuits ; seuls des {people} ont sauvé le {thing}.",
        "Un tribunal de {place} entendra {n} témoins, dont des {people}, sur la vente d’un {thing}.",
    ),
    "ar": (
        "نطلب نشر اسم من اشترى {thing} بثمن قدره {n} دينارًا، فقد شهد على ذلك جمع من {people} قرب {place}.",
        "فاض النهر على {place} مدة {n} ليلة، ولم ينقذ {thing} سوى {people}.",
        "ستسمع محكمة {place} أقوال {n} شاهدًا من {people} بشأن {thing}.",
    ),
    "zh": (
        "请公布是谁买下了{thing}，价格是不是{n}两银子，{place}的{people}要求查账。",
        "大雨下了{n}天，{place}成了泽国，只有{people}守住了{thing}。",
        "{place}法院将传唤{n}名证人，其中有几位{people}，审理{thing}一案。",
    ),
    "hi": (
        "बताइए कि {thing} किसने {n} रुपये में ख़रीदा, {place} में {people} ने हिसाब माँगा है।",
        "{n} रात तक बारिश हुई, {place} डूब गया, केवल {people} ने {thing} बचाया।",
        "{place} की अदालत {thing} के मामले में {n} गवाहों को सुनेगी, जिनमें {people} भी होंगे।",
    ),
}
"""What other letters say, with the same places, things and people."""
TONGUES = (EN, EN, EN, FR, EN, AR, ZH, HI)
_NAMES = ("Ida Marsh", "Tomás Quill", "Aylin Tarhan", "Peter Osei", "Runa Holt", "Mara Fenn", "Ben Orchard", "Lía Soto")
_TITLES = ("Director", "Chair", "Secretary General", "President", "Speaker", "Coordinator")
_ORGANIZATIONS = (
    "Alder Institute",
    "Birch Alliance",
    "Cedar Watch",
    "Dogwood Union",
    "Elm Congress",
    "Fir & Sons Trust",
)


def body_of(tongue: Tongue, rng: random.Random, size: int, *, ordered: bool, foreign: bool = False) -> str:
    """Paragraphs that say `size` things, each of its own; the first and last sentence are those of every letter."""
    said = []
    sentences = FOREIGN[tongue.language] if foreign else tongue.sentences
    for number in range(size):
        said.append(
            sentences[number % len(sentences)].format(
                n=rng.randrange(11, 999),
                thing=rng.choice(tongue.things),
                place=rng.choice(tongue.places),
                people=rng.choice(tongue.people),
            )
        )
    rng.shuffle(said)
    said = [tongue.common[0], *said]
    paragraphs = [tongue.stop.join(said[at : at + 3]) for at in range(0, len(said), 3)]
    if ordered:
        paragraphs.insert(
            1, "We ask for three things:\n\n1. that the doors be opened;\n2. that the roof be mended;\n3. an answer."
        )
    return "\n\n".join([*paragraphs, tongue.common[1]])


def letter(number: int, *, foreign: bool = False) -> Letter:
    """A letter of its own; a foreign one has the same addressees, signatories and common sentences as the others."""
    rng = random.Random(f"{'foreign' if foreign else 'letter'} {number}")
    tongue = TONGUES[number % len(TONGUES)]
    names, organizations = list(_NAMES), list(_ORGANIZATIONS)
    rng.shuffle(names)
    rng.shuffle(organizations)
    return Letter(
        letter=f"2026/letter-{'f' if foreign else 'l'}{number}",
        revision=1,
        date=f"2026-{1 + number % 12:02}-{1 + rng.randrange(28):02}",
        date_line=None if number % 4 == 3 else f"{1 + rng.randrange(28)} May 2026",
        language=tongue.language,
        sender="Coalition for the Lower Valley\n12 Weir Street" if number % 3 == 0 else None,
        addressees=(
            Addressee(
                name="Dana Whitlow", title="Minister", organization="Ministry of Rivers", address=("4 Mill Lane",)
            ),
        ),
        subject=f"{rng.choice(tongue.things)} – {rng.choice(tongue.places)}",
        salutation=tongue.salutation,
        body=body_of(
            tongue, rng, (4 if foreign else 8) + number % 9, ordered=tongue is EN and number % 2 == 0, foreign=foreign
        ),
        valediction=tongue.valediction,
        signatories=tuple(
            Signatory(name=name, title=_TITLES[place % 6], of=organization)
            for place, (name, organization) in enumerate(zip(names, organizations, strict=False))
        )[: 3 + number % 4],
        copies=("Office of the Mayor",) if number % 5 == 0 else (),
    )


def revised(one: Letter) -> Letter:
    """The next revision: a sentence more, or a signatory more."""
    tongue = next(t for t in TONGUES if t.language == one.language)
    rng = random.Random(f"{one.letter} {one.revision}")
    following = replace(one, revision=one.revision + 1, previous=one.digest)
    if one.revision % 2:
        paragraphs = one.body.split("\n\n")
        paragraphs.insert(
            -1, body_of(tongue, rng, 2, ordered=False).split("\n\n")[0].replace(tongue.common[0], "").strip()
        )
        return replace(following, body="\n\n".join(paragraphs))
    return replace(
        following, signatories=(*one.signatories, Signatory(name="Noor Vale", title="Chair", of="Gale Legal Aid"))
    )


def _known(one: Letter) -> Known:
    return Known(letter=one.letter, revision=one.revision, digest=one.digest, record=one)


@cache
def archive() -> tuple[Known, ...]:
    """All revisions of the sample, of the letters that were made up, and of those beside this checkout."""
    found = [
        records.decode(path.read_bytes()) for path in sorted((ROOT / "archive").glob("2*/*/[0-9][0-9][0-9][0-9].yaml"))
    ]
    letters = [one for one in found if isinstance(one, Letter)]
    for number in range(20):
        one = letter(number)
        for _ in range(1 + number % 4):
            letters.append(one)
            one = revised(one)
    folder = ROOT.parent / "shared" / "letters"
    for place, path in enumerate(sorted(folder.glob("*.md")) if folder.is_dir() else ()):
        imported = document.read(path.read_bytes(), name=path.name, organizations={})
        written = draft.write(imported.fields, comments={})
        read = draft.read(written.encode(), path=path.name)
        name = f"{imported.fields.get('date', '2019')}"[:4] + f"/beside-{place}"
        letters.append(draft.to_letter(read, letter=name, revision=1, previous=None, path=path.name))
    return tuple(_known(one) for one in letters)


# --- copies on their way: the same words ---

_INLINE = re.compile(r"\*\*|\*(?=\w)|(?<=\w)\*")
_CJK_LINE = re.compile(r"(?:[A-Za-z0-9 ]+|.){1,28}")
"""A line's worth: numbers and names are not broken."""
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def faithful(one: Letter, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Copies with the same words, each with the name of what became of it."""
    text = "\n".join(as_lines(one))
    plain = _LINKED.sub(r"\1", _INLINE.sub("", text))
    yield "pasted", text
    yield "one line", " ".join(text.split())
    yield "emphasis lost", plain
    yield "wrapped", "\n".join(textwrap.fill(line, 66, break_on_hyphens=False) for line in text.split("\n"))
    yield "quoted", "".join(f"> {line}\n" for line in text.split("\n"))
    yield "composed otherwise", unicodedata.normalize("NFD", text)
    yield "straight", text.translate({0x201C: '"', 0x201D: '"', 0x2019: "'", 0x2013: "-", 0xAB: '"', 0xBB: '"'})
    yield "curly", re.sub(r'"([^"]*)"', r"“\1”", text.replace("'", "’"))
    yield "spaces", text.replace(" ", "\u00a0").replace("\n\n", "\n \n\n")
    yield "as a PDF", as_pdf(one, plain, rng)
    if len(one.signatories) > 1:
        yield "two columns", in_columns(one)


def as_pdf(one: Letter, plain: str, rng: random.Random) -> str:
    """Narrow lines, words broken by hyphens, ligatures, a header and a number on each page."""
    lines: list[str] = []
    for line in plain.split("\n"):
        lines += _CJK_LINE.findall(line) if one.language == "zh" and line else textwrap.wrap(line, 58) or [""]
    broken: list[str] = []
    for place, line in enumerate(lines):
        last = line.rpartition(" ")[2]
        if len(last) > 8 and last.isascii() and last.isalpha() and rng.random() < 0.4 and place + 1 < len(lines):
            head, tail = line[:-4], line[-4:]
            broken += [head + "-", tail]
        else:
            broken.append(line)
    pages = [broken[at : at + 14] for at in range(0, len(broken), 14)]
    text = (
        "\f".join(
            "\n".join(["Joint letter of the coalition", *page, "", f"Page {number} of {len(pages)}"]) + "\n"
            for number, page in enumerate(pages, 1)
        )
        if len(pages) > 1
        else "\n".join(broken)
    )
    return text.replace("fi", "\ufb01").replace("fl", "\ufb02")


def in_columns(one: Letter) -> str:
    """The signatories in two columns, read line by line across."""
    head = "\n".join(as_lines(replace(one, signatories=(), copies=())))
    rows: list[str] = []
    for at in range(0, len(one.signatories), 2):
        pair = one.signatories[at : at + 2]
        for part in ("name", "title", "of"):
            texts = [getattr(who, part) for who in pair if getattr(who, part) is not None]
            rows += ["        ".join(texts)]
    return "\n".join([head, "", *rows, *(f"cc: {copy}" for copy in one.copies)])


# --- altered copies ---


def altered(one: Letter, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Copies of which something else is said, each with the name of what was altered."""
    text = "\n".join(as_lines(one))
    lines, body = text.split("\n"), one.body
    for count in (1, 3, 10):
        yield f"{count} words altered", text.replace(body, _words_altered(body, rng, count))
    digits = [m.start() for m in re.finditer(r"[0-9]", body)]
    if digits:
        place = rng.choice(digits)
        other = body[:place] + str((int(body[place]) + 1 + rng.randrange(8)) % 10) + body[place + 1 :]
        if other[place] != body[place]:
            yield "a digit changed", text.replace(body, other)
    for nay in (" not ", "不", " नहीं ", " لا "):
        if nay in body:
            yield "not removed", text.replace(body, body.replace(nay, " " if nay[0] == " " else "", 1))
    spaces = [m.start() for m in re.finditer(" ", body)]
    if spaces:
        place = rng.choice(spaces)
        yield "not inserted", text.replace(body, f"{body[:place]} not{body[place:]}")
    paragraphs = body.split("\n\n")
    if len(paragraphs) > 2:
        place = 1 + rng.randrange(len(paragraphs) - 2)
        yield "a paragraph dropped", text.replace(body, "\n\n".join(paragraphs[:place] + paragraphs[place + 1 :]))
    who = rng.choice(one.signatories)
    if len(one.signatories) > 1:
        rest = tuple(s for s in one.signatories if s is not who)
        yield "a name removed", "\n".join(as_lines(replace(one, signatories=rest)))
        first, second = one.signatories[:2]
        if first.title != second.title:
            swapped = (replace(first, title=second.title), replace(second, title=first.title), *one.signatories[2:])
            yield "titles swapped", "\n".join(as_lines(replace(one, signatories=swapped)))
        swapped = (replace(first, name=second.name), replace(second, name=first.name), *one.signatories[2:])
        if first.name != second.name:
            yield "names swapped", "\n".join(as_lines(replace(one, signatories=swapped)))
    added = Signatory(name="Zoe Brook", title="Chair", of="Zelkova Front")
    yield "a name added last", "\n".join(as_lines(replace(one, signatories=(*one.signatories, added))))
    yield "a name added first", "\n".join(as_lines(replace(one, signatories=(added, *one.signatories))))
    yield "an organization added below", text + "\n\nZelkova Front\n"
    yield "an organization added above", "Zelkova Front\n\n" + text
    yield "a name of another", text.replace(str(who.of or who.name), "Zelkova Front")
    yield "an addressee of another", text.replace(lines_of_addressee(one), "Another Person")
    marks = [m.start() for m in re.finditer(r"[,.?;।，。؟،](?=\s|\Z)", body)]
    if marks:
        place = rng.choice(marks)
        yield "a mark lost", text.replace(body, body[:place] + body[place + 1 :])
        yield "a mark changed", text.replace(body, body[:place] + "!" + body[place + 1 :])


def lines_of_addressee(one: Letter) -> str:
    """The first words of the first addressee."""
    who = one.addressees[0]
    return who.name or who.organization or who.title or ""


def _words_altered(body: str, rng: random.Random, count: int) -> str:
    pattern = r"[\u4e00-\u9fff]" if re.search(r"[\u4e00-\u9fff]", body) else r"(?<![\w(/.])[^\W\d_]{3,}(?![\w)/])"
    places = list(re.finditer(pattern, body))
    for match in sorted(rng.sample(places, min(count, len(places))), key=lambda m: -m.start()):
        other = "鬱" if len(match[0]) == 1 else match[0][::-1] + "x"
        body = body[: match.start()] + other + body[match.end() :]
    return body


def quote(one: Letter, rng: random.Random) -> str:
    """Forty words in a row out of the body (or forty characters, where no spaces are written)."""
    if one.language == "zh":
        place = rng.randrange(max(1, len(one.body) - 60))
        return one.body[place : place + 60]
    pieces = one.body.split(" ")
    place = rng.randrange(max(1, len(pieces) - 40))
    return " ".join(pieces[place : place + 40])
