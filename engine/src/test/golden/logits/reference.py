"""Makes perplexity.json and distance.json with llama.cpp (llama-cpp-python 0.3.36, built for this CPU).

    python reference.py MODELS_DIRECTORY SHARED_DIRECTORY

perplexity.json: for each model the token ids of text.txt and exp of llama.cpp's mean negative log-probability of
each token but the first. distance.json: over the 32 greedy tokens of each case of reference-*.json, the root mean
square of llama.cpp's distance, in log-probability, from the fp32 reference.
"""

import json
import math
import pathlib
import sys

import numpy
from llama_cpp import Llama

HERE = pathlib.Path(__file__).parent
MODELS = {
    "smollm2-135m": "reference-smollm2-135m.json",
    "qwen2.5-coder-0.5b": "reference-qwen25coder-05b.json",
    "gemma3-270m": "reference-gemma3-270m.json",
}


def log_probabilities(model, tokens):
    """Row i: log-probabilities of the token after tokens[i]."""
    model.reset()
    model.eval(tokens)
    logits = numpy.array(model._scores[: len(tokens)], dtype=numpy.float64)
    top = logits.max(axis=1, keepdims=True)
    return logits - top - numpy.log(numpy.exp(logits - top).sum(axis=1, keepdims=True))


def main(models, shared):
    text = (HERE / "text.txt").read_bytes()
    perplexities, distances = {}, {}
    for name, reference in MODELS.items():
        model = Llama(f"{models}/{name}.gguf", n_ctx=2048, n_threads=2, n_threads_batch=2, logits_all=True, verbose=False)
        tokens = model.tokenize(text, add_bos=True, special=False)
        rows = log_probabilities(model, tokens[:-1])
        surprise = -sum(rows[i][token] for i, token in enumerate(tokens[1:])) / (len(tokens) - 1)
        perplexities[name] = {"tokens": tokens, "perplexity": round(math.exp(surprise), 6)}
        errors = []
        for case in json.loads(pathlib.Path(shared, "data", reference).read_text())["cases"]:
            rows = log_probabilities(model, (case["ids"] + case["greedy32"])[:-1])[len(case["ids"]) - 1 :]
            errors += [row[token] - wanted for row, token, wanted in zip(rows, case["greedy32"], case["greedy_logprob"])]
        distances[name] = round(math.sqrt(sum(e * e for e in errors) / len(errors)), 6)
    (HERE / "perplexity.json").write_text(json.dumps(perplexities) + "\n")
    (HERE / "distance.json").write_text(json.dumps(distances) + "\n")


main(*sys.argv[1:])
