"""Words by which the text of an email says that something is attached, in several languages."""

import re

#: Beginnings of words, in lower case.
ATTACHED = (
    # English
    "attached", "attachment", "attaching", "enclosed", "enclosure",
    # German
    "anhang", "anhänge", "angehängt", "anbei", "beigefügt", "beiliegend", "anlage", "im anhang",
    # French
    "pièce jointe", "pièces jointes", "piece jointe", "ci-joint", "joint à ce", "en pièce", "joins",
    # Spanish, Portuguese
    "adjunt", "anexo", "anexa", "em anexo", "segue em anexo", "se adjunta",
    # Italian
    "allegat", "in allegato",
    # Dutch
    "bijlage", "bijgevoegd", "bijgesloten",
    # Danish, Norwegian, Swedish, Finnish
    "vedhæft", "vedlagt", "vedlegg", "bifoga", "bilaga", "bilagt", "liitteenä", "liite ",
    # Polish, Czech, Slovak
    "załącz", "w załączniku", "příloh", "přilož", "příloz", "prílohe", "prilož",
    # Hungarian, Romanian, Turkish, Greek
    "mellékel", "csatol", "atașat", "atasat", "anexat", "ekte", "ekteki", "ilişikte", "συνημμέν", "επισυνάπτ",
    # Russian, Ukrainian, Bulgarian
    "вложени", "во вложении", "приложен", "прикрепл", "прикріп", "вкладенн", "додаток", "прикач",
)  # fmt: skip
#: Where words are not set apart by spaces.
_ANYWHERE = ("添付", "附件", "随函", "첨부", "مرفق", "المرفق", "מצורף", "מצורפ")

_BEGINNING = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(ATTACHED, key=len, reverse=True))) + ")")


def speaks_of_attachment(text: str) -> bool:
    """Whether `text` (what was written, without what is quoted) speaks of something attached."""
    text = text.lower()
    return bool(_BEGINNING.search(text)) or any(word in text for word in _ANYWHERE)
