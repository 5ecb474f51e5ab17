# ruff: noqa: E501 (a line for each way: it is a table)
"""Every way there is to something of an email: each takes a user's environment and returns what he gets.

What is looked for is marked: `marks.body` occurs in the text of the email and nowhere else, and so on. So a way finds
more than what it was made for: whatever it brings that carries a mark that the user must not see is a leak.
"""

import base64
from dataclasses import dataclass, fields

from odoo.exceptions import AccessError, MissingError, UserError

#: A PNG of one pixel; what follows its end does not bother anybody.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Marks:
    """The words by which what belongs to one situation is known."""

    account: str
    folder: str
    conversation: str
    note: str
    subject: str
    person: str
    body: str
    file: str
    source: str

    @classmethod
    def of(cls, number):
        return cls(**{field.name: f"q{field.name}{number:02d}q" for field in fields(cls)})

    def found_in(self, data):
        text = data.decode("latin1") if isinstance(data, bytes) else repr(data)
        return {field.name for field in fields(self) if getattr(self, field.name) in text.lower()}


def ids(records):
    return [("id", "in", records.ids)]


def everything(records):
    """All fields of `records` that the user may read, as RPC hands them out."""
    return records.read(list(records.fields_get(attributes=["type"])))


def files_of(env, here):
    return env["ir.attachment"].search([("res_model", "=", "inbox.message"), ("res_id", "=", here.message.id)])


def raw(attachments):
    return [attachment.raw for attachment in attachments]


def onchange(env, here):
    """What a window shows of the ids that it is opened with."""
    model = env["inbox.folder.edit"].with_context(
        default_account_id=here.account.id, default_folder_id=here.folder.id, default_parent_id=here.folder.id
    )
    name = {"fields": {"display_name": {}}}
    return model.onchange({}, [], {"account_id": name, "folder_id": name, "parent_id": name})


def bulk(env, here, **target):
    """Whether something can be done to the email with many at once."""
    here.message.is_starred = False
    done = env["inbox.message"].bulk_apply("star", target, conversations=True)
    return done["count"] and here.marks.subject


def bulk_undo(env, here):
    here.message.is_starred = True
    env["inbox.message"].bulk_undo({"field": "is_starred", "value": False, "ids": here.message.ids})
    return here.marks.subject


def conversations(env):
    return env["inbox.message"].with_context(inbox_conversations=True)


def by_words(env, text):
    """The subjects of the emails that the search bar finds."""
    return env["inbox.message"].search([("search_query", "ilike", text)]).mapped("subject")


def of_contact(env, here):
    """By the page of the contact, asking for one email alone."""
    found = env["res.partner"].search(
        [("inbox_message_ids", "in", here.message.ids), *ids(here.partner)]
    ).inbox_message_ids & here.message.with_env(env)
    return found.mapped("subject")


def chatter(env, here):
    """Notes and activities, by their own models and by the conversation."""
    domain = [("res_id", "=", here.conversation.id)]
    return (
        env["mail.message"].search_read([*domain, ("model", "=", "inbox.conversation")]),
        env["mail.activity"].search_read([*domain, ("res_model", "=", "inbox.conversation")]),
    )


def undone(way):
    """What the way brings, and nothing of what it does stays: a draft would quote the email to whoever reads it."""

    def work(env, here):
        with env.cr.savepoint() as savepoint:
            try:
                return way(env["inbox.message"], here)
            finally:
                savepoint.rollback()

    return work


def answer(kind):
    return undone(lambda model, here: model.compose_reply(here.message.id, kind))


