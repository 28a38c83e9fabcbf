"""The numbers that SSIMULACRA2 was fitted with: how much each kind of error counts, by scale and channel.

From version 2.1 of the metric (Jon Sneyers, Cloudinary, BSD 3-clause). Of its 108 weights 83 are zero or too small to
matter (most below 0.002, beside some that reach hundreds). They are left out: the rest needs only Y at the finest scale
and nothing at the coarsest, which saves most of the work.
"""

from __future__ import annotations

from typing import NamedTuple


class Weight(NamedTuple):
    """Weights of one channel at one scale: (mean, 4-norm) of the structural error, of added and of lost edges."""

    structure: tuple[float, float] = (0.0, 0.0)
    added: tuple[float, float] = (0.0, 0.0)
    lost: tuple[float, float] = (0.0, 0.0)


X, Y, B = 0, 1, 2
WEIGHTS: tuple[dict[int, Weight], ...] = (
    {Y: Weight((0, 7.466890328078848), (0, 0), (0, 17.445833984131262))},
    {
        X: Weight((0, 1.1041726426657346)),
        Y: Weight((0, 6.683678146179332), (0, 0), (0, 1.027889937768264)),
    },
    {
        X: Weight((0, 1.8422455520539298), (0, 11.441172603757666)),
        Y: Weight((225.20515300849274, 19.213238186143016)),
    },
    {
        X: Weight((0, 1.8787594979546387), (0, 10.94906990605142)),
        Y: Weight((176.39317598450694, 24.43300999870476), (0, 0.28520802612117757)),
        B: Weight((0, 8.826982764996862), (0, 23.19243343998926)),
    },
    {
        X: Weight((0, 0), (0.9677937080626833, 0.9981766977854967)),
        Y: Weight((0, 34.77906344483772), (0, 44.835625328877896)),
        B: Weight(
            (95.1080498811086, 0), (0.9863978034400682, 171.2667255897307), (0.9834382792465353, 0.9807858872435379)
        ),
    },
)  # fmt: skip
