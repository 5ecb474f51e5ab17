import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** Further in than this, the names would leave the screen of a phone. */
const DEEPEST = 6;

/** A folder's name, moved in by the number of folders above it; the whole path is told when one points at it. */
export class FolderName extends Component {
    static template = "concord_inbox.FolderName";
    static props = { ...standardFieldProps };

    get name() {
        return this.props.record.data[this.props.name];
    }

    get path() {
        return this.props.record.data.path;
    }

    get depth() {
        return this.props.record.data.depth;
    }

    get style() {
        return `padding-inline-start: ${1.25 * Math.min(this.depth, DEEPEST)}rem`;
    }
}

registry.category("fields").add("inbox_folder_name", {
    component: FolderName,
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "path", type: "char" },
        { name: "depth", type: "integer" },
    ],
});
