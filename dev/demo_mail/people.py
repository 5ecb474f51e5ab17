"""Who is who around Northlight, a maker of lamps in Gothenburg: its people, its customers and suppliers, its deals.

All domains are reserved ones (RFC 2606), the telephone numbers come from ranges kept for fiction where a country has
such a range.
"""

from .model import Person

DOMAIN = "northlight.example"

_COMMON = ["INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"]

ACCOUNTS = [
    {
        "email": f"sales@{DOMAIN}",
        "name": "Northlight Sales",
        "type": "shared",
        "login": None,
        "user_name": None,
        "create_contact": True,
        "folders": [
            *_COMMON,
            "Newsletters",
            "Suppliers",
            "Suppliers/Brass & Glass",
            "Suppliers/Shipping",
            "Kunden",
            "Kunden/Müller",
            "Clients",
            "Clients/Été 2026",
            "取引先",
            "عملاء",
        ],
    },
    {
        "email": f"hanna@{DOMAIN}",
        "name": "Hanna Lindqvist",
        "type": "personal",
        "login": "hanna",
        "user_name": "Hanna Lindqvist",
        "create_contact": False,
        "folders": [
            *_COMMON,
            "Projects",
            "Projects/Hotels",
            "Projects/Hotels/Aurora Malmö",
            "Projects/Libraries",
            "Reading",
        ],
    },
    {
        "email": f"tomas@{DOMAIN}",
        "name": "Tomás Ferreira",
        "type": "personal",
        "login": "tomas",
        "user_name": "Tomás Ferreira",
        "create_contact": True,
        "folders": [*_COMMON, "Export", "Export/日本", "Export/USA", "Feiras & Mässor"],
    },
]

#: key of a mailbox -> its address
MAILBOXES = {"sales": f"sales@{DOMAIN}", "hanna": f"hanna@{DOMAIN}", "tomas": f"tomas@{DOMAIN}"}

# key, name, city, country, domain, phone, time zone
_COMPANIES = [
    (
        "aurora",
        "Hotel Aurora Group",
        "Stockholm",
        "SE",
        "aurora-hotels.example",
        "+46 8 465 004 10",
        "Europe/Stockholm",
    ),
    (
        "harbour",
        "Harbour & Finch Architects",
        "London",
        "GB",
        "harbourfinch.example",
        "+44 20 7946 0120",
        "Europe/London",
    ),
    ("muller", "Leuchten Müller GmbH", "Köln", "DE", "leuchten-mueller.example", "+49 221 4710 210", "Europe/Berlin"),
    ("bertin", "Atelier Bertin", "Lyon", "FR", "atelier-bertin.example", "+33 4 65 71 20 30", "Europe/Paris"),
    ("kinoshita", "木下照明株式会社", "京都市", "JP", "kinoshita-shomei.example", "+81 75 000 2140", "Asia/Tokyo"),
    ("noor", "نور للتصميم الداخلي", "دبي", "AE", "noor-interiors.example", "+971 4 000 3160", "Asia/Dubai"),
    ("fjord", "Fjordbyen Library", "Bergen", "NO", "fjordbyen.example", "+47 55 00 41 70", "Europe/Oslo"),
    ("cask", "The Cask Room", "Edinburgh", "GB", "caskroom.example", "+44 131 496 0180", "Europe/London"),
    ("oakline", "Oakline Interiors", "Portland", "US", "oakline.example", "+1 503 555 0142", "America/Los_Angeles"),
    (
        "lindgren",
        "Lindgren Mässing AB",
        "Eskilstuna",
        "SE",
        "lindgren-massing.example",
        "+46 31 390 06 20",
        "Europe/Stockholm",
    ),
    ("orrefjall", "Orrefjäll Glasbruk", "Nybro", "SE", "orrefjall.example", "+46 31 390 06 31", "Europe/Stockholm"),
    ("swiftlane", "Swiftlane Cargo", "Rotterdam", "NL", "swiftlane.example", "+31 10 000 4400", "Europe/Amsterdam"),
    ("costa", "Casa Costa Hotéis", "Porto", "PT", "casacosta.example", "+351 22 000 5510", "Europe/Lisbon"),
    ("verdigris", "Studio Verdigris", "Dublin", "IE", "verdigris.example", "+353 20 913 0160", "Europe/Dublin"),
    ("bramble", "Bramble & Co. Homeware", "Bristol", "GB", "bramble.example", "+44 117 496 0170", "Europe/London"),
]

