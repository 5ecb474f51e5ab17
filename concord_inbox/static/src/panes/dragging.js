import { _t } from "@web/core/l10n/translation";

import { reactive } from "@odoo/owl";

/** What is being dragged: `{count, drop(folderId)}`; null while nothing is. */
export const dragged = reactive({ current: null });

/**
 * @param {DragEvent} ev
 * @param {Object} what
 * @param {number} what.count
 * @param {string} what.subject of the email that was taken hold of
 * @param {(folderId: number) => void} what.drop moves it all there
 */
export function startDragging(ev, what) {
    dragged.current = what;
    ev.dataTransfer.effectAllowed = "move";
    // Some browsers drag nothing without data; other pages get no more than the subject.
    ev.dataTransfer.setData("text/plain", what.subject || "");
    const picture = document.createElement("div");
    picture.className = "o_inbox_drag_picture badge text-bg-primary";
    picture.textContent =
        what.count > 1 ? _t("%s conversations", what.count) : what.subject || _t("(no subject)");
    document.body.append(picture);
    ev.dataTransfer.setDragImage(picture, 12, 12);
    setTimeout(() => picture.remove());
}
