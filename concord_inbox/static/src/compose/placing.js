/** Width of a docked window with what is left free at its sides, in pixels; as in `compose.scss`. */
const ROOM = 576 + 2 * 8;

/**
 * The style of the dock that puts its windows beside what is read, where there is room for one.
 *
 * @param {{left: number, right: number, width: number}} pane where one reads, in pixels
 * @param {number} width of the page, in pixels
 * @param {boolean} isRtl
 * @returns {string} "" where they stay in their corner
 */
export function placeBeside(pane, width, isRtl) {
    const [room, end] = isRtl ? [width - pane.right, pane.right] : [pane.left, width - pane.left];
    return pane.width && room >= ROOM
        ? `inset-inline-end: ${end + 8}px; max-width: ${room - 16}px`
        : "";
}
