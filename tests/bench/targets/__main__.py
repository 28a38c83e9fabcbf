"""``python -m tests.bench.targets``."""

from tests.bench.targets.carry import main

raise SystemExit(main())
