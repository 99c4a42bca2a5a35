"""Random blocks of every quantised format and what the `gguf` package (0.17 or later) makes of them.

Run here with `python make.py`. Each <format>.bin.gz holds, little endian: rows, columns (int32), the blocks, the fp32 values.
"""
import gzip
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import GGML_QUANT_SIZES, quants

ROWS, COLUMNS = 3, 512
rng = np.random.default_rng(20261122)
# offsets of the fp16 fields in a block
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
          "Q3_K": [108], "IQ4_NL": [0], "TQ1_0": [52], "TQ2_0": [64], "MXFP4": []}

for name, fields in HALVES.items():
    kind = T[name]
    elements, size = GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for field in fields:
        halves = (rng.standard_normal(len(blocks)) * 10.0 ** rng.integers(-7, 4, len(blocks))).astype(np.float16)
        blocks[:, field:field + 2] = halves.view(np.uint8).reshape(-1, 2)
    if name == "MXFP4":
        blocks[:, 0] = rng.integers(104, 144, len(blocks))  # exponents that fp16 has
    values = quants.dequantize(blocks.reshape(ROWS, -1), kind).astype(np.float32)
    with gzip.GzipFile(name.lower() + ".bin.gz", "wb", mtime=0) as out:
        out.write(np.array([ROWS, COLUMNS], dtype="<i4").tobytes())
        out.write(blocks.tobytes())
        out.write(values.astype("<f4").tobytes())
