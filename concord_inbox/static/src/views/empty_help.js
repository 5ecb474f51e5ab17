import { _t } from "@web/core/l10n/translation";

import { markup } from "@odoo/owl";

/** What opens the form of a first account. */
const CONNECT = "concord_inbox.action_connect_personal";

/** What is said of a node that holds nothing, by its role: a title, and what helps. */
const OF_ROLE = {
    starred: [
        _t("Nothing is starred"),
        _t("A star keeps an email at hand: click on it, or press the key s."),
    ],
    junk: [_t("No spam"), _t("What is taken for spam comes here, and is no new mail to anybody.")],
    trash: [_t("The trash is empty"), _t("What you throw away stays here until it is emptied.")],
};

/**
 * What is shown where there are no emails.
 *
 * @param {Object} searchModel
 * @param {any} otherwise where there is nothing particular to say
 * @returns {any} markup
 */
export function emptyHelp({ chosenNode, folderSection, isSearching }, otherwise) {
    // The panel has this node for those alone who see an account.
    if (folderSection && !folderSection.values.has("starred")) {
        return begin();
    }
    if (isSearching) {
        return said(
            _t("No email was found"),
            _t(
                "Fewer words or filters may find it; “All inboxes” searches in all accounts and folders."
            )
        );
    }
    const role = chosenNode ? chosenNode.role : "inbox";
    if (folderSection && role === "inbox") {
        return said(_t("Inbox zero"), _t("Everything is read, answered and put away."));
    }
    return OF_ROLE[role] ? said(...OF_ROLE[role]) : otherwise;
}

function said(title, text) {
    return markup`<p class="o_view_nocontent_smiling_face">${title}</p><p>${text}</p>`;
}

/** For those who see no account: they have not connected one yet, or the last one was taken from them. */
function begin() {
    const title = _t("Connect your first account");
    const text = _t("Your emails come here, and stay in step with your mail server.");
    const shared = _t(
        "Shared accounts appear by themselves, once a manager of the inbox lets you see them."
    );
    const label = _t("Connect");
    return markup`<p class="o_view_nocontent_smiling_face">${title}</p><p>${text} ${shared}</p>
        <p><a type="action" name="${CONNECT}" class="btn btn-primary">${label}</a></p>`;
}
