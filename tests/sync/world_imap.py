"""A Dovecot and a submission server as the world of a random schedule."""

from tests.servers.dovecot import Dovecot
from tests.servers.rough import ANY, Accident, RoughProxy
from tests.servers.rough_smtp import RoughSmtp, any_accident
from tests.servers.submission import Submission

from .common import PASSWORD, ago
from .other_client import OtherClient
from .sources import message_id_of
from .world import World

COMMANDS = (b"MOVE", b"COPY", b"STORE", b"EXPUNGE", b"APPEND")


class ImapWorld(World):
    """:param submission: the server for sending, reached through `smtp`; `users`: whom it knows."""

    words = ("seen", "flagged", "answered")
    can_restart = True
    moves_once = False
    has_drafts = False

    def __init__(
        self,
        name: str,
        server: Dovecot,
        proxy: RoughProxy,
        submission: Submission,
        smtp: RoughSmtp,
        users: dict[str, str],
        **facts: bool,
    ):
        self.name = name
        self._server = server
        self._proxy = proxy
        self._submission = submission
        self._smtp = smtp
        self._users = users
        for fact, value in facts.items():
            setattr(self, fact, value)

    def begin(self, user):
        self._server.add_user(user, PASSWORD)
        self._users[user] = PASSWORD
        client = ImapClient(self._server, user)
        for path in self.folders:
            client.create_folder(path)
        return client

    def settings(self, user, chance):
        return {
            "email": user,
            "account_type": "shared",
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self._proxy.port,
            "imap_encryption": "none",
            "smtp_host": "127.0.0.1",
            "smtp_port": self._smtp.port,
            "smtp_encryption": "none",
        }

    def accidents(self, chance):
        found = []
        for _number in range(chance.choice((1, 1, 1, 2))):
            kind = chance.choice(
                ("cut", "cut", "cut", "swallow", "swallow", "swallow", "kill", "kill", "drip", "pause")
            )
            command = chance.choice((None, None, ANY, ANY, *COMMANDS))
            if kind == "swallow":
                # All that the server says of an APPEND would hold its asking for the message.
                command = command or ANY
                found.append(Accident(kind, command, whole=command in COMMANDS[:-1] and chance.random() < 0.5))
            else:
                up = chance.random() < 0.4
                # Most of a session is short; with new mail it is long.
                after = int(10 ** chance.uniform(0, 1.9 if command else 4.2))
                found.append(Accident(kind, command, up, after))
        return found

    def begin_run(self, plan, chance, on_kill):
        self._proxy.plan, self._proxy.on_kill = plan, on_kill
        self._smtp.plan, self._smtp.on_kill = [], on_kill
        if plan and chance.random() < 0.5:
            self._smtp.plan = [any_accident(chance)]
        return self._smtp.plan

    def be_quiet(self):
        self._proxy.plan = self._smtp.plan = []

    def settled(self):
        self._proxy.settled()
        self._smtp.settled()

    def restart(self):
        self._server.restart()

    def let_time_pass(self, odoo, account):
        # A server without CONDSTORE is asked for all keywords once a day only.
        odoo.execute(
            """UPDATE inbox_folder SET cursor = cursor || '{"scanned": 0}'
                WHERE account_id = %s AND cursor IS NOT NULL""",
            account,
        )

    def times_sent(self, message_id, recipient):
        return sum(message_id_of(source) == message_id for source in self._submission.sources())


class ImapClient(OtherClient):
    """`world.Client` for IMAP."""

    def content(self):
        return {
            copy: (message_id, frozenset(flag.removeprefix("\\").lower() for flag in flags))
            for copy, (message_id, flags) in super().content().items()
        }

    def subjects(self, path):
        client = self._server.client(self._user)
        try:
            client.select_folder(path, readonly=True)
            rows = client.fetch(client.search("UNDELETED"), ["ENVELOPE"]) if client.search("UNDELETED") else {}
            return [row[b"ENVELOPE"].subject.decode() for row in rows.values()]
        finally:
            client.logout()

    def deliver(self, path, source, *, is_seen, days):
        self._server.append(self._user, path, [source], ("\\Seen",) if is_seen else (), ago(days=days))

    def flag(self, path, remote_id, word, add):
        super().flag(path, remote_id, f"\\{word.capitalize()}", add)
