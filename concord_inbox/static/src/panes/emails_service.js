import { router, routerBus } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

import { EventBus } from "@odoo/owl";

const MODEL = "inbox.message";

/** How long, in milliseconds, something can be undone by a click. */
export const UNDO_TIME = 8000;

/** What takes emails out of the folder that is shown. */
export const MOVES = ["archive", "trash", "spam", "inbox", "move", "delete"];

/** The buttons of views, and what they do. */
export const BUTTONS = {
    action_mark_read: "read",
    action_mark_unread: "unread",
    action_star: "star",
    action_unstar: "unstar",
    action_archive_email: "archive",
    action_spam: "spam",
    action_trash: "trash",
    action_delete: "delete",
};

function addressed() {
    return Number(router.current.email) || null;
}

/**
 * What can be done to emails: its effect is shown at once, and taken back with an explanation when the server refuses.
 *
 * `bus` tells the views: CHANGING, with `{change, action, ids}` (`ids` is null for all that are shown), before the server
 * is asked; CHANGED once it has answered, whatever it said, with the same `change`, for the next one may have begun.
 */
export const emailsService = {
    dependencies: ["action", "notification", "orm"],

    start(env, { action: actionService, notification, orm }) {
        const bus = new EventBus();

        function explain(error) {
            if (error instanceof ConnectionLostError) {
                return _t("There is no connection to the server: nothing was changed.");
            }
            return error.data?.message || error.message;
        }

        /** Call, and explain a refusal; undefined then. */
        async function call(method, args) {
            try {
                return await orm.call(MODEL, method, args);
            } catch (error) {
                notification.add(explain(error), { type: "danger", title: _t("Not done") });
                return undefined;
            }
        }

        async function undo(what) {
            const answer = await call("bulk_undo", [what]);
            bus.trigger("CHANGED", { action: "undo" });
            if (answer) {
                await actionService.doAction(answer);
            }
        }

        /**
         * @param {string} action see `bulk_apply()` of the model
         * @param {Object} on
         * @param {number[]} [on.ids] which emails
         * @param {Array} [on.domain] or all that match
         * @param {Array} [on.within] the domain of the folder that is looked at
         * @param {boolean} [on.conversations] each email stands for its conversation
         * @param {number} [on.folderId] where to
         * @param {boolean} [on.isSilent] say nothing when all goes well
         * @returns {Promise<boolean>} whether it was done
         */
        async function apply(action, on) {
            const { ids = null, domain, within = [], conversations = false, folderId = false } = on;
            const change = {};
            bus.trigger("CHANGING", { change, action, ids });
            const target = domain ? { domain } : { ids };
            const done = await call("bulk_apply", [
                action,
                target,
                within,
                conversations,
                folderId,
            ]);
            bus.trigger("CHANGED", { change, action, ids, done: Boolean(done) });
            if (done && !on.isSilent && !(action.endsWith("star") && done.count === 1)) {
                tell(done.message, done.undo);
            }
            return Boolean(done);
        }

        /** Say what was done, with the way back. */
        function tell(message, way) {
            const close = notification.add(message, {
                type: way ? "success" : "info",
                autocloseDelay: UNDO_TIME,
                buttons: way
                    ? [
                          {
                              name: _t("Undo"),
                              primary: true,
                              onClick: () => {
                                  close();
                                  return undo(way);
                              },
                          },
                      ]
                    : [],
            });
        }

        const service = {
            apply,
            bus,
            /** The folder that is looked at, as a domain: what is opened from there to fill the page is in it. */
            within: [],
            /** An email to be opened by the next view of the inbox: the one that the page's address names. */
            toOpen: addressed(),
            takeToOpen() {
                const { toOpen } = this;
                this.toOpen = null;
                return toOpen;
            },
            /** What was searched for there. */
            searched: "",
            /** Whatever is opened next was not found by that. */
            takeSearched() {
                const { searched } = this;
                this.searched = "";
                return searched;
            },
        };
        routerBus.addEventListener("ROUTE_CHANGE", () => {
            service.toOpen = addressed();
        });
        return service;
    },
};

registry.category("services").add("concord_inbox.emails", emailsService);
