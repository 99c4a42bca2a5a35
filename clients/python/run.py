"""Runs the named test modules and prints `counts PASSED FAILED SKIPPED` for the script that sums up."""

import logging
import sys
import unittest

# unittest runs asynchronous tests in debug mode, where asyncio reports each slow step.
logging.getLogger("asyncio").setLevel(logging.ERROR)

result = unittest.main(module=None, exit=False, verbosity=2, warnings="ignore").result
bad = len(result.failures) + len(result.errors)
print(f"counts {result.testsRun - bad - len(result.skipped)} {bad} {len(result.skipped)}", flush=True)
sys.exit(bad > 0)
