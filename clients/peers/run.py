"""A gateway before real engines of others: each row of the table in docs/UPSTREAMS.md that can be tried, and faults.

    python3 clients/peers/run.py llama-server --binary llama-server --model MODEL.gguf
    python3 clients/peers/run.py vllm --binary VENV/bin/vllm --model HF-DIRECTORY [--data-parallel]
    python3 clients/peers/run.py openai --urls http://HOST:PORT --name MODEL       (one that runs already; no faults)

Needs ./tramontane to be built, and nothing but the standard library. Not part of ./tramontane test: the engines are
large. Prints a line for each check and `counts PASSED FAILED SKIPPED`.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import signal
import socket
import tempfile
import time

from servers import CONTEXT, NAME, Gateway, get, read_stream, start_llama, start_vllm

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city", "days"],
        },
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer", "minimum": 0, "maximum": 150}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def text_of(answer, choice=0):
    return answer["choices"][choice]["message"]["content"]


class Checks:
    """Each method whose name begins with a verb of the table is a check; its docstring is what it shows."""

    def __init__(self, kind, gateway, servers):
        self.kind, self.gateway, self.servers = kind, gateway, servers

    def check_whole_and_streamed(self):
        """an answer is complete, whole and streamed, with a usage"""
        whole = self.gateway.answer(max_tokens=12, temperature=0, random_seed=1)
        assert whole["choices"][0]["finish_reason"] in ("length", "stop"), whole
        assert 0 < whole["usage"]["completion_tokens"] <= 12 and whole["usage"]["prompt_tokens"] > 0, whole
        text, last, done = self.gateway.stream(max_tokens=12, temperature=0, random_seed=1)
        assert done and last["usage"]["completion_tokens"] <= 12, last
        assert text == text_of(whole), (text, text_of(whole))

    def check_seed(self):
        """a seed repeats an answer at temperature 1"""
        one, two = (text_of(self.gateway.answer(max_tokens=12, temperature=1, random_seed=7)) for _ in range(2))
        assert one == two, (one, two)

    def check_schema(self):
        """json_schema is obeyed"""
        schema = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": PERSON}}
        answer = self.gateway.answer(max_tokens=80, temperature=0, response_format=schema, messages=[{"role": "user", "content": "A person as JSON."}])
        person = json.loads(text_of(answer))
        assert set(person) == {"name", "age"} and isinstance(person["age"], int), person

    def check_json_object(self):
        """json_object is an object, or an error if the model does not end it"""
        status, answer = self.gateway.ask(
            max_tokens=150, temperature=0, response_format={"type": "json_object"}, messages=[{"role": "user", "content": "Answer with the JSON {\"a\": 1}."}]
        )
        if status == 200:
            assert isinstance(json.loads(text_of(answer)), dict), answer
        else:
            assert status == 502 and "response_format" in answer["message"], answer

    def check_tools(self):
        """tool_choice any and a named one call the tool with valid arguments, whole and streamed"""
        ask = {"tools": [TOOL], "max_tokens": 100, "temperature": 0, "messages": [{"role": "user", "content": "What is the weather in Paris for 3 days?"}]}
        named = {"type": "function", "function": {"name": "get_weather"}}
        for choice in ("any", named):
            status, answer = self.gateway.ask(tool_choice=choice, **ask)
            if self.kind == "llama-server" and status == 502 and "called no tool" in answer["message"]:
                return "llama-server does not force a call with this model's template, and the answer is an error"
            assert status == 200, answer
            answer = answer["choices"][0]
            call = answer["message"]["tool_calls"][0]
            assert answer["finish_reason"] == "tool_calls" and len(call["id"]) == 9, answer
            assert set(json.loads(call["function"]["arguments"])) == {"city", "days"}, call
        _, last, done = self.gateway.stream(tool_choice="any", **ask)
        assert done and last["choices"][0]["finish_reason"] == "tool_calls", last

    def check_tool_rounds(self):
        """calls and results of earlier rounds are taken"""
        call = {"id": "abcdefghi", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\": \"Paris\", \"days\": 3}"}}
        messages = [
            {"role": "user", "content": "Weather in Paris?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "abcdefghi", "name": "get_weather", "content": "rain"},
        ]
        self.gateway.answer(messages=messages, tools=[TOOL], tool_choice="none", max_tokens=8)

    def check_stop(self):
        """a stop string ends the text before it"""
        plain = text_of(self.gateway.answer(max_tokens=20, temperature=0))
        stop = plain[len(plain) // 2 :][:3]
        answer = self.gateway.answer(max_tokens=20, temperature=0, stop=[stop])
        assert stop not in text_of(answer) and answer["choices"][0]["finish_reason"] == "stop", answer

    def check_choices(self):
        """n gives that many choices, or is refused by name"""
        status, answer = self.gateway.ask(n=2, max_tokens=6)
        if self.kind == "llama-server":
            assert status == 422 and answer["param"] == "n", answer
        else:
            assert status == 200 and len(answer["choices"]) == 2, answer

    def check_refused(self):
        """what the table refuses is a 422 with the field's name"""
        refused = {"prompt_mode": "reasoning", "suffix": "b", "prompt_logprobs": True}
        if self.kind == "llama-server":
            refused |= {"presence_penalty": 0.5, "frequency_penalty": 0.5, "min_tokens": 2}
        for field, value in refused.items():
            more = {"prompt": "a"} if field == "suffix" else {}
            status, answer = self.gateway.ask(**{field: value}, **more)
            assert status == 422 and answer.get("param") == field, (field, answer)

    def check_sampling(self):
        """top_k, top_p, penalties and min_tokens are taken where the table says so"""
        fields = {"top_k": 5, "top_p": 0.9, "temperature": 1.1}
        if self.kind != "openai":
            fields["repetition_penalty"] = 1.2
        if self.kind in ("vllm", "sglang"):
            fields |= {"presence_penalty": 0.5, "frequency_penalty": 0.5, "min_tokens": 5}
        answer = self.gateway.answer(max_tokens=10, **fields)
        assert answer["usage"]["completion_tokens"] >= fields.get("min_tokens", 1), answer

    def check_logprobs(self):
        """logprobs of every token, with alternatives, whole and streamed"""
        answer = self.gateway.answer(max_tokens=8, temperature=0, logprobs=True, top_logprobs=3)
        tokens = answer["choices"][0]["logprobs"]["content"]
        assert abs(len(tokens) - answer["usage"]["completion_tokens"]) <= 1, (len(tokens), answer["usage"])
        joined = b"".join(bytes(token["bytes"]) for token in tokens)
        assert joined.decode(errors="replace").startswith(text_of(answer)), (joined, text_of(answer))
        for token in tokens:
            top = [other["logprob"] for other in token["top_logprobs"]]
            assert len(top) == 3 and top == sorted(top, reverse=True) and token["logprob"] <= 0, token
        assert tokens[0]["logprob"] == tokens[0]["top_logprobs"][0]["logprob"], tokens[0]
        assert tokens[0]["token_id"] >= 0, tokens[0]
        for alternatives in (0, 20):
            answer = self.gateway.answer(max_tokens=3, logprobs=True, top_logprobs=alternatives)
            assert all(len(token["top_logprobs"]) in (alternatives, alternatives - 1) for token in answer["choices"][0]["logprobs"]["content"]), answer

    def check_prefix(self):
        """an answer continues a prefix"""
        messages = [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "One, two, three,", "prefix": True}]
        text = text_of(self.gateway.answer(messages=messages, max_tokens=6, temperature=0))
        assert text.startswith("One, two, three,") and len(text) > len("One, two, three,"), text
        assert not text.startswith("One, two, three,One"), text

    def check_length(self):
        """a prompt that is too long is a 400 of its own type"""
        status, answer = self.gateway.ask(messages=[{"role": "user", "content": "word " * CONTEXT * 2}], max_tokens=5)
        assert status == 400 and answer["type"] == "invalid_request_prompt", answer

    def check_cancel(self):
        """a client that leaves frees the engine's place"""
        for _ in range(3):
            endless = {"min_tokens": 1400} if self.kind == "vllm" else {}
            connection, response = self.gateway.open(stream=True, max_tokens=1500, temperature=1.5, **endless)
            response.readline()
            connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()
        end = time.monotonic() + 20
        while self.running() > 0:
            assert time.monotonic() < end, "the engine still works"
            time.sleep(0.2)

    def running(self):
        """How many requests the engines compute."""
        count = 0
        for server in self.servers:
            for line in get(server.url, "/metrics")[1].splitlines():
                if line.startswith(("vllm:num_requests_running{", "llamacpp:requests_processing ")):
                    count += float(line.rsplit(" ", 1)[1])
        return count

    def check_balance(self):
        """two addresses share the requests"""
        if len(self.servers) < 2:
            return "one address"
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(self.gateway.answer, max_tokens=30) for _ in range(4)]
            seen = set()
            while not all(answer.done() for answer in answers):
                for line in self.gateway.metrics().splitlines():
                    if line.startswith("tramontane_upstream_open_requests{") and float(line.rsplit(" ", 1)[1]) > 0:
                        seen.add(line.split("upstream=")[1].split("}")[0])
                time.sleep(0.05)
        [answer.result() for answer in answers]
        assert len(seen) == 2, seen

    # Faults, in this order: each leaves fewer servers.

    def fault_stopped(self):
        """servers that stop in the middle (SIGSTOP) end the answer with an error after the idle time"""
        text, last, done = self.streamed_with(lambda: [server.signal(signal.SIGSTOP) for server in self.servers])
        for server in self.servers:
            server.signal(signal.SIGCONT)
        assert text and not done and last["choices"][0]["finish_reason"] == "error", last
        assert "nothing more came within" in json.dumps(last), last
        # The checks find that the servers answer again.
        end = time.monotonic() + 20
        while get(self.gateway.url, "/health")[0] != 200:
            assert time.monotonic() < end, "the server is not used again"
            time.sleep(0.2)

    def fault_killed_while_idle(self):
        """a server that was killed before the first byte: another one answers"""
        if len(self.servers) < 2:
            return "one address"
        self.servers.pop().signal(signal.SIGKILL)
        for _ in range(3):
            self.gateway.answer(max_tokens=4)

    def fault_rank_killed(self):
        """one rank of a data-parallel vLLM is killed in the middle: no answer looks complete and is not"""
        ranks = self.servers[0].ranks() if self.kind == "vllm" else []
        if len(ranks) < 2:
            return "not data-parallel"
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            streams = [pool.submit(self.streamed_with, lambda: None) for _ in range(2)]
            time.sleep(5)
            os.kill(ranks[-1], signal.SIGKILL)
            for text, last, done in [stream.result() for stream in streams]:
                reason = last["choices"][0]["finish_reason"] if last.get("choices") else None
                assert (done and reason in ("stop", "length")) or (not done and reason == "error"), (text, last, done)
                print("      one stream:", "complete" if done else last.get("error", {}).get("message"))
        time.sleep(10)
        status, answer = self.gateway.ask(max_tokens=4)
        print("      afterwards:", status, answer.get("message"))
        assert status in (200, 502, 503), answer

    def fault_killed_in_the_middle(self):
        """a server that is killed in the middle of an answer ends it with an error and without [DONE]"""
        victim = self.servers[0]
        if victim.process.poll() is not None:
            return "the server has ended"
        text, last, done = self.streamed_with(lambda: victim.signal(signal.SIGKILL))
        assert text and not done and last["choices"][0]["finish_reason"] == "error", last
        print("      the error:", last.get("error", {}).get("message"))
        time.sleep(3)
        status, answer = self.gateway.ask(max_tokens=4)
        assert status in (502, 503), answer

    def streamed_with(self, deed):
        connection, response = self.gateway.open(stream=True, max_tokens=1200, temperature=1.3)
        with contextlib.closing(connection):
            return read_stream(response, deed)