# key, company, name, local part, function, mail program, language, charset
_PEOPLE = [
    ("elin", "aurora", "Elin Sandberg", "elin.sandberg", "Procurement manager", "outlook", "en", "utf-8"),
    ("marcus", "aurora", "Marcus Wall", "marcus.wall", "Interior project lead", "apple", "en", "utf-8"),
    ("pia", "aurora", "Pia Holm", "pia.holm", "Accounts payable", "outlook", "en", "iso-8859-1"),
    ("nora", "harbour", "Nora Whitfield", "nora", "Partner", "apple", "en", "utf-8"),
    ("samuel", "harbour", "Samuel Okafor", "samuel", "Associate architect", "gmail", "en", "utf-8"),
    ("priya", "harbour", "Priya Raman", "priya", "FF&E coordinator", "outlook", "en", "windows-1252"),
    ("jurgen", "muller", "Jürgen Müller", "j.mueller", "Geschäftsführer", "outlook", "de", "iso-8859-1"),
    ("katrin", "muller", "Katrin Böhm", "k.boehm", "Einkauf", "outlook", "de", "windows-1252"),
    ("stefan", "muller", "Stefan Groß", "s.gross", "Lager und Versand", "plain", "de", "utf-8"),
    ("camille", "bertin", "Camille Bertin", "camille", "Gérante", "apple", "fr", "utf-8"),
    ("etienne", "bertin", "Étienne Leroy", "etienne", "Chef de projet", "gmail", "fr", "utf-8"),
    ("helene", "bertin", "Hélène Garçon", "compta", "Comptabilité", "outlook", "fr", "iso-8859-1"),
    ("kenta", "kinoshita", "木下 健太", "k.kinoshita", "代表取締役", "gmail", "ja", "utf-8"),
    ("misaki", "kinoshita", "佐藤 美咲", "m.sato", "購買部 課長", "plain", "ja", "iso-2022-jp"),
    ("naoki", "kinoshita", "山本 直樹", "n.yamamoto", "企画部", "outlook", "ja", "utf-8"),
    ("layla", "noor", "ليلى حداد", "layla", "مديرة المشاريع", "gmail", "ar", "utf-8"),
    ("omar", "noor", "عمر المنصوري", "omar", "مسؤول المشتريات", "outlook", "ar", "windows-1256"),
    ("ingrid", "fjord", "Ingrid Solheim", "ingrid.solheim", "Head of buildings", "outlook", "en", "utf-8"),
    ("lars", "fjord", "Lars Nygård", "lars.nygard", "Facilities", "apple", "en", "utf-8"),
    ("fiona", "cask", "Fiona MacLeod", "fiona", "Operations director", "apple", "en", "utf-8"),
    ("callum", "cask", "Callum Reid", "callum", "Site manager", "gmail", "en", "utf-8"),
    ("euan", "cask", "Euan Grant", "euan", "Electrician", "plain", "en", "utf-8"),
    ("jack", "oakline", "Jack Rowan", "jack.rowan", "Senior buyer", "gmail", "en", "utf-8"),
    ("maria", "oakline", "Maria Delgado", "maria.delgado", "Merchandising", "outlook", "en", "utf-8"),
    ("denise", "oakline", "Denise Park", "denise.park", "Accounts", "outlook", "en", "windows-1252"),
    ("bo", "lindgren", "Bo Lindgren", "bo", "Owner", "plain", "en", "iso-8859-1"),
    ("sara", "lindgren", "Sara Nyström", "order", "Orders", "outlook", "en", "utf-8"),
    ("mats", "orrefjall", "Mats Orre", "mats", "Master glassblower", "apple", "en", "utf-8"),
    ("ulla", "orrefjall", "Ulla Fransson", "ulla", "Office", "outlook", "en", "utf-8"),
    ("daan", "swiftlane", "Daan Vermeer", "daan.vermeer", "Account manager", "outlook", "en", "utf-8"),
    ("lotte", "swiftlane", "Lotte de Wit", "lotte.dewit", "Customs desk", "outlook", "en", "windows-1252"),
    ("beatriz", "costa", "Beatriz Costa", "beatriz", "Managing director", "apple", "en", "utf-8"),
    ("rui", "costa", "Rui Antunes", "rui.antunes", "Technical services", "gmail", "en", "utf-8"),
    ("aoife", "verdigris", "Aoife Brennan", "aoife", "Designer", "apple", "en", "utf-8"),
    ("conor", "verdigris", "Conor Daly", "conor", "Studio manager", "gmail", "en", "utf-8"),
    ("tilly", "bramble", "Tilly Marsh", "tilly.marsh", "Buyer, lighting", "outlook", "en", "utf-8"),
    ("george", "bramble", "George Ashdown", "george.ashdown", "Head of e-commerce", "gmail", "en", "utf-8"),
    ("hattie", "bramble", "Hattie Lowe", "hattie.lowe", "Customer service", "outlook", "en", "utf-8"),
]

