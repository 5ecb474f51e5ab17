"""The steps of a connection test, in words for whoever fills in the form."""

from datetime import datetime

from odoo.tools import format_date

from ..adapters.errors import AdapterError, CertificateError
from ..adapters.probe import Probe, Report, Step
from . import error_messages

#: Addresses of a server that are shown; it may have dozens.
MOST_ADDRESSES = 4

ENCRYPTIONS = {"ssl": "SSL/TLS", "starttls": "STARTTLS"}


def verdict(env, found: Probe) -> str:
    """In one sentence, what does not work."""
    if found.incoming.error and found.outgoing and found.outgoing.error:
        return env._("Neither receiving nor sending works yet.")
    if found.incoming.error:
        return env._("Receiving does not work yet.")
    return env._("Receiving works, sending does not yet.")


def servers(env, found: Probe, connection_type: str) -> list[dict]:
    """For each server `title`, `address`, `steps` (each `label`, `state`, `found`) and `advice` where a step failed."""
    if found.incoming.endpoint:
        titles = env._("Receiving (IMAP)"), env._("Sending (SMTP)")
    else:
        titles = env._("Receiving"), env._("Sending")
    columns = zip(titles, (found.incoming, found.outgoing), strict=True)
    return [
        {
            "title": title,
            "address": _address(env, report),
            "steps": _steps(env, report),
            "advice": error_messages.explain(env, report.error, connection_type) if report.error else "",
        }
        for title, report in columns
        if report
    ]


def _address(env, report: Report) -> str:
    endpoint = report.endpoint
    if not endpoint:
        return env._("By the provider's own interface, encrypted")
    encryption = ENCRYPTIONS.get(endpoint.encryption) or env._("not encrypted")
    return f"{endpoint.host}:{endpoint.port}, {encryption}"


def _steps(env, report: Report) -> list[dict]:
    rows = []
    for step in report.steps:
        failed = step.state == "failed"
        said = _certificate_said(env, report.error) if failed else _found(env, step)
        rows.append({"name": step.name, "label": _label(env, step), "state": step.state, "found": said})
        if step.name == "connect" and report.endpoint and report.endpoint.encryption == "none":
            rows.append(
                {
                    "name": "encrypt",
                    "label": env._("Encryption"),
                    "state": "warning" if step.state == "done" else "not_reached",
                    "found": env._("None: the password and the emails can be read on their way."),
                }
            )
    return rows


def _label(env, step: Step) -> str:
    return {
        "resolve": env._("Name of the server"),
        "connect": env._("Connection"),
        "encrypt": env._("Encryption"),
        "greet": env._("Answer of the server"),
        "login": env._("Sign-in"),
        "folders": env._("Folders"),
    }[step.name]


def _found(env, step: Step) -> str:
    facts = step.facts
    if not facts:
        return ""
    if step.name == "resolve":
        return ", ".join(dict.fromkeys(facts["addresses"][:MOST_ADDRESSES]))
    if step.name == "connect":
        return env._("%(address)s, port %(port)s", **facts)
    if step.name == "encrypt":
        checked = "" if facts["trusted"] else env._("Whose server it is was not checked, as this account allows.")
        version = (facts["version"] or "").replace("TLSv", "TLS ")
        return " ".join(filter(None, (f"{version}.", _certificate(env, facts), checked)))
    if step.name == "login":
        limit = facts.get("size_limit")
        taken = env._("Emails of up to %s MB are taken.", f"{limit / 2**20:.3g}") if limit else ""
        return " ".join(filter(None, (env._("As %s.", facts["user"]), taken)))
    if step.name == "folders":
        return env._("%s found", facts["count"])
    return facts["server"]


def _certificate_said(env, error: AdapterError) -> str:
    return _certificate(env, error.details) if isinstance(error, CertificateError) else ""


def _certificate(env, facts: dict) -> str:
    if not facts.get("expires"):
        return ""
    expires = format_date(env, datetime.fromisoformat(facts["expires"]).date())
    return env._(
        "Certificate for %(names)s, issued by %(issuer)s, valid until %(expires)s.",
        names=facts["names"] or "?",
        issuer=facts["issuer"] or "?",
        expires=expires,
    )
