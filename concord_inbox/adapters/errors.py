"""The one family of errors that every adapter raises.

An adapter knows neither the ORM nor the user's language, so an error carries facts instead of sentences: a
``reason`` (one of the words listed at its class), the account's ``field`` that the user would change, and ``details``
(host, port, the server's own words, ...). `models/` turns them into a translated sentence. No error ever carries a
password or a token.
"""


class AdapterError(Exception):
    """Base of all; never raised itself.

    :param reason: one word for what went wrong, listed at each class.
    :param field: name of the `inbox.account` field to look at, or None.
    :param details: facts for the sentence shown to the user (``host``, ``port``, ``server_text``, ...), never secrets.

    Attribute `done`: what a move or copy that failed half-way had achieved (`base.Moved`), else None.
    """

    done: object | None = None

    def __init__(self, reason: str = "", *, field: str | None = None, **details):
        self.reason = reason
        self.field = field
        self.details = {key: storable(value) if isinstance(value, str) else value for key, value in details.items()}
        super().__init__(self._summary())

    def _summary(self) -> str:
        facts = ", ".join(f"{key}={value}" for key, value in self.details.items() if _is_fact(value))
        return f"{self.reason} ({facts})" if facts else self.reason

    def hide(self, secrets: list[str]) -> None:
        """Take `secrets` out of the details."""
        for secret in secrets:
            self.details = {
                key: value.replace(secret, "•••") if isinstance(value, str) else value
                for key, value in self.details.items()
            }
        self.args = (self._summary(),)


def _is_fact(value: object) -> bool:
    return value not in (None, "") and not isinstance(value, dict)


def storable(text: str) -> str:
    """A server's words as the database takes them: without control characters and half characters, and not endless."""
    text = "".join(character if character.isprintable() else " " for character in text[:500])
    return text.encode("utf-8", "replace").decode()


class AuthenticationError(AdapterError):
    """The server refuses the user or the password.

    Reasons: ``refused``, ``app_password_needed``, ``expired``, ``account_disabled``, ``no_mechanism`` (none in common);
    of accounts that sign in at a provider ``signed_out`` (what was granted is void), ``interaction_required`` (the
    provider wants to see the user again), ``missing_scopes`` (who signed in did not allow all that is needed),
    ``no_access`` (who signed in may not open this mailbox) and ``no_mailbox`` (there is none at this address, or it has
    no licence); then details: ``provider``.
    """


class AppConfigurationError(AdapterError):
    """The installation itself is not set up for this provider (OAuth client id, secret); no account is at fault.

    Reasons: ``not_set_up`` (there is no client), ``unknown_tenant``, ``secret_expired``, or the provider's own word,
    such as ``invalid_client``; ``api_disabled`` (the project at the provider may not use its API). Details:
    ``provider``, ``server_text``.
    """


class SignInError(AdapterError):
    """Somebody began to sign in at a provider, and it led to nothing.

    Reasons: ``consent_refused``, ``missing_scopes`` (not all that is needed was allowed), ``admin_consent`` (only an
    administrator of the organisation can allow it), ``wrong_tenant`` (an account of another organisation),
    ``unverified_app``, ``blocked`` (by the organisation's rules), ``no_offline_access``, ``no_address``, ``failed``.
    Details: ``provider``, ``server_text``.
    """


class SubscriptionError(AdapterError):
    """The provider does not tell of what happens in a mailbox, though it was asked to. Nothing else is wrong with it.

    Reasons: ``gone`` (it has forgotten the subscription), ``unreachable`` (what it found at our address was not us),
    ``topic`` (of Google: there is no such topic, it is another project's, or Gmail may not publish to it), ``refused``.
    Details: ``provider``, ``server_text``; ``address`` (ours, or the topic's name).
    """


class TemporaryError(AdapterError):
    """Something that time heals. Back off for this account alone, never switch it off.

    :param retry_after: seconds that the server asked to wait, or None.

    Reasons: ``unavailable``, ``in_use``, ``over_limit``, ``bye``; ``disk_full`` (ours, not the server's).
    """

    def __init__(self, reason: str = "", *, retry_after: float | None = None, field: str | None = None, **details):
        super().__init__(reason, field=field, **details)
        self.retry_after = retry_after


class ThrottledError(TemporaryError):
    """The server asks for fewer requests. Reason: ``throttled``."""


class NetworkError(TemporaryError):
    """The server could not be reached, or the connection ended early.

    Reasons: ``host_not_found``, ``refused``, ``unreachable``, ``timeout``, ``cut``.
    """


class CertificateError(AdapterError):
    """TLS works but the certificate is not trusted. Stop; purge nothing.

    Reasons: ``expired``, ``not_yet_valid``, ``wrong_name``, ``self_signed``, ``untrusted``.
    Details: ``host``, ``fingerprint`` (SHA-256, upper-case hex pairs joined by colons, '' when it could not be had),
    and where the certificate could be read what `certificate.describe()` tells besides.
    """


class EncryptionError(AdapterError):
    """The encryption asked for does not fit what the port speaks.

    Reasons: ``starttls_not_offered``, ``port_speaks_tls`` (TLS is needed from the start), ``port_speaks_plain``
    (no TLS on this port), ``login_disabled`` (the server wants TLS before it takes a password), ``tls_failed``.
    """


class HostNotAllowedError(AdapterError):
    """The address that would be dialled is not one that this account may reach.

    Reasons: ``private_address``, ``port``.
    """


class ProtocolError(AdapterError):
    """Something answered, but not as the protocol demands. Reasons: ``not_imap``, ``not_smtp``, ``bad_response``."""


class InvalidInputError(AdapterError):
    """A value that must never reach the wire.

    Reasons: ``control_character`` (CR, LF or NUL in it), ``bad_address`` (what is no email address; details:
    ``address``).
    """


class CursorLostError(AdapterError):
    """The server no longer knows this cursor: reset it, keep the data. Reasons: ``uidvalidity``, ``expired``."""


class FolderGoneError(AdapterError):
    """The folder no longer exists on the server or may not be opened. Reason: ``gone``, ``no_access``."""


class MessageUnavailableError(AdapterError):
    """The server cannot hand out some messages, though it lists them.

    Reason: ``refused``. Details: ``remote_ids`` (all of them), ``remote_id`` (the first), ``server_text``.
    """


class ChangeRefusedError(AdapterError):
    """The server refuses a change, and will tomorrow.

    Reasons: ``read_only`` (the folder may only be read), ``no_permission``, ``exists`` (a folder of this name),
    ``bad_name`` (no name for a folder there), ``fixed`` (a folder that cannot be renamed or deleted), ``refused``.
    Details: ``path``, ``server_text``.
    """


class QuotaError(AdapterError):
    """There is no room for it. Reasons: ``over_quota`` (the mailbox is full), ``too_large`` (this one message).

    Details: ``path``, ``server_text``; ``size`` and ``limit`` (bytes) where known.
    """


class SendRefusedError(AdapterError):
    """The server refuses to send an email, and will tomorrow. Nobody got it.

    Reasons: ``sender_refused``, ``recipients_refused`` (all of them), ``too_large``, ``content_refused``,
    ``no_utf8`` (an address needs SMTPUTF8, RFC 6531), ``no_recipients``, ``no_server`` (the account has none).
    Details: ``server_text``; ``size`` and ``limit`` (bytes); ``rejected`` (address -> `base.Refusal`) where known.
    """


class DeliveryUnknownError(AdapterError):
    """The connection ended after the whole email was told and before the server said whether it takes it
    (RFC 5321, 4.5.3.2.6): perhaps it was sent. Reason: ``unknown``.
    """
