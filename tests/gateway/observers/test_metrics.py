"""What calls come to in the metrics, read back by prometheus-client's own parser."""

from __future__ import annotations

import logging

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from lakeway.core.load import Load, Share
from lakeway.errors import AuthenticationError, RateLimitError, ServiceUnavailableError, StreamCutError
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.metrics import Metrics, negotiate, render

KEY = {"hashed_api_key": "a1" * 32, "api_key_alias": "team-a-key"}
WHO = {**KEY, "team": "team-a", "team_alias": "team-a"}
PLACE = {
    "litellm_model_name": "databricks-claude-sonnet-4-5",
    "model_id": "d-1",
    "api_base": "https://example.cloud.databricks.com/serving-endpoints",
    "api_provider": "databricks",
}
PERSON = {"end_user": "None", "user": "ada"}
ANSWERED = {"model_id": "d-1", "api_provider": "databricks"}
MODEL = {"model": "databricks-claude-sonnet-4-5"}
USED = {**PERSON, **WHO, **ANSWERED, **MODEL, "user_email": "None", "requested_model": "claude"}
LASTED = {**PERSON, **WHO, **ANSWERED, **MODEL, "requested_model": "claude", "model_group": "claude"}
TRIED = {**WHO, **PLACE, "model_group": "claude", "requested_model": "claude"}
ASKED = {
    **PERSON,
    **WHO,
    **ANSWERED,
    "user_email": "None",
    "requested_model": "claude",
    "route": "/chat/completions",
}


def samples(metrics, name):
    """The samples of that name: labels and value of each."""
    text = render(metrics.snapshot()).decode()
    found = [sample for family in read_prometheus(text) for sample in family.samples]
    return [(sample.labels, sample.value) for sample in found if sample.name == name]


def settled(*calls, **options):
    """Metrics that were told of these calls, each settled."""
    metrics = Metrics(**options)
    for each in calls:
        metrics.reserve(each)
        metrics.settle(each)
    return metrics


def released(*calls, **options):
    """Metrics that were told of these calls, each released."""
    metrics = Metrics(**options)
    for each in calls:
        metrics.reserve(each)
        metrics.release(each)
    return metrics


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("litellm_proxy_total_requests_metric_total", {**ASKED, "status_code": "200"}, 2),
        ("litellm_requests_metric_total", USED, 2),
        ("litellm_spend_metric_total", USED, 0.07),
        ("lakeway_dbu_total", USED, 1.0),
        ("litellm_total_tokens_metric_total", USED, 300),
        ("litellm_input_tokens_metric_total", USED, 200),
        ("litellm_output_tokens_metric_total", USED, 100),
        ("litellm_input_cached_tokens_metric_total", USED, 80),
        ("litellm_output_reasoning_tokens_metric_total", USED, 40),
        ("litellm_deployment_total_requests_total", TRIED, 2),
        ("litellm_deployment_success_responses_total", TRIED, 2),
        ("litellm_request_total_latency_metric_sum", LASTED, 3.0),
        ("litellm_request_total_latency_metric_count", LASTED, 2),
        ("litellm_llm_api_latency_metric_sum", LASTED, 2.4),
        ("litellm_overhead_latency_metric_sum", {**KEY, **PLACE, "model_group": "claude"}, 0.6),
    ],
)
def test_a_good_call(call, name, labels, value):
    """Two calls alike make one series of each metric, with LiteLLM's names and labels and no others."""
    ((found, counted),) = samples(settled(call(), call()), name)

    assert labels == found
    assert value == pytest.approx(counted)


def test_a_stream_is_timed_until_its_first_chunk(call):
    """The model is waited for before and after the first chunk; until then the rest is ours."""
    metrics = settled(call(stream=True, first=101.3))
    sums = {
        name: samples(metrics, f"litellm_{name}_metric_sum")[0][1]
        for name in ("llm_api_time_to_first_token", "llm_api_latency", "overhead_latency")
    }

    assert (
        pytest.approx(
            {
                "llm_api_time_to_first_token": 1.2,
                "llm_api_latency": 1.4,
                "overhead_latency": 0.1,
            }
        )
        == sums
    )


