"""Who gets what of signing in at a provider: every cell of that table in docs/privacy.md, which is the data of this."""

import re
import unittest.mock
from dataclasses import asdict, dataclass
from datetime import timedelta
from types import SimpleNamespace

from odoo import fields, http
from odoo.addons.concord_inbox.adapters.oauth import Credentials, SignedIn, google
from odoo.addons.concord_inbox.models import secrets
from odoo.addons.concord_inbox.models.inbox_sign_in import _hash
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from dev import paths

from .common import InboxCase
from .privacy_ways import attempt, everything, ids
from .test_privacy_matrix import READERS, USERS, expected_readers


@dataclass(frozen=True)
class Marks:
    """The words by which what belongs to an account is known. Those of secrets are stored as they are, so that
    whoever gets as much as the encrypted ones is found."""

    account: str
    signer: str
    token: str
    secret: str
    client: str

    @classmethod
    def of(cls, kind):
        return cls(**{name: f"q{name}{kind}q" for name in cls.__annotations__})

    def found_in(self, data):
        return {name for name, word in asdict(self).items() if word in repr(data)}


#: mark -> who may see it at all.
GUARDS = {"account": "R", "signer": "R", "token": "-", "secret": "-", "client": "S"}


def found(env, model, here):
    return env[model].search_read([("account_id", "=", here.account.id)])


def counted(env, model, here, field):
    return env[model].formatted_read_group([("account_id", "=", here.account.id)], [field], ["__count"])


def settings(env):
    names = [f"inbox_{provider}_client_{what}" for provider in ("google", "microsoft") for what in ("id", "secret")]
    return env["res.config.settings"].create({}).read(names)


#: way -> (the mark that it is after, what it does).
WAYS = {
    "account: who signed in": ("signer", lambda env, here: everything(here.account.with_env(env))),
    "account: who signed in, exported": (
        "signer",
        lambda env, here: here.account.with_env(env).export_data(["signed_in_as"]),
    ),
    "tokens: read": ("token", lambda env, here: everything(here.tokens.with_env(env))),
    "tokens: search": ("token", lambda env, here: found(env, "inbox.account.token", here)),
    "tokens: group counts": ("signer", lambda env, here: counted(env, "inbox.account.token", here, "address")),
    "sign-ins on their way: read": ("token", lambda env, here: everything(here.sign_in.with_env(env))),
    "sign-ins on their way: search": ("token", lambda env, here: found(env, "inbox.sign.in", here)),
    "sign-ins on their way: group counts": (
        "token",
        lambda env, here: counted(env, "inbox.sign.in", here, "state_hash"),
    ),
    "client of the installation: read": ("client", lambda env, here: everything(here.client.with_env(env))),
    "client of the installation: search": (
        "client",
        lambda env, here: env["inbox.provider.client"].search_read(ids(here.client)),
    ),
    "client of the installation: in the settings": ("client", lambda env, here: settings(env)),
}

#: Those that need a session.
HTTP_WAYS = {
    "tokens: RPC of what the server itself uses": "token",
    "client: RPC of what the server itself uses": "secret",
    "signing in: begun": "account",
    "signing in: finished in another session": "signer",
    "signing in: another address taken from there": "signer",
    "the guide": "client",
}


