"""The folders of an Outlook mailbox, listed and changed."""

import pytest
from odoo.addons.concord_inbox.adapters.errors import ChangeRefusedError, FolderGoneError, InvalidInputError
from odoo.addons.concord_inbox.adapters.outlook import folders as folders_module

from .outlook import folder, look


def test_folders_are_a_tree_with_roles_and_without_what_outlook_hides(outlook):
    offers = outlook.mailbox.add_folder("Offers")
    outlook.mailbox.add_folder("2026", offers.id)
    # Exchange takes a slash in a name.
    outlook.mailbox.add_folder("In/Out", offers.id)
    outlook.deliver(2, "Offers")
    listed = outlook.adapter().folders()
    assert [(one.path, one.role, one.parent_path) for one in listed] == [
        ("Inbox", "inbox", None),
        ("Sent Items", "sent", None),
        ("Drafts", "drafts", None),
        ("Deleted Items", "trash", None),
        ("Junk Email", "junk", None),
        ("Archive", "archive", None),
        ("Conversation History", None, None),
        ("Offers", None, None),
        ("Offers/2026", None, "Offers"),
        ("Offers/In\\/Out", None, "Offers"),
    ]
    by_path = {one.path: one for one in listed}
    assert by_path["Offers"].total == 2 and by_path["Offers/In\\/Out"].name == "In/Out"
    # All of it with one request.
    assert outlook.count() == 1


def test_many_folders_come_in_pages_and_a_missing_archive_is_no_matter(outlook, monkeypatch):
    monkeypatch.setattr(folders_module, "PAGE", 4)
    outlook.mailbox.delete_folder(outlook.mailbox.known("archive"))
    parent = None
    for number in range(9):
        parent = outlook.mailbox.add_folder(f"Level {number}", parent).id
    listed = outlook.adapter().folders()
    assert len(listed) == 15 and "archive" not in {one.role for one in listed}
    assert listed[-1].path == "/".join(f"Level {number}" for number in range(9))


def test_folders_are_made_renamed_moved_and_deleted(outlook):
    adapter = outlook.adapter()
    offers = adapter.create_folder("Offers")
    old = adapter.create_folder("Old", offers)
    assert (offers.path, old.path, old.parent_path) == ("Offers", "Offers/Old", "Offers")
    ids = outlook.deliver(2, "Offers/Old")
    cursor = look(adapter, old)[-1].cursor
    renamed = adapter.rename_folder(old, "Older")
    assert (renamed.path, renamed.parent_path) == ("Older", None)
    listed = folder(adapter, "Older")
    # The same folder, whose cursor and ids stay good.
    assert adapter.could_be(listed, cursor) and look(adapter, listed, cursor) == []
    assert adapter.present(listed, cursor, ids) == set(ids)
    adapter.rename_folder(listed, "Older", offers)
    assert folder(adapter, "Offers/Older").total == 2
    adapter.delete_folder(folder(adapter, "Offers"))
    # What was below stays, one further up.
    assert [one.path for one in adapter.folders() if one.name in ("Offers", "Older")] == ["Older"]
    assert folder(adapter, "Older").total == 2


def test_without_permanent_delete_a_folder_goes_to_the_deleted_items(outlook):
    outlook.service.graph.lacks_permanent_delete = True
    adapter = outlook.adapter()
    adapter.delete_folder(adapter.create_folder("Offers"))
    assert [one.path for one in adapter.folders() if one.name == "Offers"] == ["Deleted Items/Offers"]


def test_what_cannot_be_done_with_a_folder_is_said(outlook):
    adapter = outlook.adapter()
    offers = adapter.create_folder("Offers")
    reasons = {}
    for name, change in {
        "exists": lambda: adapter.create_folder("offers"),
        "exists too": lambda: adapter.rename_folder(offers, "Archive"),
        "fixed": lambda: adapter.rename_folder(folder(adapter), "Entrance"),
        "fixed too": lambda: adapter.delete_folder(folder(adapter, "Sent Items")),
        "bad_name": lambda: adapter.create_folder(" "),
    }.items():
        with pytest.raises(ChangeRefusedError) as refusal:
            change()
        reasons[name] = refusal.value.reason
    assert all(name.removesuffix(" too") == reason for name, reason in reasons.items()), reasons
    with pytest.raises(InvalidInputError):
        adapter.create_folder("a\r\nb")
    adapter.delete_folder(offers)
    for change in (
        adapter.delete_folder,
        lambda gone: adapter.rename_folder(gone, "New"),
        lambda gone: look(adapter, gone),
    ):
        with pytest.raises(FolderGoneError):
            change(offers)