# People whom nobody has put into the address book: key, name, address, mail program, language, time zone
_STRANGERS = [
    ("sofie", "Sofie Jansen", "sofie@vantage-coworking.example", "gmail", "en", "Europe/Amsterdam"),
    ("yusuf", "Yusuf Demir", "yusuf@halftone.test", "apple", "en", "Europe/Istanbul"),
    ("margaret", "Margaret Ellis", "m.ellis@post.example", "plain", "en", "Europe/London"),
    ("dylan", "Dylan Price", "dylan.price@post.example", "gmail", "en", "Europe/London"),
    ("ines", "Inês Moura", "ines.moura@formaemagazine.example", "apple", "en", "Europe/Lisbon"),
    ("theo", "Theo Lundgren", "theo.lundgren@student.example", "gmail", "en", "Europe/Stockholm"),
    ("antoine", "Antoine Mercier", "antoine@lepetitphare.example", "gmail", "fr", "Europe/Paris"),
    ("birgit", "Birgit Schäfer", "birgit.schaefer@post.example", "gmail", "de", "Europe/Berlin"),
    ("yui", "高橋 結衣", "yui@akari-no-aru-kurashi.example", "gmail", "ja", "Asia/Tokyo"),
    ("khalid", "خالد السالم", "khalid@dar-alfaran.example", "gmail", "ar", "Asia/Riyadh"),
    ("grace", "Grace Liu", "grace.liu@paperlanternhotels.example", "gmail", "en", "Asia/Singapore"),
]

_BY_COMPANY = {
    key: (name, city, country, domain, phone, tz) for key, name, city, country, domain, phone, tz in _COMPANIES
}


def _contact(index: int, row: tuple) -> Person:
    key, company, name, local, function, client, lang, charset = row
    company_name, city, country, domain, phone, tz = _BY_COMPANY[company]
    # Direct dial: the company's number with its last two digits counted up, so that every one differs.
    direct = f"{phone[:-2]}{int(phone[-2:]) + 1 + index % 5:02d}"
    email = f"{local}@{domain}"
    return Person(key, name, email, function, company_name, direct, city, country, client, lang, tz, charset)


_CONTACT_PEOPLE = [_contact(index, row) for index, row in enumerate(_PEOPLE)]

#: The companies of the address book.
COMPANIES = [
    {
        "name": name,
        "email": f"hello@{domain}",
        "phone": phone,
        "city": city,
        "country_code": country,
        "website": f"https://www.{domain}",
    }
    for _key, name, city, country, domain, phone, _tz in _COMPANIES
]

