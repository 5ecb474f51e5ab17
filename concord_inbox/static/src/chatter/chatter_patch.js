import { Chatter } from "@mail/chatter/web_portal/chatter";
import { Thread } from "@mail/core/common/thread";
import { patch } from "@web/core/utils/patch";

import { Component, useState } from "@odoo/owl";

import { preferences, setPreference } from "../panes/preferences";
import { hasEmails } from "../record/kinds";
import { ChatterEmail } from "./chatter_email";
import { useChatterEmails } from "./chatter_emails";

/** Has the chatter show emails, or not any more, wherever the user looks. */
class ChatterEmailsToggle extends Component {
    static template = "concord_inbox.ChatterEmailsToggle";
    static props = {};

    setup() {
        this.preferences = useState(preferences);
    }

    toggle() {
        return setPreference("in_chatter", !this.preferences.in_chatter);
    }
}

Thread.components = { ...Thread.components, ChatterEmail };
Chatter.components = { ...Chatter.components, ChatterEmailsToggle };

patch(Chatter.prototype, {
    get canShowInboxEmails() {
        return Boolean(this.props.threadId) && hasEmails(this.props.threadModel);
    },
});

patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        if (this.env.inChatter && hasEmails(this.props.thread.model)) {
            this.inboxEmails = useChatterEmails(this.props.thread);
        }
    },
});
