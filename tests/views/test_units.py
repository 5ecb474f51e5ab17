"""The parts of the browser's side that have logic, one by one: Odoo's own framework runs the addon's `static/tests`."""

from odoo.tests import HttpCase, tagged


def hoot_id(name: str) -> str:
    """What Hoot calls a suite or test in an URL: a hash as Java's of strings."""
    found = 0
    for char in name:
        found = (found * 31 + ord(char)) & 0xFFFFFFFF
    return f"{found:08x}"


@tagged("post_install", "-at_install")
class TestUnits(HttpCase):
    def test_units(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={hoot_id('@concord_inbox')}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
