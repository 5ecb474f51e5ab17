"""axe-core, which finds what keeps people with disabilities from using a page."""

import functools
import re
import tarfile

from playwright.sync_api import Page

from dev import node

PACKAGE, VERSION = "axe-core", "4.14.1"
INTEGRITY = "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="

#: What is asked of a page: WCAG 2.1, levels A and AA.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
#: Impacts that nobody should meet.
BAD = ("serious", "critical")

RUN = """async ([rules, off, foreign]) => {
    // What is fading in has less contrast than it will have.
    const passing = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(passing.map((one) => one.finished));
    const result = await axe.run({
        runOnly: rules,
        rules: Object.fromEntries(off.map((id) => [id, { enabled: false }])),
        resultTypes: ["violations"],
        // The text of an email is a stranger's, in a frame without scripts.
        iframes: false,
    });
    // What is gone by now was on its way out.
    const isForeign = (el) => !el || el.closest(foreign.within.join()) || el.matches(foreign.alone.join());
    return result.violations.flatMap(({ id, impact, nodes }) =>
        nodes
            .filter(({ target }) => !isForeign(document.querySelector(target[0])))
            .map(({ html, any }) => ({
                id, impact, html: html.slice(0, 300), why: any.map(({ message }) => message.slice(0, 200)).join("; "),
            }))
    );
}"""


@functools.cache
def _source() -> str:
    with tarfile.open(node.fetch_package(PACKAGE, VERSION, INTEGRITY)) as tar:
        return tar.extractfile("package/axe.min.js").read().decode()


def violations(page: Page, within: tuple[str, ...], alone: tuple[str, ...], off: tuple[str, ...]) -> list[str]:
    """A line for each kind of element of the page that is a serious obstacle.

    :param within: selectors of what is left out, with all in it.
    :param alone: selectors of elements that are left out, but not what is in them.
    :param off: rules that are not asked for.
    """
    page.evaluate(_source())
    found = page.evaluate(RUN, [RULES, off, {"within": within, "alone": alone}])
    lines = [f"{one['id']}: {one['html']} ({one['why']})" for one in found if one["impact"] in BAD]
    # Of the rows of a list one is enough.
    return list({re.sub(r"\d+", "", line): line for line in lines}.values())
