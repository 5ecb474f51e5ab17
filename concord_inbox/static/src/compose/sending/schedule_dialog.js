import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dialog } from "@web/core/dialog/dialog";
import { serializeDateTime } from "@web/core/l10n/dates";

import { Component, useState } from "@odoo/owl";

const { DateTime } = luxon;

/** When an email is to be sent, in the user's zone. */
export class ScheduleDialog extends Component {
    static template = "concord_inbox.ScheduleDialog";
    static components = { DateTimeInput, Dialog };
    static props = { onChosen: Function, close: Function };

    setup() {
        // A full hour that is not over before one has looked at it.
        this.state = useState({ value: DateTime.local().plus({ minutes: 90 }).startOf("hour") });
        this.now = DateTime.local();
    }

    get zone() {
        return this.state.value ? this.state.value.zoneName : "";
    }

    get isPast() {
        return !this.state.value || this.state.value <= DateTime.local();
    }

    onApply(value) {
        this.state.value = value;
    }

    schedule() {
        this.props.close();
        this.props.onChosen(serializeDateTime(this.state.value));
    }
}
