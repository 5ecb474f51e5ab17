"""Folders: names, parents, roles and what the listing tells of their content."""

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.imap import roles
from odoo.addons.concord_inbox.adapters.imap.tree import Listed, arrange, decode
from odoo.addons.concord_inbox.adapters.imap.wire import encode_folder

from tests.adapters.common import message, named, settings
from tests.adapters.store import Store
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedImap


def listed(*rows: str, delimiter: str = "/"):
    """Rows of "name" or "name \\\\Attribute \\\\Attribute"."""
    found = []
    for row in rows:
        name, _, attributes = row.partition(" \\")
        words = frozenset("\\" + word.strip("\\").lower() for word in attributes.split()) if attributes else frozenset()
        found.append(Listed(encode_folder(name), words, delimiter))
    return found


def tree(*rows: str, delimiter: str = "/", prefix: str = ""):
    folders, _names = arrange(listed(*rows, delimiter=delimiter), prefix.encode(), told_subscribed=False)
    return {folder.path: folder for folder in folders}


def roles_of(*rows: str, **more) -> dict[str, str]:
    return {path: folder.role for path, folder in tree(*rows, **more).items() if folder.role}


# ----------------------------------------------------------------- real servers


def test_folders_of_a_server(any_mailbox):
    prefix, separator = any_mailbox.prefix, any_mailbox.separator
    any_mailbox.append("INBOX", [message(n) for n in range(3)], flags=("\\Seen",))
    any_mailbox.append("INBOX", [message()])
    paths = [
        f"{prefix}Work",
        f"{prefix}Work{separator}2026",
        f"{prefix}Café & crème",
        f'{prefix}with "quotes"',
        f"{prefix}日本語",
    ]
    for path in paths:
        any_mailbox.append(path, [message()])
    found = {folder.path: folder for folder in any_mailbox.adapter().folders()}
    assert next(iter(found)) == "INBOX"
    assert {key: found["INBOX"].status[key] for key in ("messages", "uidnext", "unseen")} == {
        "messages": 4,
        "uidnext": 5,
        "unseen": 1,
    }
    assert set(paths) <= set(found)
    child = found[f"{prefix}Work{separator}2026"]
    assert (child.name, child.parent_path) == ("2026", f"{prefix}Work")
    assert (found[f"{prefix}日本語"].name, found[f"{prefix}日本語"].parent_path) == ("日本語", None)
    assert {folder.role: folder.name for folder in found.values() if folder.role} == {
        "inbox": "INBOX",
        "sent": "Sent",
        "drafts": "Drafts",
        "trash": "Trash",
        "junk": "Junk",
        "archive": "Archive",
    }


@pytest.mark.parametrize(
    "path",
    ["a\\b", 'quo"ted', "&", "a&b", "tab-less space ", "%", "*", "&AOk-", "{5}", "NIL", "😀", "e\u0301"],
)
def test_odd_names_can_be_opened_again(mailbox, path):
    mailbox.append(path, [message()])
    adapter, store = mailbox.adapter(), Store()
    store.sync(adapter, folder=named(adapter, path))
    assert len(store.copies) == 1


def test_mere_nodes_of_the_tree(mailbox):
    mailbox.append("Node/Leaf", [message()])
    found = {folder.path: folder for folder in mailbox.adapter().folders()}
    assert not found["Node"].selectable
    assert found["Node"].status is None
    assert found["Node/Leaf"].parent_path == "Node"


def test_subscriptions(mailbox, bare_mailbox):
    mailbox.append("Other", [message()])
    assert named(mailbox.adapter(), "Other").subscribed is False
    mailbox.client.subscribe_folder("Other")
    assert named(mailbox.adapter(), "Other").subscribed is True
    assert named(bare_mailbox.adapter(), "INBOX").subscribed is None


def test_names_in_the_users_language_without_special_use():
    with Dovecot(special_use=False, hide=("SPECIAL-USE",)) as server:
        server.add_user("anna", "secret")
        for path in ("Gesendete Elemente", "Entwürfe", "Papierkorb", "Spam", "Archiv", "Projekte/Archiv"):
            server.append("anna", path, [message()])
        with open_adapter("imap", settings(server.ports["imap"])) as adapter:
            found = {folder.path: folder.role for folder in adapter.folders() if folder.role}
    assert found == {
        "INBOX": "inbox",
        "Gesendete Elemente": "sent",
        "Entwürfe": "drafts",
        "Papierkorb": "trash",
        "Spam": "junk",
        "Archiv": "archive",
    }


# -------------------------------------------------------------- broken servers

EXAMINED = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x"


@pytest.mark.parametrize(
    ("written", "path", "asked"),
    [
        (b'"Caf\xc3\xa9"', "Café", b"{5}Caf\xc3\xa9"),  # raw UTF-8
        (b'"Caf\xe9"', "Caf\ufffd", b"{4}Caf\xe9"),  # raw Latin-1
        (b'"broken &AOk"', "broken é", b'"broken &AOk"'),
        (b'"broken &!-"', "broken &!-", b'"broken &!-"'),
        (b'"half &2D0-"', "half &2D0-", b'"half &2D0-"'),  # half of a surrogate pair
        (b'"a"b"', 'a"b', b'"a\\"b"'),
        (b"{4}\r\na\xc3\xa9b", "aéb", b"{4}a\xc3\xa9b"),
        (b"[Gmail]/Spam", "[Gmail]/Spam", b'"[Gmail]/Spam"'),
        (b'"NIL"', "NIL", b'"NIL"'),
        (b'"INBOX/x"', "INBOX/x", b'"INBOX/x"'),
    ],
)
def test_broken_names_stay_usable(written, path, asked):
    listing = b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren) "/" ' + written + b"\r\n"
    with ScriptedImap({"LIST": listing, "EXAMINE": EXAMINED}) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            list(adapter.changes(named(adapter, path), None, None))
        assert "EXAMINE " + asked.decode("utf-8", "surrogateescape") in server.commands


