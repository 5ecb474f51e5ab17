import { Plugin } from "@html_editor/plugin";
import { _t } from "@web/core/l10n/translation";

import { CannedList } from "./canned_list";

/**
 * What is special to writing emails: pasted and dropped pictures go to the server at once and are shown inline, other
 * files become attachments, and `::` offers the canned responses.
 *
 * `config.uploadInline(file)` answers `{url, content_id}`; `config.attach(files)` takes the others.
 */
export class EmailPlugin extends Plugin {
    static id = "concordEmail";
    static dependencies = ["dom", "history", "input", "overlay", "sanitize", "selection"];
    static shared = ["insertFiles", "insertHtml"];

    resources = {
        beforeinput_handlers: this.onBeforeInput.bind(this),
        clean_for_save_handlers: ({ root }) => {
            for (const el of root.querySelectorAll(".o_inbox_uploading")) {
                el.classList.remove("o_inbox_uploading");
            }
        },
        user_commands: [
            {
                id: "cannedResponse",
                title: _t("Canned response"),
                description: _t("Insert a text that is kept for it"),
                icon: "fa-quote-right",
                run: () => this.openCanned(this.dependencies.history.makeSavePoint()),
            },
        ],
        powerbox_items: [{ categoryId: "widget", commandId: "cannedResponse" }],
    };

    setup() {
        this.canned = this.dependencies.overlay.createOverlay(CannedList, {
            hasAutofocus: true,
            className: "popover",
        });
        this.addDomListener(
            this.editable,
            "paste",
            (ev) => this.onTransfer(ev, ev.clipboardData),
            true
        );
        this.addDomListener(
            this.editable,
            "drop",
            (ev) => this.onTransfer(ev, ev.dataTransfer),
            true
        );
    }

    onBeforeInput(ev) {
        if (ev.data !== ":") {
            this.restore = undefined;
        } else if (this.restore) {
            const restore = this.restore;
            this.restore = undefined;
            ev.preventDefault();
            this.openCanned(restore);
        } else {
            this.restore = this.dependencies.history.makeSavePoint();
        }
    }

    /** @param {() => void} restore takes back what was typed to get here */
    openCanned(restore) {
        this.canned.open({
            props: {
                onSelect: (html) => {
                    this.dependencies.selection.focusEditable();
                    restore();
                    this.insertHtml(html);
                },
                close: () => {
                    this.canned.close();
                    this.dependencies.selection.focusEditable();
                },
            },
        });
    }

    /** Files that are pasted or dropped; a spreadsheet's table comes with a picture of itself, which is not wanted. */
    onTransfer(ev, transfer) {
        const files = [...(transfer?.files || [])];
        const html = transfer?.getData("text/html") || "";
        if (!files.length || /<table/i.test(html)) {
            return;
        }
        ev.preventDefault();
        ev.stopImmediatePropagation();
        if (ev.type === "drop") {
            const range = this.document.caretRangeFromPoint?.(ev.clientX, ev.clientY);
            if (range && this.editable.contains(range.startContainer)) {
                this.dependencies.selection.setSelection({
                    anchorNode: range.startContainer,
                    anchorOffset: range.startOffset,
                });
            }
        }
        this.insertFiles(files);
    }

    /** @param {File[]} files pictures are shown in the text, the others attached */
    insertFiles(files) {
        const isPicture = (file) => /^image\/(png|jpe?g|gif|webp|bmp|svg\+xml)$/.test(file.type);
        files.filter(isPicture).forEach((file) => this.insertPicture(file));
        const others = files.filter((file) => !isPicture(file));
        if (others.length) {
            this.config.attach(others);
        }
    }

    async insertPicture(file) {
        const image = this.document.createElement("img");
        image.className = "img-fluid o_inbox_uploading";
        image.alt = file.name;
        image.src = URL.createObjectURL(file);
        const preview = image.src;
        this.dependencies.dom.insert(image);
        this.dependencies.history.addStep();
        // What was inserted is a copy.
        const shown = () =>
            [...this.editable.querySelectorAll("img")].filter((one) => one.src === preview);
        const stored = await this.config.uploadInline(file);
        if (this.isDestroyed) {
            return;
        }
        for (const one of shown()) {
            if (stored) {
                one.classList.remove("o_inbox_uploading");
                one.src = stored.url;
            } else {
                one.remove();
            }
        }
        URL.revokeObjectURL(preview);
        this.dependencies.history.addStep();
    }

    insertHtml(html) {
        const template = this.document.createElement("template");
        template.innerHTML = html;
        this.dependencies.sanitize.sanitize(template.content);
        this.dependencies.dom.insert(template.content);
        this.dependencies.history.addStep();
    }
}
