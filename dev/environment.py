"""The one way to everything that Odoo needs: Odoo, Python packages, PostgreSQL, a configuration."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import locks, odoo_package, paths, postgres, steps, venv

CONFIGURATION = paths.DEV / "odoo.conf"
#: The machine's certificates and the authority of the demo's mail server (see mail_server.py).
TRUSTED = paths.MAIL / "trusted.pem"


@contextlib.contextmanager
def ready() -> Iterator[dict[str, str]]:
    """Set up what is missing, and have PostgreSQL running for the time of the `with`.

    :returns: the environment to start programs of `.dev/venv` with.
    :raises steps.SetupError: something is missing on this machine.
    """
    paths.make_folders()
    with locks.exclusive("setup", "Waiting for another process that sets up this checkout"):
        odoo = odoo_package.ensure()
        venv.ensure(odoo)
        _configure()
    with postgres.running() as connection:
        environment = {**os.environ, **connection}
        environment["ODOO_RC"] = os.environ.get("ODOO_RC", str(CONFIGURATION))
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(paths.ROOT), os.environ.get("PYTHONPATH")]))
        environment["PATH"] = f"{paths.VENV / 'bin'}{os.pathsep}{environment['PATH']}"
        yield environment


def trusting_demo(variables: Mapping[str, str]) -> dict[str, str]:
    """`variables` for programs that shall trust the demo's mail server, if there is one."""
    return {**variables, "SSL_CERT_FILE": str(TRUSTED)} if TRUSTED.exists() else dict(variables)


def odoo_command(*arguments: str | Path) -> list[str]:
    """The command line of Odoo's own command line, for use with the environment of `ready()`."""
    return [str(paths.PYTHON), "-m", "odoo", *map(str, arguments)]


def _configure() -> None:
    """Write Odoo's configuration. How PostgreSQL is reached is not in it but in the environment (PGHOST, ...)."""
    text = f"""\
; Written by dev/environment.py.
[options]
addons_path = {paths.ROOT}
data_dir = {paths.DATA}
http_interface = 127.0.0.1
log_handler = :INFO,imapclient:WARNING
"""
    if not CONFIGURATION.exists() or CONFIGURATION.read_text() != text:
        CONFIGURATION.write_text(text)


def report(error: steps.SetupError) -> int:
    """Print what is missing; the exit status."""
    steps.say(f"Stopped: {error}")
    return 1
