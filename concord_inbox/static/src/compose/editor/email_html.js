/** The block that holds the signature, and the one that holds what is answered or forwarded. */
export const SIGNATURE = ".concord_signature";

/** Attributes by which a page loads something from elsewhere; kept aside under these names. */
const LOADING = {
    src: "data-concord-src",
    srcset: "data-concord-srcset",
    background: "data-concord-background",
};
const STYLE = "data-concord-style";
const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

function isRemote(value) {
    return (
        /^\s*(https?:)?\/\//i.test(value) && !value.trim().startsWith(`${window.location.origin}/`)
    );
}

/**
 * Keep what an email would load from the Internet from being loaded: it would tell its sender that it is being
 * answered. One's own signature may load its pictures.
 *
 * @param {string} html
 * @returns {string}
 */
export function hideRemote(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const [name, aside] of Object.entries(LOADING)) {
        for (const el of page.querySelectorAll(`[${name}]`)) {
            if (!el.closest(SIGNATURE) && isRemote(el.getAttribute(name))) {
                el.setAttribute(aside, el.getAttribute(name));
                el.removeAttribute(name);
                if (name === "src" && el.tagName === "IMG") {
                    el.src = BLANK;
                }
            }
        }
    }
    for (const el of page.querySelectorAll("[style*='url(']")) {
        el.setAttribute(STYLE, el.getAttribute("style"));
        el.setAttribute("style", el.getAttribute("style").replace(/url\([^)]*\)/gi, "none"));
    }
    return page.body.innerHTML;
}

/** Have what was kept aside by `hideRemote()` be as it was. */
export function restoreRemote(root) {
    for (const [name, aside] of [...Object.entries(LOADING), ["style", STYLE]]) {
        for (const el of root.querySelectorAll(`[${aside}]`)) {
            el.setAttribute(name, el.getAttribute(aside));
            el.removeAttribute(aside);
        }
    }
}

/** What the editor shows by its style sheets, other mail programs show by the style of the element alone. */
const BY_CLASS = [
    ['[class*="text-o-"], .text-muted, .text-primary', ["color"]],
    ['[class*="bg-o-"]', ["background-color"]],
    ['[class*="-fs"], h1, h2, h3, h4, h5, h6', ["font-size"]],
    ["pre, code", ["font-family", "background-color"]],
];

/**
 * Write the styles of classes into the elements.
 *
 * @param {HTMLElement} root within the page, so that its styles can be told
 */
function inlineStyles(root) {
    for (const [selector, properties] of BY_CLASS) {
        for (const el of root.querySelectorAll(selector)) {
            const style = getComputedStyle(el);
            for (const property of properties) {
                if (!el.style.getPropertyValue(property)) {
                    el.style.setProperty(property, style.getPropertyValue(property));
                }
            }
        }
    }
    for (const table of root.querySelectorAll("table.table-bordered, table.o_table")) {
        table.style.borderCollapse = "collapse";
        for (const cell of table.querySelectorAll("td, th")) {
            cell.style.border ||= "1px solid #ced4da";
            cell.style.padding ||= "4px 8px";
        }
    }
    for (const image of root.querySelectorAll("img")) {
        image.style.maxWidth ||= "100%";
    }
}

/**
 * What is written, as it is sent: the pictures from elsewhere as they were, and styles that go with the elements.
 *
 * @param {Editor} editor
 * @returns {string}
 */
export function writtenHtml(editor) {
    const content = editor.getElContent();
    for (const image of content.querySelectorAll("img[src^='blob:']")) {
        // Still on its way to the server.
        image.remove();
    }
    const place = document.createElement("div");
    place.className = "o_inbox_measure";
    place.append(content);
    editor.editable.parentElement.append(place);
    inlineStyles(content);
    place.remove();
    restoreRemote(content);
    return content.innerHTML;
}

/**
 * Text as one compares it: whether a signature is still the one that was inserted.
 *
 * @param {string} html
 */
export function plain(html) {
    const page = new DOMParser().parseFromString(html || "", "text/html");
    return page.body.textContent.replace(/[\s\u200B\uFEFF]+/g, " ").trim();
}
