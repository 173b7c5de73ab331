"""SIGHUP: a changed file is in force without a request being lost; a bad one changes nothing."""

from __future__ import annotations

import signal
import time

import pytest

LLAMA, CLAUDE = "databricks-meta-llama-3-3-70b-instruct", "databricks-claude-sonnet-4-5"
PARIS = "The capital of France is Paris."
KEY = "sk-gateway-tests"
GENERAL = f"general_settings: {{master_key: {KEY}}}\n"


def models(**named: str) -> str:
    """A configuration with these names and what is behind them."""
    rows = (
        f"  - {{model_name: {name}, litellm_params: {{model: databricks/{model}}}}}\n"
        for name, model in named.items()
    )
    return "model_list:\n" + "".join(rows) + GENERAL


ONE = models(a=LLAMA)


def asked(workspace) -> list[str]:
    return [request["body"]["model"] for request in workspace.requests if "body" in request]


def test_another_file_is_in_force(launch, chat, workspace):
    """A model that leads elsewhere, one that is new, and one that is gone."""
    served = launch(models(a=LLAMA, gone=LLAMA))
    before = [chat(served, model=name).status for name in ("a", "gone", "new")]
    served.reload(models(a=CLAUDE, new=LLAMA))
    after = [chat(served, model=name).status for name in ("a", "gone", "new")]

    assert ([200, 200, 400], [200, 400, 200]) == (before, after)
    assert [LLAMA, LLAMA, CLAUDE, LLAMA] == asked(workspace)
    assert "The configuration was read again; 2 models." in served.said


def test_no_request_is_lost(launch, load):
    """Clients with connections that they keep, whole and streamed, through a dozen changes."""
    served = launch(ONE)
    clients = load(served, 8)
    for each in range(12):
        served.reload(models(a=(CLAUDE, LLAMA)[each % 2]))
    answers = clients.stop()

    assert {PARIS} == {answer.text for answer in answers}
    assert len(answers) > 50
    assert not any(answer.closes for answer in answers)


def test_what_has_begun_goes_on(launch, begin, chat, workspace):
    """A stream of a model that is gone in the meantime, and a call that waits for its answer."""
    served = launch(ONE)
    workspace.fault("pause=0.5,after=2; delay=0.3")
    answers = [begin(served, stream=True), begin(served)]
    served.until(lambda: len(workspace.requests) == 2)
    served.reload(models(b=LLAMA))

    assert 400 == chat(served).status
    assert [PARIS, PARIS] == [answer().text for answer in answers]


BAD = f"""
model_list:
  - {{model_name: a, litelm_params: {{model: databricks/a}}}}
  - {{model_name: b, litellm_params: {{model: databricks/b, timeout: soon}}}}
router_settings: {{num_retries: many}}
{GENERAL}"""


def test_all_mistakes_of_a_bad_file(launch, chat):
    """They are logged at once, and the old file stays in force until there is a good one."""
    served = launch(ONE)
    served.config.write_text(BAD)
    served.tell(signal.SIGHUP)
    served.expect("router_settings.num_retries: must be a whole number.")
    told = served.said.split("the one in force stays:\n")[1]

    assert "model_list[0]: 'litellm_params' is missing." in told
    assert "model_list[1].litellm_params.timeout: must be a number." in told
    assert PARIS == chat(served).text
    served.reload(models(a=LLAMA, b=LLAMA))
    assert PARIS == chat(served, model="b").text


EMPTY, HALF, NO_YAML, NO_TEXT, NO_MAPPING = b"", b"model_list:\n", b"a: [", b"\xff\xfe\x00broken", b"- a\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_files_that_are_none(launch, chat, workers):
    """As an editor or a deployment leaves one for a moment; the last is not there at all."""
    served = launch(ONE, "--workers", str(workers))
    for number, content in enumerate((EMPTY, HALF, NO_YAML, NO_TEXT, NO_MAPPING, None), 1):
        if content is None:
            served.config.unlink()
        else:
            served.config.write_bytes(content)
        served.tell(signal.SIGHUP)
        served.expect("the one in force stays", number)

        assert PARIS == chat(served).text
    assert "Traceback" not in served.said
    served.reload(models(b=LLAMA), workers)
    assert PARIS == chat(served, model="b").text


