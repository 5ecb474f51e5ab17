"""Makes the demo's database: `python -m dev.demo DATABASE URL`, run by `./run` with the environment of Odoo.

Installs or updates the addon, adds contacts, users and deals, connects the accounts to the demo's mail server, syncs
them and prints what came. All of it may run again at any time.
"""

import json
import subprocess
import sys

import odoo.tools
import psycopg2
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from psycopg2 import sql

from dev import databases, demo_mail, demo_summary, environment, mail_boxes, mail_server, paths, providers, steps


def main(database: str, url: str) -> int:
    """Make or bring up to date the demo in `database`; the exit status is 1 if an account could not be synchronised.

    :param url: where the server will be reached.
    """
    _install(database)
    steps.say("Loading Odoo")
    log = paths.LOGS / "demo.log"
    log.unlink(missing_ok=True)
    odoo.tools.config.parse_config(["-d", database, "--log-level=warn", f"--logfile={log}"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"no_reset_password": True, "mail_create_nosubscribe": True})
        env["ir.config_parameter"].set_param("web.base.url", url)
        _contacts(env)
        users = _users(env)
        _deals(env)
        _providers(env)
        cr.commit()
        rows = [_synchronise(env, account) for account in _accounts(env, users)]
    print(demo_summary.table(rows))
    return int(any(row.error for row in rows))


# ---------------------------------------------------------------- database


def _install(database: str) -> None:
    """Have the addon in the database as it is in the checkout; the comment of the database tells which it has."""
    wanted = databases.hash_of_addon("")
    found = _comment(database)
    if found == wanted:
        return
    if found is None:
        steps.say("Making the database with Odoo's CRM and the addon (about a minute)")
    else:
        steps.say("Updating the addon in the database")
    command = environment.odoo_command(
        "-d",
        database,
        "-i" if found is None else "-u",
        "concord_inbox",
        "--stop-after-init",
        "--no-http",
        "--log-level=warn",
    )
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode or " ERROR " in done.stdout or " CRITICAL " in done.stdout:
        raise steps.SetupError("Odoo could not make the database:\n" + "\n".join(done.stdout.splitlines()[-40:]))
    _query(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(wanted)))


def _comment(database: str) -> str | None:
    """The comment of the database; None if there is no such database, or its installation was interrupted."""
    rows = _query(
        sql.SQL(
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = {}"
        ).format(sql.Literal(database))
    )
    # With -i Odoo finishes what it finds half done.
    return rows[0][0] or None if rows else None


