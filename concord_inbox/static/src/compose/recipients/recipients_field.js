import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

import { Component, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";

import { MODEL } from "../draft";
import { hasSeparator, isOne, joined, sameAddress } from "./addresses";

/** How long after the last key it is looked for completions, in milliseconds. */
const SEARCH_DELAY = 150;
const DRAGGED = "application/x-concord-recipient";

let lastId = 0;

/** To, Cc or Bcc: addresses as chips, and a place to type the next one with completion. */
export class RecipientsField extends Component {
    static template = "concord_inbox.RecipientsField";
    static props = {
        label: String,
        name: String,
        items: Array,
        /** All that are on the email: they are not offered again. */
        taken: Array,
        onChange: Function,
        /** A chip of the field `from` was dropped here. */
        onMove: Function,
        /** Given a promise while the server is asked about what was typed. */
        onPending: Function,
        focusRequest: { type: Number, optional: true },
        slots: { type: Object, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.id = `o_inbox_recipients_${++lastId}`;
        this.input = useRef("input");
        this.root = useRef("root");
        this.state = useState({
            text: "",
            options: [],
            active: 0,
            selected: -1,
            isDropTarget: false,
        });
        this.search = useDebounced(() => this.fetch(), SEARCH_DELAY);
        useEffect(
            (request) => {
                if (request) {
                    this.input.el.focus();
                }
            },
            () => [this.props.focusRequest]
        );
        useExternalListener(window, "pointerdown", (ev) => {
            if (!this.root.el?.contains(ev.target)) {
                this.state.options = [];
            }
        });
    }

    get isOpen() {
        return this.state.options.length > 0;
    }

    get activeId() {
        return this.isOpen ? `${this.id}_${this.state.active}` : undefined;
    }

    chipTitle({ name, email, is_valid }) {
        if (!is_valid) {
            return _t("This is not an email address. Double-click to correct it.");
        }
        return name ? `${name} <${email}>` : email;
    }

    chipText({ name, email }) {
        return name || email;
    }

    initial(item) {
        return (this.chipText(item) || "?")[0].toUpperCase();
    }

    removeTitle(item) {
        return _t("Remove %s", this.chipText(item));
    }

    get term() {
        return this.state.text.trim();
    }

    /** The people whom `term` may mean; the server is asked once for it. */
    completions(term) {
        if (this.asked?.term !== term) {
            const exclude = this.props.taken.map(({ email }) => email);
            const people = this.orm.silent.call(MODEL, "compose_recipients", [term, exclude]);
            this.asked = { term, people };
        }
        return this.asked.people;
    }

    async fetch() {
        const { term } = this;
        if (!term) {
            this.state.options = [];
            return;
        }
        try {
            const options = await this.completions(term);
            if (term === this.term) {
                this.state.options = options;
                this.state.active = 0;
                this.answered = term;
            }
        } catch (error) {
            this.asked = undefined;
            this.state.options = [];
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.state.selected = -1;
        this.isChosen = false;
        if (hasSeparator(this.state.text)) {
            this.commit();
        } else {
            this.search();
        }
    }

    choose(option) {
        this.add([{ is_valid: true, ...option }]);
        this.clear();
        this.input.el.focus();
    }

    clear() {
        this.search.cancel();
        this.asked = this.answered = undefined;
        this.isChosen = false;
        this.state.text = "";
        this.state.options = [];
    }

    /**
     * Make chips of what was typed.
     *
     * @param {boolean} [mayBeName] who is not named by an address is looked for, and the likeliest taken
     */
    async commit(mayBeName = false) {
        const { text, term } = { text: this.state.text, term: this.term };
        if (!term) {
            return;
        }
        // Asked before it is forgotten: the answer may be on its way already.
        const people = mayBeName && !isOne(text) ? this.completions(term) : [];
        this.clear();
        const added = this.addText(text, people);
        this.props.onPending(added);
        await added;
    }

    /** One after the other: they stay in the order in which they were typed. */
    addText(text, people = []) {
        if (isOne(text) && !this.asking) {
            // No need to ask, and works without a connection.
            this.add([{ name: "", email: text.trim(), is_valid: true }]);
            return;
        }
        const asking = Promise.resolve(this.asking)
            .then(() => this.ask(text, people))
            .finally(() => {
                if (this.asking === asking) {
                    this.asking = undefined;
                }
            });
        this.asking = asking;
        return asking;
    }

    async ask(text, people) {
        try {
            const [parsed, [likeliest]] = await Promise.all([
                this.orm.silent.call(MODEL, "compose_parse", [text]),
                people,
            ]);
            const isName = likeliest && !parsed.every(({ is_valid }) => is_valid);
            this.add(isName ? [{ is_valid: true, ...likeliest }] : parsed);
        } catch (error) {
            this.state.text = text;
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
    }

    add(items) {
        const added = items.filter(
            (item) => !this.props.items.some((one) => sameAddress(one, item))
        );
        if (added.length) {
            this.props.onChange([...this.props.items, ...added]);
        }
    }

    removeAt(index) {
        this.props.onChange(this.props.items.filter((_item, position) => position !== index));
        this.state.selected = -1;
        this.input.el.focus();
    }

    /** Back to text, to be corrected. */
    async edit(index) {
        const item = this.props.items[index];
        await this.commit();
        this.removeAt(index);
        this.state.text = joined(item);
    }

    async onPaste(ev) {
        const text = ev.clipboardData.getData("text/plain");
        if (hasSeparator(text) || isOne(text)) {
            ev.preventDefault();
            await this.addText(this.state.text + text);
            this.clear();
        }
    }

    onBlur() {
        this.state.selected = -1;
        this.state.options = [];
        this.commit();
    }

    onKeydown(ev) {
        if (ev.isComposing || ((ev.ctrlKey || ev.metaKey) && ev.key === "Enter")) {
            return;
        }
        const handler = {
            ArrowDown: () => this.step(1),
            ArrowUp: () => this.step(-1),
            ArrowLeft: () => this.select(ev, -1),
            ArrowRight: () => this.select(ev, 1),
            Backspace: () => this.erase(ev),
            Delete: () => this.state.selected >= 0 && this.erase(ev),
            Enter: () => this.enter(),
            Tab: () => !ev.shiftKey && this.tab(),
            Escape: () => this.escape(),
        }[ev.key];
        if (handler?.()) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    step(by) {
        if (!this.isOpen) {
            return false;
        }
        const count = this.state.options.length;
        this.isChosen = true;
        this.state.active = (this.state.active + by + count) % count;
        document.getElementById(this.activeId)?.scrollIntoView({ block: "nearest" });
        return true;
    }

    select(ev, by) {
        const count = this.props.items.length;
        if (this.state.text || !count || ev.shiftKey) {
            return false;
        }
        const isRtl = getComputedStyle(this.root.el).direction === "rtl";
        const from = this.state.selected < 0 ? count : this.state.selected;
        const to = from + (isRtl ? -by : by);
        this.state.selected = to >= count ? -1 : Math.max(0, to);
        return true;
    }

    /** The first stroke marks the last chip, the second takes it away. */
    erase() {
        if (this.state.text || !this.props.items.length) {
            return false;
        }
        if (this.state.selected >= 0) {
            this.removeAt(this.state.selected);
        } else {
            this.state.selected = this.props.items.length - 1;
        }
        return true;
    }

    enter() {
        // What is shown may still be of what was typed before.
        if (this.isOpen && (this.isChosen || this.answered === this.term)) {
            this.choose(this.state.options[this.state.active]);
        } else {
            this.commit(this.answered !== this.term);
        }
        return true;
    }

    /** The first stroke makes a chip of what was typed, the next goes on to the next field. */
    tab() {
        if (!this.term) {
            return false;
        }
        if (isOne(this.state.text)) {
            this.commit();
            return true;
        }
        return this.enter();
    }

    escape() {
        if (!this.isOpen) {
            return false;
        }
        this.state.options = [];
        // As it is typed, then.
        this.answered = this.term;
        return true;
    }

    onDragStart(ev, index) {
        ev.dataTransfer.effectAllowed = "move";
        ev.dataTransfer.setData(
            DRAGGED,
            JSON.stringify({ from: this.props.name, item: this.props.items[index] })
        );
    }

    onDragOver(ev) {
        if (ev.dataTransfer.types.includes(DRAGGED)) {
            ev.preventDefault();
            this.state.isDropTarget = true;
        }
    }

    onDrop(ev) {
        this.state.isDropTarget = false;
        const dragged = ev.dataTransfer.getData(DRAGGED);
        if (dragged) {
            ev.preventDefault();
            ev.stopPropagation();
            const { from, item } = JSON.parse(dragged);
            this.props.onMove(from, this.props.name, item);
        }
    }

    onClick(ev) {
        if (!ev.target.closest("button")) {
            this.input.el.focus();
        }
    }
}
