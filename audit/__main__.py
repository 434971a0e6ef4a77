"""The command line: `python -m audit …`. Exit 0 and the result on stdout, or non-zero and one clear line on stderr."""

import importlib
import sys
from collections.abc import Sequence

import typer

from audit.errors import RoundsError
from audit.i18n import message
from audit.web.packages import PackagesMissing

COMMANDS = ("core", "user", "demo", "checklist", "report", "contest", "quiz", "tables", "drill")


def command_line() -> typer.Typer:
    """The command line with the commands of every part."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Rounds 巡检")
    for part in COMMANDS:
        importlib.import_module(f"audit.commands.{part}").register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return command_line()(args=arguments, standalone_mode=False) or 0
    except RoundsError as error:
        print(f"{message(error, 'en')} [{error.code}]", file=sys.stderr)
    except PackagesMissing as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}" if error.filename else error, file=sys.stderr)
    except typer.Exit as done:
        return int(done.exit_code)
    except typer.Abort:
        print("stopped", file=sys.stderr)
    except Exception as error:  # a usage error of the command line, or a failure nobody foresaw: one line either way
        if hasattr(error, "format_message"):
            print(" ".join(error.format_message().split()) or "Missing command.", file=sys.stderr)
            return 2
        print(f"{type(error).__name__}: {error}".partition("\n")[0], file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
