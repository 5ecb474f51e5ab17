"""Delivery reports in words only, as qmail, Exim, Exchange, Gmail and others write them.

Read only of what a mail system sent (see `reports`). A pattern takes addresses where that program puts them, never any
address that stands somewhere in the text.
"""

import re
from collections.abc import Iterator

from .clean import one_line

MAX_TEXT = 64 * 1024  # characters that are looked at
MAX_DIAGNOSTIC = 1000  # characters

_ADDRESS = r"[^\s<>()\[\]\"',;:*]{1,64}@[^\s<>()\[\]\"',;:*]{1,253}[^\s<>()\[\]\"',;:.*]"
#: What was sent back begins with one of these; nothing below is the report's own.
_RETURNED = re.compile(
    r"^(?:-{2,} ?(?:Below this line is a copy|This is a copy of|The body of the message|Original message"
    r"|Returned message|Unsent message|Message header|The header and top|The following is"
    r"|Undelivered message|Forwarded message|Message contents|Received message)"
    r"|Original message (?:headers:|follows)|Reporting-MTA:|Old message:$"
    r"|(?:Your |The )?(?:original )?message (?:follows|is (?:returned|attached) below)|Received: from|Return-Path:)",
    re.MULTILINE | re.IGNORECASE,
)
_DELAYED = re.compile(
    r"has not (?:yet )?been delivered|will (?:be )?(?:re)?tr(?:y|ied) (?:again|for|to)|gmail will (?:keep|re)"
    r"|delivery incomplete|temporary problem|not required to (?:do|take)|do not need to resend|message delayed"
    r"|delayed mail|delivery (?:is )?delayed|still trying|has been postponed|will keep trying"
    r"|transient non-fatal|warning: message|this is a warning|delivery status notification \(delay\)"
    r"|noch nicht zugestellt|verzögert|retardé|retardo|in ritardo|n'a pas encore été",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"undeliver(?:able|ed)|deliver(?:y|ed)?.{0,40}(?:fail|problem|error|unsuccessful)"
    r"|fail(?:ed|ure).{0,30}(?:deliver|notice|mail|message)|mail failed|returned mail|returning (?:message|to sender)"
    r"|non-delivery|no valid recipients|permanent (?:fatal )?error|invalid final delivery|unknown (?:user|recipient)"
    r"|user unknown|no such user|error was detected|undelivered|fail(?:ed|ure) recipient"
    r"|failed permanently|was aborted after"
    r"|did not reach"
    r"|(?:could|can|was|were) ?n(?:o|')t (?:be )?(?:delivered|deliver)|not delivered|mail system error"
    r"|non remis|non delivr|nicht zugestellt|unzustellbar|no se (?:ha podido|pudo) entregar|no entregado"
    r"|mancata consegna|kan(?:on)? niet (?:worden )?bezorgd|onbestelbaar|не доставлен|配信|无法|退信|失败",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?<![\w.])[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3}\b)?[^\n]{3,}")
