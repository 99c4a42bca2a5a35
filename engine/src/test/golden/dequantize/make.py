"""Random blocks of every quantised format and what the `gguf` package (0.19) makes of them. It does not know the values of
Q1_0 and Q2_0, which come from the functions of llama.cpp (llama-cpp-python 0.3.36).

Run here with `python make.py`. Each <format>.bin.gz holds, little endian: rows, columns (int32), the blocks, the fp32 values.
"""
import ctypes
import gzip
import os
import llama_cpp
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import GGML_QUANT_SIZES, quants

ROWS, COLUMNS = 3, 512
rng = np.random.default_rng(20261122)
# offsets of the fp16 fields in a block
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
          "Q3_K": [108], "IQ4_NL": [0], "TQ1_0": [52], "TQ2_0": [64], "MXFP4": [],
          "Q2_K": [80, 82], "IQ4_XS": [0], "IQ3_XXS": [0], "IQ3_S": [0], "IQ2_XXS": [0], "IQ2_XS": [0], "IQ2_S": [0], "IQ1_S": [0],
          "IQ1_M": [], "NVFP4": [], "Q1_0": [0], "Q2_0": [0]}
OF_LLAMA_CPP = {"Q1_0": (128, 18), "Q2_0": (64, 18)}


def dequantized(name, blocks):
    if name not in OF_LLAMA_CPP:
        return quants.dequantize(blocks.reshape(ROWS, -1), T[name]).astype(np.float32)
    library = ctypes.CDLL(os.path.join(os.path.dirname(llama_cpp.__file__), "lib", "libggml-base.so"))
    values = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    function = getattr(library, "dequantize_row_" + name.lower())
    function(blocks.ctypes.data_as(ctypes.c_void_p), values.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(values.size))
    return values


for name, fields in HALVES.items():
    elements, size = OF_LLAMA_CPP.get(name) or GGML_QUANT_SIZES[T[name]]
    blocks = rng.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for field in fields:
        halves = (rng.standard_normal(len(blocks)) * 10.0 ** rng.integers(-7, 4, len(blocks))).astype(np.float16)
        blocks[:, field:field + 2] = halves.view(np.uint8).reshape(-1, 2)
    if name == "MXFP4":
        blocks[:, 0] = rng.integers(104, 144, len(blocks))  # exponents that fp16 has
    if name == "IQ1_M":  # the scale is in the highest four bits of four 16-bit numbers
        halves = (rng.standard_normal(len(blocks)) * 10.0 ** rng.integers(-7, 4, len(blocks))).astype(np.float16).view(np.uint16)
        for i in range(4):
            blocks[:, 49 + 2 * i] = blocks[:, 49 + 2 * i] & 0x0F | (halves >> 4 * i & 0x0F).astype(np.uint8) << 4
    values = dequantized(name, blocks)
    with gzip.GzipFile(name.lower() + ".bin.gz", "wb", mtime=0) as out:
        out.write(np.array([ROWS, COLUMNS], dtype="<i4").tobytes())
        out.write(blocks.tobytes())
        out.write(values.astype("<f4").tobytes())
