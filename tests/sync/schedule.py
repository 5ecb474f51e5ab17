"""One random schedule: people act here, another client acts on the server, accidents happen; then both must agree."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .common import email
from .forked import SERVER_IN_TROUBLE, WELL
from .forked_odoo import Odoo
from .world import World

#: Of what people do here, the share that writes emails, and where people write drafts, works on one.
WRITTEN = DRAFTED = 0.15
#: Folders that come and go, "Box 0" and so on.
BOXES = 3
#: Of what people do here, the share that changes folders and not emails.
FOLDERS_CHANGED = 0.12
#: Runs without accidents in the end.
QUIET = 4

FLAGS = {"action_mark_read": ("seen", True), "action_mark_unread": ("seen", False)}
FLAGS |= {"action_star": ("flagged", True), "action_unstar": ("flagged", False)}


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
    #: Of what was written here, to be sent: its only recipient.
    recipient: str = ""


class Schedule:
    """One mailbox, one account, one seed.

    :param restart_database: restarts PostgreSQL as if the machine had lost its power; None: it is not touched.
    :param counts: of all that happened is added up here.
    """

    def __init__(
        self,
        seed: int,
        world: World,
        odoo: Odoo,
        counts: Counter,
        restart_database: Callable[[], None] | None = None,
    ):
        self.chance = random.Random(seed)
        self.seed = seed
        self.world = world
        self.odoo = odoo
        self.counts = counts
        self.restart_database = restart_database
        self.user = f"seed{seed}@northlight.example"
        self.there = None
        self.fates: dict[str, Fate] = {}
        #: Of the drafts that are here, by the ids of their rows.
        self.drafts: dict[int, str] = {}
        self.drafts_begun: list[str] = []
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
                f"seed {self.seed} on {self.world.name}: {error!r}\n{story}\n{self.odoo.log()[-2000:]}"
            ) from error
        finally:
            self.world.be_quiet()

    def _note(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.done.append(what)

    # ------------------------------------------------------------ the course of things

    def _begin(self) -> None:
        self.there = self.world.begin(self.user)
        for _number in range(self.chance.randrange(2, 9)):
            # What lies in the trash from the start is left out.
            self._deliver(self.world.folders[:-1])
        settings = {
            **self.world.settings(self.user, self.chance),
            "sync_from": "1_month",
            "create_contact": self.chance.random() < 0.5,
            # What is kept on the pages of contacts is no difference between the sides.
            "keep_linked": False,
        }
        self.account = self.odoo.ask("connect", settings=settings)
        # Nobody touches anything before the first look at all folders: what lies in the trash by then is left out.
        for _attempt in range(self.chance.randrange(3)):
            self._sync(self.world.accidents(self.chance))
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
                self._sync(self.world.accidents(self.chance))
            elif kind < 0.85:
                self._sync(self.world.accidents(self.chance), kill_after=chance.uniform(0.0, 0.4))
            elif kind < 0.9 and self.world.can_restart:
                self._sync([], meanwhile=self._restart_server)
            elif kind < 0.95 and (plan := self.world.interruptions(chance, self._interrupt)):
                self._sync(plan)
            else:
                self._sync([], meanwhile=self._act_meanwhile)

    def _sync(self, plan: list, kill_after: float | None = None, meanwhile: Callable[[], None] | None = None) -> int:
        besides = self.world.begin_run(plan, self.chance, self.odoo.kill_soon)
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
        self.world.settled()
        self.counts["runs"] += 1
        self.counts["SMTP accidents"] += sum(accident.done for accident in besides)
        for accident in plan:
            if accident.done:
                kind = getattr(accident, "name", "") or accident.kind
                self.counts[kind if kind != "swallow" else "swallowed"] += 1
        if status < 0:
            self.counts["killed"] += 1
        disturbed = plan or meanwhile
        told = "; ".join([*map(str, plan), *(f"SMTP: {accident}" for accident in besides)])
        self.done[number] = f"sync: {told or 'undisturbed'}, kill after {kill_after}: status {status}"
        expected = {WELL, SERVER_IN_TROUBLE, -9} if disturbed or kill_after is not None else {WELL}
        if meanwhile == self._restart_database:
            expected = {status}
        assert status in expected, f"a run ended with status {status}"
        return status

    def _restart_server(self) -> None:
        self._note("server restarts", "the mail server restarts")
        self.world.restart()

    def _restart_database(self) -> None:
        self._note("database restarts", "PostgreSQL restarts")
        self.restart_database()
        self.odoo.disconnect()
        self.odoo.ask("reconnect")

    def _interrupt(self) -> None:
        self._act_there(alone=False)

    def _act_meanwhile(self) -> None:
        for _number in range(self.chance.randrange(1, 4)):
            self.chance.choice((self._act_here, lambda: self._act_there(alone=False)))()

    def _quiet_down(self) -> None:
        for number in range(QUIET):
            self._let_emails_wait_no_longer()
            if number == QUIET - 1:
                self.world.let_time_pass(self.odoo, self.account)
            self._sync([])
        self._check_daily()

    def _check_daily(self) -> None:
        """What was sent, and deleted elsewhere before a look found it, is what the daily check is for."""
        rows = self.odoo.rows(
            """SELECT message_id FROM inbox_message message
                WHERE account_id = %s AND state = 'sent' AND orphaned_at IS NULL AND moved_to_id IS NULL
                  AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)""",
            self.account,
        )
        if rows and all(not self.fates[message_id].least for (message_id,) in rows):
            self._note("daily checks", "the daily check mends what was sent and is gone")
            self.odoo.start(self.account, "repair")
            assert self.odoo.finish() == WELL
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

    # ------------------------------------------------------------ what people do

    def _act_here(self) -> None:
        if self.chance.random() < FOLDERS_CHANGED:
            self._change_folder_here()
            return
        kind = self.chance.random()
        if kind < WRITTEN:
            self._write_here()
            return
        if self.world.has_drafts and kind < WRITTEN + DRAFTED:
            self._draft_here()
            return
        rows = self.odoo.rows(
            """SELECT id, message_id FROM inbox_message
                WHERE account_id = %s AND is_deleted IS NOT TRUE AND (orphaned_at IS NULL OR moved_to_id IS NOT NULL)
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
        names = self.world.names
        path = {"action_archive_email": names.archive, "action_trash": names.trash}.get(method)
        arguments = {}
        if method in ("action_move", "undo"):
            path = self.chance.choice(sorted(folders.keys() - names.special))
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
        self._is_ours(message_id, recipient)

    def _is_ours(self, message_id: str, recipient: str) -> None:
        sent = self.world.names.sent
        wanted = {"folder": sent, "seen": True, "flagged": False}
        self.fates[message_id] = Fate(wanted=wanted, was_in=[sent], recipient=recipient)

    def _draft_here(self) -> None:
        chance = self.chance
        what = chance.choice(("begin", "edit", "edit", "discard", "send"))
        if what == "begin" or not self.drafts:
            subject = f"D{len(self.drafts_begun)}"
            self.drafts_begun.append(subject)
            draft = self.odoo.ask("draft", account=self.account, subject=subject, recipient=self._reader_of(subject))
            self.drafts[draft] = subject
            self._note("drafts", f"here: the draft {subject} is begun")
            return
        draft = chance.choice(sorted(self.drafts))
        subject = self.drafts[draft]
        self._note("drafts", f"here: {what} the draft {subject}")
        if what == "edit":
            self.odoo.ask("edit_draft", draft=draft, words=f"Words {chance.random()}")
        elif what == "discard":
            if self.odoo.ask("discard_draft", draft=draft):
                del self.drafts[draft]
        elif message_id := self.odoo.ask("send_draft", draft=draft):
            del self.drafts[draft]
            self._is_ours(message_id, self._reader_of(subject))

    def _reader_of(self, subject: str) -> str:
        return f"{subject.lower()}.{self.seed}@people.example"

    def _change_folder_here(self) -> None:
        """Nobody waits for a server in trouble: these go to it directly."""
        self.world.be_quiet()
        paths = [
            path for (path,) in self.odoo.rows("SELECT path FROM inbox_folder WHERE account_id = %s", self.account)
        ]
        path, name = self._two_boxes(paths)
        what, to_trash = "create", True
        if path in paths:
            what = self.chance.choice(("rename", "delete") if name not in paths else ("delete",))
            to_trash = self.chance.random() < 0.5
        self._note("folders here", f"here: {what} the folder {path} ({name if what == 'rename' else to_trash})")
        before = self._touchable()
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
        copies = self.world.copies(before)
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
        is_seen = chance.choice((False, False, True))
        source = email(
            f"N{number}",
            sender=f"Person {number % 3} <p{number % 3}.{self.seed}@people.example>",
            message_id=message_id,
            body="\r\n".join(["Some words in a line of the email"] * chance.choice((1, 20, 500))),
        )
        days = chance.randrange(3)
        if path == self.world.names.trash:
            # What is older than the account lay there from the start, as far as anybody can tell who lost his cursor.
            days = 0
        self.there.deliver(path, source, is_seen=is_seen, days=days)
        self.fates[message_id] = Fate(wanted={"folder": path, "seen": is_seen, "flagged": False}, was_in=[path])
        self._note("deliveries", f"there: {message_id} arrives in {path}")

    def _act_there(self, alone: bool = True) -> None:
        """:param alone: nothing else happens at the same time."""
        chance = self.chance
        folders = sorted(set(self.there.folders()) - self.world.names.special)
        what = chance.choice(
            ("deliver", "deliver", "flag", "flag", "move", "move", "copy", "delete", "folder", "folder")
        )
        if what == "deliver":
            self._deliver(folders)
        elif what == "folder":
            self._change_folders(folders, alone)
        elif content := self._touchable():
            # While a run is at work a deletion, which takes two commands, may come to nothing.
            self._change_email(what if alone or what != "delete" else "flag", content, folders, alone)

    def _touchable(self) -> dict:
        """What another client may do something to: all but drafts."""
        return self._without_drafts(self.there.content())

    def _without_drafts(self, content: dict) -> dict:
        return {
            (path, remote_id): (message_id, flags)
            for (path, remote_id), (message_id, flags) in content.items()
            if path != self.world.names.drafts and "draft" not in flags
        }

    def _change_email(self, what: str, content: dict, folders: list[str], alone: bool) -> None:
        chance = self.chance
        path, uid = chance.choice(sorted(content, key=lambda key: (content[key][0], key)))
        message_id = content[path, uid][0]
        fate = self.fates[message_id]
        fate.touched = True
        copies = self.world.copies(content)[message_id]
        target = chance.choice([folder for folder in folders if folder != path])
        if what == "flag":
            flag, add = chance.choice(self.world.words), chance.random() < 0.5
            self._note("changes there", f"there: {'+' if add else '-'}{flag} {message_id} in {path}")
            self.there.flag(path, uid, flag, add)
        elif what == "move":
            self._note("changes there", f"there: move {message_id} from {path} to {target}")
            if (
                self.there.move(path, uid, target)
                and fate.most
                and not self.world.moves_once
                and (not alone or (not self.world.can_move and copies > fate.most))
            ):
                # Between the copy and the removal of a move from here: that move then is a copy. Dovecot makes two of
                # an email of which it gets two MOVEs at the same moment, too.
                fate.most += 1
        elif what == "copy":
            self._note("changes there", f"there: copy {message_id} from {path} to {target}")
            if self.there.copy(path, uid, target) and fate.most and self.world.copies_are_emails:
                fate.most += 1
        else:
            self._note("changes there", f"there: delete {message_id} in {path}")
            self.there.delete(path, uid)
            if copies == 1 or not self.world.copies_are_emails:
                fate.least = fate.most = 0

    def _change_folders(self, folders: list[str], alone: bool) -> None:
        chance = self.chance
        path, name = self._two_boxes(folders)
        if path not in folders:
            self._note("changes there", f"there: create the folder {path}")
            self.there.create_folder(path)
            return
        before = self._touchable()
        self.lost_folders |= {path, name}
        if name not in folders and chance.random() < 0.5:
            self._note("folders there", f"there: rename the folder {path} to {name}")
            self.there.rename_folder(path, name)
            self._folder_went(path, before, emails_too=False)
        # While a run is at work nobody knows what the folder holds.
        elif alone or not any(folder == path for folder, _uid in before):
            self._note("folders there", f"there: delete the folder {path} with all in it")
            self.there.delete_folder(path)
            self._folder_went(path, before, emails_too=self.world.folders_hold)

    # ------------------------------------------------------------ what must be true then

    def _compare(self) -> None:
        there = self.there.content()
        self._compare_rows(there)
        self._compare_sending()
        self._compare_fates(there)
        if self.world.has_drafts:
            self._compare_drafts()
        assert not (found := self.world.violations()), f"the server was asked what it must not be: {found}"
        if self.world.can_expunge:
            # What is only marked as deleted counts as gone, and is no difference worth telling.
            assert not (found := self.odoo.ask("verify", account=self.account)), f"inbox_verify finds {found}"

    def _compare_rows(self, there: dict) -> None:
        expected = {
            (path, str(remote_id)): (message_id, "seen" in flags, "flagged" in flags, "answered" in flags)
            for (path, remote_id), (message_id, flags) in there.items()
            if self.world.is_followed(path)
        }
        rows = self.odoo.rows(
            """SELECT folder.path, coalesce(copy.remote_id, copy.uid::text), message.message_id, copy.seen,
                      copy.flagged, copy.answered, message.state
                 FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
                 JOIN inbox_folder folder ON folder.id = copy.folder_id WHERE folder.account_id = %s""",
            self.account,
        )
        here = {}
        for path, remote_id, message_id, *flags, state in rows:
            there_id = expected.get((path, remote_id), (None,))[0]
            # What lies among the drafts of an email that was perhaps sent may be a version before, which has an id of
            # its own; it goes with what its writer decides.
            is_before = state == "failed" and path == self.world.names.drafts and there_id
            here[path, remote_id] = (there_id if is_before else message_id, *flags)
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
                -- What was perhaps sent waits for its writer; what was moved to where nobody looks may be taken back.
                WHERE message.account_id = %s AND message.state <> 'failed'
                  AND (message.is_changed OR message.is_deleted OR doubts.number > 0
                       OR (message.moved_to_id IS NULL AND message.orphaned_at IS NOT NULL)
                       OR (message.moved_to_id IS NULL
                           AND (message.is_read, message.is_starred, message.is_answered, shown.folders)
                               IS DISTINCT FROM (word.seen, word.flagged, word.answered, word.folders)))""",
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
        rows = self.odoo.rows(
            "SELECT message_id, state, coalesce(is_doubtful, false) FROM inbox_message WHERE account_id = %s",
            self.account,
        )
        found = {message_id: rest for message_id, *rest in rows}
        for message_id, fate in self.fates.items():
            if not fate.recipient:
                continue
            number = self.world.times_sent(message_id, fate.recipient)
            state, is_doubtful = found.get(message_id, ("sent", False))
            self.counts["perhaps sent"] += is_doubtful
            if is_doubtful and state == "failed":
                assert number <= 1, f"{message_id} was sent {number} times"
                # It is in Sent once it is known that it was sent.
                fate.least, fate.most = 0, min(fate.most, number if self.world.saves_sent else 0)
            else:
                assert (state, number) == ("sent", 1), f"{message_id} is {state}, and was sent {number} times"

    def _compare_fates(self, there: dict) -> None:
        places = self.world.places(self._without_drafts(there))
        for message_id, fate in self.fates.items():
            found = places.get(message_id, [])
            assert fate.least <= len(found) <= fate.most, (
                f"{message_id}: {found}, should be {fate.least} to {fate.most}"
            )
            if found and not fate.touched and fate.wanted["folder"] not in self.lost_folders:
                [(paths, flags)] = found
                is_so = {"paths": set(paths), "seen": "seen" in flags, "flagged": "flagged" in flags}
                wanted = dict(fate.wanted)
                wanted["paths"] = set(self.world.wanted_places(wanted.pop("folder"), bool(fate.recipient)))
                assert is_so == wanted, f"{message_id} is {is_so}, wanted was {wanted}"

    def _compare_drafts(self) -> None:
        there = Counter(self.there.subjects(self.world.names.drafts))
        # Of what was perhaps sent, the draft may lie there still.
        doubtful = self.odoo.rows(
            "SELECT subject FROM inbox_message WHERE account_id = %s AND state = 'failed'", self.account
        )
        there -= Counter(subject for (subject,) in doubtful)
        assert there == Counter(self.drafts.values()), (
            f"drafts there: {sorted(there)}, here: {sorted(self.drafts.values())}"
        )
