"""Databases for tests: made once, cloned for each run, dropped when the run is over.

`concord_test_base_<key>` has the modules that the addon depends on, `concord_test_<key>` the addon as well,
`concord_test_web_<key>` also the compiled JavaScript and CSS of the web client, and `concord_test_apps_<key>` other
apps that the addon works with where they are; the key is a hash of what the database depends on, so a change of the
addon makes new ones from the one before in some seconds. A database that is complete bears the comment "ready".
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import environment, locks, paths, steps

BASE_MODULES = "crm"
#: Apps that the addon does not depend on, installed after it: quotations, invoices, automation rules.
APPS = "sale,base_automation"
PREFIX = "concord_test"
FILESTORE = paths.DATA / "filestore"

# Debian's package of Odoo lacks this file; the error that the browser logs would fail every test in it.
REMOVE_MISSING_FILE = """
env["ir.asset"].create({
    "name": "Tests: a file that Debian's package lacks",
    "bundle": "web.assets_backend",
    "directive": "remove",
    "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
})
env.cr.commit()
"""

#: What a browser loads, compiled once instead of by each server and each test.
COMPILE_ASSETS = """
for name in ("web.assets_web", "web.assets_frontend", "web.assets_frontend_minimal"):
    bundle = env["ir.qweb"]._get_asset_bundle(name, css=True, js=True)
    bundle.js()
    bundle.css()
env["ir.qweb"]._get_asset_bundle("web.assets_web_print", css=True, js=False).css()
env["ir.qweb"]._get_asset_bundle("bus.websocket_worker_assets", css=False, js=True).js()
env.cr.commit()
"""


@contextlib.contextmanager
def fresh(variables: dict[str, str]) -> Iterator[str]:
    """A database of its own with the addon installed and without demo data, for the time of the `with`.

    :param variables: the environment of `environment.ready()`; it gets what `another()` needs.
    :returns: its name.
    """
    run = f"{PREFIX}_run_{os.getpid()}_{secrets.token_hex(2)}"
    with locks.exclusive(run):
        with locks.exclusive("test-databases", "Waiting for another run that makes the test database"):
            _drop_abandoned(variables)
            template = _ensure_template(variables)
            _clone(template, run, variables)
        variables |= {"CONCORD_TEST_RUN": run, "CONCORD_TEST_TEMPLATE": template}
        try:
            yield run
        finally:
            for name in _names(variables):
                if name.startswith(run):
                    _drop(name, variables)
    (paths.LOCKS / run).unlink(missing_ok=True)


@contextlib.contextmanager
def another() -> Iterator[str]:
    """Within `./test`: one more database like that of the tests, for a test that commits for good; its name."""
    name = f"{os.environ['CONCORD_TEST_RUN']}_{secrets.token_hex(3)}"
    _clone(os.environ["CONCORD_TEST_TEMPLATE"], name, os.environ)
    try:
        yield name
    finally:
        _drop(name, os.environ)


@contextlib.contextmanager
def with_apps() -> Iterator[str]:
    """Within `./test`: one with `APPS` besides; its name. The first call makes the template, in half a minute."""
    template = os.environ["CONCORD_TEST_TEMPLATE"]
    apps = f"{PREFIX}_apps_{_short(f'{template} {APPS}'.encode())}"
    name = f"{os.environ['CONCORD_TEST_RUN']}_{secrets.token_hex(3)}"
    with locks.exclusive(apps, "Waiting for another run that installs apps into a test database"):
        if apps not in _names(os.environ, "ready"):
            _drop(apps, os.environ)
            _clone(template, apps, os.environ)
            _odoo(os.environ, "-d", apps, "-i", APPS)
            _mark_ready(apps, os.environ)
        _clone(apps, name, os.environ)
    try:
        yield name
    finally:
        _drop(name, os.environ)


def copy_to(variables: Mapping[str, str]) -> str:
    """Within `./test`: the same in the cluster that `variables` lead to, which ends with it; its name."""
    name = f"{os.environ['CONCORD_TEST_RUN']}_{secrets.token_hex(3)}"
    environment = {**os.environ, **variables}
    _client(environment, "createdb", name)
    with tempfile.NamedTemporaryFile(suffix=".dump") as dump:
        _client(os.environ, "pg_dump", "-Fc", "-Z0", "-f", dump.name, os.environ["CONCORD_TEST_TEMPLATE"])
        _client(environment, "pg_restore", "--no-owner", "-j", "2", "-d", name, dump.name)
    return name


def _ensure_template(variables: Mapping[str, str]) -> str:
    base = f"{PREFIX}_base_{_hash_of_odoo()}"
    addon = f"{PREFIX}_{hash_of_addon(base)}"
    web = f"{PREFIX}_web_{_hash_of_assets(addon)}"
    ready = _names(variables, "ready")
    if web in ready:
        return web
    for name in _names(variables):
        if name != addon and not name.startswith((f"{PREFIX}_base_", f"{PREFIX}_run_")):
            _drop(name, variables)
    if base not in ready:
        steps.say(f"Making the test database with {BASE_MODULES} (about half a minute)")
        _drop(base, variables)
        _odoo(variables, "-d", base, "-i", BASE_MODULES)
        _shell(variables, base, REMOVE_MISSING_FILE)
        _mark_ready(base, variables)
    if addon not in ready:
        steps.say("Installing the addon into the test database")
        _drop(addon, variables)
        _clone(base, addon, variables)
        _odoo(variables, "-d", addon, "-i", "concord_inbox")
        _mark_ready(addon, variables)
    steps.say("Compiling the web client's JavaScript and CSS")
    _clone(addon, web, variables)
    _shell(variables, web, COMPILE_ASSETS)
    _mark_ready(web, variables)
    return web


def _hash_of_odoo() -> str:
    """Changes with the place and release of Odoo and with the Python packages."""
    shown = subprocess.run(
        [paths.PYTHON, "-c", "import odoo.release as r; print(r.__file__, r.version, r.version_info)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return _short(shown.stdout.encode() + REMOVE_MISSING_FILE.encode() + BASE_MODULES.encode())


def hash_of_addon(base: str) -> str:
    """Changes with whatever of the addon is kept in a database that has it installed, and with `base`."""
    digest = hashlib.sha256(base.encode())
    for path in sorted(paths.ADDON.rglob("*")):
        inside = path.relative_to(paths.ADDON)
        # What is read when the server starts or when a page is asked for is not in the database.
        if path.is_file() and inside.parts[0] not in ("static", "adapters", "mime", "cli") and path.suffix != ".pyc":
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:10]


def _hash_of_assets(addon: str) -> str:
    """Changes with `addon` and with what the browser loads of the addon, told by time as Odoo does."""
    digest = hashlib.sha256(addon.encode() + COMPILE_ASSETS.encode())
    for path in sorted((paths.ADDON / "static").rglob("*")):
        digest.update(f"{path.relative_to(paths.ADDON)}\0{path.stat().st_mtime_ns}\0".encode())
    return digest.hexdigest()[:10]


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:10]


def _drop_abandoned(variables: Mapping[str, str]) -> None:
    """Drop the databases of runs that were killed: nobody holds their lock."""
    for name in _names(variables):
        run = re.match(rf"{PREFIX}_run_\d+_\w{{4}}", name)
        if run and locks.is_free(run[0]):
            _drop(name, variables)
            (paths.LOCKS / run[0]).unlink(missing_ok=True)


# ------------------------------------------------------------- small tools


def _odoo(variables: Mapping[str, str], *arguments: str) -> None:
    """Run Odoo for an installation; its warnings are errors' companions, so the end of the log is shown."""
    command = environment.odoo_command(*arguments, "--stop-after-init", "--no-http", "--log-level=warn")
    done = subprocess.run(command, env=dict(variables), capture_output=True, text=True, check=False)
    log = done.stdout + done.stderr
    if done.returncode or " ERROR " in log or " CRITICAL " in log:
        raise steps.SetupError("Odoo could not make the test database:\n" + "\n".join(log.splitlines()[-40:]))