def test_whole_answers_have_no_first_token(call):
    """The metric of first tokens is about streams alone."""
    assert [] == samples(settled(call()), "litellm_llm_api_time_to_first_token_metric_count")


@pytest.mark.parametrize(
    ("seconds", "bound"),
    [(0.0, "0.005"), (0.005, "0.005"), (0.0051, "0.01"), (600.0, "600.0"), (601.0, "+Inf")],
)
def test_buckets_include_their_bound(call, seconds, bound):
    """The first bucket that counts a value is the one whose bound is not below it."""
    found = samples(
        settled(call(ended=100.0 + seconds, began=100.0)), "litellm_request_total_latency_metric_bucket"
    )
    reached = [labels["le"] for labels, count in found if count]

    assert bound == reached[0]
    assert len(found) == 18


def test_a_failed_call(call, deployment):
    """It counts as a request, a failed one, and a failure of its deployment; nothing was used."""
    error = RateLimitError("slow down", llm_provider="databricks", model="claude")
    failed = call(error=error, usage=None, cost=None, status=429)
    metrics = Metrics()
    metrics.reserve(failed)
    metrics.attempt_failed(failed, deployment(), error)
    metrics.release(failed)
    ((request, _),) = samples(metrics, "litellm_proxy_total_requests_metric_total")
    ((refusal, _),) = samples(metrics, "litellm_proxy_failed_requests_metric_total")
    ((failure, count),) = samples(metrics, "litellm_deployment_failure_responses_total")

    assert "429" == request["status_code"]
    assert ("429", "Databricks.RateLimitError") == (refusal["exception_status"], refusal["exception_class"])
    assert {**TRIED, "exception_status": "429", "exception_class": "Databricks.RateLimitError"} == failure
    assert 1 == count
    assert [] == samples(metrics, "litellm_deployment_success_responses_total")
    assert [] == samples(metrics, "litellm_spend_metric_total")
    assert [] == samples(metrics, "litellm_request_total_latency_metric_count")


def test_a_broken_stream_costs_and_fails(call):
    """A stream that breaks after its start has used tokens, and is no good answer."""
    error = StreamCutError("cut", llm_provider="databricks", status_code=502)
    metrics = settled(call(stream=True, first=101.0, error=error))

    assert "502" == samples(metrics, "litellm_proxy_total_requests_metric_total")[0][0]["status_code"]
    assert 1 == samples(metrics, "litellm_proxy_failed_requests_metric_total")[0][1]
    assert 0.035 == samples(metrics, "litellm_spend_metric_total")[0][1]


def test_a_client_that_left_is_nobodys_failure(call):
    """It counts as a request with nginx's status for it."""
    metrics = released(call(status=0, gone=True, usage=None, cost=None))

    assert "499" == samples(metrics, "litellm_proxy_total_requests_metric_total")[0][0]["status_code"]
    assert [] == samples(metrics, "litellm_proxy_failed_requests_metric_total")
    assert [] == samples(metrics, "litellm_deployment_total_requests_total")


def test_in_flight(call):
    """Calls are in flight from their reservation to their end, whatever it is."""
    metrics = Metrics()
    one, two, three = call(), call(), call(status=0, usage=None, cost=None)
    for each in (one, two, three):
        metrics.reserve(each)
    metrics.settle(one)
    metrics.release(three)

    assert [({}, 1)] == samples(metrics, "litellm_in_flight_requests")


def test_a_reservation_that_is_taken_back_is_no_request(call):
    """What another observer refused is counted by whoever answers it, not twice."""
    metrics = released(call(status=0, deployment=None, usage=None, cost=None))
    error = RateLimitError("too many")
    metrics.refused("/chat/completions", error, call().caller)
    ((labels, count),) = samples(metrics, "litellm_proxy_failed_requests_metric_total")

    assert ("team-a-key", "RateLimitError", 1) == (labels["api_key_alias"], labels["exception_class"], count)


