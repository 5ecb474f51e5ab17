"""Every method of the window, by everybody who may not write with the account."""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import InboxCase

#: Those that take a draft -> what else they take.
OF_A_DRAFT = {
    "compose_open": (),
    "compose_save": ({"subject": "x"}, 0),
    "compose_close": (),
    "compose_check": (),
    "compose_send": ({},),
    "compose_undo": (),
    "compose_leave": (),
    "compose_discard": (),
    "compose_templates": ("",),
    "compose_apply_template": (1, 0),
    "compose_record_documents": (),
    "compose_attach_from_record": ([],),
    "compose_detach": (1,),
}
#: Those that begin from something of somebody's; each has its test below.
OTHERS = {
    *("compose_begin", "compose_reply", "compose_identities", "compose_signature", "compose_recipients"),
    *("compose_parse", "compose_canned", "compose_schedule_presets"),
}
INTRUDERS = ("shared_user", "inbox_user", "manager", "system", "employee", "portal", "public")


@tagged("post_install", "-at_install")
class TestComposePrivacy(InboxCase):
    def setUp(self):
        super().setUp()
        self.owner = self.env["inbox.message"].with_user(self.users["owner"])
        self.identity = self.personal._identities()[:1]
        self.personal._identity().signature = "<p>Secret signature</p>"

    def model(self, name):
        return self.env["inbox.message"].with_user(self.users[name])

    def test_no_method_is_forgotten(self):
        found = {name for name in dir(type(self.owner)) if name.startswith("compose_")}
        self.assertEqual(found, {*OF_A_DRAFT, *OTHERS})

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_drafts_of_others(self):
        values = {"account_id": self.personal.id, "to": ["ada@customer.example"], "subject": "Mine"}
        draft = self.env["inbox.message"].browse(self.owner.compose_begin(values)["id"])
        # Not even where it is on the page of a contact that all may read.
        draft.partner_ids = self.customer
        for state in ("draft", "scheduled", "outgoing", "failed", "sent"):
            draft.state = state
            before = (draft.draft_version, draft.write_date)
            for name in INTRUDERS:
                for method, arguments in OF_A_DRAFT.items():
                    with self.subTest(state=state, user=name, method=method), self.assertRaises(AccessError):
                        getattr(self.model(name), method)(draft.id, *arguments)
            self.assertEqual((draft.state, draft.subject), (state, "Mine"))
            self.assertEqual((draft.draft_version, draft.write_date), before)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_begun_with_what_is_others(self):
        self.personal.record_visibility = "nothing"
        hidden = self.records["personal linked message"]
        for name in INTRUDERS:
            for values in (
                {"account_id": self.personal.id},
                {"identity_id": self.identity.id},
                {"account_id": self.personal.id, "identity_id": self.identity.id},
            ):
                with self.subTest(user=name, values=values), self.assertRaises(UserError):
                    self.model(name).compose_begin(values)
            for kind in ("reply", "reply_all", "reply_list", "forward", "forward_attached", "edit_as_new"):
                with self.subTest(user=name, kind=kind), self.assertRaises(AccessError):
                    self.model(name).compose_reply(hidden.id, kind)
            with self.subTest(user=name, what="signature"), self.assertRaises(AccessError):
                self.model(name).compose_signature(self.identity.id)
        self.assertFalse(
            self.env["inbox.message"].search([("account_id", "=", self.personal.id), ("state", "=", "draft")])
        )

    def test_whom_one_may_write_as_is_told_of_the_own_accounts_alone(self):
        """Every window has the list, and the draft that it shows is read with all rights."""
        message = self.records["shared linked message"]
        for name, account in (("shared_user", self.shared), ("owner", self.personal)):
            model = self.model(name)
            draft = model.compose_begin({})
            for opened in (draft, model.compose_open(draft["id"]), model.compose_reply(message.id, "reply")):
                self.assertEqual({one["account_id"] for one in opened["identities"]}, {account.id})

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_moved_to_an_account_of_others(self):
        mine = self.model("shared_user").compose_begin({"account_id": self.shared.id})
        with self.assertRaises(UserError):
            self.model("shared_user").compose_save(mine["id"], {"identity_id": self.identity.id}, mine["version"])
        self.assertEqual(self.env["inbox.message"].browse(mine["id"]).account_id, self.shared)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_what_lists_something(self):
        for name in INTRUDERS:
            for method, arguments in (
                ("compose_identities", ()),
                ("compose_recipients", ("owner",)),
                ("compose_parse", ("Owner <owner@northlight.example>",)),
                ("compose_canned", ("",)),
                ("compose_schedule_presets", ()),
            ):
                try:
                    told = repr(getattr(self.model(name), method)(*arguments))
                except UserError:
                    continue
                with self.subTest(user=name, method=method):
                    self.assertNotIn("Secret signature", told)
                    self.assertNotIn(f"'account_id': {self.personal.id}", told)
                    if name in ("portal", "public", "employee"):
                        self.assertNotIn("owner@northlight.example", told if method != "compose_parse" else "")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_templates_and_documents_by_the_users_own_rights(self):
        """Those of a document that the user may not read, and a template that he may not, also named by its id."""
        model = self.env["ir.model"]._get_id("res.partner")
        template = self.env["mail.template"].create({"name": "Greeting", "model_id": model, "body_html": "<p>Dear</p>"})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.env["res.partner"].create({"name": "Hidden", "email": "h@x.example", "company_id": elsewhere.id})
        lead = self.env["mail.template"].create(
            {"name": "Deal", "model_id": self.env["ir.model"]._get_id("crm.lead"), "body_html": "<p>Deal</p>"}
        )
        user = self.model("shared_user")
        with self.assertRaises(AccessError):
            user.compose_begin({"res_model": "res.partner", "res_id": hidden.id, "template_id": template.id})
        begin = {"account_id": self.shared.id, "res_model": "res.partner", "res_id": self.customer.id}
        self.assertIn("Dear", user.compose_begin({**begin, "template_id": template.id})["body"])
        # One for something else, and one that is hidden from the user.
        with self.assertRaises(UserError):
            user.compose_begin({**begin, "template_id": lead.id})
        rule = {
            "name": "No greetings",
            "model_id": self.env["ir.model"]._get_id("mail.template"),
            "domain_force": [("id", "!=", template.id)],
        }
        self.env["ir.rule"].create({**rule, "domain_force": repr(rule["domain_force"])})
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            user.compose_begin({**begin, "template_id": template.id})
        # A draft whose document was hidden from him meanwhile tells nothing of it.
        draft = user.compose_begin(begin)
        self.customer.company_id = elsewhere
        opened = user.compose_open(draft["id"])
        self.assertFalse(opened["record"])
        self.assertEqual(user.compose_record_documents(draft["id"]), [])


