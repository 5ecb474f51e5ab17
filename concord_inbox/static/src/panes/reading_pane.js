import { getDefaultConfig, View } from "@web/views/view";

import { Component, onWillUpdateProps, useSubEnv } from "@odoo/owl";

/**
 * The conversation beside the list, in Odoo's own form view. The form stays when another email is chosen, and loads it.
 */
export class ReadingPane extends Component {
    static template = "concord_inbox.ReadingPane";
    static components = { View };
    static props = {
        resId: Number,
        resIds: Array,
        context: Object,
        /** What the keys do, see `keyboard.js`. */
        onKey: Function,
        /** The email that was shown went away. */
        onLeave: Function,
        onClose: Function,
    };

    setup() {
        // Its own, since the form would put its pager and its title into those of the list.
        useSubEnv({
            config: getDefaultConfig(),
            inboxPane: {
                register: (controller) => {
                    this.controller = controller;
                },
                onKey: (ev) => this.props.onKey(ev),
                leave: (ids) => this.props.onLeave(ids),
                close: () => this.props.onClose(),
            },
        });
        const { resId, resIds, context } = this.props;
        this.viewProps = {
            type: "form",
            resModel: "inbox.message",
            resId,
            resIds,
            context,
            display: { controlPanel: false },
            className: "o_inbox_pane_form h-100",
        };
        onWillUpdateProps((next) => {
            if (next.resId !== this.props.resId && this.controller) {
                this.controller.show(next.resId, next.resIds);
            }
        });
    }
}
