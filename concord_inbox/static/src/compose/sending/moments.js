import { deserializeDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";

const { DateTime } = luxon;

/**
 * A moment to come as people say it, in the user's zone and format: the time today, the weekday with the time in the days after,
 * else the date with the time.
 *
 * @param {string} at in UTC, as Odoo writes it
 * @param {DateTime} now
 * @returns {string}
 */
export function sayMoment(at, now = DateTime.local()) {
    const moment = deserializeDateTime(at);
    const time = moment.toFormat(localization.timeFormat.replace(/:ss/, ""));
    if (moment.hasSame(now, "day")) {
        return time;
    }
    const options =
        moment < now.plus({ days: 6 }).endOf("day")
            ? { weekday: "long" }
            : { day: "numeric", month: "long", year: "numeric" };
    return `${moment.toLocaleString(options)}, ${time}`;
}
