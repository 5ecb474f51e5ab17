"""What became of a sign-in at a provider, in the words of the user."""

from ..adapters import errors

# ------------------------------------------------------------ this sign-in led to nothing


def _consent_refused(_, facts):
    return _(
        "You did not allow access on the page of %(provider)s, so nothing was connected. Sign in again and allow it to "
        "go on.",
        **facts.provider,
    )


def _missing_scopes(_, facts):
    return _(
        "Not everything that is needed was allowed on the page of %(provider)s. Sign in again and leave every box "
        "there ticked: without one of them emails cannot be read, changed or sent.",
        **facts.provider,
    )


def _admin_consent(_, facts):
    return facts.with_server_text(
        _(
            "Your organisation lets only its administrators allow this at %(provider)s. Ask one of them to grant "
            "consent for everybody (the guide in General Settings → Inbox says where), then sign in again.",
            **facts.provider,
        )
    )


def _wrong_tenant(_, facts):
    return facts.with_server_text(
        _(
            "This account belongs to another organisation than the one that signing in with %(provider)s was set up "
            "for. Sign in with an account of your organisation.",
            **facts.provider,
        )
    )


def _unverified_app(_, facts):
    return facts.with_server_text(
        _(
            "%(provider)s does not let this program in because nobody has verified it. A system administrator adds "
            "you as a test user, makes it internal to your organisation or has it verified; the guide in General "
            "Settings → Inbox says how.",
            **facts.provider,
        )
    )


def _blocked(_, facts):
    return facts.with_server_text(
        _(
            "The rules of your organisation at %(provider)s do not let you use this program. Ask the administrator of "
            "your organisation.",
            **facts.provider,
        )
    )


def _no_offline_access(_, facts):
    return _(
        "%(provider)s allows access only while you are looking, which is not enough to receive emails. Remove this "
        "program from the list of connected apps in your account there, then sign in again.",
        **facts.provider,
    )


def _no_address(_, facts):
    return _("%(provider)s does not tell the email address of who signed in. Sign in again.", **facts.provider)


def _failed(_, facts):
    return facts.with_server_text(
        _("%(provider)s did not accept this sign-in. Begin again from the account.", **facts.provider)
    )


# ------------------------------------------------------------ an account that was connected


def _signed_out(_, facts):
    return facts.with_server_text(
        _(
            "%(provider)s does not accept the sign-in of this account any more: the password was changed, access was "
            "taken back, or it was not used for long. Press Re-Connect to sign in again.",
            **facts.provider,
        )
    )


def _interaction_required(_, facts):
    return facts.with_server_text(
        _(
            "%(provider)s wants the user to sign in again, as the rules of the organisation say. Press Re-Connect.",
            **facts.provider,
        )
    )


# ------------------------------------------------------------ the installation


def _not_set_up(_, facts):
    return _(
        "Signing in with %(provider)s is not set up here. A system administrator does that in General Settings → "
        "Inbox.",
        **facts.provider,
    )


def _client_refused(_, facts):
    return facts.with_server_text(
        _(
            "%(provider)s does not accept this installation (%(reason)s). A system administrator has to check the "
            "client ID and secret in General Settings → Inbox; no account has to be connected again.",
            reason=facts.reason,
            **facts.provider,
        )
    )


def _secret_expired(_, facts):
    return facts.with_server_text(
        _(
            "The client secret of this installation at %(provider)s has expired. A system administrator makes a new "
            "one there and enters it in General Settings → Inbox; no account has to be connected again.",
            **facts.provider,
        )
    )


def _unknown_tenant(_, facts):
    return _(
        "%(provider)s knows no organisation “%(tenant)s”. A system administrator corrects the tenant in General "
        "Settings → Inbox.",
        tenant=facts.details.get("tenant", ""),
        **facts.provider,
    )


def _api_disabled(_, facts):
    return facts.with_server_text(
        _(
            "The Gmail API is not enabled in the project at %(provider)s that this installation belongs to. A system "
            "administrator enables it there, in “APIs & Services” (the guide in General Settings → Inbox begins with "
            "it); no account has to be connected again.",
            **facts.provider,
        )
    )


# ------------------------------------------------------------ the provider's API


