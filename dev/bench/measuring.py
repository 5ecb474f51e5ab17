"""What benchmarks of the server share: the time of PostgreSQL as well, the spread, the fields of a view, the report."""

import math
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from dev import paths

REPORT = paths.ROOT / "docs" / "benchmarks.md"


class Cpu:
    """Seconds of CPU that this process and PostgreSQL's for it have taken; of the clock if nobody tells."""

    def __init__(self, cr):
        self.file = Path(f"/proc/{cr._cnx.get_backend_pid()}/schedstat")
        self.is_told = cr._cnx.info.host.startswith("/") and self.file.exists()

    def __call__(self) -> float:
        if not self.is_told:
            return time.perf_counter()
        return time.process_time() + int(self.file.read_text().split()[0]) / 1e9


def spread(values: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    values = sorted(values)
    return statistics.median(values), values[math.ceil(0.95 * len(values)) - 1]


def fields_of(env, view: str, within: str = "") -> dict:
    """What the browser asks for of the fields of a view; `within`: of those in this field's own view."""
    arch = etree.fromstring(env["inbox.message"].get_view(env.ref(f"concord_inbox.{view}").id)["arch"])
    place = arch.find(f".//field[@name='{within}']") if within else arch
    result = {}
    for node in place.iter("field"):
        inside = next(node.iterancestors("field"), None)
        if node is place or inside is not (place if within else None):
            continue
        name = node.get("name")
        kind = env["inbox.message"]._fields[name].type
        if node.find("*") is not None:
            result[name] = {"fields": fields_of(env, view, name)} if name == "thread_ids" else {}
        else:
            result[name] = {"fields": {"display_name": {}}} if kind in ("many2one", "many2many", "one2many") else {}
    return result


def explain(env, work) -> None:
    """Print the plan of the statement of `work` that takes longest."""
    statements, original = [], type(env.cr).execute

    def execute(cr, query, params=None, log_exceptions=True):
        started = time.perf_counter()
        done = original(cr, query, params, log_exceptions)
        statements.append((time.perf_counter() - started, cr._obj.query))
        return done

    env.invalidate_all()
    type(env.cr).execute = execute
    try:
        work()
    finally:
        type(env.cr).execute = original
    seconds, statement = max(statements)
    if not statement.lstrip().upper().startswith(b"SELECT"):
        return
    env.cr._obj.execute(b"EXPLAIN (ANALYZE, BUFFERS, COSTS) " + statement)
    print(f"  {1000 * seconds:.1f} ms: {statement.decode()[:3000]}")
    print("\n".join(f"    {line}" for (line,) in env.cr._obj.fetchall()))


def conditions(command: str) -> str:
    """When, how and where: the line above a table of figures.

    :param command: what follows `./dev/benchmark`.
    """
    return (
        f"{datetime.now(UTC).date()}, `./dev/benchmark {command}`, Python {platform.python_version()},"
        f" {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
    )


def write(name: str, text: str) -> None:
    """Put a table between the marks `<!-- name: begin -->` and `<!-- name: end -->` of docs/benchmarks.md."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _begin, rest = REPORT.read_text().partition(begin)
    _old, _end, after = rest.partition(end)
    REPORT.write_text(f"{before}{begin}\n{text}\n{end}{after}")
