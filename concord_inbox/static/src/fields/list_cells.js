import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { Avatar } from "./avatar";

const { DateTime } = luxon;

/** Contacts and deals that a line names. */
const TAGS = 2;

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
        return moment.toLocaleString({ weekday: "short" });
    }
    if (moment.hasSame(now, "year")) {
        return moment.toLocaleString({ day: "numeric", month: "short" });
    }
    return moment.toLocaleString(DateTime.DATE_SHORT);
}

function piecesOf(found, text) {
    return found?.length ? found : text ? [[text, false]] : [];
}

class Cell extends Component {
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get data() {
        return this.props.record.data;
    }
}

/** The subject, and beside it, quieter, how the email begins; of an email that was found, the place that has the words. */
export class InboxSubject extends Cell {
    static template = "concord_inbox.InboxSubject";

    get subject() {
        return this.value || _t("(no subject)");
    }

    /** @returns {[string, boolean][]} pieces, each with whether it was searched for */
    get subjectPieces() {
        return piecesOf(this.data.search_snippet?.subject, this.subject);
    }

    get textPieces() {
        return piecesOf(this.data.search_snippet?.text, this.data.snippet);
    }
}

/** One of the two alone: the field's own text, with the words marked that were searched for. */
export class InboxMarked extends Cell {
    static template = "concord_inbox.InboxMarked";

    get markedPieces() {
        const { name } = this.props;
        const found = this.data.search_snippet?.[name === "subject" ? "subject" : "text"];
        return piecesOf(found, this.value || (name === "subject" ? _t("(no subject)") : ""));
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

    get isShown() {
        return this.data.thread_has_attachment ?? this.value;
    }
}

export class InboxDirection extends Cell {
    static template = "concord_inbox.InboxDirection";
}

/** The contacts and the deals of a conversation, as many as a line has room for. */
export class InboxAbout extends Cell {
    static template = "concord_inbox.InboxAbout";

    get tags() {
        const deals = (this.data.thread_deals || []).map(({ id, name }) => ({
            key: `deal${id}`,
            name,
            isDeal: true,
        }));
        // Without the company's name, for which there is no room, and of which the deal often tells.
        const contacts = this.value.records.map(({ resId, data }) => ({
            key: `contact${resId}`,
            name: data.name || data.display_name,
        }));
        // The one who is named first, then what it is about.
        return [...contacts.slice(0, 1), ...deals, ...contacts.slice(1)];
    }

    get shown() {
        return this.tags.slice(0, TAGS);
    }

    /** The names of those that there is no room for. */
    get others() {
        return this.tags.slice(TAGS).map(({ name }) => name);
    }
}

/** Who wrote in a conversation, and how many emails it has. */
export class InboxPeople extends Cell {
    static template = "concord_inbox.InboxPeople";

    get people() {
        return this.data.thread_people || [{ name: this.value || _t("Unknown"), is_unread: false }];
    }

    get names() {
        return this.people.map(({ name }) => name).join(", ");
    }
}

export class InboxAvatar extends Cell {
    static template = "concord_inbox.InboxAvatar";
    static components = { Avatar };

    get partnerId() {
        return this.value ? this.value.id : undefined;
    }

    get name() {
        return this.data.correspondent || "?";
    }
}

/** A star to click; of a conversation, whether anything in it is starred. */
export class InboxStar extends Cell {
    static template = "concord_inbox.InboxStar";

    get isStarred() {
        return this.data.thread_is_starred ?? this.value;
    }

    async toggle() {
        const { record } = this.props;
        const action = this.isStarred ? "unstar" : "star";
        if (this.env.inboxList) {
            await this.env.inboxList.act(action, [record]);
        } else {
            await this.env.services["concord_inbox.emails"].apply(action, { ids: [record.resId] });
            await record.load();
        }
    }
}

const fields = registry.category("fields");
fields.add("inbox_subject", {
    component: InboxSubject,
    displayName: _t("Email subject"),
    supportedTypes: ["char"],
});
fields.add("inbox_marked", {
    component: InboxMarked,
    displayName: _t("Text with the words searched for"),
    supportedTypes: ["char", "text"],
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
fields.add("inbox_about", {
    component: InboxAbout,
    displayName: _t("Contacts and deals of a conversation"),
    supportedTypes: ["many2many"],
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "name", type: "char" },
    ],
});
fields.add("inbox_people", {
    component: InboxPeople,
    displayName: _t("People of a conversation"),
    supportedTypes: ["char"],
});
fields.add("inbox_avatar", {
    component: InboxAvatar,
    displayName: _t("Picture of the correspondent"),
    supportedTypes: ["many2one"],
});
fields.add("inbox_star", {
    component: InboxStar,
    displayName: _t("Star"),
    supportedTypes: ["boolean"],
});
