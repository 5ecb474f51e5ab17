import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

const STEP = 1024;

/**
 * @param {number} bytes
 * @returns {string} the size of a file as people say it: no digits that nobody reads
 */
export function fileSize(bytes) {
    const units = [_t("bytes"), _t("kB"), _t("MB"), _t("GB")];
    let size = bytes;
    let unit = 0;
    while (Math.round(size) >= STEP && unit < units.length - 1) {
        size /= STEP;
        unit++;
    }
    // A small number of large units is told with one digit more.
    const digits = unit > 1 && size < 10 ? 1 : 0;
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return `${size.toLocaleString(user.lang || undefined, options)} ${units[unit]}`;
}
