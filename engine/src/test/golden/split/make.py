"""Writes a small file whole, and as three parts with the splitter of the `gguf` package (0.19.0).

Run here with `python make.py`. The parts are named as llama.cpp expects them.
"""
import numpy as np
import gguf

rng = np.random.default_rng(20261129)
FORMATS = [("F32", 3), ("Q8_0", 2), ("F32", 1), ("Q4_0", 4), ("F16", 2)]
TENSORS = [(f"blk.{i}.weight", name, rng.standard_normal((rows, 64)).astype(np.float32)) for i, (name, rows) in enumerate(FORMATS)]

for path, size in (("whole.gguf", 0), ("parts.gguf", 2)):
    writer = gguf.GGUFWriter(path, "llama", split_max_tensors=size)
    writer.add_block_count(5)
    writer.add_token_list(["a", "b"])
    for name, kind, values in TENSORS:
        kind = gguf.GGMLQuantizationType[kind]
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