def _not_reached(_, facts):
    return _("%(provider)s cannot be reached from here just now. It is tried again by itself.", **facts.provider)


def _not_safe(_, facts):
    return facts.with_server_text(
        _(
            "What answers here in the name of %(provider)s cannot prove that it is, so nothing was told to it. The "
            "server's administrator has to look at the network (a proxy that opens encrypted connections?) and at the "
            "certificates that this server trusts. It is tried again by itself.",
            **facts.provider,
        )
    )


def _throttled(_, facts):
    return facts.with_server_text(
        _("%(provider)s asks for fewer requests. It is tried again later by itself.", **facts.provider)
    )


def _not_available(_, facts):
    return facts.with_server_text(
        _("%(provider)s is not available now. It is tried again by itself.", **facts.provider)
    )


def _disabled(_, facts):
    return facts.with_server_text(
        _("%(provider)s has locked this mailbox, or it cannot be used by other programs.", **facts.provider)
    )


def _scopes_missing_now(_, facts):
    return facts.with_server_text(
        _(
            "Not everything that is needed was allowed at %(provider)s. Press Re-Connect, and leave every box there "
            "ticked.",
            **facts.provider,
        )
    )


#: In place of the sentences that name the fields of servers and passwords, which these accounts do not have.
_OF_PROVIDER = {
    (errors.AuthenticationError, "refused"): _signed_out,
    (errors.AuthenticationError, "account_disabled"): _disabled,
    (errors.AuthenticationError, "missing_scopes"): _scopes_missing_now,
    (errors.ThrottledError, "throttled"): _throttled,
    (errors.TemporaryError, "unavailable"): _not_available,
}


def of_provider(error: errors.AdapterError):
    """The sentence for an error of a provider's API, where it differs from that of mail servers; else None."""
    if isinstance(error, errors.NetworkError):
        return _not_reached
    if isinstance(error, (errors.CertificateError, errors.EncryptionError)):
        return _not_safe
    return _OF_PROVIDER.get((type(error), error.reason))


# ------------------------------------------------------------ the way back

_STATES = {
    "missing": lambda _: _(
        "This page is where a provider sends you back to after signing in. It was called without that."
    ),
    "unknown": lambda _: _("Nobody began this sign-in here, or it was too long ago. Begin again from the account."),
    "used": lambda _: _("This sign-in was finished already; it works once. Begin again from the account if it failed."),
    "expired": lambda _: _(
        "This sign-in took longer than ten minutes, which is too long. Begin again from the account."
    ),
    "other_user": lambda _: _("Another user began this sign-in. Only the one who began it can finish it."),
    "other_session": lambda _: _(
        "This sign-in was begun in another browser or another session. Begin again from the account, here."
    ),
    "other_provider": lambda _: _("This sign-in was begun at another provider. Begin again from the account."),
    "account_gone": lambda _: _(
        "The account that was signed in for was changed or deleted meanwhile. Begin again from the account."
    ),
}


def of_state(env, reason: str) -> str:
    """Why the way back from a provider leads nowhere; see `inbox_sign_in.StateError`."""
    return _STATES[reason](env._)


SENTENCES = {
    (errors.SignInError, None): _failed,
    (errors.SignInError, "consent_refused"): _consent_refused,
    (errors.SignInError, "missing_scopes"): _missing_scopes,
    (errors.SignInError, "admin_consent"): _admin_consent,
    (errors.SignInError, "wrong_tenant"): _wrong_tenant,
    (errors.SignInError, "unverified_app"): _unverified_app,
    (errors.SignInError, "blocked"): _blocked,
    (errors.SignInError, "no_offline_access"): _no_offline_access,
    (errors.SignInError, "no_address"): _no_address,
    (errors.AuthenticationError, "signed_out"): _signed_out,
    (errors.AuthenticationError, "interaction_required"): _interaction_required,
    (errors.AppConfigurationError, None): _client_refused,
    (errors.AppConfigurationError, "not_set_up"): _not_set_up,
    (errors.AppConfigurationError, "api_disabled"): _api_disabled,
    (errors.AppConfigurationError, "secret_expired"): _secret_expired,
    (errors.AppConfigurationError, "unknown_tenant"): _unknown_tenant,
}
