import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

import { fileSize } from "../../fields/file_size";
import { MODEL } from "../draft";

/** The files of the document that the email was begun from, to attach some. */
export class DocumentsDialog extends Component {
    static template = "concord_inbox.DocumentsDialog";
    static components = { Dialog };
    static props = { draft: Object, onChosen: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ documents: [], chosen: {} });
        onWillStart(async () => {
            this.state.documents = await this.orm.call(MODEL, "compose_record_documents", [
                this.props.draft.id,
            ]);
        });
    }

    get title() {
        return _t("Files of %s", this.props.draft.record.name);
    }

    get chosenIds() {
        return this.state.documents.map(({ id }) => id).filter((id) => this.state.chosen[id]);
    }

    size(file) {
        return fileSize(file.size);
    }

    async attach() {
        await this.props.onChosen(this.chosenIds);
        this.props.close();
    }
}
