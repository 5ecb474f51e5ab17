import { describe, expect, test } from "@odoo/hoot";

import { hideRemote, plain, restoreRemote } from "@concord_inbox/compose/editor/email_html";

describe.current.tags("headless");

function parsed(html) {
    return new DOMParser().parseFromString(html, "text/html").body;
}

test("nothing is loaded from the Internet, and all of it is there again when it is sent", () => {
    const html =
        '<p style="background: url(https://a.example/b.png)">Hello</p>' +
        '<img src="https://tracker.example/pixel.gif"><img src="//tracker.example/p" srcset="https://a.example/2x">' +
        '<table background="http://a.example/t.png"></table>';
    const root = parsed(hideRemote(html));
    for (const name of ["src", "srcset", "background", "style"]) {
        for (const el of root.querySelectorAll(`[${name}]`)) {
            expect(/example/.test(el.getAttribute(name))).toBe(false);
        }
    }
    restoreRemote(root);
    const [first, second] = root.querySelectorAll("img");
    expect(first.getAttribute("src")).toBe("https://tracker.example/pixel.gif");
    expect(second.getAttribute("src")).toBe("//tracker.example/p");
    expect(second.getAttribute("srcset")).toBe("https://a.example/2x");
    expect(root.querySelector("table").getAttribute("background")).toBe("http://a.example/t.png");
    expect(root.querySelector("p").getAttribute("style")).toInclude("https://a.example/b.png");
    expect(root.querySelectorAll("[data-concord-src], [data-concord-style]")).toHaveLength(0);
});

test("what is one's own is loaded: the signature's pictures and those of the server", () => {
    const own =
        `<img src="${window.location.origin}/web/image/1"><img src="/web/image/2">` +
        '<div class="concord_signature"><img src="https://logo.example/l.png"></div>';
    const sources = [...parsed(hideRemote(own)).querySelectorAll("img")].map((el) =>
        el.getAttribute("src")
    );
    expect(sources).toEqual([
        `${window.location.origin}/web/image/1`,
        "/web/image/2",
        "https://logo.example/l.png",
    ]);
});

test("text is compared without marks and invisible characters", () => {
    expect(plain("<p>Anna\u200B <b>Ansorge</b></p>\n<p>\uFEFFSales</p>")).toBe(
        "Anna Ansorge Sales"
    );
    expect(plain(false)).toBe("");
});
