"""Lines that announce another email within the text, as programs write them in many languages, and signatures."""

import re
from collections.abc import Sequence
from itertools import islice

#: Lines of the header of an email that is quoted whole.
_HEADER_LINES = 8
#: Lines that an attribution is broken into at most.
_ATTRIBUTION_LINES = 3
#: More lines than that below "-- " are no signature.
_SIGNATURE_LINES = 20
_FOOTER_LINES = 12
#: Characters of a line that announces something.
_LONGEST = 200

_SEPARATOR = re.compile(
    r"^\s*(?:[-_*= ]{2,}\s*(?:original (?:message|appointment)|forwarded (?:message|by .*)|begin forwarded message"
    r"|urspr(?:ü|ue)ngliche (?:nachricht|mail|e-mail)|weitergeleitete nachricht"
    r"|message (?:d'origine|original|transféré)"
    r"|messaggio originale|mensaje original|mensagem original|oorspronkelijk bericht|originalmeddelande"
    r"|oprindelig meddelelse|opprinnelig melding|исходное сообщение|пересылаемое сообщение"
    r"|原始邮件|原始郵件|元のメッセージ)"
    r"\s*[-_*= ]*|begin forwarded message:)\s*$",
    re.IGNORECASE,
)
# "On Monday, X wrote:" in the languages of the programs that write it; may run over two lines.
_ATTRIBUTION = re.compile(
    r"^(?=.{6,300}$)(?:.*(?:\b(?:wrote|writes|said|a écrit|écrit|ha scritto|scrive|escribió|escreveu"
    r"|schrieb(?: .{1,80})?"
    r"|schreef(?: .{1,80})?|skrev(?: .{1,80})?|kirjoitti|napisał(?:a|\(a\))?|napsal(?:\(a\)|a)?|yazdı|írta"
    r"|пишет|писал(?:а|\(а\))?"
    r"|написал(?:а|\(а\))?|كتب)|写道|寫道|のメール|さんは書きました|님이 작성))\s*[:：]\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION_START = re.compile(
    r"^\s*(?:on|le|am|el|il|op|den|em|em|dnia|dne|at|in (?:message|article)|quoting|\W*from)\b.{5,}", re.IGNORECASE
)
_HEADER_LINE = re.compile(
    r"^\s*\W{0,2}(?:from|sent|to|cc|subject|date|von|gesendet|an|betreff|de|envoyé|à|objet|para|asunto|enviado|da|inviato"
    r"|oggetto|van|verzonden|onderwerp)\W{0,2}\s*:\W{0,2}\s*\S",
    re.IGNORECASE,
)
_FROM = r"from|von|de|da|van|от|od|från|fra|lähettäjä|kimden|feladó|发件人|寄件者|差出人|보낸 사람"
_SENT = (
    r"sent|date|gesendet|datum|envoyé|date|enviado(?: el)?|enviada(?: em)?|fecha|data|inviato|verzonden|отправлено|дата"
    r"|wysłano|odesláno|skickat|sendt|dato|lähetetty|päivämäärä|gönderildi|tarih|elküldve|发送时间|日期|傳送日期|送信日時"
    r"|日付|보낸 날짜"
)
_SUBJECT = (
    r"subject|betreff|objet|asunto|assunto|oggetto|onderwerp|тема|temat|předmět|ämne|emne|aihe|konu|tárgy|主题|主題|主旨"
    r"|件名|제목"
)
_FIELDS = tuple(re.compile(rf"^[\s>*_]*(?:{names})[*_]?\s*[:：]", re.IGNORECASE) for names in (_FROM, _SENT, _SUBJECT))
_FORWARD = re.compile(
    r"forward|weitergeleitet|transféré|inoltrato|reenviado|encaminhad|doorgestuurd|vidarebefordra|videresend"
    r"|пересыл|переслан|转发|轉寄|転送",
    re.IGNORECASE,
)
_FORWARD_LINE = re.compile(r"^[-_*= ]{2,}.{3,60}?[-_*= ]{2,}$|^begin forwarded message\s*:$", re.IGNORECASE)
_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:fwd?|fw|wg|tr|rv|enc|i|vl|vb|pd|doorst|továbbítás|iltr|转发|轉寄|転送)\s*(?:\[\d{1,3}\])?\s*[:：]",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[-_=*]{10,}$")


