"""Prints how far transformers in bf16 is from transformers in fp32, for the tiny encoders with weights of bf16: the largest difference of
an element, relative to the rows' root mean square, and the smallest cosine of the rows of a picture. It writes no file; VisionModelTest
has the result.

Run: like make.py
     python3 bf16.py FOLDER"""
import os
import sys

import gguf
import torch

from make import PICTURES, model, pixels, unit


def features(made, values, sizes):
    with torch.no_grad():
        result = made.model.get_image_features(pixel_values=values, image_sizes=sizes, return_dict=True)
    return torch.cat(list(result.pooler_output)).float()


def distances(vision, text):
    precise, rounded = model(vision, text), model(vision, text).to(torch.bfloat16)
    for each in PICTURES:
        if each[0] % unit(vision) or each[1] % unit(vision):
            continue
        values, sizes = pixels(vision, [each])
        a = features(precise, values, sizes)
        b = features(rounded, values.to(torch.bfloat16), sizes)
        yield ((a - b).abs().max() / a.square().mean().sqrt()).item(), torch.cosine_similarity(a.flatten(), b.flatten(), dim=0).item()


if __name__ == '__main__':
    folder = sys.argv[1]
    text = gguf.GGUFReader(os.path.join(folder, 'llama-f32.gguf'))
    for name in ('pixtral-bf16-1', 'pixtral-bf16-2'):
        largest, cosines = zip(*distances(gguf.GGUFReader(os.path.join(folder, name + '.gguf')), text))
        print(f'{name}: largest difference {max(largest):.3f}, smallest cosine {min(cosines):.5f}')
