"""The first visitor pays for nothing that can be done before."""

import subprocess
import sys

from audit.config import PROJECT

AFTER_THE_START = """
import sys
from audit.config import PROJECT
from audit.web.warming import warm
warm(PROJECT / "pages")
print(sorted(name for name in ("audit.ui.visit_parts", "audit.services.reports", "pandas") if name in sys.modules))
"""


def test_what_the_pages_import_is_there_after_the_start_and_pandas_is_not() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", AFTER_THE_START], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "['audit.services.reports', 'audit.ui.visit_parts']"
