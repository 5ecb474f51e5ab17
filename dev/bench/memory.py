"""`./dev/benchmark memory [--headers N] [--write]`: the most memory that a worker takes, whatever a mailbox holds."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from dev.bench import first_sync, mailboxes, measuring
from tests.servers.dovecot import Dovecot

NEW = 1000


def main(database: str, *arguments: str) -> int:
    """Print the table, write it into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark memory")
    parser.add_argument("--headers", type=int, default=1_000_000, help="emails that are older than what is wanted")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    cases: dict[str, Iterable] = {
        "one email of 100 MB": [mailboxes.large(100)],
        "100 emails of 10 MB": (mailboxes.large(10) for _number in range(100)),
        f"{options.headers:,} emails, of which the newest {NEW:,} are wanted": _old_and_new(options.headers),
    }
    lines = [
        measuring.conditions(f"memory --headers {options.headers}"),
        "",
        "| mailbox | emails brought | most memory above the idle process (MB) | seconds |",
        "| --- | --: | --: | --: |",
    ]
    for name, emails in cases.items():
        with Dovecot(mail_format="mdbox") as server:
            user = mailboxes.address("memory")
            mailboxes.fill(server, user, emails, at_once=20 if "MB" in name else 5000)
            run = first_sync.addon(user, server.ports["imap"])
        row = f"| {name} | {run['messages']:,} | {run['memory'] / 1e6:.0f} | {run['seconds']:.1f} |"
        print(row, flush=True)
        lines.append(row)
    text = "\n".join(lines)
    if options.write:
        measuring.write("memory", text)
    return 0


def _old_and_new(count: int) -> Iterator[tuple[bytes, tuple[str, ...], datetime]]:
    long_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3 * 365)
    for number in range(count - NEW):
        yield b"Message-ID: <%d@old.example>\r\nSubject: Old\r\n\r\nOld\r\n" % number, (), long_ago
    yield from mailboxes.generated(NEW)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
