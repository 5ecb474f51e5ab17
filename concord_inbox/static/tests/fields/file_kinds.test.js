import { describe, expect, test } from "@odoo/hoot";

import { isCard, isEmail, isPreviewed, isRisky } from "@concord_inbox/fields/file_kinds";

describe.current.tags("headless");

test("only pictures and PDF are looked at", () => {
    expect(["image/png", "image/jpeg", "application/pdf"].every(isPreviewed)).toBe(true);
    expect(
        ["image/svg+xml", "text/html", "text/xml", "application/pdf2", "", undefined].some(
            isPreviewed
        )
    ).toBe(false);
});

test("what opens as something of its own", () => {
    expect(isEmail({ name: "Re x.EML", mimetype: "application/octet-stream" })).toBe(true);
    expect(isEmail({ name: "x", mimetype: "message/rfc822" })).toBe(true);
    expect(isEmail({ name: "x.eml.txt", mimetype: "text/plain" })).toBe(false);
    expect(isCard({ name: "invite.ics", mimetype: "application/octet-stream" })).toBe(true);
    expect(isCard({ name: "ada", mimetype: "text/vcard" })).toBe(true);
    expect(isCard({ name: "ics", mimetype: "text/plain" })).toBe(false);
});

test("what may run something is marked, by its last extension", () => {
    expect(
        ["a.exe", "invoice.pdf.JS", "x.html", "pic.svg", "x.xml ", "x.docm."].every(isRisky)
    ).toBe(true);
    expect(["a.pdf", "exe", "js.txt", "", undefined].some(isRisky)).toBe(false);
});
