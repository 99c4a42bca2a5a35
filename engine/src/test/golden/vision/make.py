"""Writes what Hugging Face's transformers computes, in fp32 on the files' dequantized weights.

    rows.txt.gz     ENCODER <tab> WIDTH HEIGHT SEED <tab> ROWS: the rows of a picture of TinyVision.picture, one after the other
    logits.txt.gz   ENCODER TEXT-MODEL <tab> TOKENS <tab> PICTURES <tab> POSITION <tab> LOGITS: a prompt, with pictures as
                    POSITION:WIDTH:HEIGHT:SEED, and the logits of the token after a position

Encoders with merging run as Mistral3ForConditionalGeneration, others as LlavaForConditionalGeneration.

Run: pip install torch==2.13.0 transformers==5.24.0 gguf==0.19.0
     mvn -q -Dfast -pl testkit -am compile
     java -cp testkit/target/classes tramontane.testkit.TinyVisionFiles FOLDER
     python3 make.py FOLDER"""
import gzip
import os
import sys

import gguf
import numpy
import torch
from transformers import (LlavaConfig, LlavaForConditionalGeneration, Mistral3Config, Mistral3ForConditionalGeneration,
                          MistralConfig, PixtralVisionConfig)

from picture import picture

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = [(28, 14, 0), (56, 28, 1), (56, 84, 2), (84, 28, 3), (112, 112, 4)]  # transformers fails on a picture of one row
IMAGE, BREAK, END = 500, 501, 502  # any ids of the vocabulary that no other token of a prompt has
VISION = {'attn_q': 'attention.q_proj', 'attn_k': 'attention.k_proj', 'attn_v': 'attention.v_proj',
          'attn_out': 'attention.o_proj', 'ln1': 'attention_norm', 'ln2': 'ffn_norm', 'ffn_gate': 'feed_forward.gate_proj',
          'ffn_up': 'feed_forward.up_proj', 'ffn_down': 'feed_forward.down_proj'}
TEXT = {'attn_q': 'self_attn.q_proj', 'attn_k': 'self_attn.k_proj', 'attn_v': 'self_attn.v_proj',
        'attn_output': 'self_attn.o_proj', 'ffn_gate': 'mlp.gate_proj', 'ffn_up': 'mlp.up_proj', 'ffn_down': 'mlp.down_proj',
        'attn_norm': 'input_layernorm', 'ffn_norm': 'post_attention_layernorm'}
PROJECTOR = {'mm.1': 'linear_1', 'mm.2': 'linear_2', 'mm.input_norm': 'norm', 'mm.patch_merger': 'patch_merger.merging_layer'}


def values(reader):
    return {t.name: torch.from_numpy(numpy.array(gguf.quants.dequantize(t.data, t.tensor_type), dtype=numpy.float32))
            for t in reader.tensors}


def halves(weights, heads):
    """Rows in the order of transformers, which rotates halves of a head; the file has pairs side by side."""
    rows, columns = weights.shape
    return weights.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


def vision_config(reader):
    key = lambda name: reader.fields['clip.vision.' + name].contents()
    return PixtralVisionConfig(
        hidden_size=key('embedding_length'), intermediate_size=key('feed_forward_length'),
        num_hidden_layers=key('block_count'), num_attention_heads=key('attention.head_count'),
        image_size=key('image_size'), patch_size=key('patch_size'), hidden_act='silu',
        rope_parameters={'rope_type': 'default', 'rope_theta': 10000.0})


def text_config(reader):
    name = reader.fields['general.architecture'].contents()
    key = lambda each: reader.fields[name + '.' + each].contents()
    return MistralConfig(
        vocab_size=key('vocab_size'), hidden_size=key('embedding_length'), intermediate_size=key('feed_forward_length'),
        num_hidden_layers=key('block_count'), num_attention_heads=key('attention.head_count'),
        num_key_value_heads=key('attention.head_count_kv'), head_dim=key('attention.key_length'),
        max_position_embeddings=key('context_length'), rms_norm_eps=key('attention.layer_norm_rms_epsilon'),
        sliding_window=None, rope_parameters={'rope_type': 'default', 'rope_theta': key('rope.freq_base')})


def vision_state(reader):
    state = {}
    heads = reader.fields['clip.vision.attention.head_count'].contents()
    for name, value in values(reader).items():
        parts = name.split('.')
        if name == 'v.token_embd.img_break':
            continue
        if name.startswith('v.blk.'):
            if parts[3] in ('attn_q', 'attn_k'):
                value = halves(value, heads)
            state[f'model.vision_tower.transformer.layers.{parts[2]}.{VISION[parts[3]]}.{parts[4]}'] = value
        elif name.startswith('v.'):
            inside = {'patch_embd': 'patch_conv', 'pre_ln': 'ln_pre'}[parts[1]]
            state[f'model.vision_tower.{inside}.{parts[2]}'] = value
        else:
            inside = PROJECTOR['.'.join(parts[:2])]
            state[f'model.multi_modal_projector.{inside}.{parts[2]}'] = value
    return state