@tagged("post_install", "-at_install")
class TestPrivacyOfSignIn(InboxCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_strangers()
        for user in cls.users.values():
            if not user.share:
                user.group_ids += cls.env.ref("base.group_allow_export")
        clients = cls.env["inbox.provider.client"]
        clients._set_up("gmail", client_id="id at Google", client_secret="secret at Google")
        marks = [Marks.of(kind) for kind in READERS]
        cls.client_row = clients.create(
            {
                "connection_type": "outlook",
                "client_id": " ".join(mark.client for mark in marks),
                "client_secret_encrypted": " ".join(mark.secret for mark in marks),
            }
        )
        cls.places = {mark_kind: cls.make_place(mark_kind) for mark_kind in READERS}
        text = (paths.ROOT / "docs" / "privacy.md").read_text()
        part = re.search(r"^### Signing in$(.*?)(?=^#)", text, re.M | re.S)[1]
        header, _rule, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")
        ]
        assert header[1:] == list(READERS), header
        cls.table = {row[0]: dict(zip(READERS, row[1:], strict=True)) for row in rows}

    @classmethod
    def make_place(cls, kind):
        marks = Marks.of(kind)
        manager = cls.users["manager" if kind == "shared" else "owner"]
        whose = {"account_type": "shared"} if kind == "shared" else {"user_id": manager.id}
        values = {"email": f"{marks.account}@firm.example", "connection_type": "gmail"}
        account = cls.env["inbox.account"].create(values | whose)
        tokens = cls.env["inbox.account.token"].create(
            {
                "account_id": account.id,
                "address": f"{marks.signer}@firm.example",
                "access_token_encrypted": marks.token,
                "renewal_encrypted": marks.token,
            }
        )
        place = SimpleNamespace(kind=kind, marks=marks, account=account, tokens=tokens, client=cls.client_row)
        place.manager = manager
        place.sign_in = cls.begun(place, marks.token, flow_encrypted=marks.token, grant_encrypted=marks.token)
        return place

    @classmethod
    def begun(cls, place, state_hash, **values):
        """A sign-in that whoever manages the account began, in a session that is not that of any test."""
        return cls.env["inbox.sign.in"].create(
            {
                "state_hash": state_hash,
                "session_hash": _hash("the word of another session"),
                "user_id": place.manager.id,
                "account_id": place.account.id,
                "connection_type": "gmail",
                "expires_at": fields.Datetime.now() + timedelta(minutes=10),
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        self.wrong = []

    def check_cell(self, way, mark, place, user_name, data):
        found = place.marks.found_in(data)
        hidden = {one for one, who in GUARDS.items() if user_name not in expected_readers(who, place.kind)}
        if (mark in found) != (
            user_name in expected_readers(self.table[way][place.kind], place.kind)
        ) or found & hidden:
            self.wrong.append(f"{user_name}, {place.kind} account, {way}: brings {sorted(found)}")

    def test_the_table_is_whole(self):
        self.assertEqual(list(self.table), [*WAYS, *HTTP_WAYS])

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")
    def test_every_way(self):
        for user_name in USERS:
            for place in self.places.values():
                for way, (mark, work) in WAYS.items():
                    self.env.invalidate_all()
                    env = self.env(user=self.users[user_name])
                    self.check_cell(way, mark, place, user_name, attempt(work, env, place))
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    def rpc(self, model, method, *args):
        route = f"/web/dataset/call_kw/{model}/{method}"
        try:
            return self.make_jsonrpc_request(route, {"model": model, "method": method, "args": args, "kwargs": {}})
        except JsonRpcException as error:
            return str(error)

    def page(self, url, **options):
        """What is shown, and where it leads to."""
        response = self.url_open(url, allow_redirects=False, **options)
        return response.text, response.headers.get("Location", "")

    def by_http(self, place, found, number):
        """way -> what it brings."""
        yield (
            "tokens: RPC of what the server itself uses",
            self.rpc("inbox.account.token", "_granted", place.tokens.ids),
        )
        yield "client: RPC of what the server itself uses", self.rpc("inbox.provider.client", "_client", "outlook")
        yield "signing in: begun", self.rpc("inbox.account", "action_sign_in", place.account.ids)
        word = f"state {place.kind} {number}"
        row = self.begun(place, _hash(word), flow_encrypted=secrets.encrypt(self.env, "{}"))
        brought = self.page(f"/concord_inbox/sign_in/google?state={word}&code=x")
        finished = google.finish.called
        yield "signing in: finished in another session", (brought, finished and place.marks.signer)
        row = self.begun(place, _hash(f"{word}, held"), grant_encrypted=False)
        row._hold(found)
        self.env.flush_all()
        form = {"csrf_token": http.Request.csrf_token(self), "sign_in": str(row.id)}
        brought = self.page("/concord_inbox/sign_in/use_address", data=form)
        self.env.invalidate_all()
        taken = place.account.email == found.address
        yield "signing in: another address taken from there", (brought, taken and place.marks.signer)
        # It shows the addresses to register, which only an administrator needs.
        guide, _location = self.page("/concord_inbox/sign_in/guide")
        yield "the guide", "sign_in/microsoft</code>" in guide and place.marks.client

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_every_way_by_http(self):
        for number, user_name in enumerate(USERS):
            login = None if user_name == "public" else self.users[user_name].login
            self.authenticate(login, login)
            for place in self.places.values():
                address = f"{place.marks.signer}@elsewhere.example"
                brought = SignedIn(address, frozenset((address,)), Credentials("token", 0, "renewal"))
                with unittest.mock.patch.object(google, "finish", return_value=brought):
                    for way, data in self.by_http(place, brought, number):
                        self.check_cell(way, HTTP_WAYS[way], place, user_name, data)
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))
