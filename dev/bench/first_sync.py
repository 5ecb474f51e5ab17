"""`./dev/benchmark first_sync [--count N] [--write]`: emails a second of a first synchronisation, beside others' ways.

From one Dovecot on this machine, in one run: the public corpus and N generated emails by this addon; Odoo's own
fetchmail, which is measured with the corpus's first emails alone, since it is slow; mbsync, which copies to disk;
the transport alone (UID FETCH of everything, thrown away). Then the generated ones over a line with 50 and 200 ms more
of round trip.
"""

import argparse
import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from itertools import chain, islice
from pathlib import Path

from dev import corpus, databases, environment, paths, programs, steps
from dev.bench import mailboxes, measuring
from tests.servers.dovecot import Dovecot

MBSYNC = {"mbsync": ["isync"]}
#: Seconds of round trip that a distant server takes longer. The first tells what passing everything on costs by itself.
DISTANCES = (0, 0.05, 0.2)
CORPUS, GENERATED, FEW = (mailboxes.address(name) for name in ("corpus", "generated", "few"))
#: The last line of an answer, which may name all that the server can do.
_END = re.compile(rb"(?:^|\r\n)a (?:OK|NO|BAD)[^\r\n]*\r\n$")
TARGET_FETCHMAIL, TARGET_MBSYNC, TARGET_DISTANCE = 70, 4, 1.3


def main(database: str, *arguments: str) -> int:
    """Print the tables, write them into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark first_sync")
    parser.add_argument("--count", type=int, default=50_000, help="how many emails are generated")
    parser.add_argument("--fetchmail", type=int, default=500, help="how many Odoo's fetchmail is given")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    corpus.ensure()
    generated = f"{options.count:,} generated"
    with Dovecot(mail_format="sdbox") as server:
        mailboxes.fill_with_corpus(server, CORPUS)
        mailboxes.fill(server, GENERATED, mailboxes.generated(options.count))
        every = chain.from_iterable(corpus.emails(group) for group in corpus.groups())
        mailboxes.fill(server, FEW, islice(every, options.fetchmail))
        port = server.ports["imap"]
        runs = {
            ("corpus", "this addon"): _told(addon(CORPUS, port), "corpus"),
            ("corpus", "Odoo's fetchmail"): _told(fetchmail(FEW, port, options.fetchmail), "fetchmail"),
            ("corpus", "mbsync"): _told(mbsync(CORPUS, port), "mbsync"),
            ("corpus", "transport alone"): _told(transport(CORPUS, port), "transport"),
            (generated, "this addon"): _told(addon(GENERATED, port), "generated"),
            (generated, "mbsync"): _told(mbsync(GENERATED, port), "mbsync"),
            (generated, "transport alone"): _told(transport(GENERATED, port), "transport"),
        }
        distant = {}
        for seconds in DISTANCES:
            with mailboxes.DistantServer(port, seconds / 2) as line:
                distant[seconds] = _told(addon(GENERATED, line.port), f"{1000 * seconds:.0f} ms away")
    text = _table(runs, distant, generated, options)
    print(text)
    if options.write:
        measuring.write("first_sync", text)
    return 0


def _told(result: dict | None, name: str) -> dict | None:
    if result:
        rate = result["messages"] / result["seconds"]
        print(f"{name}: {result['messages']} in {result['seconds']:.1f} s, {rate:.0f} a second", flush=True)
    return result


def addon(user: str, port: int) -> dict:
    """This addon's first synchronisation, into a fresh database: see `one_sync`."""
    with databases.another() as database:
        command = [sys.executable, "-m", "dev.bench.one_sync", database, json.dumps(mailboxes.settings(user, port))]
        done = subprocess.run(command, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    if result["error"]:
        raise SystemExit(f"The synchronisation failed: {result['error']}")
    return result


def fetchmail(user: str, port: int, count: int) -> dict:
    """Odoo's own fetchmail makes deals of what lies in the INBOX."""
    code = f"""
import time
server = env["fetchmail.server"].create({{
    "name": "bench", "server_type": "imap", "server": "127.0.0.1", "port": {port}, "is_ssl": False,
    "user": {user!r}, "password": {mailboxes.PASSWORD!r}, "object_id": env.ref("crm.model_crm_lead").id,
    "state": "done"}})
env.cr.commit()
started = time.perf_counter()
server._fetch_mail(batch_limit={count})
print("SECONDS", time.perf_counter() - started)
print("MESSAGES", env["mail.message"].search_count([("message_type", "=", "email")]))
"""
    with databases.another() as database:
        command = environment.odoo_command("shell", "-d", database, "--log-level=critical", "--no-http")
        done = subprocess.run(command, cwd=paths.ROOT, input=code, capture_output=True, text=True, check=True)
    said = dict(line.split() for line in done.stdout.splitlines() if line.startswith(("SECONDS ", "MESSAGES ")))
    return {"seconds": float(said["SECONDS"]), "messages": int(said["MESSAGES"])}


def mbsync(user: str, port: int) -> dict | None:
    """isync copies all folders to disk, into a Maildir; None where it cannot be had."""
    try:
        programs.ensure(MBSYNC, why="What it takes is what one compares with")
    except steps.SetupError as error:
        print(f"mbsync is not measured: {error}")
        return None
    with tempfile.TemporaryDirectory(prefix="mbsync-") as folder:
        config = Path(folder, "mbsyncrc")
        config.write_text(
            f"IMAPStore far\nHost 127.0.0.1\nPort {port}\nUser {user}\nPass {mailboxes.PASSWORD}\n"
            f"SSLType None\nAuthMechs LOGIN\n\nMaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\n"
            "SubFolders Verbatim\n"
            "\nChannel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n"
        )
        Path(folder, "mail").mkdir()
        program = shutil.which("mbsync", path=programs.SEARCH)
        started = time.perf_counter()
        subprocess.run([program, "-q", "-c", config, "all"], check=True, capture_output=True)
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "messages": sum(path.parent.name in ("cur", "new") for path in Path(folder, "mail").glob("**/*")),
        }


