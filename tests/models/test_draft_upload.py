"""Files that a browser sends into a draft."""

from odoo import http
from odoo.tests import HttpCase, tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestDraftUpload(InboxCase, HttpCase):
    def send(self, user, draft_id, files, **data):
        self.users[user].password = "a long password"
        self.authenticate(self.users[user].login, "a long password")
        return self.url_open(
            f"/concord_inbox/draft/{draft_id}/attach",
            data={"csrf_token": http.Request.csrf_token(self), **data},
            files=[("ufile", file) for file in files],
        )

    def test_attached_and_put_into_the_text(self):
        owner = self.env["inbox.message"].with_user(self.users["owner"])
        draft = owner.compose_begin({"account_id": self.personal.id})
        answer = self.send("owner", draft["id"], [("a.txt", b"one", "text/plain"), ("b.txt", b"two", "text/plain")])
        self.assertEqual([one["name"] for one in answer.json()["attachments"]], ["a.txt", "b.txt"])
        picture = ("p.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif")
        shown = self.send("owner", draft["id"], [picture], inline="1").json()
        self.assertEqual(len(shown["attachments"]), 2)
        version = owner.compose_open(draft["id"])["version"]
        owner.compose_save(draft["id"], {"body": f'<p><img src="{shown["url"]}"></p>'}, version)
        row = self.env["inbox.message"].browse(draft["id"])
        self.assertIn(f"cid:{shown['content_id']}", row.draft_html)
        self.assertEqual(len(row._outgoing().parts), 3)
        left = owner.compose_detach(draft["id"], answer.json()["attachments"][0]["id"])
        self.assertEqual([one["name"] for one in left], ["b.txt"])
        refused = self.send("owner", draft["id"], [("a.txt", b"one", "text/plain")], inline="1")
        self.assertEqual(refused.status_code, 422)
        self.personal.smtp_size_limit = 10_000
        too_large = self.send("owner", draft["id"], [("c.bin", b"x" * 20_000, "application/octet-stream")])
        self.assertEqual(too_large.status_code, 422)
        self.assertIn("mail server takes no more than", too_large.json()["error"])

    def test_the_wrong_user(self):
        draft = self.env["inbox.message"].with_user(self.users["owner"]).compose_begin({"account_id": self.personal.id})
        for user in ("shared_user", "employee"):
            with self.subTest(user=user):
                answer = self.send(user, draft["id"], [("a.txt", b"one", "text/plain")])
                self.assertEqual(answer.status_code, 403)
        self.assertFalse(self.env["inbox.message"].browse(draft["id"]).attachment_ids)
