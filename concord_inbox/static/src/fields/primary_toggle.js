import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * The switch of the primary account in the list, which is not editable otherwise: Odoo's own would not switch there.
 * Switching one on switches another off and changes the order, so the list is loaded anew.
 */
class PrimaryToggle extends Component {
    static template = "concord_inbox.PrimaryToggle";
    static props = { ...standardFieldProps };

    get isOn() {
        return this.props.record.data[this.props.name];
    }

    async toggle() {
        const { name, record } = this.props;
        await record.update({ [name]: !this.isOn }, { save: true });
        await record.model.load();
    }
}

registry.category("fields").add("inbox_primary", {
    component: PrimaryToggle,
    displayName: _t("Primary account"),
    supportedTypes: ["boolean"],
});
