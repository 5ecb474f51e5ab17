import { ToolbarPlugin } from "@html_editor/main/toolbar/toolbar_plugin";

/** What asks which blocks are selected, and finds none before one has been in the text; its first block takes them. */
const OF_A_BLOCK = ["alignment", "font", "list"];

/**
 * The editor's toolbar at a fixed place: the window shows it where it likes, instead of above what is selected.
 *
 * `config.onToolbar` is given the props of the `Toolbar` component.
 */
export class PinnedToolbarPlugin extends ToolbarPlugin {
    resources = {
        ...this.resources,
        // One frame later: nothing can be edited before it stands in the page.
        start_edition_handlers: () => requestAnimationFrame(() => this.showAll()),
    };

    setup() {
        super.setup();
        this.overlay = { isOpen: true, open() {}, close() {} };
        this.toolbarProps.class = "o_inbox_toolbar";
        this.config.onToolbar(this.toolbarProps);
    }

    /** What there is before anybody has been in the text: as at its beginning. */
    showAll() {
        if (this.isDestroyed) {
            return;
        }
        // A copy: the plugins remember, for each selection, what they offer, and some were asked before there was a text.
        this.show("expanded", { ...this.dependencies.selection.getEditableSelection() }, [
            this.editable,
        ]);
    }

    getAvailableButtonsSet(selection) {
        const available = super.getAvailableButtonsSet(selection);
        if (!this.wasInside) {
            this.getButtonsForNamespace(this.state.namespace)
                .filter(({ id }) => OF_A_BLOCK.includes(id))
                .forEach((button) => available.add(button));
        }
        return available;
    }

    show(namespace, selection, nodes) {
        this.state.namespace = namespace;
        this.updateButtonsStates(selection, nodes);
    }

    _updateToolbar(selectionData = this.dependencies.selection.getSelectionData()) {
        const isInside =
            selectionData.currentSelectionIsInEditable &&
            !selectionData.documentSelectionIsProtected &&
            !selectionData.documentSelectionIsProtecting;
        if (!isInside) {
            // It stays: whoever goes to the subject and back finds it as it was.
            return;
        }
        this.wasInside = true;
        const nodes = this.getFilteredTargetedNodes(this.dependencies.selection.getTargetedNodes());
        let namespace;
        for (const provide of this.getResource("toolbar_namespace_providers")) {
            namespace = provide(nodes, selectionData.editableSelection);
            if (namespace) {
                break;
            }
        }
        const isOwn =
            !namespace || namespace === "compact" || !this.getButtonsForNamespace(namespace).length;
        this.show(isOwn ? "expanded" : namespace, selectionData.editableSelection, nodes);
    }

    closeToolbar() {}
}