def is_separator(line: str) -> bool:
    """Whether a line (blanks at its ends aside) stands above another email: "-----Original Message-----"."""
    return (
        0 < len(line) <= _LONGEST
        and (line[0] in "-_*=" or line[:5].lower() == "begin")
        and bool(_SEPARATOR.match(line))
    )


def is_forward(line: str) -> bool:
    """Whether a line stands above an email that is passed on, which nobody has seen yet who reads it."""
    return len(line) <= _LONGEST and bool(_FORWARD_LINE.match(line) and _FORWARD.search(line))


def is_forward_subject(subject: str) -> bool:
    """Whether a subject says, before anything else, that an email is passed on."""
    return bool(_FORWARD_SUBJECT.match(subject))


def is_header(line: str) -> bool:
    """Whether it may be a line of a header: "From: Anna"."""
    return ":" in line[:40] and bool(_HEADER_LINE.match(line))


def is_attribution(line: str) -> bool:
    """Whether it says who wrote what follows: "On Monday, Anna wrote:"."""
    return line.endswith((":", "：")) and bool(_ATTRIBUTION.match(line))


def begins_attribution(line: str) -> bool:
    """Whether it may be the first part of an attribution that is broken into lines."""
    return bool(_ATTRIBUTION_START.match(line))


def is_rule(line: str) -> bool:
    """Whether a line is a long rule and nothing else."""
    return bool(_RULE.match(line))


def header_begins(lines: Sequence[str], index: int) -> bool:
    """Whether the header of another email begins at this line: who, when and about what, at the very least.

    What a writer lists himself ("From: Berlin", "To: Munich", "Date: Monday") has no subject.
    """
    if not _FIELDS[0].match(lines[index]):
        return False
    following = [line for line in lines[index + 1 : index + 2 * _HEADER_LINES] if line.strip()][:_HEADER_LINES]
    return all(any(field.match(line) for line in following) for field in _FIELDS[1:])


def attribution_above(lines: Sequence[str], index: int) -> int:
    """Return at which line the attribution begins that stands above the quote at `index`; `index` if there is none."""
    end = index
    while end > 0 and index - end < 2 and not lines[end - 1].strip():
        end -= 1
    joined = ""
    for start in range(end - 1, max(-1, end - 1 - _ATTRIBUTION_LINES), -1):
        line = lines[start].strip()
        if not line or line.startswith(">"):
            break
        joined = f"{line} {joined}".strip()
        if is_attribution(joined) and (start == end - 1 or begins_attribution(joined)):
            # Of a line that is one by itself, the one above may be the beginning.
            above = f"{lines[start - 1].strip()} {joined}" if start else ""
            if above and not begins_attribution(joined) and begins_attribution(above) and is_attribution(above):
                return start - 1
            return start
    # "2024年3月4日 Anna <a@example.org>:" in a language that is not listed: directly above the quote, with an address.
    line = lines[end - 1].strip() if end else ""
    return end - 1 if end == index and line.endswith((":", "：")) and "@" in line else index


def begins_signature(lines: Sequence[str], index: int, end: int) -> bool:
    """Whether what is between this line and `end` is a signature, by the dashes above it."""
    if lines[index].strip() not in ("--", "—"):
        return False
    # No further than it takes to know.
    written = (at for at in range(index + 1, end) if lines[at].strip())
    return 0 < sum(1 for _at in islice(written, _SIGNATURE_LINES + 1)) <= _SIGNATURE_LINES


def is_afterword(lines: Sequence[str]) -> bool:
    """Whether these last lines of an email are no writer's words: a signature, or what a mailing list puts below."""
    rest = [line.strip() for line in lines if line.strip()]
    if not rest:
        return True
    if rest[0] == "--":
        return len(rest) <= _SIGNATURE_LINES
    return is_rule(rest[0]) and len(rest) <= _FOOTER_LINES
