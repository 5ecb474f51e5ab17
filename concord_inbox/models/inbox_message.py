"""One email, stored once for an account: what the user wants of it, and who may see it."""

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import live
from .fields import PrivateMany2many

#: The only fields that a user may set; everything else is the server's word, brought by the sync.
USER_FIELDS = {"is_read", "is_starred", "is_answered"}


class InboxMessage(models.Model):
    _name = "inbox.message"
    _description = "Email"
    _order = "date desc, id desc"
    _rec_name = "subject"

    # Several indexes below begin with it.
    account_id = fields.Many2one("inbox.account", required=True, ondelete="cascade", readonly=True)
    conversation_id = fields.Many2one("inbox.conversation", index=True, ondelete="set null", readonly=True)
    message_id = fields.Char("Message-ID", readonly=True, index="btree_not_null")
    subject = fields.Char(readonly=True)
    # When it was written, or received where that is not known.
    date = fields.Datetime(readonly=True)
    received_date = fields.Datetime(readonly=True, help="When the mail server received it.")
    email_from = fields.Char("From", readonly=True)
    correspondent = fields.Char(readonly=True, help="Who wrote it, or to whom it went when it was sent from here.")
    # What the email says. Read through `body_html`, `body_text` and `snippet`, see inbox_message_privacy.py.
    # They are long: whoever reads anything else of an email does not get them along.
    content_html = fields.Html(readonly=True, sanitize=False, prefetch=False, groups=fields.NO_ACCESS)
    content_text = fields.Text(readonly=True, prefetch=False, groups=fields.NO_ACCESS)
    content_snippet = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    has_remote_images = fields.Boolean(readonly=True)
    # False and never NULL: SQL compares and indexes them.
    is_read = fields.Boolean("Read", default=False)
    is_starred = fields.Boolean("Starred", default=False)
    is_answered = fields.Boolean("Answered", default=False)
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, default="in", readonly=True)
    state = fields.Selection(
        [
            ("received", "Received"),
            ("draft", "Draft"),
            ("scheduled", "Scheduled"),
            ("outgoing", "Sending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("bounced", "Bounced"),
        ],
        required=True,
        default="received",
        readonly=True,
    )
    participant_ids = fields.One2many("inbox.participant", "inbox_message_id", "Participants", readonly=True)
    partner_ids = fields.Many2many(
        "res.partner", "inbox_message_res_partner_rel", "message_id", "partner_id", "Contacts", readonly=True
    )
    # What the user wants; where the server has it is told by the copies, and the difference is what is to be pushed.
    folder_ids = PrivateMany2many(
        "inbox.folder",
        "inbox_message_folder_rel",
        "message_id",
        "folder_id",
        "Folders",
        readonly=True,
        groups="concord_inbox.group_inbox_user",
    )
    copy_ids = fields.One2many(
        "inbox.message.copy", "inbox_message_id", "Copies", readonly=True, groups="concord_inbox.group_inbox_user"
    )
    attachment_ids = fields.One2many(
        "ir.attachment", "res_id", "Attachments", domain=[("res_model", "=", "inbox.message")], readonly=True
    )
    file_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        "Files",
        domain=[("res_model", "=", "inbox.message"), ("inbox_content_id", "=", False)],
        readonly=True,
    )
    has_attachment = fields.Boolean(readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    is_bulk = fields.Boolean("Mailing", readonly=True, help="A newsletter, a mailing list, a machine writing to many.")
    is_automatic = fields.Boolean(readonly=True, help="Written by a machine: a bounce, an automatic reply.")
    is_spam = fields.Boolean("Spam", default=False, readonly=True, help="It lies in the spam folder alone.")
    list_post = fields.Char("Mailing list", readonly=True, help="The address at which all of its list are written to.")
    # What leads out of its mailing list often leads to whoever it was sent to; see `unsubscribe`.
    content_unsubscribe = fields.Char(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Addresses by which one leaves its mailing list: of the web, of mail, or both.",
    )
    is_one_click = fields.Boolean(
        readonly=True, groups=fields.NO_ACCESS, help="One request to the first of them is enough (RFC 8058)."
    )
    protection = fields.Selection(
        [
            ("smime_signed", "Signed with S/MIME"),
            ("smime_encrypted", "Encrypted with S/MIME"),
            ("pgp_signed", "Signed with PGP"),
            ("pgp_encrypted", "Encrypted with PGP"),
            ("smime_signed_part", "A part of this email is signed with S/MIME"),
            ("smime_encrypted_part", "A part of this email is encrypted with S/MIME"),
            ("pgp_signed_part", "A part of this email is signed with PGP"),
            ("pgp_encrypted_part", "A part of this email is encrypted with PGP"),
        ],
        readonly=True,
        help="What its sender did to it. Signatures are not checked.",
    )
    is_cut = fields.Boolean(
        "Not shown whole",
        readonly=True,
        help="It exceeds a bound of what is read of one email; its original has the rest.",
    )
    # The user changed it here since the server was last told. What is to be told is the difference to the copies.
    is_changed = fields.Boolean("Waits for the mail server", default=False, readonly=True)
    changed_by_id = fields.Many2one(
        "res.users", "Changed by", readonly=True, ondelete="set null", groups=fields.NO_ACCESS, copy=False,
        help="Who is told when the mail server refuses the change.",
    )  # fmt: skip
    is_deleted = fields.Boolean("Deleted for good", default=False, readonly=True)
    is_gone = fields.Boolean(
        "No longer on the mail server",
        default=False,
        readonly=True,
        help="It was deleted on the mail server, and is kept here because a contact is linked to it.",
    )
    source = fields.Binary(
        attachment=True, readonly=True, copy=False, groups=fields.NO_ACCESS, help="What the mail server shall get."
    )
    uploading_to_id = fields.Many2one(
        "inbox.folder",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        help="The folder that it is being put into on the mail server; nobody has heard yet whether it arrived.",
    )
    is_uploaded = fields.Boolean(
        default=False,
        readonly=True,
        copy=False,
        help="It was put on the mail server from here, and not seen there yet.",
    )
    moved_to_id = fields.Many2one(
        "inbox.folder",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        help="The folder that is not followed into which it was moved from here.",
    )
    fingerprint = fields.Char(
        readonly=True, help="Of header and size: tells copies of one email in several folders apart from other emails."
    )
    email_id = fields.Char(readonly=True, help="The mail server's own identity of the content, where it has one.")
    orphaned_at = fields.Datetime(
        readonly=True, help="When its last copy went from the folders that are followed. It is deleted by the end of "
        "the run unless it turned up in another folder."
    )  # fmt: skip

    folder_id = fields.Many2one(
        "inbox.folder",
        "Folder",
        compute="_compute_folder_id",
        search="_search_folder_id",
        groups="concord_inbox.group_inbox_user",
    )
    to_display = fields.Char("To", compute="_compute_recipients")
    cc_display = fields.Char("Cc", compute="_compute_recipients")

    _date_idx = models.Index("(date DESC, id DESC)")
    _account_date_idx = models.Index("(account_id, date DESC, id DESC)")
    # As Odoo asks for what is unread; by itself enough to count them in each folder.
    _account_unread_idx = models.Index("(account_id, date DESC, id DESC) WHERE is_read IS NOT TRUE")
    _account_changed_idx = models.Index("(account_id) WHERE is_changed")
    _account_fingerprint_idx = models.Index("(account_id, fingerprint)")
    _account_email_id_idx = models.Index("(account_id, email_id) WHERE email_id IS NOT NULL")
    _account_received_idx = models.Index("(account_id, received_date)")
    _account_uploaded_idx = models.Index("(account_id) WHERE is_uploaded")
    _account_orphaned_idx = models.Index("(account_id) WHERE orphaned_at IS NOT NULL")

    def init(self):
        result = super().init()
        self._compress_quickly()
        return result

    def _compress_quickly(self):
        """Have the long texts compressed by lz4 where PostgreSQL has it (14 and later, as most are built): storing an
        email takes a tenth less time, and its texts a little more room (docs/benchmarks.md)."""
        known = self.env.execute_query(
            SQL("SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)")
        )
        if known:
            self.env.cr.execute(
                """ALTER TABLE inbox_message ALTER content_html SET COMPRESSION lz4,
                                             ALTER content_text SET COMPRESSION lz4"""
            )

    # ------------------------------------------------------------ computed

    @api.depends("subject")
    def _compute_display_name(self):
        for message in self:
            message.display_name = message.subject or self.env._("(no subject)")

    @api.depends("folder_ids")
    def _compute_folder_id(self):
        for message in self:
            message.folder_id = message.folder_ids[:1]

    @api.model
    def _search_folder_id(self, operator, value):
        """Emails of a folder, or, for a negative id, of the account with that id (see `search_panel_select_range`).

        The search panel asks for what is below a node as well; a folder means that folder alone.
        """
        if operator not in ("in", "child_of"):
            return NotImplemented
        values = [value] if isinstance(value, int) else value
        ids = [int(item) for item in values if item]
        return Domain("folder_ids", "in", [item for item in ids if item > 0]) | Domain(
            "account_id", "in", [-item for item in ids if item < 0]
        )

    @api.depends("participant_ids")
    def _compute_recipients(self):
        for message in self:
            for role in ("to", "cc"):
                people = message.participant_ids.filtered(lambda participant, role=role: participant.role == role)
                message[f"{role}_display"] = ", ".join(people.mapped("display_name"))

    def write(self, vals):
        if not self.env.su and (refused := sorted(vals.keys() - USER_FIELDS)):
            raise AccessError(self.env._("An email's %s comes from the mail server.", ", ".join(refused)))
        flags = USER_FIELDS & vals.keys()
        changed = self.filtered(lambda message: any(message[name] != vals[name] for name in flags))
        result = super().write(vals)
        changed._push_soon()
        if "is_read" in vals:
            changed.sudo().conversation_id._refresh_counts()
        return result

    def _push_soon(self):
        """Have the mail server told, as soon as this transaction is committed, what the user changed about these."""
        if self:
            self.check_access("write")
            # What is left of an account that was deleted has no mail server to be told.
            kept = self.sudo().filtered("account_id.active")
            kept.write({"is_changed": True, "changed_by_id": self.env.uid})
            live.tell(self.env, self.sudo().account_id.ids)
            self.env["inbox.account"].sudo()._wake_slot()

    # ------------------------------------------------------------ actions

    def action_mark_read(self):
        self.write({"is_read": True})

    def action_mark_unread(self):
        self.write({"is_read": False})

    def action_star(self):
        self.write({"is_starred": True})

    def action_unstar(self):
        self.write({"is_starred": False})

    def action_mark_answered(self):
        self.write({"is_answered": True})

    def action_mark_unanswered(self):
        self.write({"is_answered": False})

    def action_move(self, folder):
        """Move these emails to `folder` (a record or an id), which must be of the same account.

        An email that lies in several folders leaves the one that the user looks at (`inbox_folder_id` in the
        context), else the inbox, else all of them.

        :raises UserError: the folder is of another account, or holds no emails.
        """
        self.check_access("write")
        if not isinstance(folder, models.BaseModel):
            folder = self.env["inbox.folder"].browse(folder)
        folder.check_access("read")
        if self.account_id - folder.account_id:
            raise UserError(self.env._("An email can only be moved to a folder of its own account."))
        if not folder.is_selectable:
            raise UserError(self.env._("The folder %s cannot hold emails. Choose one below it.", folder.path))
        looked_at = self.env.context.get("inbox_folder_id")
        inboxes = set(self.sudo().account_id.folder_ids.filtered(lambda one: one.role == "inbox").ids)

        def wanted(_message, present):
            return present - (present & {looked_at} or present & inboxes or present) | {folder.id}

        return self._moved(self._want_folders(wanted), folder)

    def action_archive_email(self):
        """Move these emails to the folder with the role archive, else to that with all emails."""
        return self._move_to_role("archive", "all")

    def action_trash(self):
        """Move these emails to the trash."""
        return self._move_to_role("trash")

    def action_spam(self):
        """Move these emails to the folder for spam."""
        return self._move_to_role("junk")

    def _move_to_role(self, *roles):
        self.check_access("write")
        labels = dict(self.env["inbox.folder"]._fields["role"]._description_selection(self.env))
        former, targets = [], self.env["inbox.folder"]
        for account in self.sudo().account_id:
            folders = account.folder_ids.filtered(lambda folder: folder.role in roles and folder.is_selectable)
            if not folders:
                raise UserError(
                    self.env._(
                        "The account %(account)s has no folder for “%(role)s”. Make one on the mail server.",
                        account=account.name,
                        role=labels[roles[0]],
                    )
                )
            folder = folders.sorted(lambda one: roles.index(one.role))[0]
            messages = self.filtered(lambda message, account=account: message.sudo().account_id == account)
            # Whole emails go: what lies in several folders leaves them all.
            former += messages._want_folders(lambda _message, _present, folder=folder: frozenset({folder.id}))
            targets |= folder
        return self._moved(former, targets)

    def action_delete(self):
        """Delete these emails for good, here and on the mail server.

        Those that the account keeps on the pages of their contacts stay there; deleted once more, they are gone.
        """
        self.check_access("write")
        gone = self.sudo().filtered("is_gone")
        conversations = gone.conversation_id
        gone.unlink()
        conversations._refresh_counts()
        rest = self.exists()
        rest.sudo().write({"is_deleted": True, "folder_ids": [Command.clear()]})
        rest._push_soon()

    def action_choose_folder(self):
        """Ask to which folder these emails shall be moved."""
        self.check_access("write")
        messages = self._standing_for()
        if len(messages.account_id) > 1:
            raise UserError(self.env._("Choose emails of one account to move them."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to"),
            "res_model": "inbox.move",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_message_ids": messages.ids, "default_account_id": messages.account_id.id},
        }

    def action_open_conversation(self):
        """Open the conversation of this email, with the colleagues' notes and activities."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "inbox.conversation",
            "res_id": self.conversation_id.id,
            "views": [[False, "form"]],
        }

    @api.model
    def _action_open_inbox(self):
        """The inbox, with the primary account's own inbox chosen.

        Who wants another folder chosen asks for it as of any list, by `searchpanel_default_folder_id` in the context.
        The list is not opened by its own action, which has no address that people know.
        """
        action = self.env["ir.actions.act_window"]._for_xml_id("concord_inbox.action_inbox")
        inbox = self._own_accounts()[:1].folder_ids.filtered(lambda folder: folder.role == "inbox" and folder.is_active)
        if chosen := self.env.context.get("searchpanel_default_folder_id", inbox[:1].id):
            action["context"] = {"searchpanel_default_folder_id": chosen}
        return action

    @api.model
    def _own_accounts(self):
        """The accounts that the user sees and that were connected, the primary one first."""
        if not self.env["inbox.account"].has_access("read"):
            return self.env["inbox.account"]  # most employees have no inbox
        return self.env["inbox.account"].search([("state", "!=", "draft")])
