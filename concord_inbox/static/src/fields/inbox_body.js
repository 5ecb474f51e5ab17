import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillUpdateProps, useState } from "@odoo/owl";

import { EmailFrame } from "./email_frame";

/** An email's text, and above it what is said of pictures that would come from elsewhere. */
export class InboxBody extends Component {
    static template = "concord_inbox.InboxBody";
    static components = { EmailFrame };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({});
        this.begin(this.props);
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.props.record.resId) {
                this.begin(next);
            }
        });
    }

    /** What is known before the page has come. */
    begin({ record, name }) {
        Object.assign(this.state, {
            images: false,
            trusted: Boolean(record.data.is_sender_trusted),
            pictures: record.data[name] ? 1 : 0,
            trackers: 0,
        });
    }

    get url() {
        const asked = new URLSearchParams();
        if (this.state.images) {
            asked.set("images", "1");
        }
        if (this.env.inboxSearched) {
            asked.set("search", this.env.inboxSearched);
        }
        if (this.state.trusted !== Boolean(this.props.record.data.is_sender_trusted)) {
            // Another page than the one that was loaded before it was said.
            asked.set("trusted", this.state.trusted ? "1" : "0");
        }
        const path = `/concord_inbox/message/${this.props.record.resId}/body`;
        return String(asked) ? `${path}?${asked}` : path;
    }

    get title() {
        return _t("Text of the email");
    }

    get keptOut() {
        const { trackers } = this.state;
        return trackers === 1
            ? _t("1 tracking pixel kept out")
            : _t("%s tracking pixels kept out", trackers);
    }

    onShown({ pictures, trackers }) {
        Object.assign(this.state, { pictures, trackers });
    }

    showImages() {
        this.state.images = true;
    }

    async trust() {
        await this.orm.call("inbox.message", "trust_sender", [this.props.record.resId]);
        // Of one in the spam folder, too, this once.
        Object.assign(this.state, { images: true, trusted: true });
    }

    async distrust() {
        await this.orm.call("inbox.message", "distrust_sender", [this.props.record.resId]);
        Object.assign(this.state, { images: false, trusted: false });
    }
}

export const inboxBody = {
    component: InboxBody,
    displayName: _t("Email text"),
    supportedTypes: ["boolean"],
    fieldDependencies: [{ name: "is_sender_trusted", type: "boolean", readonly: true }],
};

registry.category("fields").add("inbox_body", inboxBody);
