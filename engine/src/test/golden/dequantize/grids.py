"""Writes the grids of the IQ formats, which engine/src/main/resources/tramontane/gguf/grids.bin holds.

Run with `python grids.py FILE`. The grids are constants of llama.cpp's ggml-common.h (MIT licence, the ggml authors); they are taken
from the `gguf` package (0.19.0, MIT licence). A grid entry is one little-endian 16-bit number: eight places in a list of three
values with 2 bits each, or four places in a list of eight values with 3 bits each, the first in the lowest bits.
"""
import sys
import numpy as np
from gguf import quants

with open(sys.argv[1], "wb") as out:
    for kind in (quants.IQ2_XXS, quants.IQ2_XS, quants.IQ2_S, quants.IQ1_S, quants.IQ3_XXS, quants.IQ3_S):
        kind.init_grid()
        entries, length = kind.grid_shape
        grid = kind.grid.reshape(entries, length)
        places = np.searchsorted(np.array(kind.grid_map, dtype=np.float32), grid)
        bits = 2 if length == 8 else 3
        words = sum(places[:, i].astype(np.uint16) << np.uint16(bits * i) for i in range(length))
        out.write(words.astype("<u2").tobytes())
