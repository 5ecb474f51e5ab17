"""Two workers that renew the tokens of one account at once leave a working account; a state is good for one of two."""

import json
import subprocess
import sys

from dev import databases, paths


def test_two_workers_renew_at_once():
    with databases.another() as database:
        command = [sys.executable, "-m", "tests.sync.two_refreshes", database]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["asked"] == 1
    assert found["got"][0] == found["got"][1]
    assert found["got"][0].startswith("ya29.")
    assert found["died"] == "SystemExit"
    assert found["after"].startswith("ya29.")
    assert found["after"] != found["got"][0]
    assert found["states"] == ["taken", "again", "used"]
