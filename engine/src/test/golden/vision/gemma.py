"""Writes what Gemma3ForConditionalGeneration of Hugging Face's transformers computes, in fp32 on the files' dequantized
weights: siglip-rows.txt.gz and siglip-logits.txt.gz, in the forms of make.py's rows.txt.gz and logits.txt.gz.

Run: pip install torch==2.13.0 transformers==5.24.0 gguf==0.19.0
     mvn -q -Dfast -pl testkit -am compile
     java -cp testkit/target/classes tramontane.testkit.TinyVisionFiles FOLDER
     python3 gemma.py FOLDER"""
import os
import sys

import gguf
import torch
from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3TextConfig, SiglipVisionConfig

from make import numbers, pixels, save, values

PICTURES = [(112, 112, seed) for seed in range(5)]
IMAGE, START, END = 500, 501, 502  # any ids of the vocabulary that no other token of a prompt has
VISION = {'attn_q': 'self_attn.q_proj', 'attn_k': 'self_attn.k_proj', 'attn_v': 'self_attn.v_proj',
          'attn_out': 'self_attn.out_proj', 'ln1': 'layer_norm1', 'ln2': 'layer_norm2', 'ffn_up': 'mlp.fc1', 'ffn_down': 'mlp.fc2'}
SWAPPED = {'ffn_up': 'ffn_down', 'ffn_down': 'ffn_up'}
OUTER = {'patch_embd': 'embeddings.patch_embedding', 'position_embd': 'embeddings.position_embedding', 'post_ln': 'post_layernorm'}
TEXT = {'attn_q': 'self_attn.q_proj', 'attn_k': 'self_attn.k_proj', 'attn_v': 'self_attn.v_proj',
        'attn_output': 'self_attn.o_proj', 'ffn_gate': 'mlp.gate_proj', 'ffn_up': 'mlp.up_proj', 'ffn_down': 'mlp.down_proj',
        'attn_norm': 'input_layernorm', 'post_attention_norm': 'post_attention_layernorm',
        'ffn_norm': 'pre_feedforward_layernorm', 'post_ffw_norm': 'post_feedforward_layernorm',
        'attn_q_norm': 'self_attn.q_norm', 'attn_k_norm': 'self_attn.k_norm'}


def vision_config(reader):
    key = lambda name: reader.fields['clip.vision.' + name].contents()
    return SiglipVisionConfig(
        hidden_size=key('embedding_length'), intermediate_size=key('feed_forward_length'),
        num_hidden_layers=key('block_count'), num_attention_heads=key('attention.head_count'), image_size=key('image_size'),
        patch_size=key('patch_size'), layer_norm_eps=key('attention.layer_norm_epsilon'), hidden_act='gelu_pytorch_tanh',
        vision_use_head=False)


def text_config(reader):
    key = lambda each: reader.fields['gemma3.' + each].contents()
    layers = key('block_count')
    return Gemma3TextConfig(
        vocab_size=key('vocab_size'), hidden_size=key('embedding_length'), intermediate_size=key('feed_forward_length'),
        num_hidden_layers=layers, num_attention_heads=key('attention.head_count'),
        num_key_value_heads=key('attention.head_count_kv'), head_dim=key('attention.key_length'),
        query_pre_attn_scalar=key('attention.key_length'), max_position_embeddings=key('context_length'),
        rms_norm_eps=key('attention.layer_norm_rms_epsilon'), sliding_window=key('attention.sliding_window'),
        layer_types=['full_attention' if (i + 1) % 6 == 0 else 'sliding_attention' for i in range(layers)],
        rope_parameters={'full_attention': {'rope_type': 'default', 'rope_theta': key('rope.freq_base')},
                         'sliding_attention': {'rope_type': 'default', 'rope_theta': 10000.0}})


def vision_state(reader, swapped):
    state = {}
    for name, value in values(reader).items():
        parts = name.split('.')
        if name.startswith('v.blk.'):
            part = SWAPPED.get(parts[3], parts[3]) if swapped else parts[3]
            state[f'model.vision_tower.encoder.layers.{parts[2]}.{VISION[part]}.{parts[4]}'] = value
        elif name.startswith('v.'):
            state[f'model.vision_tower.{OUTER[parts[1]]}.{parts[2]}'] = value
        elif name == 'mm.soft_emb_norm.weight':
            state['model.multi_modal_projector.mm_soft_emb_norm.weight'] = value - 1
        else:
            state['model.multi_modal_projector.mm_input_projection_weight'] = value
    return state