def keys(*rows: str) -> str:
    return ONE + "keys:\n" + "".join(f"  - {{{row}}}\n" for row in rows)


def test_keys(launch, ask):
    """A new one opens, and one that is gone does not, from the next request on."""
    served = launch(keys("key: sk-first"))
    served.reload(keys("key: sk-second, models: [a]"))

    def status(key: str) -> int:
        return ask(served.address, "/v1/models", key=key).status

    assert [401, 200, 200] == [status("sk-first"), status("sk-second"), status(KEY)]


def test_what_is_used_of_a_limit_stays_used(launch, ask):
    """A reload is no way to a fresh minute."""
    served = launch(keys("key: sk-limited, rpm: 2"))
    if time.time() % 60 > 57:
        time.sleep(60.1 - time.time() % 60)
    body = {"model": "a", "messages": [{"role": "user", "content": "Hello"}]}

    def status() -> int:
        return ask(served.address, "/v1/chat/completions", body, key="sk-limited").status

    before = [status(), status()]
    served.reload(keys("key: sk-limited, rpm: 3", "key: sk-other"))

    assert ([200, 200], [200, 429]) == (before, [status(), status()])


def test_a_cooldown_goes_on(launch, ask):
    """A host that is dead is not tried anew because of it."""
    rows = f"""
model_list:
  - {{model_name: a, litellm_params: {{model: databricks/{LLAMA}}}}}
  - {{model_name: a, litellm_params: {{model: databricks/a, api_base: 'http://127.0.0.1:1', api_key: k}}}}
router_settings: {{cooldown_time: 60, num_retries: 1, prompt_cache_stickiness: false}}
{GENERAL}"""
    served = launch(rows)

    def retries(count: int) -> list[str]:
        body = {"model": "a", "messages": [{"role": "user", "content": "Hello"}]}
        replies = [ask(served.address, "/v1/chat/completions", body) for _ in range(count)]
        return [reply.headers["x-litellm-attempted-retries"] for reply in replies]

    before = retries(16)
    served.reload(
        rows.replace("model_list:", "model_list:\n  - {model_name: b, litellm_params: {model: databricks/b}}")
    )

    assert 1 == before.count("1")
    assert ["0"] * 16 == retries(16)


def test_one_after_another(launch, chat, workspace):
    """However fast they come: the last file is in force in the end."""
    served = launch(ONE)
    for name in ("b", "c", "d", "e"):
        served.config.write_text(models(**{name: LLAMA}))
        served.tell(signal.SIGHUP)
    served.until(lambda: chat(served, model="e").status == 200, alive=True)

    assert 400 == chat(served, model="a").status


def test_a_key_that_others_need(launch, ask):
    """On an address that others reach the door is not thrown open, nor closed for good."""
    served = launch(ONE, "--host", "0.0.0.0")
    served.config.write_text(ONE.replace(GENERAL, ""))
    served.tell(signal.SIGHUP)
    served.expect("general_settings.master_key: is gone.")

    assert [200, 401] == [ask(served.address, "/v1/models", key=key).status for key in (KEY, None)]


def test_a_key_that_was_made(launch, ask):
    """It lives as long as the process."""
    served = launch(ONE.replace(GENERAL, ""), "--host", "0.0.0.0")
    key = served.said.split("  key     ")[1].split()[0]
    served.reload(models(b=LLAMA).replace(GENERAL, ""))

    assert [200, 401] == [ask(served.address, "/v1/models", key=each).status for each in (key, "sk-no")]


def test_prompts_in_the_log(launch, chat):
    """Whoever takes them out of the log does not want to wait for the next start."""
    served = launch(ONE.replace(KEY + "}", KEY + ", store_prompts_in_spend_logs: true}"))
    chat(served)
    served.reload(ONE)
    chat(served)
    served.tell(signal.SIGTERM)
    served.wait()

    assert [True, False] == ["request" in call for call in served.calls]