_EMAIL = rf"(?P<email>{_ADDRESS})"
_MAILTO = r"(?:<mailto:[^<>\n]*>)?"
#: Each finds the address where one kind of program puts it, and perhaps its words.
_PATTERNS = tuple(
    re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    for pattern in (
        # qmail: a paragraph that begins with the address
        rf"^[ \t]*<?{_EMAIL}>?[ \t]*:[ \t]*(?:\n(?P<why>(?:[^\n]+\n?){{0,12}}))",
        # Postfix: `<a@example.org>: host … said: 550 …`, folded
        rf"^\s{{0,4}}<{_EMAIL}>(?:[ \t]*\([^()\n]*\))?:[ \t]+(?P<why>[^\n]+(?:\n[ \t]+[^\n]+){{0,12}})",
        # Exim, Gmail of old: an address alone, indented, its reason below
        rf"^(?:[ \t]{{2,}}|>[ \t]*)<?{_EMAIL}>?[ \t]*\n+(?P<why>(?:[ \t]{{2,}}[^\n]+\n?){{1,12}})",
        rf"^[ \t]{{1,}}(?:[*•][ \t]*)?\[?(?:SMTP:)?<?{_EMAIL}>?\]?[ \t]*(?:$|:(?P<why>[^\n]*))",
        rf"^(?:[*•]|--)[ \t]+<?{_EMAIL}>?[ \t]*$(?P<why>)",
        # Gmail: "Your message wasn't delivered to a@example.org because the address couldn't be found."
        rf"(?:delivered|delivering your message|sent|message) to[ \t\n]+\**<?{_EMAIL}>?\**"
        r"(?P<why>[^\n]*(?:\n[^\n]+){0,8})",
        # Exchange and Microsoft 365: "Delivery has failed to these recipients or groups:", then "Anna (a@example.org)"
        rf"^[^\n()<>]{{0,100}}[ \t]?[(<](?:mailto:)?{_EMAIL}{_MAILTO}[)>]{_MAILTO}[ \t]*\n"
        r"(?P<why>\s*(?:[^\n]+\n?){1,6})",
        rf"^[ \t]*<?{_EMAIL}>?{_MAILTO}(?: on [^\n]{{5,60}})?[ \t]*\n(?P<why>\s*(?:[^\n]+\n?){{1,6}})",
        # old Exchange: X.400
        rf"SMTP={_EMAIL};?[^\n]*\n(?P<why>(?:[^\n]+\n?){{1,4}})",
        # generally: who is named after a line that speaks of recipients
        r"(?:recipients?|address(?:es)?|users?|delivered|delivre) ?(?:\([^()\n]*\))?[^\n@]{0,60}[\s:]*\n"
        rf"[\"'<\s]{{0,6}}{_EMAIL}[\"'>]{{0,2}}[ \t]*$(?P<why>)",
        # sendmail, and generally: a line of the SMTP conversation
        rf"^[ \t]*(?P<why>[45]\d\d[- ](?:[45]\.\d{{1,3}}\.\d{{1,3}} )?[^\n<]{{0,80}}<?{_EMAIL}>?[^\n]*)",
        rf"^[ \t]*<?{_EMAIL}>?[ \t]*(?:\.{{2,}}|:|-|\()[ \t]*(?P<why>[^\n]+)",
        r"(?:recipient|address|user|userid|mailbox|addressee|account|addressed to|undeliverable to"
        r"|attempts|error-for)s?"
        r"[ \t:]+['\"<[]{0,2}(?:SMTP:)?"
        rf"{_EMAIL}['\">]{{0,2}}(?P<why>[^\n]{{0,200}})",
    )
)


def read(subject: str, text: str, failed: list[str]) -> list[tuple[str, str, str]]:
    """Find the recipients that a report in words speaks of.

    :param failed: addresses that a field of its header names.
    :return: address, action (``failed`` or ``delayed``) and reason of each.
    """
    end = _RETURNED.search(text)
    own = text[: end.start() if end else None][:MAX_TEXT]
    head = f"{subject}\n{own[:4000]}"
    action = "delayed" if _DELAYED.search(head) else "failed" if _FAILURE.search(head) or failed else ""
    if not action:
        return []
    found = {email.lower(): (email, action, why) for email, why in _first(own)}
    if len(found) == 1 and (answer := _ANSWER.search(own)):
        # Better than what the reporting program makes of it: what the other server said.
        [(email, action, why)] = found.values()
        if not _ANSWER.search(why):
            found = {email.lower(): (email, action, _reason(answer[0]))}
    if failed:
        reasons = {email: why for email, (_written, _action, why) in found.items()}
        return [(email, action, reasons.get(email.lower(), "")) for email in failed]
    return list(found.values())


def _first(text: str) -> Iterator[tuple[str, str]]:
    """What the first pattern finds that finds anything."""
    for pattern in _PATTERNS:
        matches = list(pattern.finditer(text))
        if matches:
            for match in matches:
                yield match["email"], _reason(match["why"] or "")
            return


def _reason(why: str) -> str:
    return one_line(why.strip(" \t\n.:*-"), MAX_DIAGNOSTIC)
