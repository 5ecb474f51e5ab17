"""What a server pushes while nobody waits for it."""

import contextlib
import re
import select
import socket
import ssl
import time

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.errors import AuthenticationError, NetworkError, ProtocolError, TemporaryError
from odoo.addons.concord_inbox.adapters.imap import watching

from tests.adapters.common import Mailbox, message, settings
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedImap


@contextlib.contextmanager
def watch(wanted, *folders):
    with open_adapter("imap", wanted) as adapter:
        watched = adapter.watch(folders)
    with contextlib.closing(watched):
        yield watched


def has_news(watched, seconds=3.0) -> bool:
    """Whether something is told within `seconds`, waiting for it as `sync/watch.py` does."""
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        wait = max(min(watched.deadline, until) - now, 0)
        readable = select.select([watched], [], [], wait)[0]
        if (readable or time.monotonic() >= watched.deadline) and watched.proceed():
            return True
    return False


def has_news_for_ever(watched):
    """Until the watch is over, however often it has news before."""
    while has_news(watched, 5):
        pass


def settled(watched):
    """Past what counts as news because nobody looked before."""
    assert has_news(watched)
    while has_news(watched, 0.7):
        pass
    return watched


def encrypted(mailbox, encryption):
    port = mailbox.server.ports["imaps" if encryption == "ssl" else "imap"]
    return settings(port, encryption, mailbox.user, allow_insecure_certificate=True)


@pytest.mark.parametrize("encryption", ["none", "starttls", "ssl"])
def test_delivery_flags_and_removal_are_told(mailbox, encryption):
    [uid] = mailbox.append("INBOX", [message()])
    with watch(encrypted(mailbox, encryption)) as watched:
        settled(watched)
        mailbox.append("INBOX", [message(2)])
        assert has_news(watched)
        assert not has_news(watched, 0.7)
        mailbox.client.select_folder("INBOX")
        mailbox.client.add_flags([uid], ["\\Flagged"])
        assert has_news(watched)
        mailbox.client.delete_messages([uid])
        settled(watched)
        mailbox.client.uid_expunge([uid])
        assert has_news(watched)
        # Who watches takes nothing: for the other client the email is still as new as it can be.
        assert len(mailbox.client.search(["RECENT", "UNSEEN"])) == 1


def test_other_folders_are_told_of_where_the_server_offers_it(mailbox):
    mailbox.append("Kunden/A", [message()])
    mailbox.append('odd "name" \\', [message()])
    with watch(mailbox.settings, "INBOX", "Kunden/A", 'odd "name" \\', "Sent", "not there") as watched:
        settled(watched)
        for folder in ("INBOX", "Kunden/A", 'odd "name" \\'):
            mailbox.append(folder, [message(2)])
            assert has_news(watched), folder
            assert not has_news(watched, 0.7)
        mailbox.client.select_folder("Kunden/A")
        mailbox.client.add_flags([1], ["\\Flagged"])
        assert has_news(watched)
        # What is not followed wakes nobody.
        mailbox.client.create_folder("Elsewhere")
        settled(watched)
        mailbox.append("Elsewhere", [message()])
        assert not has_news(watched, 1.2)
        # A move between two others, by another client.
        mailbox.client.move([1], "Sent")
        assert has_news(watched)


def test_folders_that_come_and_go_are_told(mailbox):
    with watch(mailbox.settings) as watched:
        settled(watched)
        mailbox.client.create_folder("New")
        assert has_news(watched)
        mailbox.client.delete_folder("New")
        assert has_news(watched)


@pytest.mark.parametrize(
    ("folder", "limit"), [("Kunden", 1), ("Kunden/Müller", 100)], ids=["more than it takes", "not in ASCII"]
)
def test_folders_that_cannot_be_named(mailbox, monkeypatch, folder, limit):
    monkeypatch.setattr(watching, "NAMES", limit)
    mailbox.append(folder, [message()])
    with watch(mailbox.settings, folder, "Sent") as watched:
        settled(watched)
        [uid] = mailbox.append(folder, [message()])
        assert has_news(watched)
        assert not has_news(watched, 0.7)
        mailbox.client.select_folder(folder)
        mailbox.client.add_flags([uid], ["\\Seen"])
        assert has_news(watched)


def test_without_notify_the_inbox_alone_is_told_of():
    with Dovecot(hide=("NOTIFY",)) as server, contextlib.ExitStack() as stack:
        mailbox = Mailbox(server, stack)
        recordings = mailbox.server.record(mailbox.user)
        watched = stack.enter_context(watch(mailbox.settings, "INBOX", "Sent"))
        settled(watched)
        mailbox.append("Sent", [message()])
        assert not has_news(watched, 1.2)
        mailbox.append("INBOX", [message()])
        assert has_news(watched)
    assert b"NOTIFY" not in b"".join(path.read_bytes() for path in recordings.glob("*.in"))


