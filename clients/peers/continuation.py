"""How long after a Tramontane dies does the next part of a stream come from another one?

    python3 clients/peers/continuation.py [--model qwen2.5-coder-0.5b] [--tokens 200 800 2000] [--rounds 3]

Starts two Tramontanes and a gateway, kills the one that writes an answer (kill -9) when so many parts of it have come,
and prints the time until the next part beside the time in which the parts had come. The whole answer must be that of
an undisturbed server. Needs ./tramontane to be built and the model to be there, and nothing but the standard library.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import signal
import statistics
import tempfile
import time
import urllib.parse

from servers import NAME, ROOT, Gateway, Process

# After the death: more than what the dead server could have sent before this script noticed.
MORE_TOKENS = 200


def start(model, log):
    return Process([str(ROOT / "tramontane"), "serve", "--model", model, "--ledger", "none", "--port", "PORT"], log)


def parts(url, model, tokens, seed):
    """The parts of a streamed answer with so many tokens, with the time of each."""
    body = {"model": model, "stream": True, "max_tokens": tokens, "min_tokens": tokens, "random_seed": seed}
    body["messages"] = [{"role": "user", "content": "Write a long story about a lighthouse."}]
    where = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=300)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        done = False
        for line in response:
            if line.strip() == b"data: [DONE]":
                done = True
            elif line.startswith(b"data: "):
                chunk = json.loads(line[6:])
                assert "error" not in chunk, chunk
                piece = chunk["choices"][0]["delta"].get("content")
                if piece:
                    yield piece, time.monotonic()
        assert done, "the answer is not complete"


def serving(gateway, replicas):
    """The replica with the open request."""
    for line in gateway.metrics().splitlines():
        if line.startswith("tramontane_upstream_open_requests{") and float(line.rsplit(" ", 1)[1]) > 0:
            return next(replica for replica in replicas if replica.url.removeprefix("http://") in line)
    raise AssertionError("no replica has the request")


def continued(gateway):
    """How many answers another replica went on with."""
    lines = [line for line in gateway.metrics().splitlines() if line.startswith("tramontane_upstream_continued_total{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def die(gateway, replicas, tokens, seed):
    """Seconds in which the parts came, and from the death to the next part; the text, and the replica that died."""
    text, times, victim, died, before = "", [], None, 0.0, continued(gateway)
    for piece, now in parts(gateway.url, NAME, tokens + MORE_TOKENS, seed):
        text += piece
        times.append(now)
        if len(times) == tokens // 2:
            victim = serving(gateway, replicas)
        if len(times) == tokens - 1:
            died = time.monotonic()
            victim.signal(signal.SIGKILL)
    # Parts that were on their way when it died come at once.
    assert continued(gateway) == before + 1, "it had sent the whole answer before it died"
    gaps = [later - earlier for earlier, later in zip(times[tokens - 2 :], times[tokens - 1 :], strict=False)]
    longest = max(range(len(gaps)), key=gaps.__getitem__)
    return times[tokens - 2] - times[0], times[tokens - 1 + longest] - died, text, victim


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", default="qwen2.5-coder-0.5b")
    options.add_argument("--tokens", nargs="*", type=int, default=[200, 800, 2000])
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="continuation-"))
    replicas = [start(given.model, folder / f"replica-{i}.log") for i in range(2)]
    started = list(replicas)
    try:
        for replica in replicas:
            replica.await_health(180)
        gateway = Gateway("tramontane", [replica.url for replica in replicas], folder, [f'upstream-model = "{NAME}={given.model}"'])
        started.insert(0, gateway.process)
        [*parts(replicas[0].url, given.model, 200, 1), *parts(replicas[1].url, given.model, 200, 1)]
        print("| tokens before | generated in, s | next part after the death, s | of it |\n|---|---|---|---|")
        for tokens in given.tokens:
            pairs = []
            for seed in range(given.rounds):
                before, until, text, victim = die(gateway, replicas, tokens, seed)
                undisturbed = "".join(piece for piece, _ in parts(next(each for each in replicas if each is not victim).url, given.model, tokens + MORE_TOKENS, seed))
                assert text == undisturbed, "the answer differs from the undisturbed one"
                pairs.append((before, until))
                victim.process.wait()
                victim.start()
                victim.await_health(180)
                # Code is compiled, and the gateway knows that it is back.
                list(parts(victim.url, given.model, 200, 1))
                while sum(line.startswith("tramontane_upstream_up{") and line.endswith(" 1.0") for line in gateway.metrics().splitlines()) < 2:
                    time.sleep(0.2)
            before, until = (statistics.median(column) for column in zip(*pairs, strict=True))
            print(f"| {tokens} | {before:.2f} | {until:.2f} | {100 * until / before:.0f} % |", flush=True)
    finally:
        for process in started:
            process.stop()


if __name__ == "__main__":
    main()
