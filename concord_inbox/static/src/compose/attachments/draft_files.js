import { markRaw } from "@odoo/owl";

import { MODEL } from "../draft";
import { DocumentsDialog } from "./documents_dialog";
import { upload } from "./upload";

let lastUpload = 0;

/** What is done with the files of a draft; what goes wrong is told to the user. */
export class DraftFiles {
    /**
     * @param {Object} services `orm`, `dialog`, and `tell`, which shows an error
     * @param {Draft} draft reactive
     */
    constructor({ orm, dialog, tell }, draft) {
        Object.assign(this, { orm, dialog, tell, draft });
    }

    /** @param {Iterable<File>} files to be attached */
    attach(files) {
        [...files].forEach((file) => this.attachOne(file));
    }

    async attachOne(file) {
        const { draft } = this;
        const { promise, cancel } = upload(draft.id, file, {
            onProgress: (part) => {
                entry.progress = part;
            },
        });
        draft.uploads.push({
            key: ++lastUpload,
            name: file.name,
            progress: 0,
            promise: markRaw(promise),
            cancel,
        });
        const entry = draft.uploads.at(-1);
        draft.isTouched = true;
        try {
            const { attachments } = await promise;
            draft.setFiles([...draft.attachments, ...attachments]);
        } catch (error) {
            this.tell(error);
        } finally {
            draft.uploads.splice(
                draft.uploads.findIndex(({ key }) => key === entry.key),
                1
            );
        }
    }

    /** Upload a picture that is in the text; what the server says of it, nothing if it could not be. */
    async uploadInline(file) {
        try {
            return await upload(this.draft.id, file, { inline: true }).promise;
        } catch (error) {
            this.tell(error);
        }
    }

    async detach(file) {
        try {
            this.take(await this.orm.call(MODEL, "compose_detach", [this.draft.id, file.id]));
        } catch (error) {
            this.tell(error);
        }
    }

    /** Let the user choose among the files of the document that the email was begun from. */
    attachDocuments() {
        this.dialog.add(DocumentsDialog, {
            draft: this.draft,
            onChosen: async (ids) =>
                this.take(
                    await this.orm.call(MODEL, "compose_attach_from_record", [this.draft.id, ids])
                ),
        });
    }

    take(files) {
        this.draft.setFiles(files);
        this.draft.isTouched = true;
    }
}
