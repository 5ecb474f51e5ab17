import { useBus, useService } from "@web/core/utils/hooks";

import { useComponent, useEffect, useState } from "@odoo/owl";

import { preferences } from "../panes/preferences";
import { Anticipation } from "./anticipation";
import { emptyHelp } from "./empty_help";
import { shows } from "./folder_panel";
import { useLiveUpdates } from "./live_updates";
import { refresh } from "./refresh";

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
    const anticipation = new Anticipation(() => controller.model.root, onRemoved);
    const look = () => {
        if (!anticipation.isPending) {
            return refresh(controller.model);
        }
    };
    useLiveUpdates(look, (accountId) => shows(env.searchModel, accountId));
    useBus(emails.bus, "CHANGING", ({ detail }) => anticipation.begin(detail));
    useBus(emails.bus, "CHANGED", ({ detail }) => {
        anticipation.end(detail);
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
        get emptyHelp() {
            return emptyHelp(env.searchModel, controller.props.info.noContentHelp);
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