def run(checks, only):
    passed, failed, skipped = 0, 0, 0
    names = [name for name in vars(Checks) if name.startswith(("check_", "fault_"))]
    for name in names:
        if only and name not in only:
            continue
        what = getattr(checks, name).__doc__
        begun = time.monotonic()
        try:
            skip = getattr(checks, name)()
            passed, skipped = (passed, skipped + 1) if skip else (passed + 1, skipped)
            print(f"   {'skipped: ' + skip if skip else 'ok'}: {what} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception as error:  # each check stands for itself
            failed += 1
            print(f"   FAILED: {name}: {what}: {type(error).__name__}: {str(error)[:1500]}", flush=True)
    return passed, failed, skipped


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("kind", choices=["llama-server", "vllm", "openai"])
    options.add_argument("--binary")
    options.add_argument("--model")
    options.add_argument("--servers", type=int, default=2)
    options.add_argument("--data-parallel", action="store_true")
    options.add_argument("--urls", nargs="*", default=[])
    options.add_argument("--name", default="")
    options.add_argument("--only", nargs="*", default=[])
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peers-"))
    print(f"-- {given.kind} behind a gateway; logs in {folder}")
    start = {"llama-server": start_llama, "vllm": start_vllm}.get(given.kind)
    count = 0 if given.urls else given.servers
    servers = [start(given, folder / f"server-{i}.log").await_health(600) for i in range(count)]
    started, gateways = list(servers), []
    totals = [0, 0, 0]
    try:
        urls = given.urls or [server.url for server in servers]
        more = [f'upstream-model = "{NAME}={given.name}"'] if given.name else []
        more += [f'upstream-context = "{NAME}={CONTEXT}"'] if given.kind == "openai" else []
        gateways.append(Gateway(given.kind, urls, folder, more))
        for i, number in enumerate(run(Checks(given.kind, gateways[0], servers), given.only)):
            totals[i] += number
    finally:
        for process in [gateway.process for gateway in gateways] + started:
            process.stop()
    print("counts", *totals)
    return 1 if totals[1] else 0


if __name__ == "__main__":
    raise SystemExit(main())
