import { MOVES } from "../panes/emails_service";

/** What an action does to the fields of an email in a list, before the server has answered. */
const EFFECTS = {
    read: () => ({ is_read: true, thread_unread_count: 0 }),
    unread: ({ thread_unread_count: count }) => ({
        is_read: false,
        thread_unread_count: Math.max(count, 1),
    }),
    star: () => ({ is_starred: true, thread_is_starred: true }),
    unstar: () => ({ is_starred: false, thread_is_starred: false }),
};

/**
 * What is shown of a list of emails before the server has answered: several changes may be under way, and each of them
 * is taken back by itself when it is refused. Meanwhile the list must not be brought up to date, for the server would
 * tell of emails as they are before those changes.
 */
export class Anticipation {
    /**
     * @param {() => Object} getRoot the list that is shown
     * @param {(ids: number[]) => void} [onRemoved] emails are about to leave it
     */
    constructor(getRoot, onRemoved = () => {}) {
        this.getRoot = getRoot;
        this.onRemoved = onRemoved;
        /** Change -> what takes it back. */
        this.pending = new Map();
    }

    get isPending() {
        return this.pending.size > 0;
    }

    /** Show what is about to happen; see the bus of the service for the parameters. */
    begin({ change, action, ids }) {
        const root = this.getRoot();
        let takeBack = () => {};
        if (!root.isGrouped) {
            const touched = root.records.filter((record) => !ids || ids.includes(record.resId));
            if (MOVES.includes(action)) {
                takeBack = this.remove(root, touched);
            } else if (EFFECTS[action]) {
                takeBack = this.alter(touched, EFFECTS[action]);
            }
        }
        this.pending.set(change, takeBack);
    }

    /** The server has answered: what it refused is taken back, without asking again, for there may be no connection. */
    end({ change, done }) {
        const takeBack = this.pending.get(change);
        this.pending.delete(change);
        if (done === false) {
            takeBack?.();
        }
    }

    remove(root, touched) {
        if (!this.isPending) {
            // The order to which everything comes back that is taken back.
            this.order = [...root.records];
        }
        const { order } = this;
        const ids = touched.map((record) => record.id);
        this.onRemoved(touched.map((record) => record.resId));
        root._removeRecords(ids);
        root._selectDomain(false);
        return () => {
            const known = new Set(order.map((record) => record.id));
            // Another page or folder that was opened meanwhile has other records.
            if (root.records.every((record) => known.has(record.id))) {
                const shown = new Set([...root.records.map((record) => record.id), ...ids]);
                root.count += touched.length;
                root.records = order.filter((record) => shown.has(record.id));
            }
        };
    }

    alter(touched, effect) {
        const before = touched.map((record) => {
            const known = Object.entries(effect(record.data)).filter(
                ([name]) => name in record.data
            );
            const former = known.map(([name]) => [name, record.data[name]]);
            record._applyValues(Object.fromEntries(known));
            return [record, Object.fromEntries(former)];
        });
        return () => before.forEach(([record, values]) => record._applyValues(values));
    }
}
