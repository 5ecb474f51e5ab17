import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";

import { Component } from "@odoo/owl";

/** From: whom the email is written as, the accounts and their identities to choose from. */
export class IdentityMenu extends Component {
    static template = "concord_inbox.IdentityMenu";
    static components = { Dropdown, DropdownItem };
    static props = {
        identities: Array,
        identity: { type: Object, optional: true },
        onChange: Function,
    };

    key({ id, account_id }) {
        return `${account_id}_${id}`;
    }

    choose(identity) {
        if (identity.can_send) {
            this.props.onChange(identity);
        }
    }
}
