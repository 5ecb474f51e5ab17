"""The part of `./dev/rendered` that has Odoo and a browser: pages with emails of the public corpus, to be looked at.

They go to `.dev/pictures/rendered-*.png`: thirty emails, in light and in dark. Nothing is fetched from elsewhere.
"""

import random
import shutil
import sys
from html import escape

import odoo.addons
from playwright.sync_api import Browser, sync_playwright

from dev import corpus, paths, programs

COUNT = 30
COLUMNS = 5
WIDTH, HEIGHT = 640, 700  # pixels of one email
LOOKED_AT = paths.DEV / "pictures"


def main(seed: str = "1") -> int:
    """Take the pictures; the exit status.

    :param seed: another one chooses other emails.
    """
    odoo.addons.__path__.append(str(paths.ROOT))
    from odoo.addons.concord_inbox import mime

    corpus.ensure()
    LOOKED_AT.mkdir(parents=True, exist_ok=True)
    chosen = _chosen(mime, random.Random(seed))  # noqa: S311 (which emails, and no secret)
    labels = mime.Labels("Show quoted text", "Show signature", "This link leads to %s")
    pages = [mime.document(email.html, email.text, {}, False, labels=labels) for email in chosen]
    chromium = next(filter(None, (shutil.which(name, path=programs.SEARCH) for name in programs.BROWSER)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for scheme in ("light", "dark"):
            _take(browser, scheme, [email.subject for email in chosen], pages)
        browser.close()
    return 0


def _chosen(mime, rng: random.Random) -> list:
    """Half of them with HTML, half of them text, most with something quoted."""
    found: dict[bool, list] = {True: [], False: []}
    sources = [source for group in corpus.groups() for source in corpus.emails(group)]
    rng.shuffle(sources)
    for source in sources:
        email = mime.parse(source)
        kept = found[bool(email.html)]
        if len(kept) < COUNT // 2 and (email.html or ">" in email.text):
            kept.append(email)
    return found[True] + found[False]


def _take(browser: Browser, scheme: str, subjects: list[str], pages: list[str]) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": COLUMNS * (WIDTH + 8), "height": 900}, java_script_enabled=True
    )
    page = context.new_page()
    cells = "".join(
        f"<figure><figcaption>{escape(subject)}</figcaption>"
        f'<iframe sandbox="allow-same-origin" srcdoc="{escape(shown)}"></iframe></figure>'
        for subject, shown in zip(subjects, pages, strict=True)
    )
    page.set_content(
        f"<style>body{{margin:0;display:grid;grid-template-columns:repeat({COLUMNS},{WIDTH}px);gap:8px;background:#888}}"
        f"figure{{margin:0}}figcaption{{font:bold 14px sans-serif;overflow:hidden;white-space:nowrap}}"
        f"iframe{{width:{WIDTH}px;height:{HEIGHT}px;border:0;background:#fff}}</style>{cells}"
    )
    page.screenshot(path=LOOKED_AT / f"rendered-{scheme}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