#: way -> (the mark that it is after, what it does). Those by HTTP are in the test, for they need a session.
WAYS = {
    "account: read": ("account", lambda env, here: everything(here.account.with_env(env))),
    "account: search": ("account", lambda env, here: env["inbox.account"].search_read([("name", "ilike", here.marks.account)])),
    "account: name search": ("account", lambda env, here: env["inbox.account"].name_search(here.marks.account)),
    "account: export": ("account", lambda env, here: here.account.with_env(env).export_data(["name", "email"])),
    "account: name on the email": ("account", lambda env, here: here.message.with_env(env).web_read({"account_id": {"fields": {"display_name": {}}}})),
    "account: group counts": ("account", lambda env, here: env["inbox.message"].formatted_read_group(ids(here.message), ["account_id"], ["__count"])),
    "account: search panel": ("account", lambda env, here: env["inbox.message"].search_panel_select_range("folder_id")),
    "account: panel by account": ("account", lambda env, here: env["inbox.message"].search_panel_select_multi_range("account_id", enable_counters=True)),
    "account: name in a window": ("account", onchange),
    "account: emails by its name": ("subject", lambda env, here: by_words(env, f"account:{here.marks.account}")),
    "account: what its provider tells": ("account", lambda env, here: env["inbox.subscription"].search_read([("account_id", "=", here.account.id)])),
    "folder: read": ("folder", lambda env, here: everything(here.folder.with_env(env))),
    "folder: search": ("folder", lambda env, here: env["inbox.folder"].search_read([("path", "ilike", here.marks.folder)])),
    "folder: name search": ("folder", lambda env, here: env["inbox.folder"].name_search(here.marks.folder)),
    "folder: name on the email": ("folder", lambda env, here: here.message.with_env(env).web_read({"folder_ids": {"fields": {"display_name": {}}}})),
    "folder: group counts": ("folder", lambda env, here: env["inbox.message"].formatted_read_group(ids(here.message), ["folder_ids"], ["__count"])),
    "folder: search panel": ("folder", lambda env, here: env["inbox.message"].search_panel_select_range("folder_id")),
    "folder: emails by its id": ("subject", lambda env, here: env["inbox.message"].search([("folder_ids", "in", here.folder.ids)]).mapped("subject")),
    "folder: emails of a node": ("subject", lambda env, here: env["inbox.message"].search([("folder_id", "in", here.folder.ids)]).mapped("subject")),
    "folder: copies": ("subject", lambda env, here: here.copy.with_env(env).inbox_message_id.mapped("subject") if everything(here.copy.with_env(env)) else []),
    "folder: emails by its name": ("subject", lambda env, here: by_words(env, f"in:{here.marks.folder}")),
    "conversation: read": ("conversation", lambda env, here: everything(here.conversation.with_env(env))),
    "conversation: search": ("conversation", lambda env, here: env["inbox.conversation"].search_read([("subject", "ilike", here.marks.conversation)])),
    "conversation: name on the email": ("conversation", lambda env, here: here.message.with_env(env).read(["conversation_id"])),
    "conversation: group counts": ("conversation", lambda env, here: env["inbox.message"].formatted_read_group(ids(here.message), ["conversation_id"], ["__count"])),
    "conversation: notes, activities": ("note", chatter),
    "conversation: note by its id": ("note", lambda env, here: here.note.with_env(env).read(["body"])),
    "email: read": ("subject", lambda env, here: everything(here.message.with_env(env))),
    "email: search": ("subject", lambda env, here: env["inbox.message"].search_read([("subject", "ilike", here.marks.subject)])),
    "email: search by words": ("subject", lambda env, here: by_words(env, here.marks.subject)),
    "email: search by dotted path": ("subject", lambda env, here: env["inbox.message"].search([("participant_ids.email", "ilike", here.marks.person)]).mapped("subject")),
    "email: count": ("subject", lambda env, here: env["inbox.message"].search_count(ids(here.message)) and here.marks.subject),
    "email: group counts": ("subject", lambda env, here: env["inbox.message"].formatted_read_group(ids(here.message), ["subject"], ["__count"])),
    "email: list of conversations": ("subject", lambda env, here: conversations(env).web_search_read(ids(here.message), {"subject": {}, "thread_people": {}, "thread_ids": {"fields": {"subject": {}}}})),
    "email: done to many, by ids": ("subject", lambda env, here: bulk(env, here, ids=here.message.ids)),
    "email: done to many, by a domain": ("subject", lambda env, here: bulk(env, here, domain=ids(here.message))),
    "email: undone to many": ("subject", bulk_undo),
    "email: name search": ("subject", lambda env, here: env["inbox.message"].name_search(here.marks.subject)),
    "email: export": ("subject", lambda env, here: here.message.with_env(env).export_data(["subject", "participant_ids/email"])),
    "email: by the contact": ("subject", of_contact),
    "email: count on the contact": ("subject", lambda env, here: here.partner.with_env(env).inbox_message_count and here.marks.subject),
    "email: on the contact's page": ("subject", lambda env, here: env["inbox.message"].search([("on_record", "=", f"res.partner,{here.partner.id}"), *ids(here.message)]).mapped("subject")),
    "participants: read": ("person", lambda env, here: everything(here.participant.with_env(env))),
    "participants: search": ("person", lambda env, here: env["inbox.participant"].search_read([("email", "ilike", here.marks.person)])),
    "participants: search by words": ("person", lambda env, here: by_words(env, f"from:{here.marks.person}") and here.marks.person),
    "participants: group counts": ("person", lambda env, here: env["inbox.participant"].formatted_read_group([("email", "ilike", here.marks.person)], ["email"], ["__count"])),
    "body: read": ("body", lambda env, here: here.message.with_env(env).read(["body_text", "body_html", "snippet"])),
    "body: search": ("body", lambda env, here: env["inbox.message"].search_read([("body_text", "ilike", here.marks.body)], ["body_text"])),
    "body: search by words": ("body", lambda env, here: by_words(env, here.marks.body) and here.marks.body),
    "body: what was found, marked": ("body", lambda env, here: here.message.with_env(env).with_context(inbox_search=here.marks.body).read(["search_snippet"])),
    "body: search the beginning": ("body", lambda env, here: env["inbox.message"].search([("snippet", "ilike", here.marks.body)]) and here.marks.body),
    "body: export": ("body", lambda env, here: here.message.with_env(env).export_data(["body_text", "snippet"])),
    "attachment: read": ("file", lambda env, here: here.attachment.with_env(env).read(["name", "raw", "index_content", "checksum", "description"])),
    "attachment: search by email": ("file", lambda env, here: raw(files_of(env, here))),
    "attachment: search by checksum": ("file", lambda env, here: raw(env["ir.attachment"].search([("checksum", "=", here.attachment.checksum)]))),
    "attachment: search by name": ("file", lambda env, here: env["ir.attachment"].search_read([("name", "ilike", here.marks.file)], ["name"])),
    "attachment: group counts": ("file", lambda env, here: env["ir.attachment"].formatted_read_group([("res_model", "=", "inbox.message"), *ids(here.attachment)], ["name"], ["__count"])),
    "attachment: on the email": ("file", lambda env, here: raw(here.message.with_env(env).attachment_ids)),
    "attachment: emails by its text": ("file", lambda env, here: env["inbox.message"].search([("attachment_ids.name", "ilike", here.marks.file)]) and here.marks.file),
    "attachment: emails by words": ("file", lambda env, here: by_words(env, f"filename:{here.marks.file}") and here.marks.file),
    "raw source: read": ("source", lambda env, here: base64.b64decode(here.quarantine.with_env(env).read(["source"])[0]["source"])),
    "raw source: search": ("source", lambda env, here: env["inbox.quarantine"].search_read([("reason", "ilike", here.marks.source)], ["reason"])),
    "raw source: as attachment": ("source", lambda env, here: raw(env["ir.attachment"].search([("res_model", "=", "inbox.quarantine"), ("res_field", "=", "source"), ("res_id", "=", here.quarantine.id)]))),
    "writing: from the account": ("account", undone(lambda model, here: model.compose_begin({"account_id": here.account.id}))),
    "writing: an answer": ("body", answer("reply")),
    "writing: a forward": ("file", answer("forward")),
    "writing: a draft opened": ("body", undone(lambda model, here: model.compose_open(here.message.id))),
    "writing: a draft saved": ("subject", undone(lambda model, here: model.compose_save(here.message.id, {"subject": "x"}, 0) and here.marks.subject)),
}  # fmt: skip


def attempt(way, env, here):
    """What the way brings; nothing where Odoo refuses."""
    try:
        return way(env, here)
    except (AccessError, MissingError, UserError):
        return None
