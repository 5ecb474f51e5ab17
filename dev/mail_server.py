"""The demo's mail server, a process of its own: `python -m dev.mail_server`, run by `./run` and `./dev/mail`.

Dovecot with the mailboxes, an SMTP server that delivers into it, TLS by an authority made for it. The ports are the
same every time as long as they are free; they are written to `.dev/mail/server.json` when the servers answer.
"""

import json
import os
import shutil
import signal
import ssl
import sys
import threading
from pathlib import Path

from dev import environment, mail_boxes, mail_smtp, paths, users
from dev.ports import free_port, is_free
from tests.servers.dovecot import Dovecot, DovecotError

STATE = paths.MAIL / "server.json"


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    _become_nobody_if_closed()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    ports = _ports()
    mail_boxes.forget_if_incomplete()
    dovecot = Dovecot(paths.MAIL / "dovecot", ports={name: ports[name] for name in ("imap", "imaps", "lmtp")})
    try:
        dovecot.start()
    except DovecotError as error:
        print(error, file=sys.stderr)
        return 1
    smtp = []
    try:
        mail_boxes.fill(dovecot)
        users = set(mail_boxes.USERS)
        delivery = mail_smtp.Delivery((dovecot.host, dovecot.ports["lmtp"]), users, mail_boxes.ELSEWHERE)
        login = mail_smtp.Login(users, mail_boxes.PASSWORD)
        certificate = dovecot.certificate
        for server in mail_smtp.servers(
            dovecot.host, ports["smtp"], ports["smtps"], certificate.certificate, certificate.key, delivery, login
        ):
            server.start()
            smtp.append(server)
        _write_bundle(certificate.authority)
        STATE.write_text(json.dumps({"host": "localhost", "ports": ports, "password": mail_boxes.PASSWORD}))
        print("ready", flush=True)
        done.wait()
    finally:
        for server in smtp:
            server.stop()
        dovecot.stop()
    return 0


def _become_nobody_if_closed() -> None:
    """Root in a checkout that others may not enter: start again as the user that Dovecot would run as, let in there."""
    user = users.substitute("nobody")
    paths.MAIL.mkdir(parents=True, exist_ok=True)
    if user and users.is_closed(paths.MAIL):
        os.chown(paths.MAIL, user.pw_uid, user.pw_gid)
        command = users.prefix(user, paths.MAIL, "--pdeathsig=SIGTERM")
        os.execvp(command[0], [*command, sys.executable, "-m", "dev.mail_server"])  # noqa: S606


def _ports() -> dict[str, int]:
    """The ports of last time where they are free, else others."""
    last = json.loads(STATE.read_text())["ports"] if STATE.exists() else {}
    ports = {}
    for name in ("imap", "imaps", "lmtp", "smtp", "smtps"):
        ports[name] = last[name] if name in last and is_free(last[name]) else free_port()
    return ports


def _write_bundle(authority: Path) -> None:
    defaults = ssl.get_default_verify_paths()
    environment.TRUSTED.unlink(missing_ok=True)
    with environment.TRUSTED.open("ab") as bundle:
        if defaults.cafile and Path(defaults.cafile) != environment.TRUSTED:
            bundle.write(Path(defaults.cafile).read_bytes() + b"\n")
        bundle.write(authority.read_bytes())
    shutil.copymode(authority, environment.TRUSTED)


if __name__ == "__main__":
    sys.exit(main())
