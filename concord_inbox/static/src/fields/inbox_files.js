import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { fileSize } from "./file_size";

/** The files of an email, each with its size, to download. */
export class InboxFiles extends Component {
    static template = "concord_inbox.InboxFiles";
    static props = { ...standardFieldProps };

    get files() {
        return this.props.record.data[this.props.name].records.map(({ resId, data }) => ({
            id: resId,
            name: data.name,
            title: _t("Download %s", data.name),
            mimetype: data.mimetype,
            size: fileSize(data.file_size),
            url: `/web/content/${resId}?download=true`,
        }));
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
    ],
});
