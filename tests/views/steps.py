"""What tests of the screens share: real processes as `./run` starts them, a browser, and the steps of its user."""

import contextlib
import functools
import json
import resource
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence

import psycopg2
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

from dev import databases, environment, paths, programs, users
from dev.ports import free_port
from tests.servers.dovecot import Dovecot
from tests.sync.common import PASSWORD

#: Milliseconds that a browser is given to show something; a machine that does much else at the time is slow.
SOON = 30_000
expect.set_options(timeout=SOON)


@contextlib.contextmanager
def unlimited_memory():
    """For a browser that is started here: Odoo limits its own process, and what it starts inherits that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def started(command: Sequence[str], **options) -> subprocess.Popen:
    """A process that the kernel ends with this one, also where nobody here is left to do it."""
    return subprocess.Popen(
        [*users.prefix(None, paths.ROOT, "--pdeathsig=SIGKILL"), *command], cwd=paths.ROOT, **options
    )


class Served:
    """Odoo with accounts that were synchronised, and a browser; all ends with `stack`.

    :param folder: for the processes' logs.
    :param accounts: settings, see `tests.views.served`.

    Attributes: `url`, `database`, `accounts` (their ids), `browser` (Playwright's).
    """

    #: More arguments of the server.
    options: tuple[str, ...] = ()
    #: What makes the database.
    make_database = staticmethod(databases.another)

    def __init__(self, stack: contextlib.ExitStack, folder, *accounts: dict):
        self._stack = stack
        self._folder = folder
        #: login -> the cookies of its session.
        self._cookies: dict[str, list] = {}
        self.database = stack.enter_context(self.make_database())
        command = [sys.executable, "-m", "tests.views.served", self.database, *map(json.dumps, accounts)]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        self.accounts = json.loads(done.stdout.splitlines()[-1])
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.start("odoo", "-d", self.database, f"--db-filter=^{self.database}$", f"--http-port={port}",
                   "--workers=0", "--max-cron-threads=2", *self.options)  # fmt: skip
        self._wait_until_served()
        with unlimited_memory():
            playwright = stack.enter_context(sync_playwright())
        chromium = next(filter(None, (shutil.which(name, path=programs.SEARCH) for name in programs.BROWSER)))
        self.browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        stack.callback(self.browser.close)

    def _shown(self, page: Page):
        """What else a page of these tests waits for before its user begins."""

    def start(self, name: str, *arguments: str) -> subprocess.Popen:
        """An Odoo command with its output in `name`.log."""
        file = self._stack.enter_context((self._folder / f"{name}.log").open("w"))
        process = started(environment.odoo_command(*arguments), stdout=file, stderr=file)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def _wait_until_served(self):
        until = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/web/login", timeout=60):
                return
            assert time.monotonic() < until
            time.sleep(0.2)

    def session(self, login: str):
        """What calls methods as `login` does, without a page: ``call(model, method, *args)``."""
        context = self.browser.new_context(base_url=self.url)
        self._stack.callback(context.close)
        self._log_in(context, login)
        return functools.partial(call, context)

    def _log_in(self, context: BrowserContext, login: str) -> None:
        """Each user logs in once: the server takes half a second of a processor to check a password."""
        if login in self._cookies:
            context.add_cookies(self._cookies[login])
        else:
            authenticate(context, self.database, login)
            self._cookies[login] = context.cookies()

    def query(self, statement: str, *values) -> list[tuple]:
        with contextlib.closing(psycopg2.connect(dbname=self.database)) as connection, connection.cursor() as cr:
            cr.execute(statement, values)
            return cr.fetchall()

    def change(self, statement: str, *values) -> None:
        with contextlib.closing(psycopg2.connect(dbname=self.database)) as connection, connection.cursor() as cr:
            cr.execute(statement, values)
            connection.commit()

    @contextlib.contextmanager
    def page(self, login: str, url: str = "/odoo/inbox", allowed=(), **options):
        """A browser of its own in which `login` is at `url`. At the end nothing may have been wrong on the page.

        :param allowed: parts of messages of the console that are expected.
        """
        context = self.browser.new_context(base_url=self.url, locale="en-US", **options)
        context.set_default_timeout(SOON)
        page = context.new_page()
        errors = []

        def heard(text):
            if not any(part in text for part in allowed):
                errors.append(text)

        page.on("pageerror", lambda error: heard(str(error)))
        page.on("console", lambda message: message.type == "error" and heard(_told(message)))
        self._log_in(context, login)
        # The first of all has the server make the bundles.
        page.goto(url, timeout=4 * SOON)
        page.wait_for_selector(".o_web_client .o_view_controller")
        self._shown(page)
        try:
            yield page
            assert not errors, errors
        finally:
            context.close()


def _told(message: ConsoleMessage) -> str:
    """What the console says, and of which address: of what could not be loaded the text alone does not tell."""
    return f"{message.text} {message.location['url']}"


def imap_settings(server: Dovecot, user: str, **more) -> dict:
    """Settings of an account for `user` of this mail server, as `tests.views.served` takes them."""
    return {
        "email": user,
        "password": PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": server.ports["imap"],
        "imap_encryption": "none",
        "sync_from": "1_month",
        **more,
    }


def eventually(find, wanted=None, seconds: float = 60.0):
    """Wait until `find()` is `wanted`, or anything true if nothing is wanted, and return it."""
    until = time.monotonic() + seconds
    while not ((found := find()) if wanted is None else (found := find()) == wanted):
        assert time.monotonic() < until, f"{found!r} instead of {'something' if wanted is None else wanted!r}"
        time.sleep(0.1)
    return found


def search(page: Page, text: str) -> None:
    """Search for `text` in the inbox. Enter does nothing before the search bar has something to offer."""
    page.locator(".o_searchview_input").fill(text)
    expect(page.locator(".o_searchview_autocomplete .focus")).to_contain_text(text)
    page.keyboard.press("Enter")


def fits(page: Page, width: int) -> None:
    """Wait until nothing makes the page wider than `width` pixels, so that one need not scroll sideways."""
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def authenticate(context: BrowserContext, database: str, login: str) -> None:
    answer = context.request.post(
        "/web/session/authenticate",
        data={"jsonrpc": "2.0", "params": {"db": database, "login": login, "password": login}},
    )
    assert answer.json()["result"]["uid"]


def call(page: Page | BrowserContext, model: str, method: str, *args, **kwargs):
    """What a method of `model` returns to the user of the page.

    :raises AssertionError: with the server's sentence when it refuses.
    """
    answer = page.request.post(
        f"/web/dataset/call_kw/{model}/{method}",
        data={"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": args, "kwargs": kwargs}},
    ).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


# ---------------------------------------------------------------- writing an email


def compose(page: Page) -> Locator:
    """Begin a new email; its window."""
    page.locator(".o_inbox_compose").first.click()
    pane = window(page)
    # The cursor is taken to the first field a moment later; what is typed elsewhere before that lands there.
    expect(pane.locator(".o_inbox_recipients[data-name=to] input")).to_be_focused()
    return pane


def window(page: Page) -> Locator:
    """The window of an email that was opened last, once one can write in it."""
    found = page.locator(".o_inbox_compose_window:not([data-mode=minimised])").last
    found.locator(".o_inbox_written[contenteditable=true]").wait_for()
    return found


def address(pane: Locator, field: str, *addresses: str) -> None:
    """Type recipients into `field` (to, cc or bcc), each ended by Enter."""
    if field != "to":
        shown = pane.locator(f".o_inbox_recipients[data-name={field}] input")
        button = pane.locator(f".o_inbox_show_{field}")
        shown.or_(button).first.wait_for()
        if button.is_visible():
            button.click()
    typed = pane.locator(f".o_inbox_recipients[data-name={field}] input")
    for each in addresses:
        typed.fill(each)
        typed.press("Tab")


def expect_chips(pane: Locator, *addresses: str, field: str = "to") -> None:
    """Wait until `field` has just these addresses."""
    found = pane.locator(f".o_inbox_recipients[data-name={field}] .o_inbox_chip")
    expect(found).to_have_count(len(addresses))
    for position, one in enumerate(addresses):
        expect(found.nth(position)).to_have_attribute("data-email", one)


def subject(pane: Locator, text: str) -> None:
    pane.locator(".o_inbox_subject_input").fill(text)


def write(pane: Locator, text: str) -> None:
    """Type at the beginning of the text."""
    written = pane.locator(".o_inbox_written")
    written.evaluate("el => odoo.__WOWL_DEBUG__ && el.focus()")
    written.press("Control+Home")
    written.press_sequentially(text)


def saved(pane: Locator) -> None:
    """Wait until all that was written is on the server."""
    # What was typed in this moment is drawn as changed with the next frame.
    pane.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    pane.locator(".o_inbox_saving[data-state=saved]").wait_for()


def send(pane: Locator) -> None:
    pane.locator(".o_inbox_send_now").click()


def leave(page: Page) -> None:
    """Do not wait for the time in which sending can be undone."""
    page.locator(".o_inbox_leaving_item .o_inbox_leave").first.click()
