"""Tells the browsers of those who read an account that something in it changed, so that they look again.

What travels over the bus is the account's id alone; whoever gets it asks for what he may read. A personal account's
owner has a channel of his own. For shared accounts there is one channel for each company, which
`models/ir_websocket.py` opens to the users of the shared inbox whose company it is.
"""

TYPE = "concord_inbox.changed"


def tell(env, account_ids) -> None:
    """Once this transaction is committed, have the readers of these accounts told: once, however often this is called.

    What is rolled back is told to nobody.
    """
    waiting = env.cr.precommit.data.get(TYPE)
    if waiting is None:
        waiting = env.cr.precommit.data[TYPE] = set()

        @env.cr.precommit.add
        def send_all():
            accounts = env["inbox.account"].sudo().browse(env.cr.precommit.data.pop(TYPE)).exists()
            for account in accounts:
                send(account)

    waiting.update(account_ids)


def company_channel(env, company_id: int) -> tuple:
    """The channel of a company's shared accounts; a browser cannot ask for it, since it is no mere string."""
    return env.ref("concord_inbox.group_shared_inbox").sudo(), f"company-{company_id}"


def send(account) -> None:
    """Have the readers of `account` told when this transaction is committed, even if it is deleted in it."""
    if account.account_type == "shared":
        group, subchannel = company_channel(account.env, account.company_id.id)
        group._bus_send(TYPE, {"account_id": account.id}, subchannel=subchannel)
    else:
        account.user_id._bus_send(TYPE, {"account_id": account.id})
