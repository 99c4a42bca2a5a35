"""Writes what the reference tools make of corpus.txt.gz; every id is a token id in base 36.

    NAME.ids.gz    a line of ids for each line of the corpus: as plain text, no BOS, special tokens not parsed;
                   - where the reference has no answer
    special.gz     NAME LINE IDS where parsing special tokens makes a difference: the line as trusted text
    tokens.txt     NAME CRC32-OF-ALL-PIECES ENDS: the bytes of every token, each followed by a byte 0xff, and the
                   tokens that end an answer

Run: pip install llama-cpp-python==0.3.36 gguf==0.19.0 tokenizers==0.23.3
     python3 corpus.py && python3 reference.py MODELS_DIRECTORY

Models: smollm2-135m.gguf, qwen2.5-coder-0.5b.gguf, gemma3-270m.gguf, judged by llama.cpp. Rules of which no small model
is at hand are tried on small-bpe.gguf.gz and small-spm.gguf.gz, vocabularies made here from the corpus itself, under each
rule's name in turn. The judge is llama.cpp, but for Tekken: there llama.cpp only approximates Mistral's expression (it
knows no case beyond ASCII and cuts at combining marks), so the judge is Hugging Face's tokenizers with the expression of
Mistral's published tekken.json."""
import ctypes
import json
import os
import sys
import tempfile
import zlib

import gguf
import llama_cpp
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from reference_format import corpus, keep, row, save

RULES = ['gpt-2', 'llama-bpe', 'default', 'qwen2', 'smollm']
TEKKEN = (r'[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+'
          r'|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*'
          r'|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+')
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
SPECIALS = [('<s>', CONTROL), ('</s>', CONTROL), ('<unk>', UNKNOWN), ('[INST]', CONTROL), ('[/INST]', CONTROL),
            ('<|eot_id|>', CONTROL), ('<tool_call>', USER_DEFINED), ('</tool_call>', USER_DEFINED), ('ab', USER_DEFINED),
            ('bcd', USER_DEFINED), ('\n\n\n', USER_DEFINED), ('\n\n', USER_DEFINED)]
# Words that no merges lead to, in byte letters: what taking whole words first is for.
WORDS = ['doesn', 'Ġwe', 'Ġ12', '123456', 'Ġfree', 'Ġhello', 'libres', '!!!!', 'ĊĊĊĊĊ', 'ĠÃītat']


class Reference:
    def __init__(self, path):
        self.llama = llama_cpp.Llama(path, vocab_only=True, verbose=False)
        self.vocab = llama_cpp.llama_model_get_vocab(self.llama.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocab)

    def ids(self, text, special=False):
        return self.llama.tokenize(text.encode(), add_bos=False, special=special)

    def is_control(self, token):
        return llama_cpp.llama_vocab_is_control(self.vocab, token)

    def pieces(self):
        buffer = ctypes.create_string_buffer(1 << 16)
        for token in range(self.size):
            length = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
            yield buffer.raw[:length]

    def tokens_line(self, name):
        crc = zlib.crc32(b''.join(piece + b'\xff' for piece in self.pieces()))
        ends = [t for t in range(self.size) if llama_cpp.llama_vocab_is_eog(self.vocab, t)]
        return f'{name} {crc:08x} {row(ends)}'


def judge(name, path, texts, special, tokens, names=()):
    reference = Reference(path)
    plain = [reference.ids(text) for text in texts]
    assert names or not any(reference.is_control(token) for ids in plain for token in ids)
    save(name + '.ids.gz', ['-' if any(n in text for n in names) else row(ids) for text, ids in zip(texts, plain)])
    for line, text in enumerate(texts):
        ids = reference.ids(text, special=True)
        if ids != plain[line]:
            special.append(f'{name} {line} {row(ids)}')
    tokens.append(reference.tokens_line(name))


def small_bpe(texts):
    """1500 byte-level tokens whose merges cross the borders at which the rules differ."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r' ?[^\s]{1,12}|\s{1,8}'), 'isolated'),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(vocab_size=1500, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
                                  show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokens = [t for t, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    merges = [tuple(pair) for pair in json.loads(tokenizer.to_str())['model']['merges']]
    return tokens + [t for t in WORDS if t not in tokens], merges


def small_spm(texts):
    """Tokens by score: pieces that repeat in the corpus, scores with ties, and the bytes, some of them missing."""
    counts = {}
    for text in texts:
        text = text.replace(' ', '▁')
        for length in range(1, 7):
            for at in range(0, len(text) - length + 1):
                counts[text[at:at + length]] = counts.get(text[at:at + length], 0) + 1
    pieces = sorted((p for p, n in counts.items() if n > 25 and '\n' not in p and '\0' not in p), key=lambda p: (-counts[p], p))
    pieces = [p for p in pieces if len(p) < 3 or (p[:-1] in counts and p[1:] in counts)][:3000]
    taken = {text for text, _ in SPECIALS}
    pieces = [p for p in pieces if p not in taken]
    scores = [-float(i // 3) for i in range(len(pieces))]
    names = [f'<0x{b:02X}>' for b in range(256)]
    return names + pieces, [0.0] * 256 + scores, [BYTE] * 256 + [NORMAL] * len(pieces)


def write_gguf(path, model, pre, tokens, types, merges=None, scores=None):
    writer = gguf.GGUFWriter(path, 'llama')
    writer.add_tokenizer_model(model)
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens + [t for t, _ in SPECIALS])
    writer.add_token_types(types + [kind for _, kind in SPECIALS])
    if merges:
        writer.add_token_merges([' '.join(pair) for pair in merges])
    if scores:
        writer.add_token_scores(scores + [0.0] * len(SPECIALS))
    writer.add_bos_token_id(len(tokens))
    writer.add_eos_token_id(len(tokens) + 1)
    writer.add_unk_token_id(len(tokens) + 2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def tekken_ids(texts, tokens, merges):
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(TEKKEN), 'isolated'),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


def main(models_directory):
    texts = list(corpus())
    special, roles = [], []
    for name in ['smollm2-135m', 'qwen2.5-coder-0.5b', 'gemma3-270m']:
        judge(name, os.path.join(models_directory, name + '.gguf'), texts, special, roles)
    tokens, merges = small_bpe(texts)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'small.gguf')
        for rule in RULES:
            write_gguf(path, 'gpt2', rule, tokens, [NORMAL] * len(tokens), merges=merges)
            judge('small-bpe-' + rule, path, texts, special, roles)
        keep(path, 'small-bpe.gguf.gz')
        pieces, scores, types = small_spm(texts)
        write_gguf(path, 'llama', 'default', pieces, types, scores=scores)
        # llama.cpp lets scores merge plain text into a control token such as </s>; SentencePiece and we do not.
        judge('small-spm', path, texts, special, roles, [t for t, kind in SPECIALS if kind in (CONTROL, UNKNOWN)])
        keep(path, 'small-spm.gguf.gz')
    # No user-defined tokens here: the reference would take them out before the expression sees the text, as we do.
    plain = [text for text in texts if not any(t in text for t, kind in SPECIALS if kind == USER_DEFINED)]
    chosen = set(plain)
    ids = iter(tekken_ids(plain, tokens, merges))
    save('small-bpe-tekken.ids.gz', [row(next(ids)) if text in chosen else '-' for text in texts])
    save('special.gz', special)
    save('tokens.txt', roles)


if __name__ == '__main__':
    main(sys.argv[1])
