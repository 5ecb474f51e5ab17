import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

import { Originals, printEmails } from "./original";

/** What else one can do with an email than to answer it: write from it, print it, look into it. */
export class EmailMenu extends Component {
    static template = "concord_inbox.EmailMenu";
    static components = { Dropdown, DropdownItem };
    static props = {
        record: Object,
        canAnswer: Boolean,
        /** Given the kind of `compose_reply`. */
        onChosen: Function,
        buttonClass: String,
        /** The ids of the conversation, where it can be printed as a whole. */
        thread: { type: Array, element: Number, optional: true },
    };

    setup() {
        const [orm, dialog, notification] = ["orm", "dialog", "notification"].map(useService);
        this.originals = new Originals({ orm, dialog, notification });
    }

    get id() {
        return this.props.record.resId;
    }

    get isReadable() {
        return this.props.record.data.is_content_readable;
    }

    /** Only who reads the account reaches into the mailbox. */
    get hasOriginal() {
        const { is_own: isOwn, state } = this.props.record.data;
        return isOwn && !["draft", "scheduled", "outgoing", "failed"].includes(state);
    }

    get isConversation() {
        return this.props.thread?.length > 1;
    }

    print() {
        printEmails([this.id]);
    }

    printAll() {
        printEmails(this.props.thread);
    }
}
