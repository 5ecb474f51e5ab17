import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";

import { Component, useState } from "@odoo/owl";

import { Avatar } from "../fields/avatar";
import { sayDate } from "../fields/list_cells";
import { canCompose, compose } from "../panes/composing";
import { openSettings } from "../panes/inbox_menu";
import { openEmail } from "./opening";

/** At the top of every page: how many emails are unread, and the latest ones to be opened by a click. */
export class InboxSystray extends Component {
    static template = "concord_inbox.Systray";
    static components = { Avatar, Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
        this.news = useService("concord_inbox.news");
        this.state = useState(this.news.state);
        this.dropdown = useDropdownState();
    }

    get count() {
        return this.state.unread > 99 ? "99+" : this.state.unread;
    }

    get label() {
        return this.state.unread ? _t("Inbox: %s unread emails", this.state.unread) : _t("Inbox");
    }

    get composeTitle() {
        return _t("Write an email");
    }

    get settingsTitle() {
        return _t("Inbox settings");
    }

    get canCompose() {
        return canCompose(this.env);
    }

    /** What is shown may be from before the page was hidden; the dropdown does not wait for what is new. */
    onBeforeOpen() {
        const looked = this.news.refresh();
        return this.state.isLoaded ? undefined : looked;
    }

    said(email) {
        return email.date ? sayDate(deserializeDateTime(email.date)) : "";
    }

    openEmail(email) {
        return openEmail(this.env, email.id);
    }

    openInbox() {
        return this.action.doAction("concord_inbox.action_open_inbox", { clearBreadcrumbs: true });
    }

    compose() {
        return compose(this.env, { begin: {} });
    }

    openSettings() {
        return openSettings(this.env);
    }
}

registry
    .category("systray")
    .add(
        "concord_inbox.systray",
        { Component: InboxSystray, isDisplayed: () => Boolean(session.has_inbox) },
        { sequence: 22 }
    );
