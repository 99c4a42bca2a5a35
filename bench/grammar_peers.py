"""Puts documents through the grammars of llguidance or xgrammar (PyPI), as ./tramontane bench grammar --peers does its own.

    python grammar_peers.py llguidance|xgrammar SCHEMAS EVERY < INPUT

SCHEMAS is the same file, of which every EVERYth line is read. INPUT has one JSON value a line: first the vocabulary,
{"tokens": [BASE64, ...], "control": [ID, ...], "end": ID}, and then for each schema read its documents,
[{"tokens": [ID, ...], "valid": BOOL}, ...]. One thread. The answer is one JSON object on standard output, with the fields
that ./tramontane bench grammar writes. A worker process does the work, so that a crash counts as one failed schema.
"""

import base64
import json
import lzma
import multiprocessing
import sys
import time

SECONDS_MAX = 60
WARM_UP = 100


class LlGuidance:
    # Where text is forced, only the tokens that its encoder gives are in the mask, but others are taken as well.
    masks_one_spelling = True

    def __init__(self, vocabulary):
        import llguidance
        import llguidance.numpy

        ids = {token: i for i, token in enumerate(vocabulary["tokens"])}
        longest = 64

        class Words:
            eos_token_id = vocabulary["end"]
            bos_token_id = None
            tokens = vocabulary["tokens"]
            special_token_ids = vocabulary["control"]

            def __call__(self, text):
                """Longest tokens first, which is near enough: it is asked for what follows forced bytes only."""
                found = []
                while text:
                    length = next(n for n in range(min(longest, len(text)), 0, -1) if text[:n] in ids)
                    found.append(ids[text[:length]])
                    text = text[length:]
                return found

        self.library = llguidance
        self.tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Words()))
        self.bits = llguidance.numpy.allocate_token_bitmask(1, self.tokenizer.vocab_size)

    def compile(self, schema):
        matcher = self.library.LLMatcher(
            self.tokenizer, self.library.LLMatcher.grammar_from_json_schema(json.dumps(schema))
        )
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return matcher

    def restart(self, compiled):
        return compiled.deep_copy()

    def mask(self, matcher):
        self.library.numpy.fill_next_token_bitmask(matcher, self.bits, 0)
        return self.bits[0]

    def take(self, matcher, token):
        return matcher.consume_token(token)

    def may_end(self, matcher):
        return matcher.is_accepting()


class XGrammar:
    masks_one_spelling = False

    def __init__(self, vocabulary):
        import numpy
        import xgrammar

        self.library = xgrammar
        info = xgrammar.TokenizerInfo(
            vocabulary["tokens"], xgrammar.VocabType.RAW, stop_token_ids=[vocabulary["end"]]
        )
        self.compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        self.bits = numpy.full(xgrammar.get_bitmask_shape(1, info.vocab_size), -1, dtype=numpy.int32)
        self.end = vocabulary["end"]
        self.compiled = None

    def compile(self, schema):
        self.compiled = self.compiler.compile_json_schema(json.dumps(schema), strict_mode=False)
        return self.library.GrammarMatcher(self.compiled)

    def restart(self, _):
        return self.library.GrammarMatcher(self.compiled)

    def mask(self, matcher):
        matcher.fill_next_token_bitmask(self.bits)
        return self.bits[0]

    def take(self, matcher, token):
        return matcher.accept_token(token)

    def may_end(self, matcher):
        return matcher.accept_token(self.end)


PEERS = {"llguidance": LlGuidance, "xgrammar": XGrammar}


def accepts(peer, compiled, tokens, masks):
    matcher = peer.restart(compiled)
    for token in tokens:
        start = time.perf_counter_ns()
        bits = peer.mask(matcher)
        masks.append(time.perf_counter_ns() - start)
        allowed = peer.masks_one_spelling or int(bits[token >> 5]) >> (token & 31) & 1
        if not allowed or not peer.take(matcher, token):
            return False
    return bool(peer.may_end(matcher))


def judge(peer, schema, documents):
    """What became of a schema, its time to compile, and the times of its masks."""
    start = time.perf_counter_ns()
    try:
        compiled = peer.compile(schema)
        peer.mask(compiled)
    except Exception:  # Each library has its own classes for what it refuses.
        return {"refused": 1}, None, []
    compile_nanos = time.perf_counter_ns() - start
    masks = []
    wrong = [d["valid"] for d in documents if accepts(peer, compiled, d["tokens"], masks) != d["valid"]]
    outcome = {
        "passing": int(not wrong),
        "invalidAccepted": int(False in wrong),
        "validRefused": int(True in wrong),
    }
    return outcome, compile_nanos, masks


def work(name, vocabulary, cases, first, pipe):
    peer = PEERS[name](vocabulary)
    for schema, documents in cases[:WARM_UP]:
        if first == 0:
            judge(peer, schema, documents)
    for schema, documents in cases[first:]:
        pipe.send(judge(peer, schema, documents))


def micros(nanos):
    nanos = sorted(nanos)
    if not nanos:
        return {"avg": 0, "p50": 0, "p99": 0, "max": 0}
    rank = lambda part: nanos[max(0, -int(-part * len(nanos) // 1) - 1)]
    figures = {"avg": sum(nanos) / len(nanos), "p50": rank(0.5), "p99": rank(0.99), "max": nanos[-1]}
    return {name: round(value / 1000, 2) for name, value in figures.items()}


def main():
    name, file, every = sys.argv[1], sys.argv[2], int(sys.argv[3])
    vocabulary = json.loads(sys.stdin.readline())
    vocabulary["tokens"] = [base64.b64decode(token) for token in vocabulary["tokens"]]
    with (lzma.open if file.endswith(".xz") else open)(file, "rt", encoding="utf-8") as lines:
        schemas = [json.loads(line)["schema"] for i, line in enumerate(filter(str.strip, lines)) if i % every == 0]
    cases = list(zip(schemas, map(json.loads, sys.stdin)))
    totals = {"schemas": len(cases), "passing": 0, "refused": 0, "invalidAccepted": 0, "validRefused": 0, "failed": 0}
    compiles, masks = [], []
    done = 0
    while done < len(cases):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        worker = multiprocessing.Process(target=work, args=(name, vocabulary, cases, done, theirs))
        worker.start()
        theirs.close()
        first = True
        try:
            # The first answer waits for the vocabulary and the warm-up, too.
            while done < len(cases) and ours.poll(SECONDS_MAX * (5 if first else 1)):
                outcome, compile_nanos, mask_nanos = ours.recv()
                first = False
                done += 1
                for field, count in outcome.items():
                    totals[field] += count
                compiles += [] if compile_nanos is None else [compile_nanos]
                masks += mask_nanos
        except EOFError:
            pass
        worker.kill()
        worker.join()
        if done < len(cases):
            totals["failed"] += 1
            done += 1
    print(json.dumps({**totals, "maskMicros": micros(masks), "compileMicros": micros(compiles)}))


if __name__ == "__main__":
    main()
