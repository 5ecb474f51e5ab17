"""What went wrong with a mail server, in the words of the user: what is the matter, and which field to change."""

from ..adapters import errors
from ..adapters.oauth import PROVIDERS
from . import notification_messages, sending_messages, sign_in_messages


def explain(env, error: errors.AdapterError, connection_type: str = "") -> str:
    """Return a translated sentence or two for `error`. Never contains a secret.

    :param connection_type: the account's, where there is one.
    """
    facts = _Facts(env, error, connection_type)
    sentence = _SENTENCES.get((type(error), error.reason)) or _SENTENCES.get((type(error), None)) or _unknown
    if isinstance(error, errors.TemporaryError) and error.details.get("rejected"):
        sentence = sending_messages.recipients_refused_for_now
    if facts.has_provider:
        sentence = sign_in_messages.of_provider(error) or sentence
    return sentence(env._, facts)


class _Facts:
    """The details of an error, with empty strings for what is not known, and the labels of the fields to name."""

    def __init__(self, env, error: errors.AdapterError, connection_type: str):
        self.env = env
        self.details = details = error.details
        self.outgoing = (error.field or "").startswith("smtp_")
        self.protocol = details.get("protocol") or ("SMTP" if self.outgoing else "IMAP")
        self.host = details.get("host", "")
        self.port = details.get("port", "")
        self.fingerprint = details.get("fingerprint", "")
        self.server_text = details.get("server_text", "")
        self.path = details.get("path", "")
        self.text = str(error)
        self.reason = error.reason
        name = details.get("provider") or (connection_type in PROVIDERS and PROVIDERS[connection_type].NAME)
        self.has_provider = bool(name)
        self.provider = {"provider": name or env._("the provider")}

    def with_server_text(self, sentence: str) -> str:
        if not self.server_text:
            return sentence
        return self.env._(
            "%(sentence)s The server said: “%(server_text)s”", sentence=sentence, server_text=self.server_text
        )

    @property
    def args(self) -> dict:
        return {
            "protocol": self.protocol,
            "host": self.host,
            "port": self.port,
            "fingerprint": self.fingerprint,
            "server_text": self.server_text,
            "path": self.path,
        }


def _refused(_, facts):
    sentence = _(
        "The %(protocol)s server %(host)s refuses the user name or the password. Check the fields Password and "
        "User Name; some providers want an application password made in their settings.",
        **facts.args,
    )
    return facts.with_server_text(sentence)


def _app_password(_, facts):
    return facts.with_server_text(
        _(
            "The provider wants an application password here, not the one you sign in with. Make one in your account's "
            "security settings and enter it in the field Password."
        )
    )


def _expired_password(_, facts):
    return facts.with_server_text(
        _("The password has expired. Change it with your provider, then enter the new one in the field Password.")
    )


def _disabled(_, facts):
    return facts.with_server_text(
        _("The provider has locked or switched off this mailbox for %(protocol)s. Ask your provider.", **facts.args)
    )


def _no_mechanism(_, facts):
    return _(
        "The %(protocol)s server %(host)s offers no way of signing in with a password that this program knows. Ask "
        "your provider, or choose another Connection Type.",
        **facts.args,
    )


def _no_access(_, facts):
    return facts.with_server_text(
        _("Whoever signed in may not open this mailbox. Have its owner or an administrator grant access to it.")
    )


def _no_mailbox(_, facts):
    return facts.with_server_text(
        _(
            "There is no mailbox at this address, or it has no licence. Check the field Email, or ask your "
            "administrator."
        )
    )


def _host_not_found(_, facts):
    return _("The server “%(host)s” does not exist. Check the field %(protocol)s Server.", **facts.args)


def _connection_refused(_, facts):
    return _(
        "The server “%(host)s” does not accept connections on port %(port)s. Check the fields %(protocol)s Server and "
        "%(protocol)s Port.",
        **facts.args,
    )


def _unreachable(_, facts):
    return _(
        "The server “%(host)s” cannot be reached from here. Check the field %(protocol)s Server, and the network.",
        **facts.args,
    )


def _timeout(_, facts):
    return _(
        "The server “%(host)s” does not answer on port %(port)s. Check the fields %(protocol)s Server, "
        "%(protocol)s Port and %(protocol)s Encryption.",
        **facts.args,
    )


def _cut(_, facts):
    return facts.with_server_text(_("The connection to %(host)s broke off. It is tried again by itself.", **facts.args))


def _throttled(_, facts):
    return facts.with_server_text(
        _("The server %(host)s asks for fewer requests. It is tried again later by itself.", **facts.args)
    )


def _temporary(_, facts):
    return facts.with_server_text(
        _("The server %(host)s is not available now. It is tried again by itself.", **facts.args)
    )


def _disk_full(_, facts):
    return _(
        "There is no room left on the disk of this Odoo. An administrator has to make some; it is then tried again by "
        "itself, and nothing is lost."
    )


def _certificate(reason):
    def sentence(_, facts):
        what = {
            "expired": _("has expired"),
            "not_yet_valid": _("is not valid yet"),
            "wrong_name": _("is for another name"),
            "self_signed": _("is self-signed"),
            "untrusted": _("comes from an authority that is not trusted"),
        }[reason]
        return _(
            "The certificate of %(host)s %(what)s, so nobody can tell whether it is the right server. Check the field "
            "%(protocol)s Server; only if you know this server, tick Allow non-secure certificate. "
            "SHA-256 fingerprint: %(fingerprint)s",
            what=what,
            **facts.args,
        )

    return sentence