def test_refused_requests():
    """Paths that are served go by their name, all others by one."""
    metrics = Metrics(routes={"/v1/chat/completions": "/chat/completions"})
    for path in ("/v1/chat/completions", "/chat/completions", "/wp-admin", "/.env"):
        metrics.refused(path, AuthenticationError("no key"))
    found = samples(metrics, "litellm_proxy_failed_requests_metric_total")
    statuses = samples(metrics, "litellm_proxy_total_requests_metric_total")

    assert {"/chat/completions": 2, "other": 2} == {labels["route"]: count for labels, count in found}
    assert ["401", "401"] == [labels["status_code"] for labels, _ in statuses]
    assert {"None"} == {labels["hashed_api_key"] for labels, _ in found}


@pytest.mark.parametrize(("error", "name"), [(None, "successful"), (ServiceUnavailableError("x"), "failed")])
def test_fallbacks(call, error, name):
    """A call that needed another group is counted by its outcome."""
    end = settled if error is None else released
    metrics = end(call(model="gpt", fallbacks=1, error=error, status=200 if error is None else 503))
    ((labels, count),) = samples(metrics, f"litellm_deployment_{name}_fallbacks_total")

    assert ("gpt", "claude", 1) == (labels["requested_model"], labels["fallback_model"], count)


def test_attempts_that_another_made_good(call, deployment):
    """A failed attempt counts against its own deployment, and the request is a good one."""
    asked = call()
    metrics = Metrics()
    metrics.reserve(asked)
    metrics.attempt_failed(asked, deployment(id="d-2"), ServiceUnavailableError("x"))
    metrics.settle(asked)
    ((failure, _),) = samples(metrics, "litellm_deployment_failure_responses_total")
    ((success, _),) = samples(metrics, "litellm_deployment_success_responses_total")
    total = samples(metrics, "litellm_deployment_total_requests_total")

    assert ("d-2", "503") == (failure["model_id"], failure["exception_status"])
    assert "d-1" == success["model_id"]
    assert {"d-1": 1, "d-2": 1} == {labels["model_id"]: count for labels, count in total}
    assert [] == samples(metrics, "litellm_proxy_failed_requests_metric_total")


@pytest.mark.parametrize(
    ("load", "state"),
    [
        (Load(), 0),
        (Load(in_a_row=1), 1),
        (Load(in_a_row=1, cooling_until=60.0), 2),
        (Load(cooling_until=40.0), 0),
    ],
)
def test_the_state_of_a_deployment(deployment, load, state):
    """0 is healthy, 1 failed last, 2 is cooling down; the clock decides when that is over."""
    metrics = Metrics(lambda: [deployment(load=load)], clock=lambda: 50.0)

    assert [(PLACE, state)] == samples(metrics, "litellm_deployment_state")


def test_limits_of_a_deployment(deployment):
    """Only those that the configuration states."""
    metrics = Metrics(lambda: [deployment(share=Share(tpm=1000))])

    assert [({**PLACE, "model_group": "claude"}, 1000)] == samples(metrics, "litellm_deployment_tpm_limit")
    assert [] == samples(metrics, "litellm_deployment_rpm_limit")


def test_cooldowns_are_counted(deployment):
    """With the status that brought them about."""
    metrics = Metrics()
    metrics.cooled_down(deployment(), 429)
    metrics.cooled_down(deployment(), 429)

    assert [({**PLACE, "exception_status": "429"}, 2)] == samples(
        metrics, "litellm_deployment_cooled_down_total"
    )


def test_a_key_that_gets_another_name(call):
    """After a reload the same key has other labels: what it counted before stays under the old ones."""
    before = call().caller
    after = msgspec.structs.replace(before, alias="renamed")
    metrics = settled(call(), call(caller=after), call(), call(caller=after))
    found = samples(metrics, "litellm_requests_metric_total")

    assert {"team-a-key": 2, "renamed": 2} == {labels["api_key_alias"]: count for labels, count in found}


@pytest.mark.parametrize("model", ["made-up-1", "x" * 100_000])
def test_names_that_clients_make_up_make_no_series(call, model):
    """A model that nobody serves goes by one name, however long its own is."""
    error = AuthenticationError("no such model")
    metrics = released(
        call(model=model, deployment=None, error=error, status=400),
        call(model="made-up-2", deployment=None, error=error, status=400),
    )
    ((labels, count),) = samples(metrics, "litellm_proxy_total_requests_metric_total")

    assert ("other", 2) == (labels["requested_model"], count)