def text_state(reader):
    state = {}
    tensors = values(reader)
    for name, value in tensors.items():
        parts = name.split('.')
        value = value - 1 if 'norm' in name else value  # converters add 1
        if parts[0] == 'blk':
            state[f'model.language_model.layers.{parts[1]}.{TEXT[parts[2]]}.{parts[3]}'] = value
        else:
            inside = {'token_embd': 'embed_tokens', 'output_norm': 'norm'}[parts[0]]
            state[f'model.language_model.{inside}.{parts[1]}'] = value
    state['lm_head.weight'] = tensors['token_embd.weight']
    return state


def side(vision):
    key = lambda name: vision.fields['clip.vision.' + name].contents()
    return key('image_size') // key('patch_size') // key('projector.scale_factor')


def model(name, vision, text):
    config = Gemma3Config(
        text_config=text_config(text), vision_config=vision_config(vision), mm_tokens_per_image=side(vision) ** 2,
        boi_token_index=START, eoi_token_index=END, image_token_index=IMAGE, attn_implementation='eager')
    made = Gemma3ForConditionalGeneration(config)
    state = vision_state(vision, name.endswith('swapped')) | text_state(text)
    if not any(each.startswith('model.vision_tower.encoder') for each in made.state_dict()):
        state = {each.replace('vision_tower.', 'vision_tower.vision_model.'): value for each, value in state.items()}
    made.load_state_dict(state)
    return made.float().eval()


def rows(folder, names, text):
    for name in names:
        vision = gguf.GGUFReader(os.path.join(folder, name + '.gguf'))
        made = model(name, vision, text)
        for each in PICTURES:
            with torch.no_grad():
                features = made.model.get_image_features(pixel_values=pixels(vision, [each])[0], return_dict=True)
            yield '\t'.join((name, ' '.join(map(str, each)), numbers(features.pooler_output)))


def prompts(count):
    """Tokens, and the pictures in them."""
    placed = [START] + [IMAGE] * count + [END]
    a, b = PICTURES[1:3]
    yield [1, 7, 9] + placed + [20, 30, 40, 50], [a]
    yield placed + [11, 12] + placed + [60, 61], [a, b]
    yield [5] * 15 + placed + placed + [33] * 20, [b, a]


def logits(folder, names, texts):
    for name in names:
        vision = gguf.GGUFReader(os.path.join(folder, name + '.gguf'))
        for text_name in texts:
            made = model(name, vision, gguf.GGUFReader(os.path.join(folder, text_name + '.gguf')))
            for tokens, pictures in prompts(side(vision) ** 2):
                types = torch.tensor([[int(token == IMAGE) for token in tokens]])
                with torch.no_grad():
                    result = made(input_ids=torch.tensor([tokens]), pixel_values=pixels(vision, pictures)[0],
                                  token_type_ids=types).logits[0]
                starts = [i + 1 for i, token in enumerate(tokens) if token == START]
                places = [':'.join(map(str, (at, *each))) for at, each in zip(starts, pictures)]
                for position in sorted({starts[0], starts[0] + 3, starts[-1] + 9, len(tokens) - 2, len(tokens) - 1}):
                    yield '\t'.join((f'{name} {text_name}', ' '.join(map(str, tokens)), ' '.join(places), str(position),
                                     numbers(result[position])))


if __name__ == '__main__':
    folder = sys.argv[1]
    encoders = sorted(name.removesuffix('.gguf') for name in os.listdir(folder) if name.startswith('siglip'))
    texts = sorted(name.removesuffix('.gguf') for name in os.listdir(folder) if name.startswith('gemma3'))
    save('siglip-rows.txt.gz', rows(folder, encoders, gguf.GGUFReader(os.path.join(folder, texts[0] + '.gguf'))))
    save('siglip-logits.txt.gz', logits(folder, [name for name in encoders if 'f32' in name], texts))
