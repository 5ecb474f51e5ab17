const SERVICE = "concord_inbox.compose";

/** @returns {boolean} whether emails can be written here */
export function canCompose(env) {
    return SERVICE in env.services;
}

/**
 * Open the window in which an email is written.
 *
 * @param {Object} env
 * @param {Object} what see `open()` of that service: `{begin}`, `{reply: {message_id, kind}}` or `{draft_id}`
 * @returns {boolean} false when emails cannot be written here
 */
export function compose(env, what) {
    if (!canCompose(env)) {
        return false;
    }
    env.services[SERVICE].open(what);
    return true;
}

/** States of an email that opens to be written on, not to be read. */
const BEING_WRITTEN = ["draft", "scheduled", "failed"];

/**
 * Open what is being written in its window.
 *
 * @param {Object} env
 * @param {Object} record an email of a list
 * @returns {boolean} false when it is none of those
 */
export function openDraft(env, record) {
    // Of one that was perhaps sent it is decided first whether it was; that is done where it is read.
    const isDraft = BEING_WRITTEN.includes(record.data.state) && !record.data.is_doubtful;
    return isDraft && compose(env, { draft_id: record.resId });
}
