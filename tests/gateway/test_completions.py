"""`/v1/completions` before a real workspace: prompts, choices, streams, money, and what is refused."""

from __future__ import annotations

import json

import pytest
from openai import BadRequestError, OpenAI

import lakeway
from lakeway.testing import emulator

QUESTION = "What is the capital of France?"
PATHS = (
    "/v1/completions",
    "/completions",
    "/engines/llama/completions",
    "/openai/deployments/llama/completions",
)
TWO = """
model_list:
  - model_name: llama
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct, order: 1}
  - model_name: llama
    litellm_params: {model: databricks/databricks-meta-llama-3-1-8b-instruct, order: 2}
  - model_name: bge
    litellm_params: {model: databricks/databricks-bge-large-en}
litellm_settings: {num_retries: 1}
"""
LARGE, SMALL = "databricks-meta-llama-3-3-70b-instruct", "databricks-meta-llama-3-1-8b-instruct"


def asking(prompt=QUESTION, **more):
    return {"model": "llama", "prompt": prompt, **more}


def prompts(workspace):
    return [each["body"]["messages"] for each in workspace.requests if "chat" in each["path"]]


def events(answer):
    lines = answer.body.decode().split("\n\n")
    assert ["data: [DONE]", ""] == lines[-2:]
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]


@pytest.mark.parametrize("path", PATHS)
def test_paths(ask, address, workspace, path):
    """OpenAI's, the bare one, the old one and Azure's: one user message, one choice, the public name."""
    answer = ask(address, path, asking())

    assert (200, "text_completion", "llama") == (answer.status, answer.json["object"], answer.json["model"])
    assert "The capital of France is Paris." == answer.json["choices"][0]["text"]
    assert [[{"role": "user", "content": QUESTION}]] == prompts(workspace)


def test_several_prompts(ask, address, workspace):
    """Choices in the order of the prompts, then of `n`; usage and cost are those of all together."""
    single = [ask(address, PATHS[0], asking(text, n=2)) for text in (QUESTION, "Hello")]
    workspace.reset()
    both = ask(address, PATHS[0], asking([QUESTION, "Hello"], n=2, echo=True, best_of=3, suffix="."))

    texts = [choice["text"] for each in single for choice in each.json["choices"]]
    assert texts == [choice["text"] for choice in both.json["choices"]]
    assert [0, 1, 2, 3] == [choice["index"] for choice in both.json["choices"]]
    for count in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert sum(each.json["usage"][count] for each in single) == both.json["usage"][count]
    costs = [float(each.headers["x-litellm-response-cost"]) for each in (*single, both)]
    assert costs[2] == pytest.approx(costs[0] + costs[1])
    assert [QUESTION, "Hello"] == [messages[0]["content"] for messages in prompts(workspace)]


def test_a_stream(ask, address):
    """Chunks of text completions, under one id, and what they say together is what the whole says."""
    whole = ask(address, PATHS[0], asking())
    streamed = ask(address, PATHS[0], asking([QUESTION], stream=True, stream_options={"include_usage": True}))
    chunks = events(streamed)

    text = "".join(choice["text"] for chunk in chunks for choice in chunk["choices"])
    assert whole.json["choices"][0]["text"] == text
    assert {("text_completion", "llama", chunks[0]["id"])} == {
        (chunk["object"], chunk["model"], chunk["id"]) for chunk in chunks
    }
    assert "stop" == chunks[-2]["choices"][0]["finish_reason"]
    assert whole.json["usage"]["total_tokens"] == chunks[-1]["usage"]["total_tokens"]


def test_a_stream_that_is_cut(ask, address, workspace):
    """Its end is an error event."""
    workspace.fault("cut=2,path=chat")

    assert "error" in events(ask(address, PATHS[0], asking(stream=True)))[-1]


def test_logprobs(ask, address, workspace):
    """A number there, a switch and a number in chat; the answer has the old shape."""
    answer = ask(address, PATHS[0], asking(logprobs=2))

    sent = workspace.requests[-1]["body"]
    assert (True, 2) == (sent["logprobs"], sent["top_logprobs"])
    assert answer.json["choices"][0]["text"] == "".join(answer.json["choices"][0]["logprobs"]["tokens"])


@pytest.mark.parametrize(
    ("body", "param", "said"),
    [
        ({"model": "llama"}, "prompt", "Missing required parameter: 'prompt'"),
        ({"prompt": "hi"}, "model", "Missing required parameter: 'model'"),
        (asking([1, 2]), "prompt", "token ids"),
        (asking([[1], [2]]), "prompt", "token ids"),
        (asking([]), "prompt", "non-empty"),
        (asking({"text": "hi"}), "prompt", "must be a text"),
        (asking(["hi"] * 129), "prompt", "length <= 128"),
        (asking(["a", "b"], stream=True), "prompt", "one prompt at a time"),
        (asking(stream="yes"), "stream", "Expected `bool`"),
        (asking(logprobs="many"), "logprobs", "Expected `bool | int`"),
        (asking(tools="none"), "tools", "Expected `array`"),
        (asking(num_retries=-1), "num_retries", "whole number"),
        ({"model": "nope/nope", "prompt": "hi"}, "model", "Invalid model name"),
    ],
)
def test_mistakes(ask, address, workspace, body, param, said):
    """Each is a 400 that names the field, and nothing goes to the workspace."""
    answer = ask(address, PATHS[0], body)

    assert (400, param) == (answer.status, answer.json["error"]["param"])
    assert said in answer.json["error"]["message"]
    assert [] == workspace.requests


def test_going_on_elsewhere(ask, serve):
    """What one deployment has answered is not asked of the next one again; each part costs what it cost."""
    with emulator(limits={"rpm": 1}) as workspace:
        answer = ask(serve(TWO, environ=workspace.environ), PATHS[0], asking([QUESTION, "Hello"]))

    assert (200, 2) == (answer.status, len(answer.json["choices"]))
    assert [(LARGE, 200, QUESTION), (LARGE, 429, "Hello"), (SMALL, 200, "Hello")] == [
        (each["body"]["model"], each["status"], each["body"]["messages"][0]["content"])
        for each in workspace.requests
    ]
    costs = [
        sum(lakeway.cost_per_token(row["endpoint_name"], row["input_token_count"], row["output_token_count"]))
        for row in workspace.usage
    ]
    assert float(answer.headers["x-litellm-response-cost"]) == pytest.approx(sum(costs))


def test_a_failure_half_way(ask, serve):
    """The call fails as a whole, with the reason; what was answered before is on the key's account."""
    with emulator(limits={"rpm": 1}) as workspace:
        gateway = serve(TWO, environ=workspace.environ)
        failed = ask(gateway, PATHS[0], asking([QUESTION, "Hello", "Bye"]))
        after = ask(gateway, "/v1/embeddings", {"model": "bge", "input": "a"})

    assert (429, "throttling_error") == (failed.status, failed.json["error"]["type"])
    spent, cost = (float(after.headers[f"x-litellm-{name}"]) for name in ("key-spend", "response-cost"))
    assert spent > cost * 2


def test_the_official_client(address):
    """Whole, streamed, and errors as its own class."""
    with OpenAI(base_url=f"{address}/v1", api_key="sk-gateway-tests", max_retries=0) as client:
        whole = client.completions.create(model="llama", prompt=QUESTION)
        streamed = client.completions.create(model="llama", prompt=QUESTION, stream=True)

        assert whole.choices[0].text == "".join(chunk.choices[0].text for chunk in streamed)
        with pytest.raises(BadRequestError, match="token ids"):
            client.completions.create(model="llama", prompt=[1, 2, 3])
