"""From the address that somebody types to proposed server settings, without keeping them waiting."""

from dataclasses import replace
from functools import partial

from odoo import api, models

from ..adapters import discovery
from ..adapters.oauth import PROVIDERS
from ..mime import normalize_address

# Of this process. The searches run beside the requests, and without the database.
_searches = discovery.Searches()


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    @api.model
    @api.readonly
    def propose_servers(self, email):
        """Say at once what is known of the servers of an address; what is not known yet is searched for meanwhile.

        Nothing is stored, and no password is asked for.

        :returns: a dict. ``state`` is ``pending`` (ask again in a moment), ``unknown`` (nothing to search for) or
            ``found``, then with ``values`` (of the account's fields), ``source`` (see `discovery.Proposal`),
            ``sentence`` (where they come from), ``warning`` and ``hint`` ('' if there is none) and ``hint_url``.
        """
        self.check_access("create")
        mailbox = discovery.parse_address(normalize_address(email or ""))
        if not mailbox:
            return {"state": "unknown"}
        proposal = discovery.known(mailbox) or self._searched(mailbox)
        if proposal == discovery.PENDING:
            return {"state": "pending"}
        if proposal == discovery.LIMITED:
            proposal = discovery.guess(mailbox)
        kind = proposal.connection_type
        if kind in PROVIDERS and not self.env["inbox.provider.client"]._is_set_up(kind):
            proposal = replace(proposal, connection_type="imap")
        return {
            "state": "found",
            "source": proposal.source,
            "values": _values(proposal),
            "sentence": self._say_source(proposal, mailbox.domain),
            "warning": self._say_warning(proposal),
            "hint": self._say_hint(proposal, mailbox.domain),
            "hint_url": proposal.hint_url,
        }

    def _searched(self, mailbox):
        anywhere = self._may_dial_anywhere()
        allowed = self._allowed_mail_hosts()
        search = partial(discovery.search, mailbox, allow_any_address=anywhere, allowed_hosts=allowed)
        return _searches.ask((mailbox, anywhere, allowed), (self.env.cr.dbname, self.env.uid), search)

    def _say_source(self, proposal, domain):
        _ = self.env._
        by_name, provider = proposal.source == "provider", proposal.why
        if proposal.connection_type in PROVIDERS:
            label = dict(self._fields["connection_type"]._description_selection(self.env))[proposal.connection_type]
            company = PROVIDERS[proposal.connection_type].NAME
            facts = {"domain": domain, "company": company, "type": label}
            if by_name:
                return _("Addresses at %(domain)s belong to %(company)s. Their connection type is %(type)s.", **facts)
            return _("%(company)s keeps the mail of %(domain)s. Its connection type is %(type)s.", **facts)
        if not proposal.incoming:
            return _("No other program can read the mail of %s.", provider)
        match proposal.source:
            case "provider":
                return _("These are the servers of %s.", provider)
            case "mx":
                return _("%(provider)s keeps the mail of %(domain)s.", provider=provider, domain=domain)
            case "autoconfig" | "autodiscover":
                return _("Found at %s.", provider)
            case "srv":
                return _("Found in the name service of %s.", domain)
            case "probe":
                return _("A mail server answers at %s.", provider)
            case _:
                return _("Nothing was found out about %s. These are the usual names; please check them.", domain)

    def _say_warning(self, proposal):
        endpoints = (proposal.incoming, proposal.outgoing)
        if any(endpoint and endpoint.encryption == "none" for endpoint in endpoints):
            return self.env._("This connection is not encrypted: whoever is on the way can read it, password and all.")
        return ""

    def _say_hint(self, proposal, domain):
        _ = self.env._
        match proposal.hint:
            case "app_password":
                return _(
                    "The password you sign in with is probably refused: make an application password in the "
                    "security settings of your mailbox and enter that one."
                )
            case "enable_imap":
                return _("Access by IMAP may have to be switched on first, in the settings of your mailbox.")
            case "own_password":
                return _("A password of its own is needed, which you set for email programs in your customer account.")
            case "no_password":
                return _(
                    "Microsoft accepts no passwords from other programs, so IMAP works for few mailboxes there. A "
                    "system administrator can set up signing in with Microsoft in General Settings → Inbox."
                )
            case "bridge":
                return _("%s is read through its own program Bridge, which must run beside this server.", proposal.why)
            case "no_imap":
                return _("Have the mail of %s forwarded to another mailbox, and connect that one.", domain)
            case _:
                return ""


def _values(proposal):
    values = {"connection_type": proposal.connection_type, "username": proposal.username}
    for service, endpoint in (("imap", proposal.incoming), ("smtp", proposal.outgoing)):
        if endpoint:
            values |= {
                f"{service}_host": endpoint.host,
                f"{service}_port": endpoint.port,
                f"{service}_encryption": endpoint.encryption,
            }
    return values