@pytest.mark.parametrize(
    "answer",
    ["{tag} BAD what is that", "{tag} NO [BADEVENT (MessageNew)] no", "{tag} NO not now, try again later", None],
    ids=["bad", "no", "not now", "cut"],
)
def test_a_server_that_offers_notify_and_refuses(answer):
    script = {"NOTIFY": answer, "IDLE": "+ {tag}\r\n* 2 EXISTS", "DONE": ""}
    with ScriptedImap(script, after_login="IMAP4rev1 IDLE NOTIFY") as server:
        with watch(settings(server.port), "Sent") as watched:
            assert has_news(watched)
        opened = max(number for number, command in enumerate(server.commands) if command.startswith("EXAMINE"))
        logins = [number for number, command in enumerate(server.commands) if command.startswith("AUTH")]
        # It is the connection in use that has the INBOX open.
        assert opened > max(logins)


def test_renewal_is_no_news_and_misses_none(mailbox, monkeypatch):
    monkeypatch.setattr(watching, "RENEW_AFTER", 0.4)
    recordings = mailbox.server.record(mailbox.user)
    with watch(mailbox.settings) as watched:
        settled(watched)
        assert not has_news(watched, 1.5)
        mailbox.append("INBOX", [message()])
        assert has_news(watched)
    said = b"".join(path.read_bytes() for path in recordings.glob("*.in"))
    assert len(re.findall(rb"W\d+ IDLE\r?\n", said)) >= 3
    assert b"DONE" in said and b"EXAMINE" in said and b"SELECT" not in said


def test_a_server_that_ends_is_an_error_and_can_be_watched_again():
    with Dovecot() as server, contextlib.ExitStack() as stack:
        mailbox = Mailbox(server, stack)
        with watch(mailbox.settings) as watched:
            settled(watched)
            server.restart()
            with pytest.raises(TemporaryError):
                has_news(watched)
        with watch(mailbox.settings) as watched:
            settled(watched)
            mailbox.append("INBOX", [message()])
            assert has_news(watched)


def test_without_idle_there_is_nothing_to_watch():
    with ScriptedImap() as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.watch() is None
        assert not any(command.startswith("EXAMINE") for command in server.commands)


def test_wrong_password(mailbox):
    with open_adapter("imap", settings(mailbox.server.ports["imap"], user=mailbox.user, password="no")) as adapter:
        with pytest.raises(AuthenticationError):
            adapter.watch()


def scripted(*idle):
    """A server that gives these answers to IDLE, one after the other, and then only the last."""
    answers = list(idle)
    return ScriptedImap({"IDLE": lambda _: answers.pop(0) if answers[1:] else answers[0]}, after_login="IMAP4rev1 IDLE")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("{tag} BAD what is that", ProtocolError),
        ("{tag} NO not now", TemporaryError),
        ("+ go\r\n* BYE enough", TemporaryError),
        ("+ go\r\n{tag} OK I would rather not", TemporaryError),
        ("+ go\r\n* OK [NOTIFICATIONOVERFLOW] too much", TemporaryError),
        (None, NetworkError),
        ("+ go\r\n* 1 FETCH (BODY[] {99999999999}", ProtocolError),
        ("+ go\r\n" + "x" * (watching.LIMIT + 99999), ProtocolError),
        ("* 1 EXISTS {tag}", NetworkError),  # no answer at all
    ],
    ids=["bad", "no", "bye", "ended", "overflow", "cut", "endless literal", "endless line", "silence"],
)
def test_what_ends_a_watch(answer, error):
    with scripted(answer) as server, watch(settings(server.port, timeout=1)) as watched, pytest.raises(error):
        has_news_for_ever(watched)


def test_odd_lines_while_idle():
    idle = (
        "* 3 RECENT\r\n+ idling\r\n* OK Still here\r\n* 1 EXISTSX\r\n* SEARCH 1 EXISTS\r\n"
        "* LSUB () NIL {12}\r\n* 4 EXISTS\r\n\r\n* NO [ALERT] * 5 EXISTS\r\n+ {tag}\r\n"
    )
    with scripted(idle) as server, watch(settings(server.port)) as watched:
        assert has_news(watched)
        assert not has_news(watched, 0.5)


def test_lines_in_any_pieces():
    text = b"* 1 FETCH (X {5}\r\n1\r\n23 FLAGS (\\Seen))\r\n* OK {14}\r\n* 4 EXISTS\r\nx\r\n* vanished 1:3\r\n"
    for size in range(1, len(text)):
        ours, theirs = socket.socketpair()
        with contextlib.closing(watching.ImapWatch(ours, 10, {})) as watched, theirs:
            theirs.sendall(b"+ idling\r\n")
            assert watched.proceed()  # nobody looked before
            told = []
            for start in range(0, len(text), size):
                theirs.sendall(text[start : start + size])
                told.append(watched.proceed())
            # The line in the first literal's middle, and that in the second, are none.
            assert 1 <= sum(told) <= 2
            assert size > 1 or told == [at in (text.index(b"{5}") + 4, len(text) - 1) for at in range(len(text))]


def test_what_tls_holds_back_is_taken(mailbox, monkeypatch):
    # Blocks smaller than what one TLS record holds: the rest is decrypted, and the socket is silent.
    monkeypatch.setattr(watching, "BLOCK", 4)
    monkeypatch.setattr(watching, "BLOCKS", 1)
    with watch(encrypted(mailbox, "ssl")) as watched:
        assert isinstance(watched._socket, ssl.SSLSocket)
        settled(watched)
        mailbox.append("INBOX", [message()])
        assert has_news(watched)
        while has_news(watched, 0.7):
            pass
        assert watched._socket.pending() == 0
