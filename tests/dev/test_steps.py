"""What the tests of the screens start ends with them, also when they are killed and cannot see to it."""

import subprocess
import sys
from pathlib import Path

from dev import paths
from tests.views.steps import eventually

START = """
import os, signal
from tests.views import steps
print(steps.started(["sleep", "600"]).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    # Nobody may be there to ask how it ended.
    return state != "Z"


def test_a_process_ends_with_the_one_that_started_it():
    killed = subprocess.run(
        [sys.executable, "-c", START], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    assert killed.returncode == -9
    eventually(lambda: not is_alive(int(killed.stdout)))
