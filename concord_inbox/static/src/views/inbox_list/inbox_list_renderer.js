import { ListRenderer } from "@web/views/list/list_renderer";

import { useState } from "@odoo/owl";

import { dragged, startDragging } from "../../panes/dragging";

/** The rows of the list: each can be dragged onto a folder, and tells where the user is. */
export class InboxListRenderer extends ListRenderer {
    static recordRowTemplate = "concord_inbox.ListRenderer.RecordRow";

    setup() {
        super.setup();
        this.inbox = useState(this.env.inboxList?.state || {});
    }

    getRowClass(record) {
        const classes = [super.getRowClass(record)];
        if (record.resId === this.inbox.resId) {
            classes.push("o_inbox_opened");
        }
        const { partner_ids: contacts, thread_deals: deals } = record.data;
        if (!contacts?.records?.length && !deals?.length) {
            classes.push("o_inbox_no_tags");
        }
        if (record.resId === this.inbox.cursor) {
            classes.push("o_inbox_cursor");
        }
        return classes.join(" ");
    }

    /** What is dragged is the selection, or the one email that is none of it. */
    onDragStart(record, ev) {
        const { list } = this.props;
        const { searchModel } = this.env;
        const isSelected = record.selected && list.selection.length;
        startDragging(ev, {
            records: isSelected ? list.selection : [record],
            count:
                isSelected && list.isDomainSelected
                    ? list.count
                    : isSelected
                      ? list.selection.length
                      : 1,
            subject: record.data.subject,
            drop: (folderId) =>
                this.env.inboxList.act("move", isSelected ? undefined : [record], { folderId }),
            within: searchModel?.within,
        });
    }

    onDragEnd() {
        dragged.current = null;
    }
}
