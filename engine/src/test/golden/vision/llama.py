"""Compares rows.txt.gz and siglip-rows.txt.gz, which transformers made, with llama.cpp's mtmd on the files as they are: a second judge, above all of
the layout of the files. llama.cpp scales pictures with fewer than 8 rows, so these are left out. It prints the largest
difference of an element, relative to the rows' root mean square.

Run: pip install llama-cpp-python==0.3.36
     python3 llama.py FOLDER          the folder of TinyVisionFiles

It printed, on a CPU with AVX-512 (the largest of each file; the test of our own rows, VisionModelTest, in brackets):

    pixtral-f32-1   0.0105 (0.0082)     pixtral-f32-2   0.0061 (0.0040)
    pixtral-f16-1   0.0099 (0.0060)     pixtral-f16-2   0.0076 (0.0047)
    pixtral-bf16-1  0.0582 (0.0077)     pixtral-bf16-2  0.0413 (0.0047)
    pixtral-q8_0-1  0.2403 (0.2883)     pixtral-q8_0-2  0.1543 (0.1882)
    siglip-f32-1    0.0053              siglip-f32-2    0.0026
    siglip-f16-1    0.0058              siglip-f16-2    0.0029
    siglip-bf16-1   0.0302              siglip-bf16-2   0.0245
    siglip-q8_0-1   0.0982              siglip-q8_0-2   0.0527"""
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


def goldens():
    for name in ('rows.txt.gz', 'siglip-rows.txt.gz'):
        with gzip.open(os.path.join(HERE, name), 'rt') as file:
            yield from (line.rstrip('\n').split('\t') for line in file)


def kept(name, width, height):
    """The indexes of the rows; empty if llama.cpp scales the picture."""
    if name.startswith('siglip'):
        return list(range((8 // int(name.split('-')[2])) ** 2))
    columns, lines = (each // 14 // int(name[-1]) for each in (width, height))
    return [i for i in range(lines * (columns + 1) - 1) if i % (columns + 1) < columns] if columns * lines >= 8 else []


def main(folder):
    lines = list(goldens())
    for name in sorted({line[0] for line in lines}):
        text = 'gemma3-f32.gguf' if name.startswith('siglip') else 'llama-f32.gguf'
        model, made = context(os.path.join(folder, name + '.gguf'), os.path.join(folder, text))
        largest = 0
        for _, size, values in (line for line in lines if line[0] == name):
            width, height, seed = map(int, size.split(' '))
            keep = kept(name, width, height)
            if keep:
                reference = numpy.array(values.split(' '), dtype=float).reshape(len(keep), -1)
                theirs = rows(made, reference.shape[1], picture(width, height, seed))[keep]
                largest = max(largest, numpy.abs(theirs - reference).max() / numpy.sqrt((reference ** 2).mean()))
        print(f'{name}: {largest:.4f}')
        mtmd_cpp.mtmd_free(made)
        model.close()


if __name__ == '__main__':
    main(sys.argv[1])
