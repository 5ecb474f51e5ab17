"""Emails to be sent, and real servers for them: a Dovecot and a submission server."""

import base64
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from tests.servers.submission import Submission

from .common import PASSWORD, USER, SyncCase, email


@tagged("post_install", "-at_install")
class SendCase(SyncCase):
    """An account that is connected and can send. `self.submission` takes what it sends."""

    def setUp(self):
        super().setUp()
        self.submission = self.enterContext(self.make_submission())
        self.account = self.connect(**self.sending())
        self.sync(self.account)

    def make_submission(self):
        return Submission({self.mail_user: PASSWORD})

    def sending(self, port=None):
        return {"smtp_port": port or self.submission.port, "smtp_encryption": "none", "saves_sent": "no"}

    def ready(self, subject="An offer", to=("ada@customer.example",), bcc=(), account=None, **values):
        """An email that was queued: what `_queue()` leaves behind."""
        return make_ready(self.env, account or self.account, subject, to, bcc, **values)

    def send(self, account=None):
        """One turn of the sender; how many emails it dealt with."""
        from odoo.addons.concord_inbox.sync import send

        done = send.run(account or self.account)
        self.env.invalidate_all()
        return done

    def on_server(self, path="Sent"):
        """(source, flags) of what the folder holds, as another client sees it."""
        client = self.client()
        client.select_folder(path, readonly=True)
        rows = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[]"])
        return [(row[b"BODY[]"], {flag.decode() for flag in row[b"FLAGS"]} - {"\\Recent"}) for row in rows.values()]

    def received(self, server=None):
        """What the submission server got: (sorted recipients, source)."""
        envelopes = (server or self.submission).envelopes
        return [(sorted(envelope.rcpt_tos), envelope.original_content) for envelope in envelopes]


def make_ready(env, account, subject, to, bcc=(), **values):
    from odoo.addons.concord_inbox.sync import outgoing

    number = env["inbox.message"].search_count([("account_id", "=", account.id)])
    source = email(
        subject,
        sender=f"Sales <{values.pop('sender', USER)}>",
        to=", ".join(to),
        message_id=values.pop("message_id", f"<out{number}@northlight.example>"),
        body=values.pop("body", "Good morning"),
        headers=[f"Bcc: {', '.join(bcc)}"] if bcc else (),
    )
    now = fields.Datetime.now()
    message = env["inbox.message"].create(
        {
            "account_id": account.id,
            "direction": "out",
            "state": "outgoing",
            "received_date": now,
            "is_read": True,
            "send_after": now - timedelta(seconds=1),
            **values,
        }
    )
    outgoing.store_source(message, source)
    env.flush_all()
    assert base64.b64decode(message.source) == source
    return message
