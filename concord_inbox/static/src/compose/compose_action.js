import { registry } from "@web/core/registry";

/**
 * Opens the window of an email, above the page that is shown.
 *
 * @param {Object} env
 * @param {Object} action
 * @param {{begin?: Object, reply?: Object, draft_id?: number}} action.params as for the service's `open`
 */
async function compose(env, { params }) {
    await env.services["concord_inbox.compose"].open(params);
}

registry.category("actions").add("concord_inbox.compose", compose);
