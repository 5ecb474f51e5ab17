import { MAIN_PLUGINS } from "@html_editor/plugin_sets";
import { Wysiwyg } from "@html_editor/wysiwyg";
import { localization } from "@web/core/l10n/localization";

import { Component, markup, onWillUnmount } from "@odoo/owl";

import { EmailPlugin } from "./email_plugin";
import { hideRemote, plain, SIGNATURE, writtenHtml } from "./email_html";
import { PinnedToolbarPlugin } from "./pinned_toolbar_plugin";

/** Odoo's plugins that have no place in an email: for websites, or storing pictures elsewhere than with the draft. */
const LEFT_OUT = [
    "banner",
    "chatgpt_translate",
    "column",
    "dblclickImagePreview",
    "iconColor",
    "icon",
    "imageCrop",
    "imageSave",
    "media",
    "mediaUrlPaste",
    "movenode",
    "powerButtons",
    "star",
    "toolbar",
];

/** Odoo's editor for the text of an email. */
export class EmailEditor extends Component {
    static template = "concord_inbox.EmailEditor";
    static components = { Wysiwyg };
    static props = {
        html: String,
        label: String,
        onChange: Function,
        onToolbar: Function,
        /** Given this component once it can be talked to. */
        onReady: Function,
        uploadInline: Function,
        attach: Function,
    };

    setup() {
        this.config = {
            content: markup(hideRemote(this.props.html)),
            Plugins: [
                ...MAIN_PLUGINS.filter(({ id }) => !LEFT_OUT.includes(id)),
                PinnedToolbarPlugin,
                EmailPlugin,
            ],
            classList: ["o_inbox_written", "px-3", "py-2"],
            baseContainers: ["DIV", "P"],
            direction: localization.direction || "ltr",
            allowChecklist: false,
            allowVideo: false,
            dropImageAsAttachment: false,
            onChange: () => this.isReady && this.props.onChange(),
            onEditorReady: () => this.onReady(),
            onToolbar: this.props.onToolbar,
            uploadInline: this.props.uploadInline,
            attach: this.props.attach,
            getRecordInfo: () => ({}),
            resources: {},
        };
        onWillUnmount(() => this.props.onReady(null));
    }

    onLoad(editor) {
        this.editor = editor;
    }

    onReady() {
        const { editable } = this.editor;
        editable.setAttribute("role", "textbox");
        editable.setAttribute("aria-multiline", "true");
        editable.setAttribute("aria-label", this.props.label);
        editable.addEventListener("focusin", () => (this.wasEntered = true), { once: true });
        this.isReady = true;
        this.props.onReady(this);
    }

    getHtml() {
        return writtenHtml(this.editor);
    }

    /** Begin writing at the top. */
    focus() {
        const { selection } = this.editor.shared;
        const first = this.editor.editable.firstChild;
        if (!this.editor.editable.contains(document.activeElement)) {
            selection.setCursorStart(first || this.editor.editable);
            selection.focusEditable();
        }
    }

    insertFiles(files) {
        this.toCaret();
        this.editor.shared.concordEmail.insertFiles(files);
    }

    insertText(text) {
        this.toCaret();
        this.editor.shared.dom.insert(text);
        this.editor.shared.history.addStep();
    }

    /** To where one wrote last; to the top, if nobody has been here yet. */
    toCaret() {
        if (this.wasEntered) {
            this.editor.shared.selection.focusEditable();
        } else {
            this.focus();
        }
    }

    /** Put the quotation where it belongs, to be edited like the rest. */
    appendQuote(html) {
        const { editable, shared } = this.editor;
        const template = document.createElement("template");
        template.innerHTML = hideRemote(html);
        editable.append(template.content);
        shared.history.addStep();
    }

    /**
     * Replace the signature by another's, unless the user has changed it.
     *
     * @param {string} former
     * @param {string} next
     */
    exchangeSignature(former, next) {
        const { editable, shared } = this.editor;
        const block = editable.querySelector(SIGNATURE);
        if (block && plain(block.innerHTML) !== plain(former)) {
            return;
        }
        if (block) {
            if (next) {
                block.innerHTML = next;
            } else {
                block.remove();
            }
        } else if (next) {
            const added = document.createElement("div");
            added.className = SIGNATURE.slice(1);
            added.innerHTML = next;
            const quote = editable.querySelector(".concord_quote");
            editable.insertBefore(added, quote);
        }
        shared.history.addStep();
    }
}
