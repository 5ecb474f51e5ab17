"""The configuration file of a Dovecot 2.3 that runs as one ordinary user."""

import grp
import pwd
from collections.abc import Iterable
from pathlib import Path

#: What Dovecot 2.3 offers after login.
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS "
    "THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED "
    "I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE "
    "SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"
)
SPECIAL_USE = ("Drafts", "Sent", "Trash", "Junk", "Archive")


def render(
    *,
    user: pwd.struct_passwd,
    folder: Path,
    run_folder: Path,
    host: str,
    ports: dict[str, int],
    tls: bool,
    mail_format: str,
    separator: str,
    prefix: str,
    hide: Iterable[str],
    special_use: bool,
    plain_auth: bool,
    mechanisms: str,
    relay: tuple[str, int] | None,
    settings: str,
) -> str:
    """The text of the configuration; the parameters are those of `dovecot.Dovecot`."""
    return "\n".join(
        (
            _base(user, folder, run_folder, host, "submission" in ports),
            _login(folder, plain_auth, mechanisms, tls),
            _mail(user, folder, mail_format, separator, prefix, special_use),
            _capabilities(hide),
            _services(user, ports),
            f"submission_relay_host = {relay[0]}\nsubmission_relay_port = {relay[1]}" if relay else "",
            settings,
            "",
        )
    )


def _base(user: pwd.struct_passwd, folder: Path, run_folder: Path, host: str, submission: bool) -> str:
    return f"""\
protocols = imap lmtp{" submission" if submission else ""}
listen = {host}
base_dir = {run_folder}
state_dir = {run_folder}
log_path = {folder}/dovecot.log
default_internal_user = {user.pw_name}
default_internal_group = {grp.getgrgid(user.pw_gid).gr_name}
default_login_user = {user.pw_name}
first_valid_uid = 1
first_valid_gid = 0
default_vsz_limit = 1G
"""


def _login(folder: Path, plain_auth: bool, mechanisms: str, tls: bool) -> str:
    files = f"ssl_cert = <{folder}/tls/used.pem\nssl_key = <{folder}/tls/used.key"
    encryption = f"ssl = yes\n{files}" if tls else "ssl = no"
    # One file for each user: a new one is known at once, while changes of a known file take a second to be noticed.
    return f"""\
{encryption}
disable_plaintext_auth = {"no" if plain_auth else "yes"}
auth_mechanisms = {mechanisms}
auth_username_chars =
auth_username_format = %u
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {folder}/users/%u
}}
userdb {{
  driver = passwd-file
  args = {folder}/users/%u
}}
"""


def _mail(
    user: pwd.struct_passwd, folder: Path, mail_format: str, separator: str, prefix: str, special_use: bool
) -> str:
    boxes = "".join(
        f"  mailbox {name} {{\n    special_use = \\{name}\n    auto = subscribe\n  }}\n"
        for name in (SPECIAL_USE if special_use else ())
    )
    return f"""\
mail_location = {mail_format}:~/mail
mail_uid = {user.pw_uid}
mail_gid = {user.pw_gid}
mail_fsync = never
mail_max_userip_connections = 0
postmaster_address = postmaster@localhost
rawlog_dir = {folder}/rawlog/%u
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
{boxes}}}
"""


def _capabilities(hide: Iterable[str]) -> str:
    hidden = set(hide)
    if not hidden:
        return ""
    return f"imap_capability = {' '.join(name for name in CAPABILITIES.split() if name not in hidden)}"


def _services(user: pwd.struct_passwd, ports: dict[str, int]) -> str:
    # A refused login must not slow down the next one from the same address, which all tests share.
    unpunished = "  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n"
    # Without root nothing can be chrooted. The login process serves many connections, for speed.
    lines = [f"service anvil {{\n  chroot =\n{unpunished}}}", "service stats {\n  chroot =\n}"]
    listeners = f"  inet_listener imap {{\n    port = {ports['imap']}\n  }}\n"
    listeners += f"  inet_listener imaps {{\n    port = {ports.get('imaps', 0)}\n    ssl = yes\n  }}\n"
    lines.append(f"service imap-login {{\n  chroot =\n  service_count = 0\n  process_min_avail = 1\n{listeners}}}")
    lines.append("service imap {\n  service_count = 100\n  process_limit = 200\n  process_min_avail = 1\n}")
    listener = f"  inet_listener lmtp {{\n    port = {ports['lmtp']}\n  }}\n"
    lines.append(f"service lmtp {{\n  user = {user.pw_name}\n{listener}}}")
    if "submission" in ports:
        listener = f"  inet_listener submission {{\n    port = {ports['submission']}\n  }}\n"
        lines.append(f"service submission-login {{\n  chroot =\n  service_count = 0\n{listener}}}")
    return "\n".join(lines)
