"""Answers the tasks of ./tramontane bench quality with llama.cpp (Python package llama-cpp-python).

Called with a GGUF file and a number of threads. One request a line on standard input, in the shape of a chat completion,
one chat completion a line on standard output, or {"error": TEXT}. The chat template is the model file's. A schema becomes
a grammar by llama.cpp's own rules; it is not shown to the model. Logprobs are left out: the package sorts the whole
vocabulary in Python for each token, which takes a hundred times as long as the token itself.
"""

import json
import os
import sys

import llama_cpp

CONTEXT = 1024


def answer(model, request):
    response_format = request.get("response_format")
    if response_format and response_format["type"] == "json_schema":
        response_format = {"type": "json_object", "schema": response_format["json_schema"]["schema"]}
    return model.create_chat_completion(
        messages=request["messages"],
        max_tokens=request["max_tokens"],
        temperature=request["temperature"],
        seed=request.get("random_seed", 1),
        response_format=response_format,
        # Sampling is the request's alone: no cut of unlikely tokens, no penalty.
        top_p=1.0,
        top_k=0,
        min_p=0.0,
        repeat_penalty=1.0,
    )


def main():
    # llama.cpp logs to standard error, and some builds to standard output: answers keep a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threads = int(sys.argv[2])
    model = llama_cpp.Llama(
        sys.argv[1], n_ctx=CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False
    )
    for line in sys.stdin:
        try:
            result = answer(model, json.loads(line))
        except (RuntimeError, ValueError, KeyError) as failure:
            result = {"error": str(failure)}
        print(json.dumps(result, default=float), file=answers, flush=True)


main()
