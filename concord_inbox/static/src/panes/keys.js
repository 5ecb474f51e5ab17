import { _t } from "@web/core/l10n/translation";

/** Keys (a pair with a space), the name of what they do, and what the help says. */
export const KEYS = [
    ["j", "next", _t("Next conversation")],
    ["k", "previous", _t("Previous conversation")],
    ["o", "open", _t("Open")],
    ["Enter", "open", _t("Open")],
    ["u", "back", _t("Back to the list")],
    ["x", "select", _t("Select")],
    ["e", "archive", _t("Archive")],
    ["#", "trash", _t("Move to the trash")],
    ["!", "spam", _t("Spam")],
    ["v", "move", _t("Move to a folder")],
    ["s", "star", _t("Star")],
    ["I", "read", _t("Mark as read")],
    ["U", "unread", _t("Mark as unread")],
    ["r", "reply", _t("Reply")],
    ["a", "replyAll", _t("Reply to all")],
    ["f", "forward", _t("Forward")],
    ["c", "compose", _t("Write an email")],
    ["g i", "goInbox", _t("Go to the inbox")],
    ["g s", "goStarred", _t("Go to what is starred")],
    ["g d", "goDrafts", _t("Go to the drafts")],
    ["g a", "goAll", _t("Go to all inboxes")],
    ["/", "search", _t("Search")],
    ["?", "help", _t("These keys")],
];
