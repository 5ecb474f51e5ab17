import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, useState } from "@odoo/owl";

import { MODEL } from "../draft";
import { sayMoment } from "./moments";
import { ScheduleDialog } from "./schedule_dialog";

/** Send, and beside it: send later, send and archive. */
export class SendButton extends Component {
    static template = "concord_inbox.SendButton";
    static components = { Dropdown, DropdownItem };
    static props = {
        isBusy: Boolean,
        /** Whether there is something to archive: what is answered. */
        canArchive: Boolean,
        /** Given `{at, archive}` as for `compose_send`. */
        onSend: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.state = useState({ presets: [] });
    }

    get title() {
        return _t("Send (Ctrl+Enter)");
    }

    async loadPresets() {
        this.state.presets = await this.orm.silent.call(MODEL, "compose_schedule_presets", []);
    }

    moment({ at }) {
        return sayMoment(at);
    }

    send(at = false, archive = false) {
        this.props.onSend({ at, archive });
    }

    choose() {
        this.dialog.add(ScheduleDialog, { onChosen: (at) => this.send(at) });
    }
}
