"""The corpus and the form of the golden files, for the scripts that write them."""
import gzip
import os

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'


def corpus():
    with gzip.open(os.path.join(HERE, 'corpus.txt.gz'), 'rt', encoding='utf-8', newline='\n') as file:
        for line in file.read().split('\n')[:-1]:
            parts = [part.replace('\\n', '\n').replace('\\r', '\r').replace('\\0', '\0') for part in line.split('\\\\')]
            yield '\\'.join(parts)


def base36(value):
    text = ''
    while True:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
        if not value:
            return text


def row(ids):
    return ' '.join(base36(i) for i in ids)


def save(name, lines):
    data = ''.join(line + '\n' for line in lines).encode()
    with open(os.path.join(HERE, name), 'wb') as file:
        file.write(gzip.compress(data, 9, mtime=0) if name.endswith('.gz') else data)


def keep(path, name):
    with open(path, 'rb') as file, open(os.path.join(HERE, name), 'wb') as out:
        out.write(gzip.compress(file.read(), 9, mtime=0))
