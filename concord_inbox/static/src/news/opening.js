/**
 * Go to the inbox and open an email there, in the folder where it lies.
 *
 * @param {Object} env
 * @param {number} id
 */
export async function openEmail(env, id) {
    env.services["concord_inbox.emails"].toOpen = id;
    await env.services.action.doAction("concord_inbox.action_open_inbox", {
        clearBreadcrumbs: true,
    });
}
