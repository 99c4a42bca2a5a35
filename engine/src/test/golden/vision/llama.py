"""Compares rows.txt.gz, which transformers made, with llama.cpp's mtmd on the files as they are: a second judge, above all of
the layout of the files. llama.cpp scales pictures with fewer than 8 rows, so these are left out. It prints the largest
difference of an element, relative to the rows' root mean square.

Run: pip install llama-cpp-python==0.3.36
     python3 llama.py FOLDER          the folder of TinyVisionFiles

It printed, on a CPU with AVX-512 (the largest of each file; the test of our own rows, VisionModelTest, in brackets):

    pixtral-f32-1   0.0105 (0.0082)     pixtral-f32-2   0.0061 (0.0040)
    pixtral-f16-1   0.0099 (0.0060)     pixtral-f16-2   0.0076 (0.0047)
    pixtral-bf16-1  0.0582 (0.0077)     pixtral-bf16-2  0.0413 (0.0047)
    pixtral-q8_0-1  0.2403 (0.2883)     pixtral-q8_0-2  0.1543 (0.1882)"""
import ctypes
import gzip
import os
import sys

import llama_cpp
import numpy
from llama_cpp import mtmd_cpp

from picture import picture

HERE = os.path.dirname(os.path.abspath(__file__))


def context(path, text):
    model = llama_cpp.Llama(text, n_ctx=256, n_threads=1, verbose=False)
    params = mtmd_cpp.mtmd_context_params_default()
    params.use_gpu = False
    params.n_threads = 1
    params.warmup = False
    return model, mtmd_cpp.mtmd_init_from_file(path.encode(), model.model, params)


def rows(made, width, pixels):
    """The rows without those of the tokens between two lines."""
    data = (ctypes.c_uint8 * pixels.size)(*pixels.astype(numpy.uint8).reshape(-1).tolist())
    bitmap = mtmd_cpp.mtmd_bitmap_init(pixels.shape[1], pixels.shape[0], data)
    text = mtmd_cpp.mtmd_input_text()
    text.text = mtmd_cpp.mtmd_default_marker()
    text.text_len = len(text.text)
    text.add_special = False
    text.parse_special = True
    chunks = mtmd_cpp.mtmd_input_chunks_init()
    bitmaps = (mtmd_cpp.mtmd_bitmap_p_ctypes * 1)(bitmap)
    assert mtmd_cpp.mtmd_tokenize(made, chunks, ctypes.byref(text), bitmaps, 1) == 0
    for index in range(mtmd_cpp.mtmd_input_chunks_size(chunks)):
        chunk = mtmd_cpp.mtmd_input_chunks_get(chunks, index)
        if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_IMAGE:
            assert mtmd_cpp.mtmd_encode_chunk(made, chunk) == 0
            count = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
            out = mtmd_cpp.mtmd_get_output_embd(made)
            return numpy.array(out[:count * width]).reshape(count, width)


def main(folder):
    with gzip.open(os.path.join(HERE, 'rows.txt.gz'), 'rt') as file:
        goldens = [line.rstrip('\n').split('\t') for line in file]
    for name in sorted({golden[0] for golden in goldens}):
        merge = int(name[-1])
        model, made = context(os.path.join(folder, name + '.gguf'), os.path.join(folder, 'llama-f32.gguf'))
        for _, size, values in (golden for golden in goldens if golden[0] == name):
            width, height, seed = map(int, size.split(' '))
            columns, lines = (each // 14 // merge for each in (width, height))
            if columns * lines < 8:
                continue
            reference = numpy.array(values.split(' '), dtype=float).reshape(columns * lines, -1)
            theirs = rows(made, reference.shape[1], picture(width, height, seed))
            keep = [i for i in range(len(theirs)) if i % (columns + 1) < columns]
            difference = numpy.abs(theirs[keep] - reference).max() / numpy.sqrt((reference ** 2).mean())
            print(f'{name} {width}x{height}: {difference:.4f}')
        mtmd_cpp.mtmd_free(made)
        model.close()


if __name__ == '__main__':
    main(sys.argv[1])
