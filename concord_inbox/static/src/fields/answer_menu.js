import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";

import { Component } from "@odoo/owl";

/** What else one can write from an email than an answer or a forward. */
export class AnswerMenu extends Component {
    static template = "concord_inbox.AnswerMenu";
    static components = { Dropdown, DropdownItem };
    static props = {
        /** Given the kind of `compose_reply`. */
        onChosen: Function,
        buttonClass: String,
    };
}
