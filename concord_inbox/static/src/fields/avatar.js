import { imageUrl } from "@web/core/utils/urls";

import { Component } from "@odoo/owl";

const TINTS = 10;

/**
 * @param {string} name of a person, or an address
 * @returns {string} one or two letters
 */
export function initials(name) {
    const words = name
        .replace(/["'<>()]/g, "")
        .replace(/@.*/, "")
        .split(/[\s._-]+/)
        .filter((word) => /^[\p{L}\p{N}]/u.test(word));
    const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map(
        (word) => [...(word || "")][0] || ""
    );
    return letters.join("").toLocaleUpperCase() || "?";
}

/**
 * @param {string} name
 * @returns {number} always the same for a name: one of the colours of the pictures
 */
export function tint(name) {
    let sum = 0;
    for (const letter of name) {
        sum = (sum * 31 + letter.codePointAt(0)) % 9973;
    }
    return sum % TINTS;
}

/** The picture of a contact, or the letters of a name. */
export class Avatar extends Component {
    static template = "concord_inbox.Avatar";
    static props = { name: String, partnerId: { type: Number, optional: true } };

    get picture() {
        return this.props.partnerId
            ? imageUrl("res.partner", this.props.partnerId, "avatar_128")
            : undefined;
    }

    get initials() {
        return initials(this.props.name);
    }

    get tint() {
        return tint(this.props.name);
    }
}
