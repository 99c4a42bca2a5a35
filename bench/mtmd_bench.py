"""Encodes pictures with llama.cpp's mtmd (Python package llama-cpp-python) as the other side of ./tramontane bench images.

    python3 mtmd_bench.py TEXT-MODEL ENCODER THREADS

reads a width and a height a line, encodes a picture of that size with flash attention on or off, whichever was faster for
the first one, and answers with the seconds of the encoding alone and the number of the picture's tokens. The first answer is
the package's version. mtmd makes pictures smaller that have more tokens than its limit (1,024 for Pixtral), so the limit is
raised: both engines must encode the same picture.
"""

import ctypes
import sys
import time

import llama_cpp
from llama_cpp import mtmd_cpp


# A limit for 2,048 x 2,048 pixels in patches of 16 x 16.
MAX_TOKENS = 16384


def quiet(_level, _text, _data):
    pass


SILENT = llama_cpp.llama_log_callback(quiet)


class Encoder:
    def __init__(self, model, file, threads, flash):
        params = mtmd_cpp.mtmd_context_params_default()
        params.use_gpu = False
        params.n_threads = threads
        params.print_timings = False
        params.warmup = False
        params.image_max_tokens = MAX_TOKENS
        params.flash_attn_type = 1 if flash else 0
        self.context = mtmd_cpp.mtmd_init_from_file(file.encode(), model, params)
        if not self.context:
            raise RuntimeError("mtmd cannot read the encoder")

    def encode(self, width, height):
        """Returns the seconds that encoding takes, and the tokens of the picture."""
        pixels = bytes((x * 7 + x // 3000) % 256 for x in range(3 * width * height))
        data = (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels)
        bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, data)
        text = mtmd_cpp.mtmd_input_text()
        text.text = mtmd_cpp.mtmd_default_marker()
        text.text_len = len(text.text)
        text.add_special = False
        text.parse_special = True
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        bitmaps = (mtmd_cpp.mtmd_bitmap_p_ctypes * 1)(bitmap)
        if mtmd_cpp.mtmd_tokenize(self.context, chunks, ctypes.byref(text), bitmaps, 1) != 0:
            raise RuntimeError("mtmd cannot take the picture")
        passed = 0
        tokens = 0
        for index in range(mtmd_cpp.mtmd_input_chunks_size(chunks)):
            chunk = mtmd_cpp.mtmd_input_chunks_get(chunks, index)
            if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_IMAGE:
                start = time.perf_counter()
                if mtmd_cpp.mtmd_encode_chunk(self.context, chunk) != 0:
                    raise RuntimeError("mtmd cannot encode the picture")
                passed += time.perf_counter() - start
                tokens += mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
        mtmd_cpp.mtmd_input_chunks_free(chunks)
        mtmd_cpp.mtmd_bitmap_free(bitmap)
        return passed, tokens


def main(text, file, threads):
    llama_cpp.llama_log_set(SILENT, None)
    if hasattr(mtmd_cpp, "mtmd_log_set"):
        mtmd_cpp.mtmd_log_set(SILENT, None)
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(text.encode(), llama_cpp.llama_model_default_params())
    encoders = {flash: Encoder(model, file, threads, flash) for flash in (True, False)}
    print(llama_cpp.__version__, flush=True)
    best = None
    for line in sys.stdin:
        width, height = map(int, line.split())
        if best is None:
            best = min(encoders.values(), key=lambda encoder: encoder.encode(width, height)[0])
        print(*best.encode(width, height), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
