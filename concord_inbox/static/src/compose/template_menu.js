import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";

import { Component, onWillStart, useState } from "@odoo/owl";

import { MODEL } from "./draft";

/** The templates for the record that an email is linked to. */
export class TemplateMenu extends Component {
    static template = "concord_inbox.TemplateMenu";
    static components = { DropdownItem };
    static props = { draft: Object, onChosen: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ term: "", templates: [] });
        this.search = useDebounced(() => this.fetch(), 150);
        useAutofocus();
        onWillStart(() => this.fetch());
    }

    async fetch() {
        const { term } = this.state;
        const templates = await this.orm.silent.call(MODEL, "compose_templates", [
            this.props.draft.id,
            term,
        ]);
        if (term === this.state.term) {
            this.state.templates = templates;
        }
    }

    onInput(ev) {
        this.state.term = ev.target.value;
        this.search();
    }
}
