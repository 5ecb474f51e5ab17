import { _t } from "@web/core/l10n/translation";

/** Milliseconds without a key until documents are looked for. */
const QUIET = 250;

/**
 * Ask for a document of whatever kind, by typing some of its name; or for a kind, to look through its documents.
 *
 * @param {Object} env
 * @param {{model: string, name: string}[]} kinds
 * @param {Object} on
 * @param {(document: {res_model: string, res_id: number}) => void} on.document
 * @param {(resModel: string) => void} on.kind
 */
export function findDocument(env, kinds, on) {
    const { command, orm } = env.services;
    // What an action returned would be taken for another palette.
    const choice = (name, action) => ({
        name,
        action: () => {
            action();
        },
    });
    const ofKinds = kinds.map(({ model, name }) => choice(name, () => on.kind(model)));
    command.openPalette({
        configByNamespace: {
            default: {
                placeholder: _t("Name of a document, or its kind"),
                emptyMessage: _t("No such document"),
                debounceDelay: QUIET,
            },
        },
        providers: [
            {
                async provide(_env, { searchValue = "" } = {}) {
                    const found = searchValue.trim()
                        ? await orm.silent.call("inbox.conversation", "find_documents", [
                              searchValue,
                          ])
                        : [];
                    const documents = found.map((one) =>
                        choice(`${one.name} · ${one.kind}`, () => on.document(one))
                    );
                    return [...documents, ...ofKinds];
                },
            },
        ],
    });
}
