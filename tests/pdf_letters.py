"""Fictional letters in many scripts, each signed by two and endorsed by a third, with the evidence round them."""

from __future__ import annotations

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, ELM, Desk, name_of
from openletter.records import Addressee, Folder, Letter, Signatory
from openletter.records.bundle import Bundle
from openletter.verify import Report, judge_keys, judge_letter

ENGLISH = Letter(
    letter="2026/open-water-record",
    revision=1,
    date="2026-03-02",
    date_line="2 March 2026",
    place="Harbour City",
    reference="Ref. OWR/2026/17",
    language="en",
    sender="Alder Institute\n12 Riverside Walk, Harbour City\noffice@alder.example",
    addressees=(
        Addressee(
            name="Ms. Dana Whitlow",
            title="Commissioner for Public Records",
            organization="Office of Public Records",
            address=("1 Assembly Square", "Harbour City"),
        ),
        Addressee(title="The Members of the Water Board"),
    ),
    subject="Open the water records of the Lower Valley",
    salutation="Dear Commissioner Whitlow,",
    body=(
        "We, the undersigned organizations, write to ask you to open the records of water quality that have been "
        "collected in the Lower Valley since 1998.\nThese measurements were paid for by everybody, and nobody outside "
        "of the Board has ever been able to read them.\n\n"
        "Three things are incontrovertible:\n\n"
        "1. The Board measured *nitrate* and **lead** at forty-one wells, every month.\n"
        "2. It published an average for the whole valley, which conceals where the water is unsafe to drink.\n"
        "3. Residents who asked for the figures of their own well were refused; see "
        "[the decision of 2024](https://records.example/decisions/2024/117).\n\n"
        "## What we ask\n\n"
        "Publish every measurement, with its date, its place and the method by which it was made, as the Board’s own "
        "rules of 2011 require:\n\n"
        "> Whatever is measured with public money is published within ninety days, unless publication would "
        "endanger a person.\n\n"
        "We would be glad to meet you and your staff.\nUntil then, we remain at your disposal for any question that "
        "this letter leaves unanswered."
    ),
    valediction="Yours sincerely,",
    signatories=(
        Signatory(organization=ALDER, name="Rowan Ashe", title="Director", of=name_of(ALDER)),
        Signatory(organization=BIRCH, name="Mila Torv", title="President", of="Birch Centre for Rivers"),
        Signatory(organization=CEDAR, name="Jonas Lindqvar", title="Secretary-General", of=name_of(CEDAR)),
        Signatory(organization=ELM, name="Imre Szelény", title="Head of Policy", of=name_of(ELM)),
        Signatory(name="Prof. Yara Okonjo-Baptiste", title="Hydrologist"),
    ),
    copies=("The Speaker of the Assembly", "The Valley Herald"),
    note="The third demand was made clearer after the consultation of February.",
)


def _in(language: str, **words: str) -> Letter:
    names = words["names"].split("|")
    return Letter(
        letter=f"2026/{language.lower()}-water",
        revision=1,
        date="2026-03-02",
        date_line=words["date_line"],
        place=words["place"],
        language=language,
        sender=words["sender"],
        addressees=(Addressee(name=words["to"], title=words["office"]),),
        subject=words["subject"],
        salutation=words["salutation"],
        body=words["body"],
        valediction=words["valediction"],
        signatories=tuple(
            Signatory(organization=organization, name=name, of=of)
            for organization, name, of in zip((ALDER, BIRCH, CEDAR), names[::2], names[1::2], strict=True)
        ),
    )


