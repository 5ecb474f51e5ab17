import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

/** What the server answered, or the sentence that says why there is no answer. */
function answerOf(request) {
    if (request.status === 413) {
        throw new Error(_t("The file is too large for this server."));
    }
    let answer;
    try {
        answer = JSON.parse(request.responseText);
    } catch {
        throw new Error(_t("The file could not be uploaded. Try again."));
    }
    if (request.status !== 200 || answer.error) {
        throw new Error(
            answer.error?.data?.message ||
                answer.error?.message ||
                answer.error ||
                _t("The file could not be uploaded. Try again.")
        );
    }
    return answer;
}

/**
 * Send a file to the server, to be with a draft.
 *
 * @param {number} draftId
 * @param {File} file
 * @param {Object} options
 * @param {boolean} [options.inline] whether it is a picture in the text
 * @param {(part: number) => void} [options.onProgress] given how much has gone, from 0 to 1
 * @returns {{promise: Promise<Object>, cancel: () => void}} the promise rejects with a sentence for the user, or, when
 *     it was cancelled, with nothing
 */
export function upload(draftId, file, { inline = false, onProgress = () => {} } = {}) {
    const request = new browser.XMLHttpRequest();
    const form = new FormData();
    form.append("csrf_token", odoo.csrf_token);
    form.append("ufile", file);
    if (inline) {
        form.append("inline", "1");
    }
    const promise = new Promise((resolve, reject) => {
        request.upload.addEventListener("progress", (ev) =>
            onProgress(ev.total ? ev.loaded / ev.total : 0)
        );
        request.addEventListener("load", () => {
            try {
                resolve(answerOf(request));
            } catch (error) {
                reject(error);
            }
        });
        request.addEventListener("abort", () => reject());
        request.addEventListener("error", () =>
            reject(new Error(_t("%s was not uploaded: no connection. Add it again.", file.name)))
        );
        request.open("POST", `/concord_inbox/draft/${draftId}/attach`);
        request.send(form);
    });
    return { promise, cancel: () => request.abort() };
}
