"""Who sees what: every cell of the tables in docs/privacy.md, which are the data of this test."""

import base64
import re
import unittest.mock
from types import SimpleNamespace

from odoo import http
from odoo.addons.base.models.ir_model import IrModelAccess
from odoo.addons.base.models.ir_rule import IrRule
from odoo.addons.concord_inbox.sync import live
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from dev import paths

from .common import InboxCase
from .privacy_ways import PIXEL, WAYS, Marks, attempt

USERS = (
    *("owner", "employee", "stranger", "inbox_user", "shared_user", "foreign_shared", "manager", "system"),
    *("portal", "public"),
)
#: Who may see the contact.
ALL = {"owner", "employee", "inbox_user", "shared_user", "manager", "system"}
#: Of these, who has an account to write from.
WRITERS = {"owner", "shared_user", "manager"}
READERS = {"shared": {"shared_user", "manager"}, "personal": {"owner"}}

#: The columns of the tables: what is linked to the contact, what the account and the conversation show to colleagues.
SITUATIONS = {
    "everything": {},
    "subject": {"record_visibility": "subject"},
    "nothing": {"record_visibility": "nothing"},
    "made private": {"visibility": "private"},
    "shared": {"record_visibility": "nothing", "visibility": "shared"},
    "not linked": {"linked": False},
    "draft": {"state": "draft"},
}

#: The ways that need a session -> the mark that each is after.
HTTP_WAYS = {
    "body: page": "body",
    "attachment: URL": "file",
    "attachment: image URL": "file",
    "attachment: URL by model and field": "file",
    "raw source: URL": "source",
    "email: RPC read": "subject",
    "email: RPC write": "subject",
    "folder: RPC write": "folder",
    "account: RPC write": "account",
    "account: bus": "account",
    "writing: a file for a draft": "file",
}


#: Models of which Odoo may remember from one cell to the next what is stored: who the users are and what the rules say,
#: which nothing here changes. To read all of it anew for each of the thousands of cells takes a third of the time.
REMEMBERED = {
    *("res.users", "res.company", "res.groups", "res.groups.privilege"),
    *("ir.model", "ir.model.access", "ir.rule", "ir.cron"),
}

#: mark -> the row of the tables that says who may see it at all.
GUARDS = {
    "account": "account: read",
    "folder": "folder: read",
    "conversation": "conversation: read",
    "note": "conversation: note by its id",
    "subject": "email: read",
    "person": "participants: read",
    "body": "body: read",
    "file": "attachment: read",
    "source": "raw source: read",
}


def expected_readers(cell, kind):
    manager = {"manager"} if kind == "shared" else {"owner"}
    return {"A": ALL, "W": WRITERS, "R": READERS[kind], "M": manager, "S": {"system"}, "-": set()}[cell]


def tables():
    """kind -> way -> situation -> who: what docs/privacy.md says."""
    text = (paths.ROOT / "docs" / "privacy.md").read_text()
    result = {}
    for kind, part in re.findall(r"^### A (\w+) account$(.*?)(?=^#|\Z)", text, re.M | re.S):
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")
        ]
        header, _rule, *body = rows
        assert header[1:] == list(SITUATIONS), header
        result[kind] = {
            row[0]: {name: expected_readers(cell, kind) for name, cell in zip(SITUATIONS, row[1:], strict=True)}
            for row in body
        }
    return result