def _shell(variables: Mapping[str, str], database: str, code: str) -> None:
    command = environment.odoo_command("shell", "-d", database, "--no-http", "--log-level=warn")
    done = subprocess.run(command, env=dict(variables), input=code, capture_output=True, text=True, check=False)
    if done.returncode or "Traceback" in done.stderr:
        raise steps.SetupError(f"Odoo could not prepare the test database:\n{done.stderr[-3000:]}")


def _names(variables: Mapping[str, str], comment: str | None = None) -> list[str]:
    """The test databases, or those that bear `comment`."""
    query = "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
    rows = [row.split("|") for row in _client(variables, "psql", "-d", "postgres", "-Atc", query).splitlines()]
    return [name for name, found in rows if name.startswith(PREFIX) and comment in (None, found)]


def _mark_ready(name: str, variables: Mapping[str, str]) -> None:
    _client(variables, "psql", "-d", "postgres", "-qc", f"COMMENT ON DATABASE \"{name}\" IS 'ready'")


def _clone(source: str, target: str, variables: Mapping[str, str]) -> None:
    _client(variables, "createdb", "-T", source, target)
    if (FILESTORE / source).exists():
        # The files are named by their content and never change: links are enough.
        shutil.copytree(FILESTORE / source, FILESTORE / target, copy_function=os.link, dirs_exist_ok=True)


def _drop(name: str, variables: Mapping[str, str]) -> None:
    _client(variables, "dropdb", "--if-exists", "--force", name)
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def _client(variables: Mapping[str, str], program: str, *arguments: str) -> str:
    path = shutil.which(program, path=variables["PATH"])
    if not path:
        raise steps.SetupError(f"{program} is missing: install PostgreSQL's client programs (postgresql-client).")
    return steps.run([Path(path), *arguments], what=program, env=dict(variables))
