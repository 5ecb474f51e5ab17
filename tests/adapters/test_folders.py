"""Putting messages into folders; making, renaming and deleting folders."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import (
    ChangeRefusedError,
    FolderGoneError,
    InvalidInputError,
    NetworkError,
    QuotaError,
)

from tests.adapters.common import inbox, message, named, settings
from tests.adapters.store import Store, on_server
from tests.adapters.test_writing import BOX, scripted
from tests.servers.proxy import Proxy

NOW = datetime(2026, 3, 5, 7, 8, 9, tzinfo=UTC)


def source_of(adapter, folder, uid) -> bytes:
    (copy,) = [copy for piece in adapter.changes(folder, None, None) for copy in piece.arrived if copy.remote_id == uid]
    ((raw,),) = adapter.fetch(folder, [copy])
    return raw.source if isinstance(raw.source, bytes) else raw.source.read()


@pytest.mark.parametrize("size", [0, 3000, 5000, 3_000_000])
def test_append(writing_mailbox, size):
    adapter = writing_mailbox.adapter()
    drafts = named(adapter, writing_mailbox.prefix + "Drafts")
    source = message(1, size) + "Grüße\r\n".encode() + b"\xff\xfe (1} {3}\r\n"
    uid = adapter.append(drafts, None, source, frozenset({"seen", "draft", "blue", "x(y"}), NOW)
    (copy,) = [copy for piece in adapter.changes(drafts, None, None) for copy in piece.arrived]
    assert copy.keywords == {"seen", "draft", "blue"}
    assert copy.internal_date == NOW
    # Dovecot tells it also where it does not offer to.
    assert uid == copy.remote_id
    assert source_of(adapter, drafts, copy.remote_id) == source


def test_append_into_the_folder_that_is_open(writing_mailbox):
    adapter = writing_mailbox.adapter()
    store = Store()
    store.sync(adapter)
    adapter.append(inbox(adapter), store.cursor, message())
    store.sync(adapter)
    assert len(store.copies) == 1


def test_an_id_that_the_cursor_does_not_fit(mailbox):
    adapter = mailbox.adapter()
    assert adapter.append(inbox(adapter), {"uidvalidity": 1}, message()) is None


def test_append_to_no_folder(writing_mailbox):
    path = writing_mailbox.prefix + "Nowhere"
    adapter = writing_mailbox.adapter()
    with pytest.raises(FolderGoneError) as caught:
        adapter.append(RemoteFolder(path, path), None, message(1, 10000))
    assert caught.value.details["path"] == path
    # The connection is as good as before.
    assert adapter.folders()


def test_a_nul_is_refused():
    with scripted() as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(InvalidInputError):
            adapter.append(BOX, None, b"a\0b")
        assert not server.commands


@pytest.mark.parametrize(
    ("capabilities", "size", "sign"),
    [
        ("IMAP4rev1", 10, "{10}"),
        ("IMAP4rev1 LITERAL+", 10, "{10+}"),
        ("IMAP4rev1 LITERAL-", 4096, "{4096+}"),
        ("IMAP4rev1 LITERAL-", 4097, "{4097}"),
        # That the server may refuse it before it was sent.
        ("IMAP4rev1 LITERAL+", 5000, "{5000}"),
    ],
)
def test_how_a_literal_is_sent(capabilities, size, sign):
    with scripted(after_login=capabilities) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.append(BOX, None, b"x" * size, frozenset({"seen"}), NOW) is None
        assert server.commands[-1] == (f'APPEND "Box" (\\Seen) " 5-Mar-2026 07:08:09 +0000" {sign}' + "x" * size)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ("{tag} NO [OVERQUOTA] full", QuotaError, "over_quota"),
        ("{tag} NO Not enough disk quota", QuotaError, "over_quota"),
        ("{tag} NO [TOOBIG] much too big", QuotaError, "too_large"),
        ("{tag} NO Message size exceeds fixed limit", QuotaError, "too_large"),
        ("{tag} NO [TRYCREATE] no", FolderGoneError, "gone"),
        ("{tag} NO [NOPERM] no", ChangeRefusedError, "no_permission"),
        ("{tag} NO I do not like it", ChangeRefusedError, "refused"),
    ],
)
def test_why_a_message_is_not_taken(answer, error, reason):
    with (
        scripted({"APPEND": answer}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
        pytest.raises(error) as caught,
    ):
        adapter.append(BOX, None, message())
    assert caught.value.reason == reason


def test_a_message_larger_than_the_server_takes_is_not_sent():
    with (
        scripted(after_login="IMAP4rev1 APPENDLIMIT=100") as server,
        open_adapter("imap", settings(server.port)) as adapter,
    ):
        with pytest.raises(QuotaError) as caught:
            adapter.append(BOX, None, b"x" * 101)
        assert (caught.value.reason, caught.value.details["limit"]) == ("too_large", 100)
        assert not any(command.startswith("APPEND") for command in server.commands)


def test_a_keyword_that_is_refused_is_left_out():
    script = {"APPEND": lambda command: "{tag} BAD keyword" if "blue" in command else "{tag} OK [APPENDUID 7 12] x"}
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.append(BOX, None, message(), frozenset({"seen", "blue"})) == 12
        assert "(\\Seen)" in [command for command in server.commands if command.startswith("APPEND")][-1]


def test_over_quota_on_a_real_server():
    from tests.servers.dovecot import Dovecot

    quota = "mail_plugins = quota\nplugin {\n  quota = count:User\n  quota_vsizes = yes\n  quota_rule = *:storage=1M\n}"
    with Dovecot(settings=quota) as server:
        server.add_user("quota@example.com", "secret")
        user = settings(server.ports["imap"], user="quota@example.com")
        with open_adapter("imap", replace(user)) as adapter, pytest.raises(QuotaError) as caught:
            adapter.append(inbox(adapter), None, message(1, 2_000_000))
    assert caught.value.reason == "over_quota"


def test_a_lost_acknowledgement_of_an_append(writing_mailbox):
    with (
        Proxy(writing_mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=writing_mailbox.user)) as adapter,
    ):
        sent = named(adapter, writing_mailbox.prefix + "Sent")
        # The same message, from before.
        writing_mailbox.append(sent.path, [message(1)])
        store = Store()
        store.sync(adapter, folder=sent)
        proxy.swallow = b"Append completed"
        with pytest.raises(NetworkError):
            adapter.append(sent, store.cursor, message(1))
        assert adapter.append(sent, store.cursor, message(1), again=True) == 2
        # And if nothing had arrived:
        adapter.append(sent, store.cursor, message(2), again=True)
    assert len(on_server(writing_mailbox.client, sent.path)) == 3


@pytest.mark.parametrize("name", ["Projects", "Ärger & Freude", 'a "b" \\ c', "日本語", "&", "x" * 60, "with  spaces"])
def test_create(writing_mailbox, name):
    adapter = writing_mailbox.adapter()
    made = adapter.create_folder(name)
    listed = named(adapter, made.path)
    assert (listed.name, listed.parent_path, listed.subscribed) in ((name, None, True), (name, None, None))
    below = adapter.create_folder("Below", made)
    listed = named(adapter, below.path)
    assert (listed.name, listed.parent_path) == ("Below", made.path)
    assert adapter.append(below, None, message()) == 1
    subscribed = [row[2] for row in writing_mailbox.client.list_sub_folders()]
    assert {made.path, below.path} <= set(subscribed)
    with pytest.raises(ChangeRefusedError) as caught:
        adapter.create_folder(name)
    assert caught.value.reason == "exists"


def test_create_before_anything_was_listed(bare_mailbox):
    made = bare_mailbox.adapter().create_folder("New")
    assert (made.path, made.name, made.parent_path) == ("INBOX.New", "New", None)


@pytest.mark.parametrize("name", ["", " ", "a*b", "%", "tab\there", "half \ud800"])
def test_names_that_are_none(writing_mailbox, name):
    adapter = writing_mailbox.adapter()
    for bad in (name, f"a{writing_mailbox.separator}b"):
        with pytest.raises(ChangeRefusedError) as caught:
            adapter.create_folder(bad)
        assert caught.value.reason == "bad_name"


@pytest.mark.parametrize("name", ["a\rb", "a\nb", "a\0b"])
def test_names_with_line_ends(mailbox, name):
    adapter = mailbox.adapter()
    with pytest.raises(InvalidInputError):
        adapter.create_folder(name)
    with pytest.raises(InvalidInputError):
        adapter.rename_folder(named(adapter, "Sent"), name)


def test_rename(writing_mailbox):
    adapter, client = writing_mailbox.adapter(), writing_mailbox.client
    made = adapter.create_folder("Old & böse")
    below = adapter.create_folder("Below", made)
    other = adapter.create_folder("Other")
    adapter.append(made, None, message(1))
    adapter.append(below, None, message(2))
    # It may be open just then.
    list(adapter.changes(below, None, None))
    renamed = adapter.rename_folder(made, "New", other)
    separator = writing_mailbox.separator
    assert renamed.path == f"{other.path}{separator}New"
    paths = {folder.path: folder for folder in adapter.folders()}
    assert made.path not in paths
    assert paths[renamed.path].parent_path == other.path
    moved = f"{renamed.path}{separator}Below"
    assert set(on_server(client, moved)) == {1}
    subscribed = {row[2] for row in client.list_sub_folders()}
    assert {renamed.path, moved} <= subscribed
    assert not {made.path, below.path} & subscribed
    again = adapter.rename_folder(paths[renamed.path], "Top")
    assert named(adapter, again.path).parent_path is None
    with pytest.raises(ChangeRefusedError) as caught:
        adapter.rename_folder(again, "Sent")
    assert caught.value.reason == "exists"


def test_rename_into_itself(mailbox):
    adapter = mailbox.adapter()
    made = adapter.create_folder("A")
    for parent in (made, adapter.create_folder("B", made)):
        with pytest.raises(ChangeRefusedError) as caught:
            adapter.rename_folder(made, "C", parent)
        assert caught.value.reason == "bad_name"
    assert adapter.rename_folder(made, "A") == made


def test_delete(writing_mailbox):
    adapter, client = writing_mailbox.adapter(), writing_mailbox.client
    made = adapter.create_folder("Gone")
    adapter.append(made, None, message())
    list(adapter.changes(made, None, None))
    adapter.delete_folder(made)
    assert made.path not in [folder.path for folder in adapter.folders()]
    assert made.path not in [row[2] for row in client.list_sub_folders()]
    with pytest.raises(FolderGoneError):
        adapter.delete_folder(made)
    with pytest.raises(FolderGoneError):
        adapter.rename_folder(made, "Other")


def test_the_inbox_is_fixed(writing_mailbox):
    adapter = writing_mailbox.adapter()
    for attempt in (adapter.delete_folder, lambda folder: adapter.rename_folder(folder, "Other")):
        with pytest.raises(ChangeRefusedError) as caught:
            attempt(inbox(adapter))
        assert caught.value.reason == "fixed"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("{tag} NO [ALREADYEXISTS] x", "exists"),
        ("{tag} NO Mailbox already exists", "exists"),
        ("{tag} NO [CANNOT] Invalid mailbox name", "bad_name"),
        ("{tag} NO [NOPERM] x", "no_permission"),
        ("{tag} NO Permission denied", "no_permission"),
        ("{tag} NO x", "refused"),
    ],
)
def test_why_a_folder_is_not_made(answer, reason):
    script = {"CREATE": answer, "LIST": '* LIST () "/" INBOX'}
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(ChangeRefusedError) as caught:
            adapter.create_folder("New")
        assert caught.value.reason == reason
        assert not any(command.startswith("SUBSCRIBE") for command in server.commands)


def test_subscriptions_that_are_refused_are_no_matter():
    script = {
        "LIST": '* LIST () "/" INBOX\r\n* LIST () "/" Old',
        "SUBSCRIBE": "{tag} NO no",
        "UNSUBSCRIBE": "{tag} BAD no",
        "LSUB": "{tag} BAD no",
    }
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        made = adapter.create_folder("New")
        assert adapter.rename_folder(made, "Newer").path == "Newer"
        adapter.delete_folder(named(adapter, "Old"))
        assert [command for command in server.commands if command.split()[0] in ("CREATE", "RENAME", "DELETE")] == [
            'CREATE "New"',
            'RENAME "New" "Newer"',
            'DELETE "Old"',
        ]
