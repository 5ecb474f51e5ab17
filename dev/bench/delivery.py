"""`./dev/benchmark delivery [--times N]`: seconds between the mail server and an open inbox, in either direction.

From SMTP's "250" until the new row is seen; and from the click on its star until another client finds the flag.
"""

import argparse
import imaplib
import json
import shutil
import smtplib
import ssl
import statistics
import sys
import time
from email.message import EmailMessage

from playwright.sync_api import sync_playwright

from dev import demo_mail, environment, mail_server, programs

USER = "hanna"


def main(url: str, *arguments: str) -> int:
    """Print each time and their spread; the exit status is 1 if one is over three seconds."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark delivery")
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args(arguments)
    chromium = next(filter(None, (shutil.which(name, path=programs.SEARCH) for name in programs.BROWSER)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page(locale="en-US", base_url=url)
        page.set_default_timeout(240_000)  # the first page compiles all that the browser needs
        page.goto("/web/login")
        page.fill("input[name=login]", USER)
        page.fill("input[name=password]", USER)
        page.click("button[type=submit]")
        page.wait_for_selector(".o_main_navbar")
        page.goto("/odoo/inbox")
        page.wait_for_selector(".o_data_row")
        page.locator(".o_search_panel .o_search_panel_label", has_text="All").first.click()
        page.wait_for_timeout(10_000)  # what the start set going is over
        subjects = [f"Delivery {number} at {time.time():.0f}" for number in range(options.times)]
        delivered = [_deliver(page, subject) for subject in subjects]
        clicked = [_click(page, subject) for subject in subjects]
        browser.close()
    for name, seconds in (("delivery to screen", delivered), ("click to server", clicked)):
        print(f"{name}: min {min(seconds):.2f} s, median {statistics.median(seconds):.2f}, max {max(seconds):.2f}")
    return int(max(delivered) > 3)


def _server() -> tuple[str, dict, ssl.SSLContext]:
    """The user's address, what the mail server says of itself, and whom it is trusted by."""
    address = next(account["email"] for account in demo_mail.ACCOUNTS if account["login"] == USER)
    context = ssl.create_default_context(cafile=str(environment.TRUSTED))
    return address, json.loads(mail_server.STATE.read_text()), context


def _deliver(page, subject: str) -> float:
    address, state, context = _server()
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = address, address, subject
    email.set_content("How long does it take?")
    with smtplib.SMTP_SSL("localhost", state["ports"]["smtps"], context=context) as smtp:
        smtp.login(address, state["password"])
        smtp.send_message(email)
        accepted = time.monotonic()
        page.get_by_text(subject).first.wait_for(timeout=90_000)
        seconds = time.monotonic() - accepted
    print(f"{seconds:.2f} s", flush=True)
    page.wait_for_timeout(3000)  # what one delivery set going is over before the next
    return seconds


def _click(page, subject: str) -> float:
    address, state, context = _server()
    with imaplib.IMAP4_SSL("localhost", state["ports"]["imaps"], ssl_context=context) as server:
        server.login(address, state["password"])
        server.select("INBOX", readonly=True)
        row = page.locator(".o_data_row", has_text=subject).first
        row.get_by_role("button", name="Star").wait_for()
        row.get_by_role("button", name="Star").click()
        clicked = time.monotonic()
        while not server.search(None, "FLAGGED", "SUBJECT", f'"{subject}"')[1][0]:
            time.sleep(0.01)
        seconds = time.monotonic() - clicked
    print(f"{seconds:.2f} s to the server", flush=True)
    page.wait_for_timeout(3000)
    return seconds


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
