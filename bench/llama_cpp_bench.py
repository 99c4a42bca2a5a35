"""Runs llama.cpp (Python package llama-cpp-python) or ik_llama.cpp (ik-llama-cpp-python) as the other side of ./tramontane bench.

One JSON command a line on standard input, one JSON answer a line on standard output, so that the caller decides who
computes when. Tokens are drawn at random and logits are computed but not sampled from, which is the least work llama.cpp
can be asked for. Commands:

    {"do": "load", "file": PATH, "threads": N}                       -> {"seconds": S, "version": V, "system": TEXT, "before": MEMORY}
    {"do": "prefill", "tokens": N, "flash": BOOL, "repack": BOOL}    -> {"seconds": S, "cores": S}
    {"do": "decode", "depth": D, "tokens": N, "flash": BOOL, "repack": BOOL}
                                                                     -> {"seconds": S, "cores": S}
    {"do": "streams", "count": C, "prompt": P, "tokens": N, "flash": BOOL, "unified": BOOL, "repack": BOOL}
                                                                     -> {"first": S, "steps": [S, ...], "cores": S}
    {"do": "memory", "context": N}                                   -> MEMORY: {"rss": KIB, "anonymous": KIB, "file": KIB}

"cores" is the processor time of the timed part, of all cores.

"repack" is ik_llama.cpp's repacking of weights while it loads, which makes some loads faster and others slower; llama.cpp
repacks by itself. "unified" is one cache for all sequences, which ik_llama.cpp always has.
"""

import ctypes
import json
import os
import random
import sys
import time

try:
    import llama_cpp as package
    import llama_cpp.llama_cpp as L

    IK = False
except ImportError:
    import ik_llama_cpp as package
    import ik_llama_cpp._ctypes_api as L

    IK = True

BATCH = 512


def bind_ik():
    """Declares what the Python package of ik_llama.cpp leaves out."""
    L.llama_synchronize = declared("llama_synchronize", None, [ctypes.c_void_p])
    L.llama_print_system_info = declared("llama_print_system_info", ctypes.c_char_p, [])
    L.llama_log_callback = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    L.llama_log_set = declared("llama_log_set", None, [ctypes.c_void_p, ctypes.c_void_p])
    L.llama_get_memory = lambda context: context
    L.llama_memory_clear = lambda context, _: L.llama_kv_cache_clear(context)
    flags = ctypes.c_uint32
    get_size = declared("llama_state_seq_get_size", ctypes.c_size_t, [ctypes.c_void_p, ctypes.c_int32, flags])
    data = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int32, flags]
    get_data = declared("llama_state_seq_get_data", ctypes.c_size_t, data)
    set_data = declared("llama_state_seq_set_data", ctypes.c_size_t, data)
    L.llama_state_seq_get_size = lambda *arguments: get_size(*arguments, 0)
    L.llama_state_seq_get_data = lambda *arguments: get_data(*arguments, 0)
    L.llama_state_seq_set_data = lambda *arguments: set_data(*arguments, 0)


def declared(name, result, arguments):
    function = getattr(L._lib, name)
    function.restype = result
    function.argtypes = arguments
    return function


class Stopwatch:
    """Wall time, and processor time of all threads of this process."""

    def __init__(self):
        self.wall = time.perf_counter()
        self.cores = time.process_time()

    def passed(self):
        return {"seconds": time.perf_counter() - self.wall, "cores": time.process_time() - self.cores}


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
        if IK:
            params.flash_attn = flash
        else:
            params.flash_attn_type = 1 if flash else 0
            params.kv_unified = unified
            params.no_perf = True
        self.context = L.llama_init_from_model(model, params)
        if not self.context:
            raise RuntimeError("no context could be made")
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
            raise RuntimeError("the state was not saved")
        return data

    def restore(self, data):
        self.clear()
        if L.llama_state_seq_set_data(self.context, data, len(data), 0) == 0:
            raise RuntimeError("the state was not restored")

    def free(self):
        L.llama_batch_free(self.batch)
        L.llama_free(self.context)


class Bench:
    def __init__(self, file, threads):
        L.llama_backend_init()
        self.file = file
        self.threads = threads
        self.models = {}
        self.vocabulary = L.llama_vocab_n_tokens(L.llama_model_get_vocab(self.model(False)))
        self.random = random.Random(1)
        self.contexts = {}
        self.states = {}

    def model(self, repack):
        """The model, loaded once with repacked weights and once without, when first needed."""
        if repack not in self.models:
            params = L.llama_model_default_params()
            params.n_gpu_layers = 0
            if repack:
                params.repack_tensors = True
                params.use_mmap = False
            self.models[repack] = L.llama_model_load_from_file(self.file.encode(), params)
            if not self.models[repack]:
                raise RuntimeError("cannot load " + self.file)
        return self.models[repack]

    def tokens(self, count):
        return [self.random.randrange(self.vocabulary) for _ in range(count)]

    def context(self, sequences, tokens_each, flash, unified=False, repack=False):
        key = (sequences, tokens_each, flash, unified)
        if (key, repack) not in self.contexts:
            self.contexts[key, repack] = Context(self.model(repack), self.threads, *key)
        return self.contexts[key, repack]

    def prefill(self, tokens, flash, repack):
        context = self.context(1, padded(tokens), flash, repack=repack)
        prompt = self.tokens(tokens)
        context.clear()
        start = Stopwatch()
        context.prefill(prompt)
        return start.passed()

    def decode(self, depth, tokens, flash, repack):
        context = self.context(1, padded(depth + tokens), flash, repack=repack)
        if depth == 0:
            context.clear()
        elif (depth, flash, repack) in self.states:
            context.restore(self.states[depth, flash, repack])
        else:
            context.clear()
            context.prefill(self.tokens(depth))
            self.states[depth, flash, repack] = context.save()
        drawn = self.tokens(tokens + 1)
        # As on the other side, the first token is not counted.
        context.run([(drawn[0], depth, 0, True)])
        start = Stopwatch()
        for i in range(1, tokens + 1):
            context.run([(drawn[i], depth + i, 0, True)])
        return start.passed()

    def streams(self, count, prompt, tokens, flash, unified, repack):
        context = self.context(count, padded(prompt + tokens), flash, unified, repack)
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
        begun = Stopwatch()
        steps = []
        for i in range(tokens):
            drawn = self.tokens(count)
            context.run([(drawn[s], prompt + i, s, True) for s in range(count)])
            now = time.perf_counter()
            steps.append(now - before)
            before = now
        return {"first": first, "steps": steps, "cores": begun.passed()["cores"]}

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
            "version": package.__version__,
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
    if IK:
        bind_ik()
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
