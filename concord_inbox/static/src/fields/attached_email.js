import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

import { EmailFrame } from "./email_frame";
import { fileSize } from "./file_size";

/** An email that is attached to an email, with its own files; those that are emails open likewise. */
export class AttachedEmail extends Component {
    static template = "concord_inbox.AttachedEmail";
    static components = { Dialog, EmailFrame };
    static props = {
        attachmentId: Number,
        /** Which file of it is meant instead, and of that: an email attached to it. */
        path: { type: Array, element: Number },
        close: Function,
    };

    setup() {
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.state = useState({ email: null, images: false, pictures: 0, trackers: 0 });
        onWillStart(async () => {
            const { attachmentId, path } = this.props;
            this.state.email = await this.orm.call("inbox.message", "attached_email", [
                attachmentId,
                path,
            ]);
        });
    }

    get frameTitle() {
        return _t("Text of the attached email");
    }

    address(what, more = {}) {
        const asked = new URLSearchParams(more);
        if (this.props.path.length) {
            asked.set("at", this.props.path.join("."));
        }
        const path = `/concord_inbox/attached/${this.props.attachmentId}/${what}`;
        return String(asked) ? `${path}?${asked}` : path;
    }

    get url() {
        return this.address("body", this.state.images ? { images: "1" } : {});
    }

    get files() {
        return this.state.email.files.map((file) => ({
            ...file,
            size: fileSize(file.size),
            url: this.address(`file/${file.number}`),
        }));
    }

    onShown({ pictures, trackers }) {
        Object.assign(this.state, { pictures, trackers });
    }

    open(ev, file) {
        if (file.is_email) {
            ev.preventDefault();
            const { attachmentId, path } = this.props;
            this.dialog.add(AttachedEmail, { attachmentId, path: [...path, file.number] });
        }
    }
}
