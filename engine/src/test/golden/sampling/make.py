"""Makes sampling.txt.gz: what penalties, temperature, top_k and top_p make of some rows of logits.

    pip install numpy
    python make.py | gzip -9n > sampling.txt.gz

The definitions are those of vLLM and transformers, in numpy and in double: the repetition penalty
divides logits above zero and multiplies others, once for each token of prompt and answer; then
frequency and presence penalties over the answer; then the temperature; then top_k; then the
smallest set whose share of what top_k left reaches top_p. Equal logits rank by token.

One case a line, fields separated by "|": temperature top_p top_k presence frequency repetition |
prompt | answer | logits | penalized logits | tokens that are left, best first | their cumulative
probabilities.
"""
import numpy as np

rng = np.random.default_rng(20261122)


def spelled(values):
    return " ".join(f"{v:.9g}" for v in values)


def case(temperature, top_p, top_k, presence, frequency, repetition, vocabulary):
    logits = np.round(rng.normal(size=vocabulary) * 4, 3).astype(np.float32)
    logits[rng.integers(0, vocabulary)] = 0
    prompt = rng.integers(0, vocabulary, 5)
    answer = rng.integers(0, vocabulary, 7)
    x = logits.astype(np.float64)
    seen = np.isin(np.arange(vocabulary), np.concatenate([prompt, answer]))
    x = np.where(seen, np.where(x > 0, x / repetition, x * repetition), x)
    counts = np.bincount(answer, minlength=vocabulary)
    x = x - frequency * counts - presence * (counts > 0)
    x = x.astype(np.float32)
    order = np.lexsort((np.arange(vocabulary), -x))
    if top_k > 0:
        order = order[:top_k]
    weights = np.exp((x[order].astype(np.float64) - x.max()) / temperature)
    shares = np.cumsum(weights) / weights.sum()
    kept = int(np.searchsorted(shares, top_p, side="left")) + 1 if top_p < 1 else len(order)
    order, weights = order[:kept], weights[:kept]
    cumulative = np.cumsum(weights) / weights.sum()
    head = [temperature, top_p, top_k, presence, frequency, repetition]
    print("|".join(map(spelled, [head, prompt, answer, logits, x, order, cumulative])))


for vocabulary in (3, 40, 150):
    for top_k in (0, 1, 2, 30, 100):
        for top_p in (1, 0.9, 0.3):
            for repetition in (1, 1.3, 0.7):
                if top_k >= vocabulary:
                    continue
                presence, frequency = rng.choice([0, 0.5, -1.25, 2], 2)
                case(rng.choice([0.3, 0.7, 1.5]), top_p, top_k, presence, frequency, repetition, vocabulary)
