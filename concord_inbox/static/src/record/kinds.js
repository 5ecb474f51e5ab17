/**
 * What has a chatter, and on whose page no emails belong: mailboxes and their conversations, chats.
 */
const NO_DOCUMENTS = /^(inbox|discuss|mail)\./;

/**
 * @param {string} resModel
 * @returns {boolean} whether the chatter of such a document can show the emails that belong there
 */
export function hasEmails(resModel) {
    return !NO_DOCUMENTS.test(resModel);
}
