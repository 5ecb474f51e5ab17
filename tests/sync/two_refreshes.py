"""`python -m tests.sync.two_refreshes DATABASE`: two workers find the same access token too old at the same moment.

Each has a connection of its own, and Google's stand-in gives another refresh token each time; the one before is void.
Prints, as JSON, what each got and how often Google was asked; then, once more, after a worker died half-way; and what
two requests get that come back from the provider with one and the same state.
"""

import json
import os
import sys
import threading
import time
import unittest.mock
from urllib.parse import parse_qsl, urlsplit

import odoo.tools
import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from tests.servers.google import Google

ADDRESS = "anna@firm.example"


def main(database: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    with Google() as google:
        google.add_user(ADDRESS, "secret")
        google.sign_in.rotates = True
        os.environ["CONCORD_INBOX_GOOGLE_URL"] = google.url
        print(json.dumps(_together(registry, google)))


def _together(registry, google) -> dict:
    from odoo.addons.concord_inbox.adapters.oauth import Credentials
    from odoo.addons.concord_inbox.adapters.oauth import google as provider

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["inbox.provider.client"]._set_up("gmail", client_id=google.client_id, client_secret=google.client_secret)
        account = env["inbox.account"].create({"email": ADDRESS, "connection_type": "gmail"})
        old = Credentials("too old", time.time() - 60, google.refresh_token_for(ADDRESS))
        env["inbox.account.token"]._keep(account, ADDRESS, old)
        account_id = account.id
    asked, got, gate = [], [], threading.Barrier(2)
    refresh = provider.refresh

    def slowly(client, credentials):
        asked.append(credentials.renewal)
        time.sleep(0.5)  # so that the other is there for certain
        return refresh(client, credentials)

    def work():
        gate.wait()
        got.append(_ask(registry, account_id))

    with unittest.mock.patch.object(provider, "refresh", slowly):
        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    asked_together = len(asked)
    # Whoever dies before what came is stored leaves the row as it was, and not locked.
    with unittest.mock.patch.object(provider, "refresh", side_effect=SystemExit):
        died = _ask(registry, account_id, refused=got[0])
    after = _ask(registry, account_id, refused=got[0])
    return {
        "asked": asked_together,
        "got": got,
        "died": died,
        "after": after,
        "states": _one_state(registry, account_id),
    }


def _one_state(registry, account_id: int) -> list[str]:
    """What becomes of each of two requests that found a state unused, and of the second one when it is tried again."""
    from odoo.addons.concord_inbox.models.inbox_sign_in import StateError

    def take(env):
        try:
            env["inbox.sign.in"]._take(state, "word", "gmail")
            env.flush_all()
            env.cr.commit()
        except psycopg2.errors.SerializationFailure:
            env.cr.rollback()
            return "again"
        except StateError as error:
            return error.reason
        return "taken"

    with registry.cursor() as first, registry.cursor() as second:
        envs = [api.Environment(cr, SUPERUSER_ID, {}) for cr in (first, second)]
        url = envs[0]["inbox.sign.in"]._begin(envs[0]["inbox.account"].browse(account_id), "word")
        state = dict(parse_qsl(urlsplit(url).query))["state"]
        first.commit()
        second.execute("SELECT count(*) FROM inbox_sign_in")  # what it sees is from now
        return [take(env) for env in (*envs, envs[1])]


def _ask(registry, account_id: int, refused: str = "") -> str:
    """The access token, or the name of what was raised."""
    with registry.cursor() as cr:
        tokens = api.Environment(cr, SUPERUSER_ID, {})["inbox.account"].browse(account_id)._adapter_settings().tokens
    try:
        return tokens.token(refused)
    except BaseException as error:  # noqa: BLE001 (told)
        return type(error).__name__


if __name__ == "__main__":
    main(*sys.argv[1:])
