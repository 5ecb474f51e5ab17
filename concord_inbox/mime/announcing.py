"""Lines that announce another email within the text, as programs write them in many languages, and signatures."""

import re
from collections.abc import Sequence
from itertools import islice

#: Lines of the header of an email that is quoted whole.
_HEADER_LINES = 8
#: Lines that an attribution is broken into at most.
ATTRIBUTION_LINES = 3
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
# "My answers are below, in red."
_POINTING = re.compile(
    r"\b(?:below|in-?line|in between|in (?:red|blue|green|purple|orange|bold|colou?rs?|capitals|caps)"
    r"|unten(?:stehend\w*)?|nachfolgend\w*|(?:in )?(?:rot|blau|grün|farbig|fett) (?:markiert|geschrieben|eingefügt)"
    r"|in (?:rot|blau|grün|fett|farbe)|(?:direkt )?im text|zwischen den zeilen"
    r"|ci-dessous|plus bas|en (?:rouge|bleu|vert|gras|couleur)|dans le (?:texte|corps|message)"
    r"|abajo|a continuación|en (?:rojo|azul|verde|negrita|color)|abaixo|em (?:vermelho|azul|verde|negrito)"
    r"|sotto|di seguito|in (?:rosso|blu|verde|grassetto|calce)"
    r"|hieronder|onderstaand\w*|in (?:het )?(?:rood|blauw|groen)|tussen de regels"
    r"|nedan|nedenfor|nedenstående|med (?:rött|blått|rødt|blåt)|i (?:rött|blått|rødt|blåt)|alempana|punaisella"
    r"|poniżej|na (?:czerwono|niebiesko|zielono)|níže|červeně|modře|ниже|красным|синим|aşağıda\w*|kırmızı\w*"
    r"|alább|lentebb|pirossal)\b|如下|见下|見下|下面|红字|红色|紅字|紅色|下記|以下|赤字|青字|아래|빨간",
    re.IGNORECASE,
)
# "[Anna Berg] Yes.", as Outlook may put a name before what is written into a quote.
_COMMENT = re.compile(r"^\[(?!cid:|image|https?:|ext|\.\.\.|…)[^\W\d_][^\[\]\d]{1,40}\]\s*[:-]?\s*\S", re.IGNORECASE)
_WARNING = re.compile(
    r"^\W*(?:external|extern|externe|externo)\W*$|\bexternal (?:e-?mail|sender|message|source)\b"
    r"|\boutside (?:of )?(?:the|your|our) (?:organi[sz]ation|company|network)\b"
    r"|\bdo(?:n['’]t| not) often get e-?mail\b|\bdo not click (?:on )?(?:any )?links\b"
    r"|\bexterne[rnms]? (?:e-?mail|absender|quelle)|\bnicht oft e-?mails? von\b|\bexpéditeur externe\b"
    r"|\bvous n['’]obtenez pas souvent d['’]e-?mail|\bremitente externo\b|\bmittente esterno\b|\bexterne afzender\b",
    re.IGNORECASE,
)
# Lines that may stand below the subject in the header of a quoted email.
_BELOW_SUBJECT = re.compile(
    r"^\W{0,2}(?:cc|bcc|kopie|importance|wichtigkeit|priorit\w+|sensitivity|attachments?|anlagen?|anhänge"
    r"|pièces jointes|datos adjuntos|adjuntos|allegati|bijlagen|reply-to)\W{0,2}\s*[:：]",
    re.IGNORECASE,
)


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
    for start in range(end - 1, max(-1, end - 1 - ATTRIBUTION_LINES), -1):
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


def points_below(lines: Sequence[str]) -> bool:
    """Whether a writer says that there is something of his, or to look at, in what he quotes."""
    return any(_POINTING.search(line[:_LONGEST]) for line in lines)


def is_comment(line: str) -> bool:
    """Whether a line bears, in brackets, the name of who wrote it into a quote."""
    return bool(_COMMENT.match(line[:_LONGEST]))


def is_warning(line: str) -> bool:
    """Whether a mail server put a line above an email to warn of where it came from."""
    return bool(_WARNING.search(line[:_LONGEST]))


def headers(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return from where to where (behind its last line) each header of a quoted email goes."""
    found = []
    end = 0
    for index in range(len(lines)):
        if index >= end and header_begins(lines, index):
            end = _end_of_header(lines, index)
            found.append((index, end))
    return found


def _end_of_header(lines: Sequence[str], index: int) -> int:
    near = range(index, min(len(lines), index + 2 * _HEADER_LINES))
    end = 1 + max(next((at for at in near if field.match(lines[at])), index) for field in _FIELDS)
    while end < len(lines) and _BELOW_SUBJECT.match(lines[end]):
        end += 1
    return end


def without_announcement(lines: Sequence[str]) -> list[str]:
    """Return the lines of a quote without what the program wrote above it, and what a mailing list put below."""
    lines = [line.strip() for line in lines]
    begin = 0
    while begin < len(lines) and (not lines[begin] or is_rule(lines[begin]) or is_separator(lines[begin])):
        begin += 1
    if begin < len(lines) and header_begins(lines, begin):
        begin = _end_of_header(lines, begin)
    else:
        begin = _end_of_attribution(lines, begin)
        # Some have a header of an order of their own.
        while begin < len(lines) and begin < 2 * _HEADER_LINES and is_header(lines[begin]):
            begin += 1
    end = len(lines)
    for at in range(len(lines) - 1, max(begin, len(lines) - 1 - _SIGNATURE_LINES), -1):
        if (lines[at] == "--" or is_rule(lines[at])) and is_afterword(lines[at:]):
            is_history = any(header_begins(lines, below) for below in range(at + 1, len(lines)))
            end = end if is_history else at
            break
    return lines[begin:end]


def _end_of_attribution(lines: Sequence[str], begin: int) -> int:
    joined = ""
    for at in range(begin, min(len(lines), begin + ATTRIBUTION_LINES)):
        joined = f"{joined} {lines[at]}".strip()
        if is_attribution(joined) or ("@" in joined and joined.endswith((":", "：")) and len(joined) <= _LONGEST):
            return at + 1
    return begin
