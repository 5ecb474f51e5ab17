"""`./dev/odoo ARGUMENTS`: Odoo's own command line in this checkout's environment."""

import sys

from . import environment, processes, steps


def main(arguments: list[str]) -> int:
    """Run Odoo with `arguments`; the exit status is Odoo's."""
    try:
        with environment.ready() as variables:
            return processes.call(environment.odoo_command(*arguments), env=environment.trusting_demo(variables))
    except steps.SetupError as error:
        return environment.report(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
