import { describe, expect, test } from "@odoo/hoot";

import { refresh } from "@concord_inbox/views/refresh";

describe.current.tags("headless");

/** A list upon a server that answers with the emails of these ids. */
function makeModel(answer, values = {}) {
    const record = (data) => ({
        resId: data.id,
        data,
        selected: false,
        _setData(data) {
            this.data = data;
        },
    });
    const root = {
        config: {},
        count: 0,
        isDomainSelected: false,
        isGrouped: false,
        loaded: [],
        offset: 0,
        records: [],
        _createRecordDatapoint: record,
        _selectDomain(isAll) {
            this.isDomainSelected = isAll;
        },
        _updateCount({ length }) {
            this.count = length;
        },
        load(params) {
            this.loaded.push(params);
        },
        ...values,
    };
    return {
        root,
        isReady: true,
        mutex: { exec: (work) => work() },
        asked: 0,
        async _updateConfig(config, patch, { commit }) {
            this.asked++;
            commit({
                length: answer.length,
                records: answer.map((id) => ({ id, subject: `Now ${id}` })),
            });
        },
    };
}

test("what stays is the same record, so that the list keeps its place", async () => {
    const model = makeModel([9, 1, 3]);
    const { root } = model;
    root.records = [1, 2, 3].map((id) => root._createRecordDatapoint({ id, subject: `Was ${id}` }));
    const [one, , three] = root.records;
    one.selected = true;
    await refresh(model);
    expect(root.records.map(({ resId }) => resId)).toEqual([9, 1, 3]);
    expect(root.records[1]).toBe(one);
    expect(root.records[2]).toBe(three);
    expect(one.data.subject).toBe("Now 1");
    expect(one.selected).toBe(true);
    expect(root.count).toBe(3);
});

test("all that match stay selected, with what has come", async () => {
    const model = makeModel([1], { isDomainSelected: true });
    await refresh(model);
    expect(model.root.isDomainSelected).toBe(true);
});

test("a page that is no more gives way to the first one", async () => {
    const model = makeModel([], { offset: 40 });
    await refresh(model);
    expect(model.root.loaded).toEqual([{ offset: 0 }]);
    const first = makeModel([]);
    await refresh(first);
    expect(first.root.loaded).toEqual([]);
});

test("who edits a row, or has not seen a list yet, is not disturbed", async () => {
    const edited = makeModel([1], { editedRecord: {} });
    await refresh(edited);
    const early = makeModel([1]);
    early.isReady = false;
    await refresh(early);
    expect([edited.asked, early.asked]).toEqual([0, 0]);
});

test("groups are read anew, and what was selected in them still is", async () => {
    const model = makeModel([], { isGrouped: true, selection: [{ resId: 2 }] });
    const { root } = model;
    root.load = () => {
        root.records = [1, 2].map((id) => root._createRecordDatapoint({ id }));
    };
    await refresh(model);
    expect(root.records.map(({ selected }) => selected)).toEqual([false, true]);
});