def test_a_group_without_a_deployment_to_ask_keeps_its_name(call, deployment):
    """When all deployments of a group are cooling down, the group is still known."""
    error = ServiceUnavailableError("none left")
    metrics = released(call(deployment=None, error=error, status=429), deployments=lambda: [deployment()])

    assert "claude" == samples(metrics, "litellm_proxy_failed_requests_metric_total")[0][0]["requested_model"]


def test_wildcards_learn_names_from_good_answers_only(call, deployment):
    """Behind a wildcard, a name that no model answered to is the client's invention, wherever it shows."""
    wild = deployment("invented", group="databricks/*")
    error = ServiceUnavailableError("x")
    metrics = released(call(model="databricks/invented", deployment=wild, error=error, status=503))
    metrics.cooled_down(wild, 503)
    real = call(model="databricks/real", deployment=deployment("real", group="databricks/*"))
    metrics.reserve(real)
    metrics.settle(real)
    text = render(metrics.snapshot()).decode()

    assert "invented" not in text
    assert 'requested_model="databricks/real"' in text
    assert 'litellm_model_name="real"' in text


def test_names_behind_wildcards_are_limited(call, deployment):
    """A host that answers to every name cannot be used to make series without end."""
    calls = [
        call(model=f"databricks/m{n}", deployment=deployment(f"m{n}", group="databricks/*"), cost=None)
        for n in range(600)
    ]
    counts = settled(*calls).snapshot().counters["litellm_requests_metric"]

    assert 501 == len(counts)
    assert [100] == [count for labels, count in counts.items() if 'requested_model="other"' in labels]


def test_series_are_limited(call, caplog):
    """Beyond the limit calls count together, nothing is lost, and the log says so once."""
    callers = [Caller(key=f"{number:064x}", alias=f"k{number}") for number in range(30)]
    with caplog.at_level(logging.WARNING, "lakeway.gateway"):
        metrics = settled(*(call(caller=each) for each in callers * 2), most_series=10)
    found = samples(metrics, "litellm_spend_metric_total")

    assert 11 == len(found)
    assert 60 * 0.035 == pytest.approx(sum(value for _, value in found))
    assert 40 == samples(metrics, "lakeway_metrics_collapsed_total")[0][1]
    assert 1 == len(caplog.records)


def test_label_values_are_escaped(call):
    """Quotes, backslashes and line ends in names come back as they were."""
    alias = 'a "quoted" \\ back\nline'
    ((labels, _),) = samples(
        settled(call(caller=Caller(key="k", alias=alias))), "litellm_requests_metric_total"
    )

    assert alias == labels["api_key_alias"]


def test_calls_without_a_key(call):
    """A gateway that is open to its machine has nobody to name: LiteLLM's word for that is None."""
    ((labels, _),) = samples(settled(call(caller=ANYBODY)), "litellm_requests_metric_total")

    assert {"None"} == {labels[name] for name in ("hashed_api_key", "api_key_alias", "team", "user")}


def test_openmetrics(call, deployment):
    """The same samples in OpenMetrics, which a strict parser reads."""
    metrics = settled(call(), deployments=lambda: [deployment()])
    plain = render(metrics.snapshot()).decode()
    strict = render(metrics.snapshot(), "openmetrics").decode()

    def all_of(families):
        return [(s.name, s.labels, s.value) for family in families for s in family.samples]

    assert all_of(read_prometheus(plain)) == all_of(read_openmetrics(strict))
    assert strict.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("accept", "exposition"),
    [
        ("", "prometheus"),
        ("*/*", "prometheus"),
        ("text/plain;version=0.0.4;q=0.3", "prometheus"),
        ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3", "openmetrics"),
    ],
)
def test_negotiation(accept, exposition):
    """OpenMetrics is for those who ask for it."""
    assert exposition == negotiate(accept)


def test_usage_of_another_shape(call):
    """Counts that a host left out are none."""
    metrics = settled(call(usage={"prompt_tokens": 7}, cost=None))

    assert 7 == samples(metrics, "litellm_input_tokens_metric_total")[0][1]
    assert 0 == samples(metrics, "litellm_output_tokens_metric_total")[0][1]
