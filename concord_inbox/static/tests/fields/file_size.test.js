import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { allowTranslations } from "@web/../tests/web_test_helpers";

import { fileSize } from "@concord_inbox/fields/file_size";

describe.current.tags("headless");

beforeEach(allowTranslations);

test("sizes as people say them", () => {
    expect([0, 691, 1023].map(fileSize)).toEqual(["0 bytes", "691 bytes", "1,023 bytes"]);
    expect([1024, 12_700, 1_048_500].map(fileSize)).toEqual(["1 kB", "12 kB", "1.0 MB"]);
    expect([1.5 * 1024 ** 2, 25 * 1024 ** 2].map(fileSize)).toEqual(["1.5 MB", "25 MB"]);
    expect(fileSize(5000 * 1024 ** 3)).toBe("5,000 GB");
});
