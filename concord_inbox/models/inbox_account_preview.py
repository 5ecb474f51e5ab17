"""Before an account is connected: what would come, which contacts would be made of it, and who would see what."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..adapters.base import RemoteFolder
from ..adapters.errors import AdapterError
from ..sync import address_keys, contacts, matching, preview
from .inbox_folder import INACTIVE_ROLES, SKIPPED_AT_FIRST_ROLES

#: Contacts to be created that are named.
NAMED = 50


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def action_preview(self):
        """Show what connecting this account would bring. Stores nothing, and changes nothing on the server.

        :raises UserError: what went wrong, in words.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_complete()
        since = self.sync_since or self._cut_off(fields.Datetime.now())
        try:
            ahead = preview.look(self.connection_type, self._adapter_settings(), self._chooser(since))
        except AdapterError as error:
            raise UserError(self._explain(error)) from error
        return {
            "type": "ir.actions.client",
            "tag": "concord_inbox.preview",
            "params": {
                "account_id": self.id,
                "connect": "" if self.state == "connected" else self._connect_label(),
                **self._emails_ahead(ahead, since),
                **self._contacts_ahead(ahead),
                "sees": self._who_sees_what(),
            },
        }

    def _chooser(self, since) -> preview.Choose:
        """Which folders would be followed: as was chosen, and for those not known yet as is usual."""
        known = {folder.path: (folder.is_active, folder.role or None) for folder in self.folder_ids}
        since, now = since.replace(tzinfo=UTC), fields.Datetime.now().replace(tzinfo=UTC)

        def choose(listed: list[RemoteFolder]) -> list[tuple[RemoteFolder, datetime]]:
            chosen, passed_over = [], set()
            for remote in listed:
                # Parents come first.
                if remote.role in INACTIVE_ROLES or remote.parent_path in passed_over:
                    passed_over.add(remote.path)
                active, role = known.get(remote.path, (remote.path not in passed_over, remote.role))
                if active and remote.selectable:
                    # What lies in trash and spam now is left out.
                    chosen.append((replace(remote, role=role), now if role in SKIPPED_AT_FIRST_ROLES else since))
            return chosen

        return choose

    def _emails_ahead(self, ahead: preview.Ahead, since) -> dict:
        def number(count, exact):
            words = formatLang(self.env, count, digits=0)
            return words if exact else self.env._("at least %s", words)

        total = sum(folder.emails for folder in ahead.folders)
        counted = all(folder.counted for folder in ahead.folders)
        when = format_date(self.env, since, date_format="long")
        if self.sync_from == "now" and not self.sync_since:
            emails = self.env._("Only emails that arrive from now on are brought.")
        elif total == 1 and counted:
            emails = self.env._("1 email since %s is brought.", when)
        else:
            emails = self.env._(
                "%(number)s emails since %(when)s are brought.", number=number(total, counted), when=when
            )
        return {
            "emails": emails,
            "total": total,
            "folders": [
                {
                    "name": folder.folder.path,
                    "emails": number(folder.emails, folder.counted),
                    "read": self._read(folder),
                }
                for folder in ahead.folders
                if folder.emails or not folder.counted
            ],
        }

    def _read(self, folder: preview.FolderAhead) -> str:
        """Of how many emails the people were looked at, where it is not all."""
        if folder.counted and folder.read >= folder.emails:
            return ""
        if not folder.read:
            return self.env._("people not looked at")
        return self.env._("people of the newest %s", formatLang(self.env, folder.read, digits=0))

    def _contacts_ahead(self, ahead: preview.Ahead) -> dict:
        known = set(matching.match(self.env, self, address_keys.of(self.env, ahead.addresses)).values())
        people = ahead.senders | (ahead.written if self.create_contact_written else {})
        created = contacts.missing(self.env, self, people) if self.create_contact else {}
        if not known:
            touched = self.env._("No contact of yours is on these emails.")
        elif len(known) == 1:
            touched = self.env._("1 contact of yours is on these emails.")
        else:
            touched = self.env._(
                "%s contacts of yours are on these emails.", formatLang(self.env, len(known), digits=0)
            )
        if not self.create_contact:
            creating = self.env._("No contact is created: “Create contact” is off.")
        elif not created:
            creating = self.env._(
                "No contact is created: whoever wrote is known, or is a machine, a newsletter or a colleague."
            )
        elif len(created) == 1:
            creating = self.env._("1 contact is created:")
        else:
            creating = self.env._("%s contacts are created:", formatLang(self.env, len(created), digits=0))
        more = len(created) - NAMED
        return {
            "known": len(known),
            "touched": touched,
            "created": len(created),
            "creating": creating,
            "named": [{"name": name or address, "email": address} for address, name in islice(created.items(), NAMED)],
            "more": self.env._("and %s more", formatLang(self.env, more, digits=0)) if more > 0 else "",
        }

    def _who_sees_what(self) -> list[str]:
        """One sentence each on the account, on the pages of contacts, on what is deleted and on contacts."""
        if self.account_type == "shared":
            sees = [
                self.env._(
                    "The account with all its folders and emails: everybody with the right to shared inboxes in %s.",
                    self.company_id.sudo().name,
                )
            ]
        else:
            sees = [self.env._("The account with all its folders and emails: only you, %s.", self.user_id.name)]
        sees.append(
            {
                "everything": self.env._(
                    "On the page of a contact: its emails from this account, for every colleague who may see the "
                    "contact."
                ),
                "subject": self.env._(
                    "On the page of a contact: subject and people of its emails from this account, not the text and "
                    "the files, for every colleague who may see the contact."
                ),
                "nothing": self.env._("On the pages of contacts: nothing of this account, for your colleagues."),
            }[self.record_visibility]
        )
        if self.keep_linked:
            sees.append(
                self.env._("An email that is deleted on the mail server stays on the pages that it is linked to.")
            )
        else:
            sees.append(self.env._("An email that is deleted on the mail server is deleted here as well."))
        if self.create_contact:
            sees.append(self.env._("Contacts that are created: every colleague who may see contacts."))
        return sees
