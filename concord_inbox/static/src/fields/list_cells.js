import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const { DateTime } = luxon;

/**
 * A moment as people say it: the time today, the weekday this week, the day this year, else the date.
 *
 * @param {DateTime} moment
 * @param {DateTime} now
 * @returns {string}
 */
export function sayDate(moment, now = DateTime.local()) {
    if (moment.hasSame(now, "day")) {
        return moment.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (moment.hasSame(now.minus({ days: 1 }), "day")) {
        return _t("Yesterday");
    }
    if (moment > now.minus({ days: 6 }).startOf("day") && moment < now) {
        return moment.toLocaleString({ weekday: "long" });
    }
    if (moment.hasSame(now, "year")) {
        return moment.toLocaleString({ day: "numeric", month: "short" });
    }
    return moment.toLocaleString(DateTime.DATE_SHORT);
}

class Cell extends Component {
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }
}

/** The subject, and beside it, quieter, how the email begins. */
export class InboxSubject extends Cell {
    static template = "concord_inbox.InboxSubject";

    get subject() {
        return this.value || _t("(no subject)");
    }

    get data() {
        return this.props.record.data;
    }
}

export class InboxDate extends Cell {
    static template = "concord_inbox.InboxDate";

    get said() {
        return this.value ? sayDate(this.value) : "";
    }

    get whole() {
        return this.value ? this.value.toLocaleString(DateTime.DATETIME_FULL) : "";
    }
}

export class InboxAttachmentIcon extends Cell {
    static template = "concord_inbox.InboxAttachmentIcon";
}

export class InboxDirection extends Cell {
    static template = "concord_inbox.InboxDirection";
}

const fields = registry.category("fields");
fields.add("inbox_subject", {
    component: InboxSubject,
    displayName: _t("Email subject"),
    supportedTypes: ["char"],
});
fields.add("inbox_date", {
    component: InboxDate,
    displayName: _t("Email date"),
    supportedTypes: ["datetime"],
});
fields.add("inbox_attachment_icon", {
    component: InboxAttachmentIcon,
    displayName: _t("Attachment icon"),
    supportedTypes: ["boolean"],
});
fields.add("inbox_direction", {
    component: InboxDirection,
    displayName: _t("Direction"),
    supportedTypes: ["selection"],
});
