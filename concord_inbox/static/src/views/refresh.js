/**
 * Brings the page of emails that `model` shows up to date, as it is sorted, filtered and paged now.
 *
 * Records that stay are the same objects afterwards. So their rows stay in the document, with the selection, the focus
 * and what is opened in them, and the browser keeps in view what the user looks at.
 *
 * @param {import("@web/model/relational_model/relational_model").RelationalModel} model
 */
export async function refresh(model) {
    const root = model.root;
    if (!model.isReady || model.useSampleModel || root.editedRecord) {
        return;
    }
    if (root.isGrouped) {
        await refreshGroups(model);
        return;
    }
    let isEmpty = false;
    await model.mutex.exec(() =>
        model._updateConfig(
            root.config,
            {},
            {
                commit: (data) => {
                    const known = new Map(root.records.map((record) => [record.resId, record]));
                    root.records = data.records.map((values) => {
                        const record = known.get(values.id);
                        if (!record) {
                            return root._createRecordDatapoint(values);
                        }
                        record._setData(values);
                        return record;
                    });
                    root._updateCount(data);
                    isEmpty = !data.records.length;
                    root._selectDomain(root.isDomainSelected);
                },
            }
        )
    );
    if (isEmpty && root.offset) {
        // The last page is no more.
        await root.load({ offset: 0 });
    }
}

/** Groups are made anew, each as open as it was; what was selected in them is selected again. */
async function refreshGroups(model) {
    const selected = new Set(model.root.selection.map((record) => record.resId));
    await model.root.load();
    for (const record of model.root.records) {
        record.selected = selected.has(record.resId);
    }
}