def test_a_listing_that_is_refused_falls_back():
    def listing(command):
        if "RETURN" in command:
            return "{tag} BAD what?"
        return '* LIST () "." INBOX\r\n* LIST () "." INBOX.Sent\r\n'

    with ScriptedImap({"LIST": listing}, after_login="IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE") as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            assert [folder.role for folder in adapter.folders()] == ["inbox", "sent"]


def test_a_folder_whose_status_is_refused():
    script = {
        "LIST": '* LIST () "/" INBOX\r\n* LIST () "/" Locked\r\n* LIST () "/" Sent',
        "STATUS": "* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 UNSEEN 0)",
        'STATUS "LOCKED"': "{tag} NO [INUSE] somebody else has it",
        'STATUS "SENT"': '* STATUS "Sent" (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7 UNSEEN 0)',
    }
    with ScriptedImap(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        statuses = {folder.path: folder.status for folder in adapter.folders()}
    assert statuses["Locked"] is None
    assert statuses["Sent"] == {"messages": 5, "uidnext": 6, "uidvalidity": 7, "unseen": 0}


def test_a_flat_server():
    folders = tree("INBOX", "Sent", "a/b", delimiter="")
    assert folders["a/b"].name == "a/b"
    assert all(folder.parent_path is None for folder in folders.values())


# ------------------------------------------------------------------------ tree


def test_parents_come_before_children_and_the_inbox_first():
    paths = list(tree("z", "a/b/c", "INBOX/x", "a", "Inbox"))
    assert paths == ["Inbox", "INBOX/x", "a", "a/b", "a/b/c", "z"]
    folders = tree("z", "a/b/c", "INBOX/x", "a", "Inbox")
    assert folders["INBOX/x"].parent_path == "Inbox"
    assert (folders["a/b"].selectable, folders["a/b"].parent_path, folders["a/b"].name) == (False, "a", "b")


def test_a_namespace_is_no_level():
    folders = tree("INBOX", "INBOX.Sent", "INBOX.Work.2026", "shared.bob.INBOX", delimiter=".", prefix="INBOX.")
    assert folders["INBOX.Sent"].parent_path is None
    assert (folders["INBOX.Work.2026"].parent_path, folders["INBOX.Work"].parent_path) == ("INBOX.Work", None)
    assert folders["INBOX.Work"].name == "Work"
    assert folders["shared.bob.INBOX"].parent_path == "shared.bob"
    assert roles_of("INBOX", "INBOX.Sent", "shared.bob.Sent", delimiter=".", prefix="INBOX.") == {
        "INBOX": "inbox",
        "INBOX.Sent": "sent",
    }


def test_what_the_server_says_counts_more_than_names():
    assert roles_of("INBOX", "Sent", "Ausgang \\Sent", "Trash", "Spam \\Junk") == {
        "INBOX": "inbox",
        "Ausgang": "sent",
        "Trash": "trash",
        "Spam": "junk",
    }


def test_each_role_once_and_the_topmost():
    assert roles_of("Deep/Sent \\Sent", "Sent2 \\Sent", "Sent Items", "Sent")["Sent2"] == "sent"
    assert roles_of("Sent Items", "Sent") == {"Sent": "sent"}
    assert roles_of("INBOX", "INBOX/Trash", "Projects/Archive", "Projects") == {
        "INBOX": "inbox",
        "INBOX/Trash": "trash",
    }
    assert roles_of("[Gmail] \\Noselect", "[Gmail]/Spam", "[Gmail]/All Mail \\All") == {
        "[Gmail]/Spam": "junk",
        "[Gmail]/All Mail": "all",
    }
    assert roles_of("Trash \\Noselect", "Bin") == {"Bin": "trash"}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Éléments envoyés", "sent"),
        ("E\u0301le\u0301ments envoye\u0301s", "sent"),
        ("ENTWÜRFE", "drafts"),
        ("Lixeira", "trash"),
        ("Удалённые", "trash"),
        ("迷惑メール", "junk"),
        ("已发送", "sent"),
        ("寄件備份", "sent"),
        ("보낸편지함", "sent"),
        ("المسودات", "drafts"),
        ("\u200fالمسودات", "drafts"),
        ("Roskaposti", "junk"),
        ("Çöp Kutusu", "trash"),
        ("Nevyžádaná pošta", "junk"),
        ("Piszkozatok", "drafts"),
        ("Wysłane", "sent"),
        ("Arkiv", "archive"),
        ("Papirkurv", "trash"),
        ("Newsletters", None),
        ("Outbox", None),
    ],
)
def test_usual_names(name, role):
    assert [found for found, _rank in roles.guesses(name)] == ([role] if role else [])


def test_no_name_means_two_things():
    for ranked in roles._RANKS.values():
        assert len({role for role, _rank in ranked}) == 1, ranked


def test_names_that_read_alike_are_told_apart():
    folders, names = arrange([Listed(b"a&AOk-", frozenset(), "/"), Listed(b"a\xc3\xa9", frozenset(), "/")], b"", False)
    assert len(folders) == len(names) == 2
    assert set(names.values()) == {b"a&AOk-", b"a\xc3\xa9"}


@pytest.mark.parametrize("name", [b"\0", b"a\r\nb", b"&AAA-", b"&ZeVnLIqe-", b"\xff" * 10, b"&", b"&&&", b"&----", b""])
def test_any_name_can_be_stored(name):
    text = decode(name)
    text.encode()
    assert text.isprintable()
