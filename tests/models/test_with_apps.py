"""The addon where quotations, invoices and automation rules are installed, too; all other tests are without."""

import os
import subprocess
import sys

from dev import databases, paths

CASES = ("tests/models/with_apps.py", "tests/models/test_record_emails.py")


def test_with_sale_account_and_base_automation():
    # Odoo has one registry for a database and one database for a run of its tests: so this is another run.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    with databases.with_apps() as database:
        command = [sys.executable, "-m", "pytest", "--odoo-http", f"--odoo-database={database}", "-q", *CASES]
        done = subprocess.run(command, cwd=paths.ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