FRENCH = _in(
    "fr",
    date_line="le 2 mars 2026",
    place="Port-Clair",
    sender="Institut de l’Aulne\n12, promenade de la Rivière",
    to="Mme Éloïse Hœtte",
    office="Commissaire aux archives publiques",
    subject="Ouvrir les relevés de l’eau",
    salutation="Madame la Commissaire,",
    body="Nous demandons l’ouverture des relevés\u202f: ils appartiennent à tous.\n"
    "Voici pourquoi « l’ensemble » compte.\n\n"
    "Les mesures de la qualité de l’eau, financées par l’argent public depuis vingt-huit ans, demeurent "
    "inaccessibles aux habitantes et aux habitants de la vallée\u202f; c’est incompréhensible.",
    valediction="Nous vous prions d’agréer, Madame la Commissaire, nos salutations distinguées.",
    names="Rémi Aulnay|Institut de l’Aulne|Noëlle Boulay|Centre du Bouleau|Gaël Cèdre|Maison du Cèdre",
)
ARABIC = _in(
    "ar",
    date_line="٢ مارس ٢٠٢٦",
    place="مدينة الميناء",
    sender="معهد النهر\nشارع الضفة ١٢",
    to="السيدة دانا الوادي",
    office="مفوضة السجلات العامة",
    subject="افتحوا سجلات المياه",
    salutation="السيدة المفوضة،",
    body="نطلب منكم فتح سجلات جودة المياه التي جُمعت منذ عام 1998.\nهذه السجلات ملك للجميع، ولم يتمكن أحد من "
    "قراءتها خارج المجلس.\n\n"
    "نطلب ثلاثة أمور:\n\n1. نشر كل قياس مع تاريخه ومكانه.\n2. شرح الطريقة المستعملة (انظر Open Records Act, 2011).\n"
    "3. الرد على السكان خلال *تسعين* يومًا.\n\n"
    "This paragraph is in English, and stands from the left.\n\n> كل ما يُقاس بالمال العام يُنشر.",
    valediction="وتفضلوا بقبول فائق الاحترام،",
    names="ليلى الجدول|معهد النهر|سامي الينبوع|مركز الضفاف|Jonas Lindqvar|بيت الأرز",
)
UYGHUR = _in(
    "ug",
    date_line="2026-يىلى 2-مارت",
    place="پورت شەھىرى",
    sender="دەريا ئىنستىتۇتى",
    to="دانا خانىم",
    office="ئارخىپ مەسئۇلى",
    subject="سۇ خاتىرىلىرىنى ئېچىڭ",
    salutation="ھۆرمەتلىك خانىم،",
    body="بىز سىزدىن سۇ سۈپىتى خاتىرىلىرىنى ئېچىشنى سورايمىز.\nبۇ خاتىرىلەر ھەممە كىشىنىڭ.\n\n"
    "ئۆلچەشلەر ئاممىۋى پۇل بىلەن ئېلىپ بېرىلغان، شۇڭا ئۇلار ئاممىۋى بولۇشى كېرەك.",
    valediction="ھۆرمەت بىلەن،",
    names="ئايگۈل|دەريا ئىنستىتۇتى|تۇرغۇن|قېيىن مەركىزى|گۈلنار|ئارچا ئۆيى",
)
CHINESE = _in(
    "zh-Hans",
    date_line="2026年3月2日",
    place="港城",
    sender="河流研究所\n港城河畔路12号",
    to="沈岸女士",
    office="公共档案专员",
    subject="请公开水质记录",
    salutation="尊敬的专员：",
    body="我们请求公开自1998年以来收集的水质记录。\n这些测量由公众出资，“委员会”以外的人从未能够阅读。\n\n"
    "我们提出三点请求：\n\n1. 公布每一次测量的日期、地点和方法。\n"
    "2. 说明平均值的**计算方法**（见 Open Records Act）。\n"
    "3. 在九十天内答复居民。\n\n> 凡以公共资金测量的，均应公布。",
    valediction="此致\n敬礼",
    names="林溪|河流研究所|白桦|桦树中心|柏原|雪松之家",
)
HINDI = _in(
    "hi",
    date_line="2 मार्च 2026",
    place="बंदरगाह नगर",
    sender="नदी संस्थान\n12 तट मार्ग",
    to="सुश्री दाना नदीकर",
    office="सार्वजनिक अभिलेख आयुक्त",
    subject="जल अभिलेख खोलिए",
    salutation="आदरणीय आयुक्त,",
    body="हम आपसे 1998 से एकत्र किए गए जल गुणवत्ता के अभिलेख खोलने का अनुरोध करते हैं।\nये अभिलेख सबके हैं।\n\n"
    "**हमारी माँगें** स्पष्ट हैं:\n\n- हर माप को उसकी तिथि और स्थान के साथ प्रकाशित करें।\n- विधि समझाएँ।\n\n"
    "सार्वजनिक धन से जो मापा जाता है, वह प्रकाशित होना चाहिए।",
    valediction="भवदीय,",
    names="रवि तटकर|नदी संस्थान|मीरा भोज|भोजवृक्ष केंद्र|देव दारुवन|देवदार भवन",
)
LETTERS = {
    "english": ENGLISH,
    "french": FRENCH,
    "arabic": ARABIC,
    "uyghur": UYGHUR,
    "chinese": CHINESE,
    "hindi": HINDI,
}


def packet(letter: Letter) -> tuple[Bundle, Report]:
    """The letter signed by alder and birch, and by dogwood, which it doesn't name; as a bundle, and judged."""
    desk = Desk(letter_id=letter.letter)
    for organization in (ALDER, BIRCH, CEDAR, DOGWOOD):
        desk.enrol(organization)
    desk.revise(letter)
    for organization in (ALDER, BIRCH, DOGWOOD):
        desk.sign(organization)
    return packed(desk)


def packed(desk: Desk) -> tuple[Bundle, Report]:
    """The newest revision on a desk, as a bundle, and judged."""
    files = {f"archive/{desk.letter_id}/{name}": data for name, data in desk.files.items()}
    for organization, records_of_it in desk.keys.items():
        files |= {f"keys/{organization}/{name}": data for name, data in records_of_it.items()}
    bundle = Bundle(letter=desk.letter_id, revision=len(desk.letters), files=files)
    folders: dict[str, Folder] = {
        path.removeprefix("keys/"): folder for path, folder in bundle.folders.items() if path.startswith("keys/")
    }
    keyring = judge_keys(folders)
    report = Report(
        commit=None,
        whole=False,
        letters=(judge_letter(desk.letter_id, bundle.folders[f"archive/{desk.letter_id}"], keyring),),
        organizations=tuple(keyring.reports.values()),
        faults=(),
    )
    return bundle, report
