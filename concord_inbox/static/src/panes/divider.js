import { clamp } from "@web/core/utils/numbers";

import { Component } from "@odoo/owl";

const STEP = 2;

/** The line between two panes, to be dragged or moved by the arrow keys; `percent` is what is before it. */
export class Divider extends Component {
    static template = "concord_inbox.Divider";
    static props = {
        percent: Number,
        isVertical: Boolean,
        label: String,
        min: { type: Number, optional: true },
        max: { type: Number, optional: true },
        /** Called with the percentage, and whether that is final. */
        onMove: Function,
    };
    static defaultProps = { min: 20, max: 75 };

    bounded(percent) {
        return clamp(Math.round(percent * 10) / 10, this.props.min, this.props.max);
    }

    onPointerDown(ev) {
        if (ev.button) {
            return;
        }
        ev.preventDefault();
        const line = ev.currentTarget;
        const area = line.parentElement.getBoundingClientRect();
        const isRtl = getComputedStyle(line).direction === "rtl";
        const at = ({ clientX, clientY }) => {
            if (!this.props.isVertical) {
                return this.bounded((100 * (clientY - area.top)) / area.height);
            }
            const share = (100 * (clientX - area.left)) / area.width;
            return this.bounded(isRtl ? 100 - share : share);
        };
        // The frames of emails would swallow what happens over them.
        line.setPointerCapture(ev.pointerId);
        const onMove = (moved) => this.props.onMove(at(moved), false);
        const onEnd = (ended) => {
            line.removeEventListener("pointermove", onMove);
            line.removeEventListener("pointerup", onEnd);
            line.removeEventListener("pointercancel", onEnd);
            this.props.onMove(at(ended), true);
        };
        line.addEventListener("pointermove", onMove);
        line.addEventListener("pointerup", onEnd);
        line.addEventListener("pointercancel", onEnd);
    }

    onKeydown(ev) {
        const [less, more] = this.props.isVertical
            ? ["ArrowLeft", "ArrowRight"]
            : ["ArrowUp", "ArrowDown"];
        if (ev.key !== less && ev.key !== more) {
            return;
        }
        ev.preventDefault();
        this.props.onMove(
            this.bounded(this.props.percent + (ev.key === more ? STEP : -STEP)),
            true
        );
    }
}
