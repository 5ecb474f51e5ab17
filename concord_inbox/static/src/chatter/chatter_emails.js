import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { useEffect, useState } from "@odoo/owl";

import { preferences } from "../panes/preferences";
import { useLiveUpdates } from "../views/live_updates";

/** Emails that are asked for at a time. */
const PAGE = 30;
const FIELDS = ["date", "subject", "snippet", "correspondent", "direction", "has_attachment"];

/** The day as the chatter says it of its messages. */
function sayDay(moment) {
    const { DateTime } = luxon;
    return moment.hasSame(DateTime.now(), "day")
        ? _t("Today")
        : moment.toLocaleString(DateTime.DATE_MED);
}

/**
 * Where emails stand among the messages of a chatter.
 *
 * @param {Object[]} emails newest first, each with its `moment`
 * @param {Object[]} messages newest first, each with its `datetime`
 * @param {boolean} hasOlder whether there are older messages that are not loaded yet
 * @returns {{before: Object, after: Object[]}} by the id of a message the emails that are newer than it; those that are
 *     older than all, once all messages are there
 */
export function place(emails, messages, hasOlder) {
    const before = {};
    const after = [];
    for (const email of emails) {
        const older = messages.find(({ datetime }) => datetime <= email.moment);
        if (older) {
            (before[older.id] ||= []).push(email);
        } else if (!hasOlder) {
            after.push(email);
        }
    }
    return { before, after };
}

/**
 * The emails of the document whose chatter is shown, for users who want them there. They stay what they are: nothing is
 * copied into the chatter's messages, and each user gets those alone that the record rules allow.
 *
 * @param {Object} thread the chatter's
 */
export function useChatterEmails(thread) {
    const orm = useService("orm");
    const wishes = useState(preferences);
    const state = useState({ emails: [], hasMore: false });
    let limit = PAGE;
    let asked = 0;

    async function load() {
        const mine = ++asked;
        let found = [];
        if (preferences.in_chatter && thread.id) {
            const domain = [["on_record", "=", `${thread.model},${thread.id}`]];
            const options = { limit: limit + 1, order: "date desc, id desc" };
            found = await orm.silent.searchRead("inbox.message", domain, FIELDS, options);
        }
        if (mine === asked) {
            state.hasMore = found.length > limit;
            state.emails = found.slice(0, limit).map((email) => {
                const moment = deserializeDateTime(email.date);
                return { ...email, moment, day: sayDay(moment) };
            });
        }
    }

    function more() {
        limit += PAGE;
        return load();
    }

    useEffect(
        () => {
            load();
        },
        () => [wishes.in_chatter]
    );
    useLiveUpdates(load);

    return {
        state,
        /** What asks for older ones, if `email` is the oldest so far and there are more. */
        moreAfter(email) {
            return state.hasMore && email.id === state.emails.at(-1).id ? more : undefined;
        },
        places(messages) {
            return place(thread.isLoaded ? state.emails : [], messages, thread.loadOlder);
        },
    };
}
