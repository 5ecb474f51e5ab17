import { Toolbar } from "@html_editor/main/toolbar/toolbar";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useEmojiPicker } from "@web/core/emoji_picker/emoji_picker";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import {
    Component,
    markRaw,
    onMounted,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { Attachments } from "./attachments/attachments";
import { DraftFiles } from "./attachments/draft_files";
import { MODEL, sentence } from "./draft";
import { EmailEditor } from "./editor/email_editor";
import { IdentityMenu } from "./recipients/identity_menu";
import { RecipientsField } from "./recipients/recipients_field";
import { sayMoment } from "./sending/moments";
import { send } from "./sending/send";
import { SendButton } from "./sending/send_button";
import { TemplateMenu } from "./template_menu";

/**
 * All that it takes to write an email: to whom, about what, the text, the files, and the ways to send it. Fills whatever
 * holds it: a window, or the place of the answer below an email.
 */
export class ComposePane extends Component {
    static template = "concord_inbox.ComposePane";
    static components = {
        Attachments,
        Dropdown,
        DropdownItem,
        EmailEditor,
        IdentityMenu,
        RecipientsField,
        SendButton,
        TemplateMenu,
        Toolbar,
    };
    static props = {
        /** A reactive `Draft`. */
        draft: Object,
        /** It is on its way, or scheduled. */
        onSent: Function,
        onDiscard: Function,
        /** Another number: the cursor is wanted here. */
        focusRequest: { type: Number, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.compose = useService("concord_inbox.compose");
        this.ui = useService("ui");
        this.draft = useState(this.props.draft);
        this.root = useRef("root");
        this.fileInput = useRef("fileInput");
        this.state = useState({
            showCc: this.draft.cc.length > 0,
            showBcc: this.draft.bcc.length > 0,
            hasToolbar: false,
            showToolbar: !this.ui.isSmall,
            isSending: false,
            isDropping: false,
            toRequest: 0,
            ccRequest: 0,
            bccRequest: 0,
        });
        this.files = new DraftFiles(
            { orm: this.orm, dialog: this.dialog, tell: (error) => this.tell(error) },
            this.draft
        );
        this.bind();
        useEmojiPicker(useRef("emoji"), { onSelect: (text) => this.editor?.insertText(text) });
        useEffect(
            (request) => {
                if (request) {
                    this.focus();
                }
            },
            () => [this.props.focusRequest]
        );
        onMounted(() => {
            if (!this.draft.recipients.length) {
                this.state.toRequest++;
            }
        });
        onWillUnmount(() => {
            this.draft.takeText();
        });
    }

    /** For the editor, which takes its configuration once. */
    bind() {
        this.onEditorReady = (editor) => {
            this.editor = editor;
            if (editor) {
                this.draft.setEditor(() => editor.getHtml());
                if (this.draft.recipients.length && this.isAlone()) {
                    editor.focus();
                }
            }
        };
        this.onToolbar = (props) => {
            this.toolbar = markRaw(props);
            this.state.hasToolbar = true;
        };
    }

    /** Whether nobody is writing anywhere else. */
    isAlone() {
        const active = document.activeElement;
        return (
            !active ||
            active === document.body ||
            this.root.el?.contains(active) ||
            !active.closest(".o_inbox_compose_window")
        );
    }

    focus() {
        if (this.draft.recipients.length) {
            this.editor?.focus();
        } else {
            this.state.toRequest++;
        }
    }

    /** What is pressed in the toolbar is for the text, also before anybody has been there. */
    enterText() {
        if (!this.editor.wasEntered) {
            this.editor.focus();
        }
    }

    tell(error) {
        if (error) {
            this.notification.add(sentence(error), { type: "danger" });
        }
    }

    get editorLabel() {
        return _t("Text of the email");
    }

    get savingText() {
        const { saving, isTouched } = this.draft;
        switch (saving) {
            case "saving":
            case "changed":
                return _t("Saving…");
            case "waiting":
                return _t("Not saved, trying again");
            case "refused":
            case "conflict":
                return _t("Not saved");
        }
        return isTouched ? _t("Saved") : "";
    }

    get scheduledText() {
        const { state, scheduledDate } = this.draft;
        return state === "scheduled" && scheduledDate
            ? _t(
                  "Will be sent %s. Once you change it, choose the time again.",
                  sayMoment(scheduledDate)
              )
            : "";
    }

    get isFailed() {
        return this.draft.state === "failed";
    }

    changeList(name, items) {
        this.draft.change({ [name]: items });
    }

    move(from, to, item) {
        if (from === to) {
            return;
        }
        const isIt = ({ email }) => email === item.email;
        this.draft.change({
            [from]: this.draft[from].filter((one) => !isIt(one)),
            [to]: [...this.draft[to].filter((one) => !isIt(one)), item],
        });
    }

    showCc() {
        this.state.showCc = true;
        this.state.ccRequest++;
    }

    showBcc() {
        this.state.showBcc = true;
        this.state.bccRequest++;
    }

    changeIdentity(identity) {
        const former = this.draft.identity;
        this.draft.change({ identity_id: identity.id });
        this.editor?.exchangeSignature(former?.signature || "", identity.signature || "");
    }

    onSubject(ev) {
        this.draft.change({ subject: ev.target.value });
    }

    onSubjectKeydown(ev) {
        if (ev.key === "Enter" && !ev.isComposing && !ev.ctrlKey && !ev.metaKey) {
            ev.preventDefault();
            this.editor?.focus();
        }
    }

    /** Have the quotation among the text, where it can be edited. */
    unfold() {
        const { quote } = this.draft;
        this.draft.change({ quote: false });
        this.editor.appendQuote(quote);
    }

    removeQuote() {
        this.draft.change({ quote: false });
    }

    onFilesChosen(ev) {
        this.files.attach(ev.target.files);
        ev.target.value = "";
    }

    async applyTemplate(template) {
        if (!(await this.draft.save())) {
            return;
        }
        try {
            const { id, version } = this.draft;
            this.draft.fill(
                await this.orm.call(MODEL, "compose_apply_template", [id, template.id, version])
            );
            this.draft.isTouched = true;
        } catch (error) {
            this.tell(error);
        }
    }

    async resolve(way) {
        try {
            await this.draft[way]();
        } catch (error) {
            this.tell(error);
        }
    }

    async unschedule() {
        try {
            this.draft.fill(await this.orm.call(MODEL, "compose_undo", [this.draft.id]));
            this.compose.leaving.forget(this.draft.id);
            this.draft.isTouched = true;
        } catch (error) {
            this.tell(error);
        }
    }

    async send(options = { at: false, archive: false }) {
        if (this.state.isSending) {
            return;
        }
        this.state.isSending = true;
        // What is being typed into a field becomes a chip when the field is left.
        if (this.root.el.contains(document.activeElement)) {
            document.activeElement.blur();
        }
        try {
            await this.draft.settled();
            if (await send(this, this.draft, options)) {
                this.props.onSent();
            }
        } finally {
            this.state.isSending = false;
        }
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            ev.preventDefault();
            ev.stopPropagation();
            this.send();
        }
    }

    onDragOver(ev) {
        if (ev.dataTransfer.types.includes("Files")) {
            ev.preventDefault();
            this.state.isDropping = true;
        }
    }

    onDragLeave(ev) {
        if (!this.root.el.contains(ev.relatedTarget)) {
            this.state.isDropping = false;
        }
    }

    onDrop(ev) {
        if (ev.dataTransfer.files.length) {
            ev.preventDefault();
            this.files.attach(ev.dataTransfer.files);
        }
    }

    onBodyClick(ev) {
        if (ev.target === ev.currentTarget) {
            this.editor?.focus();
        }
    }
}