#: The people of the address book; `company` is the name of one of `COMPANIES`.
CONTACTS = [
    {
        "name": person.name,
        "email": person.email,
        "company": person.company,
        "function": person.function,
        "phone": person.phone,
        "city": person.city,
        "country_code": person.country_code,
    }
    for person in _CONTACT_PEOPLE
]

_HOUSE = "Northlight AB"
_STAFF = [
    Person("sales", "Northlight Sales", f"sales@{DOMAIN}", "", _HOUSE, "+46 31 390 06 00"),
    Person("hanna", "Hanna Lindqvist", f"hanna@{DOMAIN}", "Key accounts", _HOUSE, "+46 31 390 06 01", client="apple"),
    Person(
        "tomas", "Tomás Ferreira", f"tomas@{DOMAIN}", "Retail and export", _HOUSE, "+46 31 390 06 02", client="outlook"
    ),
    Person("astrid", "Astrid Berg", f"astrid@{DOMAIN}", "Workshop", _HOUSE, "+46 31 390 06 05", client="plain"),
    Person("jonas", "Jonas Ek", f"jonas@{DOMAIN}", "Finance", _HOUSE, "+46 31 390 06 06", client="outlook"),
    Person("emi", "青木 恵美", f"emi@{DOMAIN}", "日本担当", _HOUSE, "+46 31 390 06 07", lang="ja"),
    Person("nadia", "نادية كرم", f"nadia@{DOMAIN}", "مبيعات الشرق الأوسط", _HOUSE, "+46 31 390 06 08", lang="ar"),
    Person("luc", "Luc Marchand", f"luc@{DOMAIN}", "Marché France", _HOUSE, "+46 31 390 06 09", lang="fr"),
]

#: key -> Person, for everybody who writes in the demo
PEOPLE = {person.key: person for person in [*_STAFF, *_CONTACT_PEOPLE]} | {
    key: Person(key, name, email, client=client, lang=lang, tz=tz) for key, name, email, client, lang, tz in _STRANGERS
}


def _lead(name: str, person: str, revenue: float, stage: str, user: str, probability: int) -> dict:
    return {
        "name": name,
        "partner_email": PEOPLE[person].email,
        "expected_revenue": revenue,
        "stage": stage,
        "login": user,
        "probability": probability,
    }


#: Opportunities. `stage` is one of the stages of a fresh CRM (New, Qualified, Proposition, Won); `login` is that of the
#: salesperson, `partner_email` that of a contact.
LEADS = [
    _lead("Aurora Malmö: 84 bedside lamps", "elin", 14568.0, "Won", "hanna", 100),
    _lead("Aurora Uppsala: lobby and corridors", "marcus", 38500.0, "Qualified", "hanna", 30),
    _lead("Reading room, Thornbury Library", "nora", 15663.0, "Proposition", "hanna", 60),
    _lead("Fjordbyen Library tender", "ingrid", 61200.0, "Proposition", "hanna", 40),
    _lead("Glasgow whisky bar", "fiona", 18400.0, "New", "hanna", 15),
    _lead("Verdigris: moss patina, Merrion townhouse", "aoife", 9320.0, "Qualified", "hanna", 45),
    _lead("Oakline winter container", "jack", 27365.0, "Won", "tomas", 100),
    _lead("Bramble spring range", "tilly", 22100.0, "Qualified", "tomas", 50),
    _lead("Casa Costa Porto, terrace lamps", "beatriz", 12600.0, "Proposition", "tomas", 55),
    _lead("Leuchten Müller Nachbestellung Fyr", "katrin", 6240.0, "Won", "tomas", 100),
    _lead("Atelier Bertin, appliques hôtel Saint-Just", "camille", 5580.0, "Proposition", "tomas", 65),
    _lead("木下照明 京都の旅館", "kenta", 12050.0, "Proposition", "tomas", 50),
    _lead("نور: بهو فندق في دبي", "layla", 31200.0, "Qualified", "hanna", 35),
]
