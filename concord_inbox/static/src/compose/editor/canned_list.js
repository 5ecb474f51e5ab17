import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

import { Component, onWillStart, useState } from "@odoo/owl";

import { MODEL } from "../draft";

/** Canned responses, to be searched by their shortcut or text. */
export class CannedList extends Component {
    static template = "concord_inbox.CannedList";
    static props = { onSelect: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ term: "", options: [], active: 0 });
        this.search = useDebounced(() => this.fetch(), 150);
        useAutofocus({ mobile: true });
        onWillStart(() => this.fetch());
    }

    async fetch() {
        const { term } = this.state;
        const options = await this.orm.silent.call(MODEL, "compose_canned", [term]);
        if (term === this.state.term) {
            Object.assign(this.state, { options, active: 0 });
        }
    }

    /** The text alone: what it looks like is seen once it is there. */
    text({ html }) {
        return new DOMParser().parseFromString(html, "text/html").body.textContent;
    }

    choose(option) {
        this.props.onSelect(option.html);
        this.props.close();
    }

    onInput(ev) {
        this.state.term = ev.target.value;
        this.search();
    }

    onKeydown(ev) {
        const { options, active } = this.state;
        if (ev.key === "Escape") {
            this.props.close();
        } else if (ev.key === "Enter") {
            if (options[active]) {
                this.choose(options[active]);
            }
        } else if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            const by = ev.key === "ArrowDown" ? 1 : -1;
            this.state.active = options.length && (active + by + options.length) % options.length;
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }
}