def text_state(reader, config):
    state = {}
    tensors = values(reader)
    for name, value in tensors.items():
        parts = name.split('.')
        if parts[0] == 'blk':
            heads = {'attn_q': config.num_attention_heads, 'attn_k': config.num_key_value_heads}.get(parts[2])
            value = halves(value, heads) if heads else value
            state[f'model.language_model.layers.{parts[1]}.{TEXT[parts[2]]}.{parts[3]}'] = value
        elif parts[0] == 'output':
            state['lm_head.weight'] = value
        else:
            inside = {'token_embd': 'embed_tokens', 'output_norm': 'norm'}[parts[0]]
            state[f'model.language_model.{inside}.{parts[1]}'] = value
    state.setdefault('lm_head.weight', tensors['token_embd.weight'])
    return state


def model(vision, text):
    merge = vision.fields.get('clip.vision.spatial_merge_size')
    config = text_config(text)
    common = dict(vision_config=vision_config(vision), text_config=config, image_token_index=IMAGE,
                  projector_hidden_act='gelu', vision_feature_layer=-1, multimodal_projector_bias=merge is None,
                  tie_word_embeddings=False)
    if merge:
        made = Mistral3ForConditionalGeneration(Mistral3Config(spatial_merge_size=merge.contents(), **common))
    else:
        made = LlavaForConditionalGeneration(LlavaConfig(vision_feature_select_strategy='full', **common))
    made.load_state_dict(vision_state(vision) | text_state(text, config))
    return made.float().eval()


def pixels(vision, pictures):
    """Normalized, and padded to the largest picture, as transformers wants several."""
    mean, deviation = (numpy.array(vision.fields['clip.vision.image_' + name].contents()) for name in ('mean', 'std'))
    height, width = (max(each[i] for each in pictures) for i in (1, 0))
    result = torch.zeros(len(pictures), 3, height, width)
    for i, each in enumerate(pictures):
        normed = (picture(*each) / 255 - mean) / deviation
        result[i, :, :each[1], :each[0]] = torch.from_numpy(normed.transpose(2, 0, 1).copy()).float()
    return result, torch.tensor([[each[1], each[0]] for each in pictures])


def numbers(values):
    return ' '.join(f'{value:.6g}' for value in values.reshape(-1).tolist())


def unit(vision):
    merge = vision.fields.get('clip.vision.spatial_merge_size')
    return vision.fields['clip.vision.patch_size'].contents() * (merge.contents() if merge else 1)


def rows(folder, names, text):
    for name in names:
        vision = gguf.GGUFReader(os.path.join(folder, name + '.gguf'))
        made = model(vision, text)
        for each in PICTURES:
            if each[0] % unit(vision) or each[1] % unit(vision):
                continue
            values, sizes = pixels(vision, [each])
            with torch.no_grad():
                features = made.model.get_image_features(pixel_values=values, image_sizes=sizes, return_dict=True)
            yield '\t'.join((name, ' '.join(map(str, each)), numbers(torch.cat(list(features.pooler_output)))))


def placed(vision, each):
    columns, lines = (each[i] // unit(vision) for i in (0, 1))
    return (([IMAGE] * columns + [BREAK]) * lines)[:-1] + [END]


def prompts(vision):
    """Tokens, and the pictures in them."""
    a, b = (56, 84, 2), (28, 112, 5)
    yield [1, 7, 9] + placed(vision, a) + [20, 30, 40, 50], [a]
    yield placed(vision, a) + [11, 12] + placed(vision, b) + [60, 61], [a, b]
    yield [5] * 15 + placed(vision, b) + [33], [b]


def logits(folder, names, texts):
    for name in names:
        vision = gguf.GGUFReader(os.path.join(folder, name + '.gguf'))
        for text_name in texts:
            made = model(vision, gguf.GGUFReader(os.path.join(folder, text_name + '.gguf')))
            for tokens, pictures in prompts(vision):
                values, sizes = pixels(vision, pictures)
                with torch.no_grad():
                    result = made(input_ids=torch.tensor([tokens]), pixel_values=values, image_sizes=sizes).logits[0]
                places, at = [], 0
                for each in pictures:
                    at = tokens.index(IMAGE, at)
                    places.append(':'.join(map(str, (at, *each))))
                    at = tokens.index(END, at)
                for position in (tokens.index(IMAGE), len(tokens) - 2, len(tokens) - 1):
                    yield '\t'.join((f'{name} {text_name}', ' '.join(map(str, tokens)), ' '.join(places), str(position),
                                     numbers(result[position])))


def save(name, lines):
    data = ''.join(each + '\n' for each in lines).encode()
    with open(os.path.join(HERE, name), 'wb') as file:
        file.write(gzip.compress(data, 9, mtime=0))


if __name__ == '__main__':
    folder = sys.argv[1]
    encoders = sorted(name.removesuffix('.gguf') for name in os.listdir(folder) if name.startswith('pixtral'))
    texts = sorted(name.removesuffix('.gguf') for name in os.listdir(folder) if name.startswith('llama'))
    save('rows.txt.gz', rows(folder, encoders, gguf.GGUFReader(os.path.join(folder, texts[0] + '.gguf'))))
    save('logits.txt.gz', logits(folder, [name for name in encoders if 'f32' in name], texts))
