/** One bare address, nothing around it; the server has the last word on all others. */
const ONE = /^[^\s@,;<>"()[\]\\]+@[^\s@,;<>"()[\]\\.]+(\.[^\s@,;<>"()[\]\\.]+)+$/;

/** @param {string} text */
export function isOne(text) {
    return ONE.test(text.trim());
}

/**
 * Whether text has come to the end of an address: a separator outside of quotes, or a line break.
 *
 * @param {string} text
 */
export function hasSeparator(text) {
    return /[,;\n]/.test(text.replace(/"(?:[^"\\]|\\.)*("|$)/g, ""));
}

/** An address with its name, as one may type it. */
export function joined({ name, email }) {
    if (!name) {
        return email;
    }
    return /[,;<>@"]/.test(name)
        ? `"${name.replaceAll('"', '\\"')}" <${email}>`
        : `${name} <${email}>`;
}

export function sameAddress(one, other) {
    return one.email.toLowerCase() === other.email.toLowerCase();
}
