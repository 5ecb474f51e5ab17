import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useEffect, useState } from "@odoo/owl";

import { useLiveUpdates } from "../views/live_updates";

/** The server counts up to so many. */
const COUNTED = 200;

/** How many emails belong on the page of the form's document; asked for when the form is there, which it may not delay. */
export class RecordEmailCount extends Component {
    static template = "concord_inbox.RecordEmailCount";
    static props = { ...standardWidgetProps };

    get count() {
        const { count } = this.state;
        return count >= COUNTED ? `${COUNTED}+` : (count ?? "");
    }

    setup() {
        this.orm = useService("orm");
        this.state = useState({ count: null });
        this.asked = 0;
        useEffect(
            () => {
                this.state.count = null;
                this.load();
                return () => this.asked++;
            },
            () => [this.props.record.resModel, this.props.record.resId]
        );
        useLiveUpdates(() => this.load());
    }

    async load() {
        const { resModel, resId } = this.props.record;
        const asked = ++this.asked;
        if (resId) {
            const [record] = await this.orm.silent.read(resModel, [resId], ["inbox_message_count"]);
            if (asked === this.asked) {
                this.state.count = record.inbox_message_count;
            }
        }
    }
}

registry.category("view_widgets").add("inbox_record_count", { component: RecordEmailCount });
