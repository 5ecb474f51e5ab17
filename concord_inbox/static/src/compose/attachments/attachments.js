import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

import { fileSize } from "../../fields/file_size";

/** From this part of the server's limit on, the size is shown. */
const NEAR = 0.6;

/** The files of a draft with their sizes, those on their way, and how near the whole is to what the server takes. */
export class Attachments extends Component {
    static template = "concord_inbox.Attachments";
    static props = { draft: Object, onRemove: Function };

    size(file) {
        return fileSize(file.size);
    }

    removeTitle({ name }) {
        return _t("Remove %s", name);
    }

    percent({ progress }) {
        return Math.round(progress * 100);
    }

    get part() {
        const { size, sizeLimit } = this.props.draft;
        return sizeLimit ? size / sizeLimit : 0;
    }

    get isNear() {
        return this.part > NEAR;
    }

    get meter() {
        return {
            percent: Math.min(100, Math.round(this.part * 100)),
            color: this.part > 1 ? "bg-danger" : this.part > 0.9 ? "bg-warning" : "bg-primary",
        };
    }

    get meterText() {
        const { size, sizeLimit } = this.props.draft;
        const sizes = { size: fileSize(size), limit: fileSize(sizeLimit) };
        return this.part > 1
            ? _t("%(size)s: the mail server takes no more than %(limit)s. Remove something.", sizes)
            : _t("%(size)s of the %(limit)s that the mail server takes", sizes);
    }
}