def transport(user: str, port: int) -> dict:
    """UID FETCH of everything in all folders, thrown away."""
    messages = 0
    with contextlib.closing(socket.create_connection(("127.0.0.1", port))) as connection:
        started = time.perf_counter()
        _run(connection, b"LOGIN %s %s" % (user.encode(), mailboxes.PASSWORD.encode()))
        listed = _run(connection, b'LIST "" "*"')
        for line in listed.splitlines():
            if line.startswith(b"* LIST") and b"\\Noselect" not in line:
                answer = _run(connection, b"EXAMINE " + line.split(b' "/" ', 1)[1])
                count = next(int(row.split()[1]) for row in answer.splitlines() if row.endswith(b" EXISTS"))
                if count:
                    _run(connection, b"UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])", keep=False)
                    messages += count
        return {"seconds": time.perf_counter() - started, "messages": messages}


def _run(connection: socket.socket, command: bytes, *, keep: bool = True) -> bytes:
    connection.sendall(b"a " + command + b"\r\n")
    answer, end = b"", b""
    while not _END.search(end):
        data = connection.recv(1 << 20)
        if not data:
            raise SystemExit("The mail server hung up.")
        answer = answer + data if keep else b""
        end = (end + data)[-4000:]
    return answer


def _table(runs: dict, distant: dict, generated: str, options) -> str:
    lines = [
        measuring.conditions(f"first_sync --count {options.count}"),
        "",
        "| mailbox | way | emails | seconds | emails a second | the addon's time is |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    for (mailbox, way), run in runs.items():
        if not run:
            continue
        ours, rate = runs[mailbox, "this addon"], run["messages"] / run["seconds"]
        share = ours["seconds"] / ours["messages"] * rate
        ratio = "" if run is ours else f"1/{1 / share:.0f} of it" if share < 1 else f"{share:.1f} times as much"
        lines.append(f"| {mailbox} | {way} | {run['messages']:,} | {run['seconds']:.1f} | {rate:,.0f} | {ratio} |")
    lines += ["", f"Targets: 1/{TARGET_FETCHMAIL} of fetchmail's time, at most {TARGET_MBSYNC} times mbsync's.", ""]
    names = sorted({name for (_box, way), run in runs.items() if way == "this addon" for name in run["phases"]})
    lines += [
        f"| where the time goes (s) | {' | '.join(names)} | CPU: Odoo | CPU: PostgreSQL |",
        f"| --- | {' | '.join('--:' for _name in names)} | --: | --: |",
    ]
    for (mailbox, way), run in runs.items():
        if way == "this addon":
            figures = " | ".join(f"{run['phases'].get(name, 0):.1f}" for name in names)
            lines.append(f"| {mailbox} | {figures} | {run['odoo']:.1f} | {run['cpu'] - run['odoo']:.1f} |")
    near = distant[DISTANCES[0]]["seconds"]
    lines += ["", "| passed on with a round trip | seconds | times the first | target |", "| --- | --: | --: | --: |"]
    for seconds, run in distant.items():
        lines.append(
            f"| {1000 * seconds:.0f} ms more | {run['seconds']:.1f} | {run['seconds'] / near:.2f} | {TARGET_DISTANCE} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
