"""One random schedule: people act here, another client acts on the server, accidents happen; then both must agree."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.dovecot import Dovecot
from tests.servers.rough import ANY, Accident, RoughProxy
from tests.servers.rough_smtp import RoughSmtp, any_accident
from tests.servers.submission import Submission

from .common import PASSWORD, ago, email
from .forked import SERVER_IN_TROUBLE, WELL
from .forked_odoo import Odoo
from .other_client import OtherClient
from .test_send_kill import message_id_of

FOLDERS = ("INBOX", "Archive", "Clients", "Clients/Éva", "Trash")
COMMANDS = (b"MOVE", b"COPY", b"STORE", b"EXPUNGE", b"APPEND")
#: And the share that writes emails.
WRITTEN = 0.15
#: Folders that come and go, "Box 0" and so on.
BOXES = 3
#: Of what people do here, the share that changes folders and not emails.
FOLDERS_CHANGED = 0.12
#: Runs without accidents in the end.
QUIET = 4

FLAGS = {"action_mark_read": ("seen", True), "action_mark_unread": ("seen", False)}
FLAGS |= {"action_star": ("flagged", True), "action_unstar": ("flagged", False)}


@dataclass(frozen=True)
class Shape:
    """A server, and what is true of it.

    :param submission: the server for sending, reached through `smtp`; `users`: whom it knows.
    :param saves_sent: whether it keeps what it sends in Sent.
    :param can_expunge: whether it removes single messages (UIDPLUS); else what was moved stays, marked as deleted.
    :param can_move: whether a move is one step; else somebody may come between the copy and the removal.
    """

    name: str
    server: Dovecot
    proxy: RoughProxy
    submission: Submission
    smtp: RoughSmtp
    users: dict[str, str]
    saves_sent: bool = False
    can_move: bool = True
    can_expunge: bool = True


@dataclass
class Fate:
    """What may have become of one email.

    :param least, most: how many copies the server may have in the end.
    :param touched: somebody else did something to it, so that what was wanted here may have lost.
    :param wanted: what was wanted here last, by keyword and ``folder``.
    """

    least: int = 1
    most: int = 1
    touched: bool = False
    wanted: dict = field(default_factory=dict)
    was_in: list[str] = field(default_factory=list)
    #: Written here, to be sent.
    is_ours: bool = False


class Schedule:
    """One mailbox, one account, one seed.

    :param restart_database: restarts PostgreSQL as if the machine had lost its power; None: it is not touched.
    :param counts: of all that happened is added up here.
    """

    def __init__(
        self,
        seed: int,
        shape: Shape,
        odoo: Odoo,
        counts: Counter,
        restart_database: Callable[[], None] | None = None,
    ):
        self.chance = random.Random(seed)
        self.seed = seed
        self.shape = shape
        self.odoo = odoo
        self.counts = counts
        self.restart_database = restart_database
        self.user = f"seed{seed}@northlight.example"
        self.there = OtherClient(shape.server, self.user)
        self.fates: dict[str, Fate] = {}
        self.lost_folders: set[str] = set()
        self.done: list[str] = []
        self.account = 0

    def run(self) -> None:
        """Live through it, and compare.

        :raises AssertionError: both sides differ; the text tells all that was done.
        """
        self.counts["schedules"] += 1
        try:
            self._begin()
            self._live()
            self._quiet_down()
            self._compare()
        except Exception as error:
            story = "\n".join(f"  {number}. {what}" for number, what in enumerate(self.done, 1))
            raise AssertionError(
                f"seed {self.seed} on {self.shape.name}: {error!r}\n{story}\n{self.odoo.log()[-2000:]}"
            ) from error
        finally:
            self.shape.proxy.plan = self.shape.smtp.plan = []

    def _note(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.done.append(what)

    # ------------------------------------------------------------ the course of things

    def _begin(self) -> None:
        self.shape.server.add_user(self.user, PASSWORD)
        self.shape.users[self.user] = PASSWORD
        for path in FOLDERS:
            self.there.create_folder(path)
        for _number in range(self.chance.randrange(2, 9)):
            # What lies in the trash from the start is left out.
            self._deliver(FOLDERS[:-1])
        settings = {
            "email": self.user,
            "account_type": "shared",
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self.shape.proxy.port,
            "imap_encryption": "none",
            "smtp_host": "127.0.0.1",
            "smtp_port": self.shape.smtp.port,
            "smtp_encryption": "none",
            "sync_from": "1_month",
            "create_contact": self.chance.random() < 0.5,
            # What is kept on the pages of contacts is no difference between the sides.
            "keep_linked": False,
        }
        self.account = self.odoo.ask("connect", settings=settings)
        # Nobody touches anything before the first look at all folders: what lies in the trash by then is left out.
        for _attempt in range(self.chance.randrange(3)):
            self._sync(self._accidents())
        self._sync([])

    def _live(self) -> None:
        chance = self.chance
        for _step in range(chance.randrange(4, 9)):
            for _number in range(chance.randrange(1, 5)):
                chance.choice((self._act_here, self._act_here, self._act_there))()
            kind = chance.random()
            if self.restart_database and chance.random() < 0.3:
                self._sync([], meanwhile=self._restart_database)
            elif kind < 0.1:
                self._sync([])
            elif kind < 0.75:
                self._sync(self._accidents())
            elif kind < 0.85:
                self._sync(self._accidents(), kill_after=chance.uniform(0.0, 0.4))
            elif kind < 0.9:
                self._sync([], meanwhile=self._restart_server)
            else:
                self._sync([], meanwhile=self._act_meanwhile)

    def _accidents(self) -> list[Accident]:
        chance = self.chance
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

    def _sync(
        self, plan: list[Accident], kill_after: float | None = None, meanwhile: Callable[[], None] | None = None
    ) -> int:
        proxy, smtp = self.shape.proxy, self.shape.smtp
        proxy.plan, proxy.on_kill = plan, self.odoo.kill_soon
        smtp.plan, smtp.on_kill = [], self.odoo.kill_soon
        if plan and self.chance.random() < 0.5:
            smtp.plan = [any_accident(self.chance)]
        number = len(self.done)
        self.done.append("")
        self.odoo.start(self.account)
        if kill_after is not None:
            timer = threading.Timer(kill_after, self.odoo.kill)
            timer.start()
            time.sleep(kill_after)
            timer.join()
        if meanwhile:
            time.sleep(self.chance.uniform(0.0, 0.1))
            meanwhile()
        status = self.odoo.finish()
        proxy.settled()
        smtp.settled()
        self.counts["runs"] += 1
        self.counts["SMTP accidents"] += sum(accident.done for accident in smtp.plan)
        for accident in plan:
            if accident.done:
                self.counts[accident.kind if accident.kind != "swallow" else "swallowed"] += 1
        if status < 0:
            self.counts["killed"] += 1
        disturbed = plan or meanwhile
        told = "; ".join([*map(str, plan), *(f"SMTP: {accident}" for accident in smtp.plan)])
        self.done[number] = f"sync: {told or 'undisturbed'}, kill after {kill_after}: status {status}"
        expected = {WELL, SERVER_IN_TROUBLE, -9} if disturbed or kill_after is not None else {WELL}
        if meanwhile == self._restart_database:
            expected = {status}
        assert status in expected, f"a run ended with status {status}"
        return status

    def _restart_server(self) -> None:
        self._note("server restarts", "the mail server restarts")
        self.shape.server.restart()

    def _restart_database(self) -> None:
        self._note("database restarts", "PostgreSQL restarts")
        self.restart_database()
        self.odoo.disconnect()
        self.odoo.ask("reconnect")

    def _act_meanwhile(self) -> None:
        for _number in range(self.chance.randrange(1, 4)):
            self.chance.choice((self._act_here, lambda: self._act_there(alone=False)))()

    def _quiet_down(self) -> None:
        for number in range(QUIET):
            self._let_emails_wait_no_longer()
            if number == QUIET - 1:
                self._let_time_pass()
            self._sync([])

    def _let_emails_wait_no_longer(self) -> None:
        """What failed for now is tried again minutes later; what is in doubt is looked for during minutes."""
        self.odoo.execute(
            """UPDATE inbox_message SET send_after = send_after - interval '1 hour',
                      send_again_at = send_again_at - interval '2 hours',
                      sending_since = sending_since - interval '1 hour'
                WHERE account_id = %s AND state = 'outgoing'""",
            self.account,
        )

    def _let_time_pass(self) -> None:
        """A server without CONDSTORE is asked for all keywords once a day only: let it be a day later."""
        self.odoo.execute(
            """UPDATE inbox_folder SET cursor = cursor || '{"scanned": 0}'
                WHERE account_id = %s AND cursor IS NOT NULL""",
            self.account,
        )

    # ------------------------------------------------------------ what people do

    def _act_here(self) -> None:
        if self.chance.random() < FOLDERS_CHANGED:
            self._change_folder_here()
            return
        if self.chance.random() < WRITTEN:
            self._write_here()
            return
        rows = self.odoo.rows(
            """SELECT id, message_id FROM inbox_message
                WHERE account_id = %s AND is_deleted IS NOT TRUE AND orphaned_at IS NULL
                  AND state IN ('received', 'sent') ORDER BY message_id""",
            self.account,
        )
        if not rows:
            return
        chance = self.chance
        chosen = chance.sample(rows, min(len(rows), chance.choice((1, 1, 1, 3))))
        for _number in range(chance.choice((1, 1, 1, 2, 4))):
            method = chance.choice(
                (*FLAGS, "action_archive_email", "action_trash", *["action_move"] * 3, "undo", "action_delete")
            )
            if method == "action_delete" and chance.random() < 0.5:
                continue
            self._click(method, chosen[:1] if method in ("action_delete", "undo") else chosen)
            if method == "action_delete":
                return

    def _click(self, method: str, rows: list[tuple[int, str]]) -> None:
        fates = [self.fates[message_id] for _id, message_id in rows]
        folders = dict(self.odoo.rows("SELECT path, id FROM inbox_folder WHERE account_id = %s", self.account))
        path = {"action_archive_email": "Archive", "action_trash": "Trash"}.get(method)
        arguments = {}
        if method in ("action_move", "undo"):
            path = self.chance.choice(sorted(folders.keys() - {"Sent", "Drafts", "Junk"}))
            if method == "undo":
                path = fates[0].was_in[-2] if len(fates[0].was_in) > 1 else path
                method = "action_move"
            if path not in folders:
                return
            arguments["folder"] = folders[path]
        subjects = " ".join(message_id for _id, message_id in rows)
        self._note("clicks", f"here: {method} {path or ''} {subjects}")
        if not self.odoo.ask("act", method=method, messages=[message for message, _message_id in rows], **arguments):
            return
        for fate in fates:
            if method == "action_delete":
                fate.least = fate.most = 0
            elif path:
                fate.wanted["folder"] = path
                fate.was_in.append(path)
            else:
                keyword, value = FLAGS[method]
                fate.wanted[keyword] = value

    def _write_here(self) -> None:
        number = len(self.fates) + 1
        recipient = f"p{number}.{self.seed}@people.example"
        message_id = self.odoo.ask("write", account=self.account, subject=f"N{number}", recipient=recipient)
        assert message_id, "it could not be sent"
        self._note("written", f"here: {message_id} is written to {recipient}")
        wanted = {"folder": "Sent", "seen": True, "flagged": False}
        self.fates[message_id] = Fate(wanted=wanted, was_in=["Sent"], is_ours=True)

    def _change_folder_here(self) -> None:
        """Nobody waits for a server in trouble: these go to it directly."""
        self.shape.proxy.plan = []
        paths = [
            path for (path,) in self.odoo.rows("SELECT path FROM inbox_folder WHERE account_id = %s", self.account)
        ]
        path, name = self._two_boxes(paths)
        what, to_trash = "create", True
        if path in paths:
            what = self.chance.choice(("rename", "delete") if name not in paths else ("delete",))
            to_trash = self.chance.random() < 0.5
        self._note("folders here", f"here: {what} the folder {path} ({name if what == 'rename' else to_trash})")
        before = self.there.content()
        if self.odoo.ask(
            "change_folder", account=self.account, path=path, what=what, name=name, to_trash=to_trash
        ) and (what != "create"):
            self.lost_folders |= {path, name}
            self._folder_went(path, before, emails_too=what == "delete" and not to_trash)

    def _two_boxes(self, existing: list[str]) -> list[str]:
        """Names of two of the folders that come and go; the first exists more often than not."""
        boxes = self.chance.sample([f"Box {number}" for number in range(BOXES)], BOXES)
        if self.chance.random() < 0.7:
            boxes.sort(key=lambda path: path not in existing)
        return [boxes[0], boxes[-1]]

    def _folder_went(self, path: str, before: dict, emails_too: bool) -> None:
        """:param before: what was where; `emails_too`: what the folder held is gone as well."""
        copies = Counter(message_id for message_id, _flags in before.values())
        inside = Counter(message_id for (folder, _uid), (message_id, _flags) in before.items() if folder == path)
        for message_id, number in inside.items():
            fate = self.fates[message_id]
            fate.touched = True
            if emails_too and number == copies[message_id]:
                fate.least = fate.most = 0

    # ------------------------------------------------------------ what another client does

    def _deliver(self, folders: tuple[str, ...] | list[str]) -> None:
        chance = self.chance
        number = len(self.fates) + 1
        message_id = f"<{number}@seed{self.seed}>"
        path = chance.choice(folders)
        flags = chance.choice(((), (), ("\\Seen",)))
        source = email(
            f"N{number}",
            sender=f"Person {number % 3} <p{number % 3}.{self.seed}@people.example>",
            message_id=message_id,
            body="\r\n".join(["Some words in a line of the email"] * chance.choice((1, 20, 500))),
        )
        self.shape.server.append(self.user, path, [source], flags, ago(days=chance.randrange(3)))
        self.fates[message_id] = Fate(wanted={"folder": path, "seen": bool(flags), "flagged": False}, was_in=[path])
        self._note("deliveries", f"there: {message_id} arrives in {path}")

    def _act_there(self, alone: bool = True) -> None:
        """:param alone: nothing else happens at the same time."""
        chance = self.chance
        folders = sorted(set(self.there.folders()) - {"Sent", "Drafts", "Junk"})
        what = chance.choice(
            ("deliver", "deliver", "flag", "flag", "move", "move", "copy", "delete", "folder", "folder")
        )
        if what == "deliver":
            self._deliver(folders)
        elif what == "folder":
            self._change_folders(folders, alone)
        elif content := self.there.content():
            # While a run is at work a deletion, which takes two commands, may come to nothing.
            self._change_email(what if alone or what != "delete" else "flag", content, folders, alone)

    def _change_email(self, what: str, content: dict, folders: list[str], alone: bool) -> None:
        chance = self.chance
        path, uid = chance.choice(sorted(content, key=lambda key: (content[key][0], key)))
        message_id = content[path, uid][0]
        fate = self.fates[message_id]
        fate.touched = True
        copies = sum(other == message_id for other, _flags in content.values())
        target = chance.choice([folder for folder in folders if folder != path])
        if what == "flag":
            flag, add = chance.choice(("\\Seen", "\\Flagged", "\\Answered")), chance.random() < 0.5
            self._note("changes there", f"there: {'+' if add else '-'}{flag} {message_id} in {path}")
            self.there.flag(path, uid, flag, add)
        elif what == "move":
            self._note("changes there", f"there: move {message_id} from {path} to {target}")
            if (
                self.there.move(path, uid, target)
                and fate.most
                and (not alone or (not self.shape.can_move and copies > fate.most))
            ):
                # Between the copy and the removal of a move from here: that move then is a copy. Dovecot makes two of
                # an email of which it gets two MOVEs at the same moment, too.
                fate.most += 1
        elif what == "copy":
            self._note("changes there", f"there: copy {message_id} from {path} to {target}")
            if self.there.copy(path, uid, target) and fate.most:
                fate.most += 1
        else:
            self._note("changes there", f"there: delete {message_id} in {path}")
            self.there.delete(path, uid)
            if copies == 1:
                fate.least = fate.most = 0

    def _change_folders(self, folders: list[str], alone: bool) -> None:
        chance = self.chance
        path, name = self._two_boxes(folders)
        if path not in folders:
            self._note("changes there", f"there: create the folder {path}")
            self.there.create_folder(path)
            return
        before = self.there.content()
        self.lost_folders |= {path, name}
        if name not in folders and chance.random() < 0.5:
            self._note("folders there", f"there: rename the folder {path} to {name}")
            self.there.rename_folder(path, name)
            self._folder_went(path, before, emails_too=False)
        # While a run is at work nobody knows what the folder holds.
        elif alone or not any(folder == path for folder, _uid in before):
            self._note("folders there", f"there: delete the folder {path} with all in it")
            self.there.delete_folder(path)
            self._folder_went(path, before, emails_too=True)

    # ------------------------------------------------------------ what must be true then

    def _compare(self) -> None:
        there = self.there.content()
        self._compare_rows(there)
        self._compare_sending()
        self._compare_fates(there)
        if self.shape.can_expunge:
            # What is only marked as deleted counts as gone, and is no difference worth telling.
            assert not (found := self.odoo.ask("verify", account=self.account)), f"inbox_verify finds {found}"

    def _compare_rows(self, there: dict) -> None:
        expected = {
            key: (message_id, "\\Seen" in flags, "\\Flagged" in flags, "\\Answered" in flags)
            for key, (message_id, flags) in there.items()
        }
        rows = self.odoo.rows(
            """SELECT folder.path, copy.uid, message.message_id, copy.seen, copy.flagged, copy.answered
                 FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
                 JOIN inbox_folder folder ON folder.id = copy.folder_id WHERE folder.account_id = %s""",
            self.account,
        )
        here = {(path, uid): tuple(rest) for path, uid, *rest in rows}
        differences = sorted(set(here.items()) ^ set(expected.items()))
        assert not differences, f"copies differ: {differences}"
        paths = {
            path for (path,) in self.odoo.rows("SELECT path FROM inbox_folder WHERE account_id = %s", self.account)
        }
        assert paths == set(self.there.folders()), f"folders differ: {paths ^ set(self.there.folders())}"
        waiting = self.odoo.rows(
            """SELECT message.message_id, message.is_changed, message.is_deleted, message.orphaned_at, doubts.number,
                      message.is_read, word.seen, message.is_starred, word.flagged, message.is_answered, word.answered,
                      shown.folders, word.folders
                 FROM inbox_message message
            LEFT JOIN (SELECT inbox_message_id, bool_and(seen) AS seen, bool_or(flagged) AS flagged,
                              bool_or(answered) AS answered, array_agg(DISTINCT folder_id ORDER BY folder_id) AS folders
                         FROM inbox_message_copy GROUP BY inbox_message_id) word ON word.inbox_message_id = message.id
            LEFT JOIN (SELECT message_id, array_agg(folder_id ORDER BY folder_id) AS folders
                         FROM inbox_message_folder_rel GROUP BY message_id) shown ON shown.message_id = message.id
            LEFT JOIN (SELECT inbox_message_id, count(*) AS number FROM inbox_message_copy
                        WHERE in_doubt IS NOT NULL OR moving_to_id IS NOT NULL OR copying_to_id IS NOT NULL
                     GROUP BY inbox_message_id) doubts ON doubts.inbox_message_id = message.id
                -- What was perhaps sent waits for its writer.
                WHERE message.account_id = %s AND message.state <> 'failed'
                  AND (message.is_changed OR message.is_deleted OR message.orphaned_at IS NOT NULL OR doubts.number > 0
                       OR (message.is_read, message.is_starred, message.is_answered, shown.folders)
                          IS DISTINCT FROM (word.seen, word.flagged, word.answered, word.folders))""",
            self.account,
        )
        assert not waiting, f"what is shown differs, or something waits: {waiting}"
        records = self.odoo.rows("SELECT message_id FROM inbox_message WHERE account_id = %s", self.account)
        doubled = [key for key, number in Counter(records).items() if number > 1]
        assert not doubled, f"doubled records: {doubled}"
        quarantined = self.odoo.rows("SELECT message_id FROM inbox_quarantine WHERE account_id = %s", self.account)
        assert not quarantined, f"in quarantine: {quarantined}"
        state = self.odoo.rows("SELECT state, last_error FROM inbox_account WHERE id = %s", self.account)
        assert state == [("connected", None)], f"the account is {state}"

    def _compare_sending(self) -> None:
        """Each email went out once, or it is said that nobody knows."""
        delivered = Counter(message_id_of(source) for source in self.shape.submission.sources())
        rows = self.odoo.rows(
            "SELECT message_id, state, coalesce(is_doubtful, false) FROM inbox_message WHERE account_id = %s",
            self.account,
        )
        found = {message_id: rest for message_id, *rest in rows}
        for message_id, fate in self.fates.items():
            if not fate.is_ours:
                continue
            number = delivered[message_id]
            state, is_doubtful = found.get(message_id, ("sent", False))
            self.counts["perhaps sent"] += is_doubtful
            if is_doubtful and state == "failed":
                assert number <= 1, f"{message_id} was sent {number} times"
                # It is in Sent once it is known that it was sent.
                fate.least, fate.most = 0, min(fate.most, number if self.shape.saves_sent else 0)
            else:
                assert (state, number) == ("sent", 1), f"{message_id} is {state}, and was sent {number} times"

    def _compare_fates(self, there: dict) -> None:
        places: dict[str, list] = {message_id: [] for message_id in self.fates}
        for (path, _uid), (message_id, flags) in there.items():
            places[message_id].append((path, flags))
        for message_id, fate in self.fates.items():
            found = places[message_id]
            assert fate.least <= len(found) <= fate.most, (
                f"{message_id}: {found}, should be {fate.least} to {fate.most}"
            )
            if found and not fate.touched and fate.wanted["folder"] not in self.lost_folders:
                [(path, flags)] = found
                is_so = {"folder": path, "seen": "\\Seen" in flags, "flagged": "\\Flagged" in flags}
                assert is_so == fate.wanted, f"{message_id} is {is_so}, wanted was {fate.wanted}"
