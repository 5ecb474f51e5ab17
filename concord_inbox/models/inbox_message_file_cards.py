"""Invitations and contacts that came with an email, shown as cards."""

from datetime import UTC, date, datetime

from babel.dates import get_day_names
from odoo import fields, models
from odoo.tools.misc import babel_locale_parse, format_date, format_time

from .. import mime

_EVENTS, _CONTACTS = (
    frozenset({"text/calendar", "application/ics"}),
    frozenset({"text/vcard", "text/x-vcard", "text/directory"}),
)
#: Files that are read for one email, and cards made of them.
_FILES, _CARDS = 5, 12
_DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def file_cards(self):
        """Return what the calendars and contacts among the files of this email say, in the user's words.

        :return: dictionaries of ``kind`` "event" (``title, badge, state, when, recurrence, where, organizer, guests,
            description``, and what `_answering_of()` returns) or "contact" (``name, emails, phones, organization,
            title``). What cannot be read is left out.
        """
        self.ensure_one()
        self._check_content()
        cards, seen = [], set()
        for attachment in self.file_ids.sorted("id").filtered(lambda one: one.file_size <= mime.LARGEST_CALENDAR)[:50]:
            kind = _kind_of(attachment)
            if not kind or len(seen) >= _FILES or attachment.checksum in seen:
                continue
            seen.add(attachment.checksum)
            if kind == "event":
                known = {(card.get("uid"), card["when"]) for card in cards if card["kind"] == "event"}
                for event in mime.read_events(attachment.raw or b""):
                    card = self._card_of_event(event) | self._answering_of(event, attachment)
                    # The same invitation is sent as a part of the text and as a file.
                    if (card["uid"], card["when"]) not in known:
                        cards.append(card)
            else:
                cards += [self._card_of_contact(one) for one in mime.read_contacts(attachment.raw or b"")]
        return sorted(cards, key=lambda card: card["kind"] != "event")[:_CARDS]

    def _card_of_event(self, event):
        _ = self.env._
        state, badge = self._what_is_asked(event)
        return {
            "kind": "event",
            "uid": event.uid,
            "title": event.summary or _("(no subject)"),
            "state": state,
            "badge": badge,
            "when": self._when_of_event(event),
            "recurrence": self._recurrence(event),
            "where": event.location,
            "organizer": _called(event.organizer) if event.organizer else "",
            "guests": [
                {"name": _called(one), "answer": one.answer, "said": self._said(one.answer)} for one in event.guests
            ],
            "description": event.description,
        }

    def _answering_of(self, event, attachment):
        """``attachment_id``, whether the user ``can_answer`` it, and what he ``answered``, in words."""
        can_answer = self._can_answer(event, attachment)
        answered = self._answer_given(event.uid) if can_answer else ""
        return {
            "attachment_id": attachment.id,
            "can_answer": can_answer,
            "answered": self.env._("You answered: %s", self._said(answered)) if answered else "",
        }

    def _what_is_asked(self, event):
        _ = self.env._
        if event.is_cancelled:
            return "cancelled", _("Cancelled")
        if event.method == "reply":
            guest = event.guests[0] if event.guests else None
            who = _called(guest) if guest else self.email_from or ""
            sentences = {
                "accepted": _("%s accepts", who),
                "declined": _("%s declines", who),
                "tentative": _("%s perhaps comes", who),
                "delegated": _("%s sends somebody else", who),
            }
            answer = guest.answer if guest else ""
            return f"reply-{answer}", sentences.get(answer, _("Answer of %s", who))
        if event.method == "counter":
            return "counter", _("Another time is proposed")
        if event.is_update:
            return "updated", _("Updated invitation")
        return "invited", _("Invitation") if event.method == "request" else _("Appointment")

    def _said(self, answer):
        _ = self.env._
        return {
            "accepted": _("accepted"),
            "declined": _("declined"),
            "tentative": _("perhaps"),
            "delegated": _("delegated"),
        }.get(answer, _("no answer yet"))

    # ------------------------------------------------------------ when

    def _when_of_event(self, event):
        """Day and time in the reader's time zone and language."""
        start, end = event.start, event.end
        if not isinstance(start, datetime):
            first = self._day(start)
            return (
                first
                if not end or end == start
                else self.env._("%(start)s to %(end)s", start=first, end=self._day(end))
            )
        local, local_end = self._local(start), self._local(end) if end else None
        zone = self.env.tz.zone if start.tzinfo else ""
        said = f"{self._day(local.date())}, {self._time(local)}"
        if local_end and local_end.date() == local.date():
            said += f" – {self._time(local_end)}"
        elif local_end:
            said += f" – {self._day(local_end.date())}, {self._time(local_end)}"
        return f"{said} ({zone})" if zone else said

    def _local(self, moment):
        """A moment where the reader is; one without a time zone is wherever he is."""
        if moment.tzinfo is None:
            return moment
        return fields.Datetime.context_timestamp(self, moment.astimezone(UTC).replace(tzinfo=None))

    def _day(self, day):
        return format_date(self.env, day, date_format="full")

    def _time(self, moment):
        return format_time(self.env, moment.timetz(), time_format="short").replace("\u202f", " ")

    def _recurrence(self, event):
        """How it recurs, in words; '' when it does not."""
        _ = self.env._
        rule = event.rule
        if not rule:
            return _("One of those that recur") if event.is_single else ""
        interval = int(rule["INTERVAL"]) if rule.get("INTERVAL", "").isdigit() else 1
        once = {
            "DAILY": _("every day"),
            "WEEKLY": _("every week"),
            "MONTHLY": _("every month"),
            "YEARLY": _("every year"),
        }
        often = {
            "DAILY": _("every %s days", interval),
            "WEEKLY": _("every %s weeks", interval),
            "MONTHLY": _("every %s months", interval),
            "YEARLY": _("every %s years", interval),
        }
        said = (once if interval == 1 else often).get(rule.get("FREQ", ""))
        if not said:
            return _("Recurs")
        names = get_day_names("wide", locale=babel_locale_parse(self.env.lang or "en_US"))
        days = [names[_DAYS[day[-2:]]] for day in rule.get("BYDAY", "").split(",") if day[-2:] in _DAYS]
        if days and rule["FREQ"] in ("WEEKLY", "DAILY"):
            said = _("%(often)s on %(days)s", often=said, days=", ".join(days))
        if rule.get("COUNT", "").isdigit():
            said = _("%(often)s, %(count)s times", often=said, count=rule["COUNT"])
        elif until := _until(rule.get("UNTIL", "")):
            said = _("%(often)s until %(day)s", often=said, day=self._day(until))
        return said[:1].upper() + said[1:]

    @staticmethod
    def _card_of_contact(contact):
        return {
            "kind": "contact",
            "name": contact.name,
            "emails": list(contact.emails),
            "phones": list(contact.phones),
            "organization": contact.organization,
            "title": contact.title,
        }


def is_calendar(name, mimetype):
    """Whether a file says what is when."""
    return mimetype in _EVENTS or (name or "").lower().endswith(".ics")


def _kind_of(attachment):
    name = (attachment.name or "").lower()
    if is_calendar(name, attachment.mimetype):
        return "event"
    return "contact" if attachment.mimetype in _CONTACTS or name.endswith(".vcf") else ""


def _called(guest):
    return guest.name or guest.email


def _until(text):
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
