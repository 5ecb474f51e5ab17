"""The parts of the browser's side that have logic, one by one: Odoo's own framework runs the addon's `static/tests`."""

import logging
import re

from odoo.tests import HttpCase, tagged

from dev import paths

TESTS = paths.ADDON / "static" / "tests"


def hoot_id(name: str) -> str:
    """What Hoot calls a suite or test in an URL: a hash as Java's of strings."""
    found = 0
    for char in name:
        found = (found * 31 + ord(char)) & 0xFFFFFFFF
    return f"{found:08x}"


@tagged("post_install", "-at_install")
class TestUnits(HttpCase):
    def test_units(self):
        heard = []
        handler = logging.Handler()
        handler.emit = lambda record: heard.append(record.getMessage())
        # Where Odoo writes what the browser's console says.
        console = self._logger.getChild("browser")
        console.addHandler(handler)
        self.addCleanup(console.removeHandler, handler)
        self.addCleanup(console.setLevel, console.level)
        console.setLevel(logging.INFO)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={hoot_id('@concord_inbox')}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
        # It also succeeds when it finds no tests.
        [passed] = re.findall(r"Passed (\d+) tests", "\n".join(heard))
        written = sum(len(re.findall(r"^\s*test\(", file.read_text(), re.M)) for file in TESTS.rglob("*.test.js"))
        self.assertGreater(written, 0)
        self.assertGreaterEqual(int(passed), written)