def _query(query: sql.Composable) -> list[tuple]:
    connection = psycopg2.connect(dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(query)
            return cr.fetchall() if cr.description else []
    finally:
        connection.close()


# --------------------------------------------------------------- what is in it


def _contacts(env) -> None:
    partners = env["res.partner"].with_context(active_test=False)
    countries = {country.code: country.id for country in env["res.country"].search([])}
    known = {partner.email: partner for partner in partners.search([("email", "!=", False)])}

    def values(row: dict) -> dict:
        same = {key: row[key] for key in ("name", "email", "phone", "city")}
        return same | {"country_id": countries.get(row["country_code"])}

    companies = {}
    for row in demo_mail.COMPANIES:
        companies[row["name"]] = known.get(row["email"]) or partners.create(
            values(row) | {"is_company": True, "website": row["website"]}
        )
    partners.create(
        [
            values(row) | {"parent_id": companies[row["company"]].id, "function": row["function"]}
            for row in demo_mail.CONTACTS
            if row["email"] not in known
        ]
    )
    env.ref("base.main_company").write({"name": "Northlight", "email": f"hello@{demo_mail.DOMAIN}"})


def _users(env) -> dict[str, "odoo.models.BaseModel"]:
    """The demo's salespeople, by login; each one's password is the login."""
    groups = env.ref("sales_team.group_sale_salesman_all_leads") | env.ref("concord_inbox.group_shared_inbox")
    users = {user.login: user for user in env["res.users"].search([])}
    for account in demo_mail.ACCOUNTS:
        login = account["login"]
        if login and login not in users:
            users[login] = env["res.users"].create(
                {
                    "name": account["user_name"],
                    "login": login,
                    "password": login,
                    "email": account["email"],
                    "group_ids": [Command.link(group.id) for group in groups],
                    "signature": f"<p>{account['user_name']}<br>Northlight AB, Gothenburg</p>",
                    "notification_type": "inbox",
                }
            )
    # Odoo makes the administrator no salesperson by itself.
    users["admin"].group_ids = [Command.link(env.ref("sales_team.group_sale_manager").id)]
    return users


def _deals(env) -> None:
    stages = {stage.name: stage for stage in env["crm.stage"].search([])}
    known = set(env["crm.lead"].with_context(active_test=False).search([]).mapped("name"))
    for lead in demo_mail.LEADS:
        if lead["name"] in known:
            continue
        record = env["crm.lead"].create(
            {
                "name": lead["name"],
                "type": "opportunity",
                "partner_id": env["res.partner"].search([("email", "=", lead["partner_email"])], limit=1).id,
                "expected_revenue": lead["expected_revenue"],
                "stage_id": stages[lead["stage"]].id,
                "user_id": env["res.users"].search([("login", "=", lead["login"])]).id,
            }
        )
        # After the creation: its stage has computed another.
        record.probability = lead["probability"]


def _providers(env) -> None:
    """Set up what accounts sign in with at the stand-ins of `dev/providers.py`.

    Those that did so at stand-ins that ended go: the new ones know neither their tokens nor their emails.
    """
    env["inbox.account"].with_context(active_test=False).search([("connection_type", "!=", "imap")]).unlink()
    state = json.loads(providers.STATE.read_text())
    for kind, client in state["clients"].items():
        env["inbox.provider.client"]._set_up(kind, **client)
    # They tell this address, at whatever other one an administrator logs in.
    env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
    env["res.config.settings"].create(state["settings"]).execute()


def _accounts(env, users):
    """The demo's accounts, connected."""
    state = json.loads(mail_server.STATE.read_text())
    corpus = {"email": mail_boxes.CORPUS, "name": "Public Corpus", "type": "shared", "create_contact": False}
    found = env["inbox.account"]
    for account in (*demo_mail.ACCOUNTS, corpus):
        user = users.get(account.get("login") or "")
        record = found.search([("email", "=", account["email"])])
        # Each way of encryption is in use: TLS from the first byte, and STARTTLS.
        starttls = account["type"] == "personal"
        values = {
            "imap_host": state["host"],
            "imap_port": state["ports"]["imap" if starttls else "imaps"],
            "imap_encryption": "starttls" if starttls else "ssl",
            "smtp_host": state["host"],
            "smtp_port": state["ports"]["smtp" if starttls else "smtps"],
            "smtp_encryption": "starttls" if starttls else "ssl",
        }
        if not record:
            record = found.create(
                values
                | {
                    "name": account["name"],
                    "email": account["email"],
                    "account_type": account["type"],
                    "user_id": user.id if user else False,
                    "connection_type": "imap",
                    "sync_from": "6_months",
                    "create_contact": account["create_contact"],
                    "password": state["password"],
                }
            )
            for owner in (user,) if user else (users["admin"],) if record.email != mail_boxes.CORPUS else ():
                record.with_user(owner).is_primary = True
        elif any(record[name] != value for name, value in values.items()):
            record.write(values)  # another port than last time
        if record.state != "connected":
            record.action_connect()
        found |= record
    env.cr.commit()
    return found


def _synchronise(env, account) -> "demo_summary.Row":
    steps.say(f"Synchronising {account.email}")
    partners = env["res.partner"].search_count([])
    outcome = account._sync()[account.id]
    env.invalidate_all()
    return demo_summary.Row(
        account=account.email,
        folders=len(account.folder_ids),
        messages=env["inbox.message"].search_count([("account_id", "=", account.id)]),
        conversations=env["inbox.conversation"].search_count([("account_id", "=", account.id)]),
        linked=len(env["inbox.message"].search([("account_id", "=", account.id)]).partner_ids),
        created=env["res.partner"].search_count([]) - partners,
        quarantined=env["inbox.quarantine"].search_count([("account_id", "=", account.id)]),
        new=outcome.messages,
        seconds=outcome.seconds,
        error=account.last_error or "",
    )


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except steps.SetupError as error:
        sys.exit(environment.report(error))