@tagged("post_install", "-at_install")
class TestAttachPrivacy(InboxCase, HttpCase):
    """Files for a draft come by a page of their own."""

    def attach(self, name, draft, token=True):
        login = None if name == "public" else self.users[name].login
        self.authenticate(login, login)
        return self.url_open(
            f"/concord_inbox/draft/{draft}/attach",
            data={"csrf_token": http.Request.csrf_token(self)} if token else {"x": ""},
            files={"ufile": ("x.txt", b"x", "text/plain")},
        )

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_files_by_the_wrong_user(self):
        for name in (*INTRUDERS, "owner"):
            self.users[name].password = self.users[name].login
        owner = self.env["inbox.message"].with_user(self.users["owner"])
        draft = self.env["inbox.message"].browse(owner.compose_begin({"account_id": self.personal.id})["id"])
        # On the page of a contact that all may read.
        draft.partner_ids = self.customer
        self.env.flush_all()
        for name in INTRUDERS:
            with self.subTest(user=name):
                answer = self.attach(name, draft.id)
                # A visitor is led to the page with the login.
                self.assertNotIn(b"attachments", answer.content if name != "public" else b"")
                self.assertEqual(answer.status_code, 200 if name == "public" else 403)
            self.env.invalidate_all()
            self.assertFalse(draft.attachment_ids)
        self.assertEqual(self.attach("owner", draft.id, token=False).status_code, 400)
        self.assertEqual(self.attach("owner", draft.id).json()["attachments"][0]["name"], "x.txt")
        self.env.invalidate_all()
        self.assertEqual(draft.attachment_ids.name, "x.txt")
