"""Runs llama.cpp (Python package llama-cpp-python) as the other side of ./tramontane bench.

One JSON command a line on standard input, one JSON answer a line on standard output, so that the caller decides who
computes when. Tokens are drawn at random and logits are computed but not sampled from, which is the least work llama.cpp
can be asked for. Commands:

    {"do": "load", "file": PATH, "threads": N}                       -> {"seconds": S, "version": V, "system": TEXT, "before": MEMORY}
    {"do": "prefill", "tokens": N, "flash": BOOL}                    -> {"seconds": S}
    {"do": "decode", "depth": D, "tokens": N, "flash": BOOL}         -> {"seconds": S}
    {"do": "streams", "count": C, "prompt": P, "tokens": N, "flash": BOOL, "unified": BOOL}
                                                                     -> {"first": S, "steps": [S, ...]}
    {"do": "memory", "context": N}                                   -> MEMORY: {"rss": KIB, "anonymous": KIB, "file": KIB}
"""

import ctypes
import json
import os
import random
import sys
import time

import llama_cpp
import llama_cpp.llama_cpp as L

BATCH = 512


class Context:
    """A llama.cpp context with a batch to fill."""

    def __init__(self, model, threads, sequences, tokens_each, flash, unified):
        params = L.llama_context_default_params()
        params.n_ctx = sequences * tokens_each
        params.n_batch = BATCH
        params.n_ubatch = BATCH
        params.n_seq_max = sequences
        params.n_threads = threads
        params.n_threads_batch = threads
        params.flash_attn_type = 1 if flash else 0
        params.kv_unified = unified
        params.no_perf = True
        self.context = L.llama_init_from_model(model, params)
        if not self.context:
            raise RuntimeError("llama.cpp made no context")
        self.memory = L.llama_get_memory(self.context)
        self.batch = L.llama_batch_init(BATCH, 0, 1)

    def clear(self):
        L.llama_memory_clear(self.memory, False)

    def run(self, rows):
        """rows: (token, position, sequence, whether its logits are wanted)"""
        batch = self.batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = 1 if wanted else 0
        if L.llama_decode(self.context, batch) != 0:
            raise RuntimeError("llama_decode failed")
        L.llama_synchronize(self.context)

    def prefill(self, tokens, start=0):
        last = len(tokens) - 1
        for at in range(0, len(tokens), BATCH):
            part = tokens[at : at + BATCH]
            self.run([(token, start + at + i, 0, at + i == last) for i, token in enumerate(part)])

    def save(self):
        size = L.llama_state_seq_get_size(self.context, 0)
        data = (ctypes.c_uint8 * size)()
        if L.llama_state_seq_get_data(self.context, data, size, 0) == 0:
            raise RuntimeError("llama.cpp did not save its state")
        return data

    def restore(self, data):
        self.clear()
        if L.llama_state_seq_set_data(self.context, data, len(data), 0) == 0:
            raise RuntimeError("llama.cpp did not restore its state")

    def free(self):
        L.llama_batch_free(self.batch)
        L.llama_free(self.context)


class Bench:
    def __init__(self, file, threads):
        L.llama_backend_init()
        params = L.llama_model_default_params()
        params.n_gpu_layers = 0
        self.threads = threads
        self.model = L.llama_model_load_from_file(file.encode(), params)
        if not self.model:
            raise RuntimeError("llama.cpp cannot load " + file)
        self.vocabulary = L.llama_vocab_n_tokens(L.llama_model_get_vocab(self.model))
        self.random = random.Random(1)
        self.contexts = {}
        self.states = {}

    def tokens(self, count):
        return [self.random.randrange(self.vocabulary) for _ in range(count)]

    def context(self, sequences, tokens_each, flash, unified=False):
        key = (sequences, tokens_each, flash, unified)
        if key not in self.contexts:
            self.contexts[key] = Context(self.model, self.threads, *key)
        return self.contexts[key]

    def prefill(self, tokens, flash):
        context = self.context(1, padded(tokens), flash)
        prompt = self.tokens(tokens)
        context.clear()
        start = time.perf_counter()
        context.prefill(prompt)
        return {"seconds": time.perf_counter() - start}

    def decode(self, depth, tokens, flash):
        context = self.context(1, padded(depth + tokens), flash)
        if depth == 0:
            context.clear()
        elif (depth, flash) in self.states:
            context.restore(self.states[depth, flash])
        else:
            context.clear()
            context.prefill(self.tokens(depth))
            self.states[depth, flash] = context.save()
        drawn = self.tokens(tokens + 1)
        # As on the other side, the first token is not counted.
        context.run([(drawn[0], depth, 0, True)])
        start = time.perf_counter()
        for i in range(1, tokens + 1):
            context.run([(drawn[i], depth + i, 0, True)])
        return {"seconds": time.perf_counter() - start}

    def streams(self, count, prompt, tokens, flash, unified):
        context = self.context(count, padded(prompt + tokens), flash, unified)
        context.clear()
        start = time.perf_counter()
        rows = []
        for sequence in range(count):
            for i, token in enumerate(self.tokens(prompt)):
                rows.append((token, i, sequence, i == prompt - 1))
        for at in range(0, len(rows), BATCH):
            context.run(rows[at : at + BATCH])
        before = time.perf_counter()
        first = before - start
        steps = []
        for i in range(tokens):
            drawn = self.tokens(count)
            context.run([(drawn[s], prompt + i, s, True) for s in range(count)])
            now = time.perf_counter()
            steps.append(now - before)
            before = now
        return {"first": first, "steps": steps}

    def memory_after_use(self, context):
        flash = self.context(1, context, True)
        flash.clear()
        flash.prefill(self.tokens(BATCH))
        for i in range(8):
            flash.run([(1, BATCH + i, 0, True)])
        return memory()


def padded(tokens):
    return (tokens + 1 + 255) // 256 * 256


def memory():
    values = {}
    with open("/proc/self/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            values[name] = value.split()[0] if value.split() else ""
    return {
        "rss": int(values["VmRSS"]),
        "anonymous": int(values["RssAnon"]),
        "file": int(values["RssFile"]),
    }


def answer(bench, command):
    do = command.pop("do")
    if do == "load":
        before = memory()
        start = time.perf_counter()
        bench.append(Bench(command["file"], command["threads"]))
        return {
            "seconds": time.perf_counter() - start,
            "version": llama_cpp.__version__,
            "before": before,
            "system": L.llama_print_system_info().decode(),
        }
    actions = {
        "prefill": bench[0].prefill,
        "decode": bench[0].decode,
        "streams": bench[0].streams,
        "memory": bench[0].memory_after_use,
    }
    return actions[do](**command)


def main():
    # llama.cpp logs to standard error, and some builds to standard output: answers keep a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    silent = L.llama_log_callback(lambda level, text, data: None)
    L.llama_log_set(silent, ctypes.c_void_p(0))
    bench = []
    for line in sys.stdin:
        try:
            result = answer(bench, json.loads(line))
        except (RuntimeError, KeyError, OSError) as failure:
            result = {"error": str(failure)}
        print(json.dumps(result), file=answers, flush=True)


main()
