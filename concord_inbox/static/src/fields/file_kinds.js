/** What the viewer shows: pictures without scripts of their own, and PDF. */
const PREVIEWED = new Set([
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "application/pdf",
]);

/** Files that run something when they are opened on some computer. */
const RUNNING = new Set(
    `ade adp apk app appx bat chm cmd com cpl dll dmg docm dotm exe hta htm html img ins iso isp jar js jse lnk mde msc
    msi msix mst mht mhtml pif potm ppam ppsm pptm ps1 reg scf scr sct sh shtml svg swf sys vb vbe vbs vhd vxd wsc wsf wsh
    xhtml xlam xll xlsm xltm xml xsl`.split(/\s+/)
);

/**
 * @param {string} mimetype
 * @returns {boolean} whether a file can be looked at without being stored
 */
export function isPreviewed(mimetype) {
    return PREVIEWED.has(mimetype);
}

/**
 * @param {{name: string, mimetype?: string}} file
 * @returns {boolean} whether it is an email
 */
export function isEmail({ name, mimetype }) {
    return mimetype === "message/rfc822" || /\.eml$/i.test(name || "");
}

/**
 * @param {{name: string, mimetype?: string}} file
 * @returns {boolean} whether it is an invitation or a contact
 */
export function isCard({ name, mimetype }) {
    return (
        ["text/calendar", "application/ics", "text/vcard", "text/x-vcard"].includes(mimetype) ||
        /\.(ics|vcf)$/i.test(name || "")
    );
}

/**
 * @param {string} name
 * @returns {boolean} whether opening it may run something; it is the last extension that counts
 */
export function isRisky(name) {
    const found = /\.([a-z0-9]{1,6})[\s.]*$/i.exec(name || "");
    return Boolean(found) && RUNNING.has(found[1].toLowerCase());
}