@tagged("post_install", "-at_install")
class TestPrivacyMatrix(InboxCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_strangers()
        for name in ALL | {"stranger", "foreign_shared"}:
            cls.users[name].group_ids += cls.env.ref("base.group_allow_export")
        cls.places = {
            (kind, name): cls.make_place(number, kind, **values)
            for number, (kind, name, values) in enumerate(
                (kind, name, values) for kind in READERS for name, values in SITUATIONS.items()
            )
        }
        cls.tables = tables()
        # Odoo's sentence about what is refused names the records and the rules, for which it reads more than the way
        # itself did.
        for refusing in (IrRule, IrModelAccess):
            error = AccessError("Refused")
            cls.enterClassContext(unittest.mock.patch.object(refusing, "_make_access_error", return_value=error))

    @classmethod
    def make_place(cls, number, kind, record_visibility="everything", visibility=False, linked=True, state="received"):
        """An account with one email and all that hangs on it, each with a mark of its own."""
        marks = Marks.of(number)
        owner = {"account_type": "shared"} if kind == "shared" else {"user_id": cls.users["owner"].id}
        account = cls.make_account(f"{marks.account}@northlight.example", record_visibility=record_visibility, **owner)
        cls.env["inbox.subscription"].create(
            {"account_id": account.id, "address": account.email, "error": marks.account}
        )
        partner = cls.env["res.partner"].create({"name": f"Contact {number}", "company_id": cls.env.company.id})
        folder = cls.env["inbox.folder"].create(
            {"account_id": account.id, "name": marks.folder, "path": marks.folder, "is_active": True}
        )
        values = {"subject": marks.subject, "body_text": marks.body, "snippet": marks.body, "state": state}
        made = cls.make_message(account, folder, partner if linked else partner.browse(), **values)
        made["conversation"].write({"subject": marks.conversation, "visibility": visibility})
        made["message"].body_html = f"<p>{marks.body}</p>"
        made["participant"].write({"name": marks.person, "email": f"{marks.person}@customer.example"})
        made["attachment"].write({"name": f"{marks.file}.png", "raw": PIXEL + marks.file.encode()})
        made["quarantine"].write({"source": base64.b64encode(marks.source.encode()), "reason": marks.source})
        note = made["conversation"].message_post(body=marks.note)
        made["conversation"].activity_schedule("mail.mail_activity_data_todo", summary=marks.note, user_id=cls.env.uid)
        return SimpleNamespace(marks=marks, account=account, folder=folder, partner=partner, note=note, **made)

    def setUp(self):
        super().setUp()
        self.wrong = []

    def forget(self):
        """No way gets what another one has left in the cache."""
        cached = self.env.transaction.field_data
        kept = {field: cached[field] for field in cached if field.store and field.model_name in REMEMBERED}
        self.env.invalidate_all()
        cached.update(kept)

    def check_cell(self, way, mark, kind, situation, user_name, data):
        """The way brings what it is after if the table says so, and nothing that the user must not see in any case.

        Not a subtest for each of the thousands of cells: they cost more time than what they test.
        """
        table = self.tables[kind]
        found = self.places[kind, situation].marks.found_in(data)
        hidden = {one for one, row in GUARDS.items() if user_name not in table[row][situation]}
        if (mark in found) != (user_name in table[way][situation]) or found & hidden:
            brought = f"brings {', '.join(sorted(found)) or 'nothing'}"
            self.wrong.append(f"{user_name}, {kind} account, “{situation}”, {way}: {brought}")

    def assert_as_told(self):
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    def test_the_tables_are_whole(self):
        for kind in READERS:
            self.assertEqual(list(self.tables[kind]), [*WAYS, *HTTP_WAYS])

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")
    def test_every_way(self):
        for user_name in USERS:
            for (kind, situation), place in self.places.items():
                for way, (mark, work) in WAYS.items():
                    self.forget()
                    env = self.env(user=self.users[user_name])
                    self.check_cell(way, mark, kind, situation, user_name, attempt(work, env, place))
        self.assert_as_told()

    # ------------------------------------------------------------ with a browser's session

    def rpc(self, model, method, *args):
        route = f"/web/dataset/call_kw/{model}/{method}"
        try:
            return self.make_jsonrpc_request(route, {"model": model, "method": method, "args": args, "kwargs": {}})
        except JsonRpcException:
            return None

    def page(self, url):
        response = self.url_open(url)
        return response.content if response.status_code == 200 else None

    def attach(self, place):
        """What is answered to a file for the draft, which is then among its files."""
        response = self.url_open(
            f"/concord_inbox/draft/{place.message.id}/attach",
            data={"csrf_token": http.Request.csrf_token(self)},
            files={"ufile": ("x.txt", b"x", "text/plain")},
        )
        return response.content if response.status_code == 200 else None

    def by_http(self, place):
        """way -> what it brings."""
        message, attachment, quarantine = place.message.id, place.attachment.id, place.quarantine.id
        yield "body: page", self.page(f"/concord_inbox/message/{message}/body")
        yield "attachment: URL", self.page(f"/web/content/{attachment}")
        yield "attachment: image URL", self.page(f"/web/image/{attachment}")
        yield (
            "attachment: URL by model and field",
            self.page(f"/web/content?model=ir.attachment&id={attachment}&field=raw"),
        )
        yield "raw source: URL", self.page(f"/web/content/inbox.quarantine/{quarantine}/source")
        yield "email: RPC read", self.rpc("inbox.message", "read", [message], ["subject", "body_text", "account_id"])
        written = self.rpc("inbox.message", "write", [message], {"is_starred": True})
        yield "email: RPC write", written and place.marks.subject
        written = self.rpc("inbox.folder", "write", [place.folder.id], {"is_active": True})
        yield "folder: RPC write", written and place.marks.folder
        written = self.rpc("inbox.account", "write", [place.account.id], {"keep_linked": True})
        yield "account: RPC write", written and place.marks.account

    def bus(self):
        """The ids of the accounts of whose changes the session is told, whatever channels it asks for."""
        channels = [f"res.users_{user.id}" for user in self.users.values()]
        channels += [f"res.partner_{user.partner_id.id}" for user in self.users.values()]
        group, subchannel = live.company_channel(self.env, self.env.company.id)
        channels += [subchannel, f"res.groups_{group.id}", f"res.groups,{group.id},{subchannel}", "broadcast"]
        answer = self.make_jsonrpc_request(
            "/websocket/peek_notifications",
            {"channels": channels, "last": self.last_told, "is_first_poll": True},
        )
        messages = [one["message"] for one in answer["notifications"]]
        return {one["payload"]["account_id"] for one in messages if one["type"] == live.TYPE}

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_every_way_by_http(self):
        self.last_told = self.env["bus.bus"].sudo()._bus_last_id()
        live.tell(self.env, [place.account.id for place in self.places.values()])
        self.env.cr.flush()
        for user_name in USERS:
            user = self.users[user_name]
            login = None if user_name == "public" else user.login
            self.authenticate(login, login)
            told = self.bus()
            for (kind, situation), place in self.places.items():
                answers = [
                    *self.by_http(place),
                    ("account: bus", place.account.id in told and place.marks.account),
                    ("writing: a file for a draft", self.attach(place)),
                ]
                self.assertEqual([way for way, _data in answers], list(HTTP_WAYS))
                for way, data in answers:
                    self.check_cell(way, HTTP_WAYS[way], kind, situation, user_name, data)
        self.assert_as_told()
