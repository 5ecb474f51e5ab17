import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ControllerNotFoundError } from "@web/webclient/actions/action_service";

/** How long, in milliseconds, a move can be undone by a click. */
const UNDO_TIME = 8000;

const MODEL = "inbox.message";

/** The view of emails that fills the screen; undefined when it shows something else. */
function emailView(env) {
    const controller = env.services.action.currentController;
    return controller?.props.resModel === MODEL ? controller : undefined;
}

/** From the email that went, to the next in the list it was opened from, or back to that list. */
export async function leaveEmail(env, controller, moved) {
    const resIds = controller.props.resIds || [];
    const here = resIds.indexOf(controller.currentState?.resId);
    const left = resIds.filter((id) => !moved.has(id));
    const next = resIds.slice(here + 1).find((id) => !moved.has(id));
    if (next) {
        await env.services.action.switchView("form", { resId: next, resIds: left });
        return;
    }
    try {
        await env.services.action.restore();
    } catch (error) {
        // It was opened by its address alone: there is no list to go back to.
        if (!(error instanceof ControllerNotFoundError)) {
            throw error;
        }
    }
}

/**
 * Tells that emails were moved, with an offer to undo it, and moves on: what was moved is not in the list any more.
 *
 * @param {Object} env
 * @param {Object} action
 * @param {string} action.params.message
 * @param {{folders: number[], messages: number[]}[]} action.params.former where the emails were
 */
async function moved(env, action, options) {
    const { message, former } = action.params;
    const { bus } = env.services["concord_inbox.emails"];
    const undo = async () => {
        close();
        const answer = await env.services.orm.call(MODEL, "action_undo_move", [former]);
        if (answer) {
            await env.services.action.doAction(answer);
        }
        if (emailView(env)) {
            await env.services.action.doAction("soft_reload");
        }
        bus.trigger("CHANGED", { action: "undo" });
    };
    const close = env.services.notification.add(message, {
        type: former.length ? "success" : "info",
        autocloseDelay: UNDO_TIME,
        buttons: former.length ? [{ name: _t("Undo"), primary: true, onClick: undo }] : [],
    });
    const controller = emailView(env);
    const ids = new Set(former.flatMap((group) => group.messages));
    const change = {};
    bus.trigger("CHANGING", { change, action: "move", ids: [...ids] });
    try {
        // Closes the window that asked where to, and has the view behind it reloaded.
        await env.services.action.doAction({ type: "ir.actions.act_window_close" }, options);
        if (controller?.props.type === "form" && ids.has(controller.currentState?.resId)) {
            await leaveEmail(env, controller, ids);
        }
    } finally {
        bus.trigger("CHANGED", { change, action: "move", ids: [...ids] });
    }
}

registry.category("actions").add("concord_inbox.moved", moved);