def _starttls_missing(_, facts):
    return _(
        "The server %(host)s does not offer STARTTLS on port %(port)s. Choose another value in the field %(protocol)s "
        "Encryption, with the port that belongs to it.",
        **facts.args,
    )


def _port_speaks_tls(_, facts):
    return _(
        "Port %(port)s of %(host)s is encrypted from the start. Choose SSL/TLS in the field %(protocol)s Encryption.",
        **facts.args,
    )


def _port_speaks_plain(_, facts):
    return _(
        "Port %(port)s of %(host)s is not encrypted from the start. Choose STARTTLS in the field %(protocol)s "
        "Encryption, or change the field %(protocol)s Port.",
        **facts.args,
    )


def _login_disabled(_, facts):
    return _(
        "The server %(host)s takes no password over a connection that is not encrypted. Choose STARTTLS or SSL/TLS in "
        "the field %(protocol)s Encryption.",
        **facts.args,
    )


def _tls_failed(_, facts):
    return _(
        "No encrypted connection to %(host)s on port %(port)s came about. Check the fields %(protocol)s Encryption and "
        "%(protocol)s Port.",
        **facts.args,
    )


def _private_address(_, facts):
    return _(
        "“%(host)s” is not an address on the public Internet. An inbox administrator can connect it, "
        "or allow the server.",
        **facts.args,
    )


def _port_not_allowed(_, facts):
    return _(
        "Port %(port)s is not one that mail servers use. Check the field %(protocol)s Port, or ask an "
        "inbox administrator.",
        **facts.args,
    )


def _wrong_protocol(_, facts):
    return _(
        "What answers on port %(port)s of %(host)s is not an %(protocol)s server. Check the fields %(protocol)s Server "
        "and %(protocol)s Port.",
        **facts.args,
    )


def _change_refused(_, facts):
    return facts.with_server_text(_("The mail server does not allow this change."))


def _read_only(_, facts):
    return facts.with_server_text(_("The folder “%(path)s” may only be read.", **facts.args))


def _no_permission(_, facts):
    return facts.with_server_text(
        _("The mail server does not allow this account to change the folder “%(path)s”.", **facts.args)
    )


def _folder_exists(_, facts):
    return _("There is a folder “%(path)s” already. Choose another name.", **facts.args)


def _bad_folder_name(_, facts):
    return facts.with_server_text(
        _(
            "The mail server cannot have a folder called “%(path)s” there. Choose another name, without special "
            "characters, or another folder above it.",
            **facts.args,
        )
    )


def _fixed_folder(_, facts):
    return _("The mail server needs the folder “%(path)s”: it cannot be renamed or deleted.", **facts.args)


def _folder_gone(_, facts):
    return _("The folder “%(path)s” does not exist on the mail server any more, or is closed to you.", **facts.args)


def _too_large(_, facts):
    return facts.with_server_text(_("The email is larger than the mail server takes."))


def _quota(_, facts):
    return facts.with_server_text(_("There is no room left in the mailbox. Delete something, or ask your provider."))


def _control_character(_, facts):
    return _("There is a line break or another control character in one of the fields. Type it again.")


def _unknown(_, facts):
    return _("The mail server answered in an unexpected way: %s", facts.text)


_SENTENCES = {
    (errors.AuthenticationError, None): _refused,
    (errors.AuthenticationError, "app_password_needed"): _app_password,
    (errors.AuthenticationError, "expired"): _expired_password,
    (errors.AuthenticationError, "account_disabled"): _disabled,
    (errors.AuthenticationError, "no_mechanism"): _no_mechanism,
    (errors.AuthenticationError, "no_access"): _no_access,
    (errors.AuthenticationError, "no_mailbox"): _no_mailbox,
    (errors.NetworkError, "host_not_found"): _host_not_found,
    (errors.NetworkError, "refused"): _connection_refused,
    (errors.NetworkError, "unreachable"): _unreachable,
    (errors.NetworkError, "timeout"): _timeout,
    (errors.NetworkError, None): _cut,
    (errors.ThrottledError, None): _throttled,
    (errors.TemporaryError, None): _temporary,
    (errors.TemporaryError, "disk_full"): _disk_full,
    **{
        (errors.CertificateError, reason): _certificate(reason)
        for reason in ("expired", "not_yet_valid", "wrong_name", "self_signed", "untrusted")
    },
    (errors.EncryptionError, "starttls_not_offered"): _starttls_missing,
    (errors.EncryptionError, "port_speaks_tls"): _port_speaks_tls,
    (errors.EncryptionError, "port_speaks_plain"): _port_speaks_plain,
    (errors.EncryptionError, "login_disabled"): _login_disabled,
    (errors.EncryptionError, None): _tls_failed,
    (errors.HostNotAllowedError, "private_address"): _private_address,
    (errors.HostNotAllowedError, "port"): _port_not_allowed,
    (errors.ProtocolError, "not_imap"): _wrong_protocol,
    (errors.ProtocolError, "not_smtp"): _wrong_protocol,
    (errors.ChangeRefusedError, None): _change_refused,
    (errors.ChangeRefusedError, "read_only"): _read_only,
    (errors.ChangeRefusedError, "no_permission"): _no_permission,
    (errors.ChangeRefusedError, "exists"): _folder_exists,
    (errors.ChangeRefusedError, "bad_name"): _bad_folder_name,
    (errors.ChangeRefusedError, "fixed"): _fixed_folder,
    (errors.FolderGoneError, None): _folder_gone,
    (errors.QuotaError, "too_large"): _too_large,
    (errors.QuotaError, None): _quota,
    (errors.InvalidInputError, None): _control_character,
    **notification_messages.SENTENCES,
    **sending_messages.SENTENCES,
    **sign_in_messages.SENTENCES,
}
