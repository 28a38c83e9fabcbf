"""``python -m tests.bench.detection``."""

from tests.bench.detection.roc import main

main()
