import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";

import { markup, useComponent, useEffect, useState } from "@odoo/owl";

import { MOVES } from "../panes/emails_service";
import { preferences } from "../panes/preferences";
import { shows } from "./folder_panel";
import { useLiveUpdates } from "./live_updates";
import { refresh } from "./refresh";

/** What an action does to the fields of an email in a list, before the server has answered. */
const EFFECTS = {
    read: () => ({ is_read: true, thread_unread_count: 0 }),
    unread: ({ thread_unread_count: count }) => ({
        is_read: false,
        thread_unread_count: Math.max(count, 1),
    }),
    star: () => ({ is_starred: true, thread_is_starred: true }),
    unstar: () => ({ is_starred: false, thread_is_starred: false }),
};

/**
 * What the list on a desk and that on a phone have in common: they follow what happens on the server, and what the user
 * does shows at once.
 *
 * @param {Object} [callbacks]
 * @param {(ids: number[]) => void} [callbacks.onRemoved] emails are about to leave what is shown
 * @returns {{leaving: () => void, act: (action: string, records?: Object[], options?: Object) => Promise<boolean>}}
 */
export function useInboxView({ onRemoved } = {}) {
    const controller = useComponent();
    const { env } = controller;
    const emails = useService("concord_inbox.emails");
    const state = useState(preferences);
    const look = () => refresh(controller.model);
    useLiveUpdates(look, (accountId) => shows(env.searchModel, accountId));

    let takeBack = () => {};

    /** Show what is about to happen. */
    const anticipate = ({ action, ids }) => {
        const { model } = controller;
        const { root } = model;
        if (root.isGrouped || (!EFFECTS[action] && !MOVES.includes(action))) {
            return;
        }
        const touched = root.records.filter((record) => !ids || ids.includes(record.resId));
        if (MOVES.includes(action)) {
            const { count, records } = root;
            takeBack = () => Object.assign(root, { count, records });
            onRemoved?.(touched.map((record) => record.resId));
            root._removeRecords(touched.map((record) => record.id));
            root._selectDomain(false);
            return;
        }
        const before = [];
        for (const record of touched) {
            const known = Object.entries(EFFECTS[action](record.data)).filter(
                ([name]) => name in record.data
            );
            const former = known.map(([name]) => [name, record.data[name]]);
            before.push([record, Object.fromEntries(former)]);
            record._applyValues(Object.fromEntries(known));
        }
        takeBack = () => before.forEach(([record, values]) => record._applyValues(values));
    };
    useBus(emails.bus, "CHANGING", ({ detail }) => anticipate(detail));
    useBus(emails.bus, "CHANGED", ({ detail }) => {
        // What was refused, without asking again: there may be no connection.
        if (detail.done === false) {
            takeBack();
        }
        takeBack = () => {};
        return look();
    });

    let grouping = state.grouping;
    useEffect(
        (chosen) => {
            if (chosen !== grouping) {
                grouping = chosen;
                env.searchModel.regroup();
            }
        },
        () => [state.grouping]
    );

    return {
        /** What is shown where there are no emails: praise, when that is the inbox of who has accounts. */
        get emptyHelp() {
            const { chosenNode, folderSection, isSearching } = env.searchModel;
            const isInbox = !chosenNode || chosenNode.role === "inbox";
            if (isSearching || !isInbox || !folderSection?.values.has("starred")) {
                return controller.props.info.noContentHelp;
            }
            const title = _t("Inbox zero");
            const text = _t("Everything is read, answered and put away.");
            return markup`<p class="o_view_nocontent_smiling_face">${title}</p><p>${text}</p>`;
        },

        /** Remember where the emails are that are about to be opened. */
        leaving() {
            emails.within = env.searchModel.within;
            emails.searched = env.searchModel.searched;
        },

        /**
         * @param {string} action
         * @param {Object[]} [records] by default what is selected
         * @param {Object} [options] see `apply()` of the service
         */
        act(action, records, options = {}) {
            const { root } = controller.model;
            const { searchModel } = env;
            const isAll = !records && root.isDomainSelected;
            const chosen = records || root.selection;
            if (!isAll && !chosen.length) {
                return false;
            }
            return emails.apply(action, {
                ...(isAll
                    ? { domain: root.domain }
                    : { ids: chosen.map((record) => record.resId) }),
                within: searchModel.within,
                conversations: searchModel.areConversations,
                ...options,
            });
        },
    };
}
