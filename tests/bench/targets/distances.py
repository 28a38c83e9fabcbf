"""How far each category's target is from it, by CLIP's text encoder: ``python -m tests.bench.targets.distances``."""

from __future__ import annotations

from daemon.shading.concepts.table import TABLE
from tests.bench import table
from tests.bench.targets import clip


def main() -> int:
    """Print the table; 1 if there are no embeddings."""
    absent = clip.missing()
    if absent:
        print(f"CLIP's text embeddings are not in {clip.FOLDER}: {', '.join(absent)}")
        return 1
    rows, median = clip.measured(TABLE, clip.vectors())
    shown = [
        [row.category, row.target, len(row.words), row.mean, "yes" if row.mean < median else "no"]
        for row in sorted(rows, key=lambda row: row.mean)
    ]
    table.show(["category", "target", "words", "cosine", "below the median"], shown)
    below = [row for row in rows if row.mean < median]
    words = [cosine < median for row in rows for cosine in row.cosines]
    print(f"\nThe median of all words with all targets is {median:.3f}.")
    print(f"{len(below)} of {len(rows)} categories are below it, {sum(words)} of {len(words)} words.")
    print(f"{len(TABLE['categories']) - len(rows)} categories, or their targets, have no word in the lists.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
