"""``python -m tests.bench.strength``."""

from tests.bench.strength.comparison import main

raise SystemExit(main())
