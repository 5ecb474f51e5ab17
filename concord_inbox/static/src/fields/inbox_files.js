import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { AttachedEmail } from "./attached_email";
import { FileCards } from "./file_cards";
import { isCard, isEmail, isPreviewed, isRisky } from "./file_kinds";
import { fileSize } from "./file_size";

/** The files of an email: looked at where that is safe, else downloaded; one by one or all at once. */
export class InboxFiles extends Component {
    static template = "concord_inbox.InboxFiles";
    static components = { FileCards };
    static props = { ...standardFieldProps };

    setup() {
        this.viewer = useFileViewer();
        this.dialog = useService("dialog");
    }

    /** What is listed; all that came is in the archive and the original. */
    get files() {
        const { records: all } = this.props.record.data[this.props.name];
        const records = all.filter(({ data }) => !data.inbox_is_repeated);
        // As they stand in the email.
        records.sort((one, other) => one.resId - other.resId);
        return records.map(({ resId, data }) => {
            const opens = isPreviewed(data.mimetype) || isEmail(data);
            return {
                id: resId,
                name: data.name,
                title: opens ? _t("Open %s", data.name) : _t("Download %s", data.name),
                downloadTitle: _t("Download %s", data.name),
                mimetype: data.mimetype,
                size: fileSize(data.file_size),
                url: `/web/content/${resId}?download=true`,
                opens,
                risk:
                    isRisky(data.name) && _t("A file of this kind can do harm when it is opened."),
            };
        });
    }

    get allUrl() {
        return `/concord_inbox/message/${this.props.record.resId}/files.zip`;
    }

    get hasCards() {
        return this.files.some(isCard);
    }

    open(ev, file) {
        if (!file.opens || ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return;
        }
        ev.preventDefault();
        if (isEmail(file)) {
            this.dialog.add(AttachedEmail, { attachmentId: file.id, path: [] });
            return;
        }
        const shown = this.files
            .filter(({ mimetype }) => isPreviewed(mimetype))
            .map(({ id, name, mimetype }) =>
                Object.assign(new FileModel(), { id, name, mimetype, type: "binary" })
            );
        this.viewer.open(
            shown.find(({ id }) => id === file.id),
            shown
        );
    }
}

registry.category("fields").add("inbox_files", {
    component: InboxFiles,
    displayName: _t("Email files"),
    supportedTypes: ["one2many", "many2many"],
    relatedFields: [
        { name: "name", type: "char" },
        { name: "mimetype", type: "char" },
        { name: "file_size", type: "integer" },
        { name: "inbox_is_repeated", type: "boolean" },
    ],
});
