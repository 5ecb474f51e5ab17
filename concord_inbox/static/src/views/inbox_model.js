import { RelationalModel } from "@web/model/relational_model/relational_model";

/**
 * Emails come from the server each time: Odoo would first show what the browser kept from the last time, which may be what
 * its user is no longer allowed to see, and is never what is true now.
 */
export class InboxModel extends RelationalModel {
    static withCache = false;
}
