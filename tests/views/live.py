"""A shared and a personal mailbox in an open browser, upon real processes as `./run` starts them.

Dovecot tells `odoo inbox_watch`, a slot synchronises, Odoo's bus tells the browser.
"""

import contextlib

from tests.servers.dovecot import Dovecot
from tests.sync.common import PASSWORD, email
from tests.views import steps

SHARED, PERSONAL = "sales@northlight.example", "anna@northlight.example"
ROW = ".o_data_row"


class World(steps.Served):
    """A mail server, Odoo, its watching process and a browser that is told of what happens."""

    def __init__(self, stack: contextlib.ExitStack, folder):
        self.server = stack.enter_context(Dovecot())
        for user in (SHARED, PERSONAL):
            self.server.add_user(user, PASSWORD)
            # Fewer than a page has, also with those that the tests deliver before the burst.
            self.server.append(user, "INBOX", [email(f"Before {n:02}", message_id=f"<{n}@{user}>") for n in range(30)])
            self.server.append(user, "Kunden", [email("A client's")])
        super().__init__(
            stack,
            folder,
            steps.imap_settings(self.server, SHARED, account_type="shared"),
            steps.imap_settings(self.server, PERSONAL, account_type="personal", login="personal"),
        )
        self.shared, self.personal = self.accounts
        self.start("watch", "inbox_watch", "-d", self.database)

    def deliver(self, user, *messages, folder="INBOX"):
        return self.server.append(user, folder, messages)

    def _shown(self, page):
        listens(page)
        page.evaluate(
            """() => {
                window.told = [];
                odoo.__WOWL_DEBUG__.root.env.services.bus_service.subscribe(
                    "concord_inbox.changed", (payload) => window.told.push(payload));
            }"""
        )


def listens(page):
    """Wait until the page hears of changes."""
    page.wait_for_function("odoo.__WOWL_DEBUG__?.root.env.services.bus_service.workerState === 'CONNECTED'")


def row(page, text):
    return page.locator(ROW, has_text=text)
