"""Attachments of emails: what the text calls them, who may read them, and large ones that never are in memory whole."""

import contextlib
import hashlib
import os
import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

STEP = 256 * 1024


def _is_no_field_of_an_email(_model, alias, _query):
    # No domain on `res_field`: where there is one, Odoo also finds the files behind the fields of other models.
    res_model, res_field = SQL.identifier(alias, "res_model"), SQL.identifier(alias, "res_field")
    return SQL("(%s IS DISTINCT FROM 'inbox.message' OR %s IS NULL)", res_model, res_field)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    inbox_content_id = fields.Char(
        "Content-ID", readonly=True, help="Under which name the text of an email refers to this picture (RFC 2392)."
    )

    def _check_access(self, operation):
        # Odoo lets administrators read the content of any field of a record that they may read.
        refused = super()._check_access(operation)
        if self.env.su:
            return refused
        fields_of_emails = self.sudo().filtered(lambda one: one.res_model == "inbox.message" and one.res_field)
        hidden = self.browse(fields_of_emails.ids)
        if not hidden:
            return refused
        forbidden = hidden | refused[0] if refused else hidden
        return forbidden, lambda: AccessError(self.env._("This is what the mail server shall get, and not to be read."))

    def _file_write(self, bin_value, checksum):
        try:
            return super()._file_write(bin_value, checksum)
        except OSError:
            # When the disk is full Odoo leaves the first part of the file behind, and takes it for another file with
            # the same checksum ever after.
            path = self._full_path(f"{checksum[:2]}/{checksum}")
            with contextlib.suppress(OSError):
                if os.path.getsize(path) < len(bin_value):
                    os.unlink(path)
            raise

    # Odoo asks whether the email may be read. Of some, colleagues read no more than the subject and the people.

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        refused = set(super()._inaccessible_comodel_records(model_and_ids, operation))
        yield from refused
        if self.env.su:
            return
        ids = [id_ for id_ in model_and_ids.get("inbox.message", ()) if ("inbox.message", id_) not in refused]
        for message in self.env["inbox.message"].browse(ids):
            # What a server sent is nobody's to change, not even for who may change what is written here.
            fixed = operation != "read" and message.state not in ("draft", "failed")
            if fixed or not message.is_content_readable:
                yield message._name, message.id

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not self.env.su and not bypass_access:
            # A partial index holds the few of which not everything is shown.
            hidden = SQL(
                "(SELECT id FROM inbox_message WHERE visibility <> 'everything' AND account_id <> ALL(%s))",
                self.env["inbox.message"]._readable_accounts().ids,
            )
            domain = Domain(domain) & (Domain("res_model", "!=", "inbox.message") | Domain("res_id", "not in", hidden))
            domain &= Domain.custom(to_sql=_is_no_field_of_an_email)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    @api.model
    def _inbox_mend_truncated(self, content):
        """Complete the file of `content` (bytes) in the filestore if a process was killed while it wrote that.

        Odoo would take it for another file with the same checksum, and refuse the attachment. It is replaced in one
        step, since another process may be writing it just now.
        """
        if self._storage() != "file":
            return
        checksum = self._compute_checksum(content)
        name = f"{checksum[:2]}/{checksum}"
        path = self._full_path(name)
        if not os.path.exists(path) or os.path.getsize(path) == len(content):
            return
        partial = f"{name}-{uuid.uuid4().hex}"
        self._mark_for_gc(partial)
        with open(self._full_path(partial), "wb") as file:
            file.write(content)
        os.replace(self._full_path(partial), path)

    @api.model
    def _inbox_create_large(self, values, content):
        """Create an attachment that holds `content` (a `mime.Content`), which passes through memory in pieces.

        Its text is not indexed. Where attachments are kept elsewhere than in Odoo's filestore, it is in memory as a
        whole, for there is no other way to hand it over.
        """
        if self._storage() != "file":
            return self.create({**values, "raw": bytes(content)})
        attachment = self.create(values)
        name = f"{content.sha1[:2]}/{content.sha1}"
        # As Odoo's own setter does, past `write()`, which takes these out. The row comes first: as long as it is not
        # committed, the collection of garbage waits, and does not take away what is written here.
        models.BaseModel.write(
            attachment.sudo(),
            {"file_size": content.size, "checksum": content.sha1, "store_fname": name, "db_datas": False},
        )
        attachment.flush_recordset(["store_fname"])
        self._inbox_write_file(name, content)
        return attachment

    def _inbox_write_file(self, name, content):
        """Write `content` into the filestore under `name`, all of it or nothing."""
        path = self._full_path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            if _is_same(path, content):
                return
            if _sha1(path) == content.sha1:
                raise UserError(self.env._("The attachment collides with an existing file."))
            # A process was killed while it wrote that one.
        partial = f"{name}-{uuid.uuid4().hex}"
        # Should this process die, or its transaction fail, both are found and removed by the collection of garbage.
        self._mark_for_gc(partial)
        self._mark_for_gc(name)
        try:
            with open(self._full_path(partial), "wb") as file:
                for piece in content.pieces():
                    file.write(piece)
            os.replace(self._full_path(partial), path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(self._full_path(partial))
            raise


def _is_same(path, content):
    if os.path.getsize(path) != content.size:
        return False
    with open(path, "rb") as file:
        return all(file.read(len(piece)) == piece for piece in content.pieces())


def _sha1(path):
    digest = hashlib.sha1(usedforsecurity=False)
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(STEP), b""):
            digest.update(piece)
    return digest.hexdigest()
