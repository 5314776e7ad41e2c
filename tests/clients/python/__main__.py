"""Plays all scenarios; the last line says how many passed."""

import logging
import sys
import unittest
from pathlib import Path


def main():
    # The clients report each refusal and crash that a scenario provokes.
    logging.disable(logging.CRITICAL)
    tests = unittest.defaultTestLoader.discover(str(Path(__file__).parent))
    result = unittest.TextTestRunner(stream=sys.stdout).run(tests)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


sys.exit(main())
