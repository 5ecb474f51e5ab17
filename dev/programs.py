"""Programs of the machine that tests and the demo need, besides Python and PostgreSQL."""

import os
import shutil

from . import debian

#: program -> the Debian packages that bring it
DOVECOT = {"dovecot": ["dovecot-imapd", "dovecot-lmtpd", "dovecot-submissiond"]}
BROWSER = {"chromium": ["chromium"]}
NPM = {"npm": ["nodejs", "npm"]}

# A server's programs are in folders that not every user has on PATH.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def ensure(*wanted: dict[str, list[str]], why: str) -> None:
    """Install what is missing, as root; others get a sentence that names the packages.

    :raises steps.SetupError: that sentence.
    """
    missing = [
        package
        for programs in wanted
        for program, packages in programs.items()
        if not shutil.which(program, path=SEARCH)
        for package in packages
    ]
    if missing:
        debian.install(missing, why)
