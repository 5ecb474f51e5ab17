"""The text of `docs/servers.md`."""

from .cases import Cases
from .servers import SERVERS

_HEAD = """\
# Mail servers

What runs against which server: every case through the whole synchronisation, from the server's folders to the rows of
the database and back, and after each case both sides are compared. Written by
`./test --thorough --server-table -n 2 tests/matrix`; do not edit.

✔ works, ✘ fails, – not possible there (see below). The servers are the columns:

"""


def render(results: dict[str, dict[str, tuple[str, str]]]) -> str:
    """The page.

    :param results: case -> server -> (outcome as pytest calls it, why it was skipped).
    """
    servers = [server for server in SERVERS if any(server.name in row for row in results.values())]
    notes: dict[str, list[str]] = {}
    lines = [_HEAD]
    lines += [f"{number}. **{server.name}**: {server.note}\n" for number, server in enumerate(servers, 1)]
    lines.append("\n| case | " + " | ".join(str(number) for number in range(1, len(servers) + 1)) + " |\n")
    lines.append("|---|" + ":-:|" * len(servers) + "\n")
    passed = failed = 0
    order = [test.__doc__.strip() for name, test in vars(Cases).items() if name.startswith("test_")]
    for case in sorted(results, key=order.index):
        row = results[case]
        cells = []
        for number, server in enumerate(servers, 1):
            outcome, reason = row.get(server.name, ("", ""))
            passed += outcome == "passed"
            failed += outcome == "failed"
            cells.append({"passed": "✔", "failed": "✘", "skipped": "–"}.get(outcome, ""))
            if outcome == "skipped":
                notes.setdefault(f"{case}: {reason}", []).append(str(number))
        lines.append(f"| {case} | " + " | ".join(cells) + " |\n")
    lines.append(f"\n{passed} passed, {failed} failed.\n")
    if notes:
        lines.append("\nNot possible:\n\n")
        lines += [f"- {note} ({', '.join(numbers)})\n" for note, numbers in notes.items()]
    lines.append("\n" + _BROKEN)
    return "".join(lines)


_BROKEN = """\
## What only broken servers do

Scripted servers play it in `tests/adapters/` and `tests/matrix/test_broken.py`: cuts and BYE in the middle of a
literal, throttling, answers that break the grammar, messages refused one by one, UIDs up to 2³²−1, dates that are none,
200,000 messages in one folder, names that are encoded wrongly, PREAUTH, and STARTTLS or capabilities that lie.
"""
