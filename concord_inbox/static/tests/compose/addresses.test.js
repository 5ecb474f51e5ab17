import { describe, expect, test } from "@odoo/hoot";

import {
    hasSeparator,
    isOne,
    joined,
    sameAddress,
} from "@concord_inbox/compose/recipients/addresses";

describe.current.tags("headless");

test("what is one bare address", () => {
    for (const text of ["ada@customer.example", " ada+x@a.b.example ", "größe@müller.example"]) {
        expect(isOne(text)).toBe(true);
    }
    for (const text of ["", "ada", "ada@", "ada@customer", "Ada <ada@c.example>", "a@b.c, d@e.f"]) {
        expect(isOne(text)).toBe(false);
    }
});

test("an address ends with a separator, but not within quotes", () => {
    expect(hasSeparator("ada@customer.example,")).toBe(true);
    expect(hasSeparator("ada@customer.example; ")).toBe(true);
    expect(hasSeparator("ada@customer.example\n")).toBe(true);
    expect(hasSeparator("ada@customer.example")).toBe(false);
    expect(hasSeparator('"Doe, Jane" <jane@doe.example>')).toBe(false);
    expect(hasSeparator('"Doe, Ja')).toBe(false);
    expect(hasSeparator(String.raw`"Jane \"Jay, the first\" Doe" <jane@doe.example>`)).toBe(false);
    expect(hasSeparator('"Doe, Jane" <jane@doe.example>,')).toBe(true);
});

test("an address with its name is quoted where it must be", () => {
    const email = "jane@doe.example";
    expect(joined({ email })).toBe(email);
    expect(joined({ name: "Jane Doe", email })).toBe("Jane Doe <jane@doe.example>");
    expect(joined({ name: "Doe, Jane", email })).toBe('"Doe, Jane" <jane@doe.example>');
    expect(joined({ name: 'Jane "Jay"', email })).toBe(
        String.raw`"Jane \"Jay\"" <jane@doe.example>`
    );
});

test("case does not tell addresses apart", () => {
    expect(sameAddress({ email: "Ada@X.example" }, { email: "ada@x.example" })).toBe(true);
    expect(sameAddress({ email: "ada@x.example" }, { email: "ben@x.example" })).toBe(false);
});
