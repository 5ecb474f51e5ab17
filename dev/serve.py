"""`./run [--once]`: the whole thing, ready to be looked at in a browser."""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from . import corpus, environment, locks, node, paths, ports, processes, programs, steps

DATABASE = "concord"
PORT = 8069
PORT_FILE = paths.DEV / "run-port"
#: Written by dev/providers.py, which this process cannot import: it has none of the packages.
PROVIDERS = paths.DEV / "providers.json"


class Ended(Exception):  # noqa: N818 (no error: somebody asked for it)
    """SIGTERM or SIGHUP: end as on Ctrl-C."""


def main(arguments: list[str]) -> int:
    """Set up, connect, synchronise, serve until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(prog="./run", description="Serves Odoo with Concord Inbox and a demo to look at.")
    parser.add_argument("--once", action="store_true", help="set up, synchronise, print what came, and end")
    parser.add_argument("--verify", action="store_true", help="compare every account with its mail server as well")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    # Whoever starts this in the background of a script has Ctrl-C ignored; it is asked for nevertheless.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    served = False
    try:
        with serving(options.verify) as (_variables, url, server):
            _explain(url)
            served = True
            if not options.once:
                server.wait()
                raise steps.SetupError(f"Odoo has ended by itself; see {_log('odoo')}.")
    except steps.SetupError as error:
        return environment.report(error)
    except (KeyboardInterrupt, Ended):
        steps.say("Ended")
        return 0 if served else 130
    return 0


@contextlib.contextmanager
def serving(verify: bool = False) -> Iterator[tuple[dict[str, str], str, subprocess.Popen]]:
    """Everything set up, synchronised and served, for the time of the `with`.

    :param verify: compare every account with its mail server as well.
    :returns: environment for programs, address of the web client, process of the server.
    :raises steps.SetupError: something is missing, or this checkout is being served already.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locks.exclusive("run", wait=False))
        except locks.TakenError:
            where = f" at http://127.0.0.1:{PORT_FILE.read_text()}" if PORT_FILE.exists() else ""
            raise steps.SetupError(f"another ./run is at work in this checkout{where}.") from None
        variables = stack.enter_context(environment.ready())
        programs.ensure(programs.DOVECOT, why="The demo's mail server is Dovecot")
        corpus.ensure()
        stack.enter_context(_mail_server(variables))
        port = _choose_port()
        url = f"http://127.0.0.1:{port}"
        stack.enter_context(_providers(variables, url))
        variables = environment.trusting_demo(variables) | json.loads(PROVIDERS.read_text())["variables"]
        _call("The demo could not be made", [str(paths.PYTHON), "-m", "dev.demo", DATABASE, url], variables)
        if verify:
            steps.say("Comparing the accounts with the mail server")
            command = environment.odoo_command("inbox_verify", "-d", DATABASE)
            _call("An account differs from its mail server", command, variables)
        server = stack.enter_context(_odoo(variables, port, url))
        stack.enter_context(_watch(variables))
        yield variables, url, server


def _end(number: int, _frame) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is running is being ended
    raise Ended


def _log(name: str) -> Path:
    return paths.LOGS / f"{name}.log"


# ------------------------------------------------------------------- servers


@contextlib.contextmanager
def _mail_server(variables: dict[str, str]) -> Iterator[None]:
    steps.say("Starting the mail server")
    with _log("mail").open("w") as log:
        command = [str(paths.PYTHON), "-m", "dev.mail_server"]
        process = processes.start(command, env=variables, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise steps.SetupError(f"The demo's mail server does not start:\n{_log('mail').read_text()[-3000:]}")
        yield
    finally:
        processes.stop(process)


@contextlib.contextmanager
def _providers(variables: dict[str, str], url: str) -> Iterator[None]:
    """What stands for Google and Microsoft, so that accounts can be connected by signing in."""
    with locks.exclusive("setup", "Waiting for another process that sets up this checkout"):
        node.ensure_graph_types()
    with _log("providers").open("w") as log:
        command = [str(paths.PYTHON), "-m", "dev.providers", url]
        process = processes.start(command, env=variables, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise steps.SetupError(f"The demo's providers do not start:\n{_log('providers').read_text()[-3000:]}")
        yield
    finally:
        processes.stop(process)


@contextlib.contextmanager
def _odoo(variables: dict[str, str], port: int, url: str) -> Iterator[subprocess.Popen]:
    steps.say("Starting Odoo")
    # One process with threads: the browser's live updates need no proxy then.
    command = environment.odoo_command(
        "-d", DATABASE, f"--db-filter=^{DATABASE}$", f"--http-port={port}", "--workers=0", "--max-cron-threads=2"
    )
    with _log("odoo").open("w") as log:
        process = processes.start(command, env=variables, stdout=log, stderr=log)
    try:
        _wait_until_answered(process, f"{url}/web/login")
        yield process
    finally:
        processes.stop(process)


@contextlib.contextmanager
def _watch(variables: dict[str, str]) -> Iterator[None]:
    """The process that has the mail server tell of new email. Nobody waits for it."""
    with _log("watch").open("w") as log:
        command = environment.odoo_command("inbox_watch", "-d", DATABASE)
        process = processes.start(command, env=variables, stdout=log, stderr=log)
    try:
        yield
    finally:
        processes.stop(process)


def _wait_until_answered(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=60):  # noqa: S310 (our own server)
            return
        time.sleep(0.2)
    raise steps.SetupError(f"Odoo does not answer:\n{_log('odoo').read_text()[-3000:]}")


def _choose_port() -> int:
    """The TCP port for Odoo: that of last time, else 8069, else a free one; recorded."""
    wanted = [int(PORT_FILE.read_text())] if PORT_FILE.exists() else []
    port = next(filter(ports.is_free, [*wanted, PORT]), None) or ports.free_port()
    PORT_FILE.write_text(str(port))
    return port


# -------------------------------------------------------------- what is shown


def _call(complaint: str, command: list[str], variables: dict[str, str]) -> None:
    """Run a command that prints for itself; `complaint` is the sentence if it fails."""
    process = processes.start(command, env=variables)
    try:
        status = process.wait()
    finally:
        processes.stop(process)
    if status:
        raise steps.SetupError(f"{complaint}, as said above.")


def _explain(url: str) -> None:
    state = json.loads((paths.MAIL / "server.json").read_text())
    ports = state["ports"]
    print(
        f"""
Concord Inbox: {url}
  log in as admin, hanna or tomas; the password is the same word
The demo's mail server, for any mail program: {state["host"]}, password {state["password"]}
  IMAP {ports["imaps"]} (TLS) or {ports["imap"]} (STARTTLS), SMTP {ports["smtps"]} (TLS) or {ports["smtp"]} (STARTTLS)
  users sales@northlight.example, hanna@..., tomas@..., corpus@...; elsewhere@... gets what is sent to others
To connect by signing in, at what stands for Google and Microsoft here (Inbox → Connect), password {state["password"]}:
  northlight.demo@gmail.com, northlight.demo@outlook.com; they are signed out when this ends.
  What one of them writes to the other, or to itself, arrives at once: both tell of new email
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
