"""Writes the table of `docs/servers.md` from a real run: `./test --thorough --server-table -n 2 tests/matrix`."""

from collections import defaultdict

import pytest

from dev import paths

_results: dict[tuple[str, str], tuple[str, str]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server-table", action="store_true", help="write docs/servers.md from this run of tests/matrix")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    server = getattr(getattr(item, "cls", None), "server_entry", None)
    if server:
        # Travels from the processes of xdist to the one that writes.
        report.user_properties.append(("matrix", (server.name, item.function.__doc__.strip())))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    key = dict(report.user_properties).get("matrix")
    if not key or not (report.when == "call" or report.failed or report.skipped):
        return
    reason = report.longrepr[2].removeprefix("Skipped: ") if report.skipped else ""
    before = _results.get(tuple(key), ("", ""))
    if before[0] != "failed":
        _results[tuple(key)] = (report.outcome, reason)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--server-table", default=False) and not hasattr(session.config, "workerinput"):
        from .table import render

        if missing := [key for key, (_outcome, reason) in _results.items() if "--thorough" in reason]:
            raise pytest.UsageError(f"{len(missing)} cases did not run: --server-table wants --thorough")
        by_case: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        for (server, case), result in _results.items():
            by_case[case][server] = result
        (paths.ROOT / "docs" / "servers.md").write_text(render(by_case))
