"""guidellm against a server with --openai-fields: a benchmark with a fixed number of requests, judged by its report."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

GUIDELLM = os.environ["TRAMONTANE_GUIDELLM"]
URL = os.environ["TRAMONTANE_URL"]
KEY = os.environ["TRAMONTANE_KEY"]
REQUESTS = 6
TOKENS = 16


def run(folder, profile, stream):
    """The benchmark of the report, and what was printed."""
    server = f"target={URL},request_format=/v1/chat/completions,api_key={KEY},model=mistral-small-latest"
    backend = f"kind=openai_http,{server},stream={str(stream).lower()}"
    prompts = folder / "prompts.jsonl"
    rows = [{"prompt": f"Count to {5 + i}.", "output_tokens_count": TOKENS} for i in range(REQUESTS)]
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = folder / "report.json"
    command = [GUIDELLM, "run", "--backend", backend, "--constraint", f"kind=max_requests,count={REQUESTS}"]
    command += ["--data", f"kind=json_file,path={prompts}", "--output", f"kind=json,path={report}", "--profile", profile]
    # Without compiled modules its processes would take several seconds more to start.
    environment = {**os.environ, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": os.environ.get("TRAMONTANE_GUIDELLM_PATH", "")}
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    printed = done.stdout + done.stderr
    if not report.exists():
        raise AssertionError(printed)
    (benchmark,) = json.loads(report.read_text())["benchmarks"]
    return benchmark, printed


class GuideLlm(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tramontane-guidellm-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def check(self, benchmark, printed, stream):
        """All requests succeeded, and each answer has the tokens that were asked for."""
        totals = benchmark["metrics"]["request_totals"]
        self.assertEqual(totals, {"successful": REQUESTS, "errored": 0, "incomplete": 0, "total": REQUESTS}, printed)
        answers = benchmark["requests"]["successful"]
        self.assertEqual([answer["output_metrics"]["text_tokens"] for answer in answers], [TOKENS] * REQUESTS)
        self.assertTrue(all(answer["output"].strip() and answer["input_metrics"]["text_tokens"] > 0 for answer in answers))
        bodies = [json.loads(answer["request_args"])["body"] for answer in answers]
        self.assertEqual([bool(body.get("stream")) for body in bodies], [stream] * REQUESTS)
        return answers

    def run_whole(self, profile, stream):
        """On a busy machine, guidellm can end before its scheduler has told it of the last request, which its
        report then lacks without counting it as errored or incomplete. That says nothing of the server, so it is asked again."""
        for _ in range(3):
            benchmark, printed = run(self.folder, profile, stream)
            totals = benchmark["metrics"]["request_totals"]
            if totals["total"] == REQUESTS or totals["total"] != totals["successful"]:
                break
        return benchmark, printed

    def test_two_streams_at_a_time(self):
        answers = self.check(*self.run_whole("kind=concurrent,streams=2", stream=True), stream=True)
        for answer in answers:
            self.assertEqual(answer["info"]["timings"]["token_iterations"], TOKENS, "each token has its chunk and its usage")
            self.assertGreater(answer["time_to_first_token_ms"], 0)

    def test_whole_answers_one_after_the_other(self):
        self.check(*self.run_whole("kind=synchronous", stream=False), stream=False)


if __name__ == "__main__":
    unittest.main()
