"""Which failure cools a deployment, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway import errors
from lakeway.core.cooldown import KINDS, CooldownPolicy, blames, kind_of
from lakeway.core.http import ConnectFailed, Disconnected, TransportError
from lakeway.core.load import TIMED_OUT, Load
from lakeway.errors import LakewayError

NOW = 100.0


def unreachable(cause: TransportError) -> LakewayError:
    """An error as a flow raises it, from what the transport said."""
    error = errors.APIConnectionError(cause.message)
    error.__cause__ = cause
    return error


REFUSED = unreachable(ConnectFailed("cannot connect: Connection refused"))
LOST = unreachable(Disconnected("the server closed the connection", sent=True))


def after(
    *failures: LakewayError, successes: int = 0, policy: CooldownPolicy | None = None, **how: Any
) -> float:
    """The seconds of cooldown that the last of the failures brings."""
    load = Load()
    for _ in range(successes):
        load.begin(NOW)
        load.succeed(NOW, seconds=1.0)
    seconds = 0.0
    for failure in failures:
        load.begin(NOW)
        seconds = (policy or CooldownPolicy()).failed(load, failure, NOW, **how)
    return seconds


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(errors.RateLimitError("x"), 5.0, id="429"),
        pytest.param(errors.RateLimitError("x", retry_after=2.0), 5.0, id="429, a shorter Retry-After"),
        pytest.param(errors.RateLimitError("x", retry_after=20.0), 20.0, id="429, a longer Retry-After"),
        pytest.param(errors.RateLimitError("x", retry_after=3600.0), 60.0, id="429, an hour"),
        pytest.param(errors.AuthenticationError("x"), 5.0, id="401"),
        pytest.param(errors.PaymentRequiredError("x"), 5.0, id="402"),
        pytest.param(errors.PermissionDeniedError("x"), 5.0, id="403"),
        pytest.param(errors.NotFoundError("x"), 5.0, id="404"),
        pytest.param(errors.Timeout("x"), 5.0, id="408"),
        pytest.param(errors.Timeout("x", status_code=504), 0.0, id="504"),
        pytest.param(errors.InternalServerError("x"), 0.0, id="500"),
        pytest.param(errors.ServiceUnavailableError("x"), 0.0, id="503"),
        pytest.param(errors.ServiceUnavailableError("x", retry_after=30.0), 30.0, id="503 with Retry-After"),
        pytest.param(errors.ServiceUnavailableError("x", retry_after=0.0), 0.0, id="503, Retry-After: 0"),
        pytest.param(errors.StreamCutError("x"), 0.0, id="a stream cut once"),
        pytest.param(REFUSED, 5.0, id="connection refused"),
        pytest.param(LOST, 0.0, id="connection lost once"),
        pytest.param(errors.BadRequestError("x"), 0.0, id="400"),
        pytest.param(errors.BadRequestError("x", retry_after=9.0), 0.0, id="400 with Retry-After"),
    ],
)
def test_one_failure(error: LakewayError, expected: float) -> None:
    """What cools by itself."""
    assert expected == after(error)


@pytest.mark.parametrize(
    ("failures", "successes", "expected"),
    [
        pytest.param([errors.InternalServerError("x")] * 4, 0, 0.0, id="4 of 4: too few to tell"),
        pytest.param([errors.InternalServerError("x")] * 5, 0, 5.0, id="5 of 5"),
        pytest.param([errors.InternalServerError("x")] * 3, 2, 5.0, id="3 of 5"),
        pytest.param([errors.InternalServerError("x")] * 3, 3, 0.0, id="3 of 6: half is not more than half"),
        pytest.param([errors.BadRequestError("x")] * 9, 0, 0.0, id="clients' mistakes"),
        pytest.param(
            [*[errors.BadRequestError("x")] * 9, errors.InternalServerError("x")],
            4,
            0.0,
            id="clients' mistakes do not add up",
        ),
        pytest.param([LOST, LOST], 9, 5.0, id="lost twice in a row"),
        pytest.param([errors.StreamCutError("x")] * 2, 9, 5.0, id="cut twice in a row"),
        pytest.param([LOST, errors.BadRequestError("x"), LOST], 0, 5.0, id="lost, with a mistake between"),
    ],
)
def test_several_failures(failures: list[LakewayError], successes: int, expected: float) -> None:
    """What cools when it happens too often."""
    assert expected == after(*failures, successes=successes)


def test_a_success_between_breaks_the_row() -> None:
    """A connection that is lost now and then is no dead host."""
    load, policy = Load(), CooldownPolicy()
    for _ in range(3):
        load.begin(NOW)

        assert 0.0 == policy.failed(load, LOST, NOW)

        for _ in range(2):
            load.begin(NOW)
            load.succeed(NOW, seconds=1.0)


def test_the_minute_forgets() -> None:
    """Failures of the last minute do not count towards the share of this one."""
    load, policy = Load(), CooldownPolicy()
    for now in (NOW, NOW, NOW, NOW, NOW + 60):
        load.begin(now)

        assert 0.0 == policy.failed(load, errors.InternalServerError("x"), now)


def by_kind(**allowed: int) -> CooldownPolicy:
    return CooldownPolicy(allowed_fails_policy=allowed)


LIMITED, BROKEN = errors.RateLimitError("x"), errors.InternalServerError("x")


@pytest.mark.parametrize(
    ("policy", "failures", "expected"),
    [
        pytest.param(CooldownPolicy(allowed_fails=0), [BROKEN], 5.0, id="none allowed"),
        pytest.param(CooldownPolicy(allowed_fails=2), [LIMITED] * 2, 0.0, id="as many as allowed, even 429"),
        pytest.param(
            CooldownPolicy(allowed_fails=2), [LIMITED, BROKEN, BROKEN], 5.0, id="one more, of any kind"
        ),
        pytest.param(CooldownPolicy(allowed_fails=9), [BROKEN] * 9, 0.0, id="instead of the share"),
        pytest.param(by_kind(RateLimitErrorAllowedFails=1), [LIMITED], 0.0, id="kind: allowed"),
        pytest.param(by_kind(RateLimitErrorAllowedFails=1), [LIMITED] * 2, 5.0, id="kind: one more"),
        pytest.param(
            by_kind(RateLimitErrorAllowedFails=1), [BROKEN, BROKEN, LIMITED], 0.0, id="kind: by itself"
        ),
        pytest.param(
            by_kind(RateLimitErrorAllowedFails=1), [BROKEN] * 3, 0.0, id="other kinds: three allowed"
        ),
        pytest.param(by_kind(RateLimitErrorAllowedFails=1), [BROKEN] * 4, 5.0, id="other kinds: the fourth"),
        pytest.param(
            CooldownPolicy(allowed_fails=0, allowed_fails_policy={"RateLimitErrorAllowedFails": 9}),
            [LIMITED],
            0.0,
            id="kind before number",
        ),
        pytest.param(
            by_kind(BadRequestErrorAllowedFails=0), [errors.BadRequestError("x")], 0.0, id="never a mistake"
        ),
        pytest.param(
            CooldownPolicy(allowed_fails=0), [errors.BadRequestError("x")], 0.0, id="never a mistake, either"
        ),
        pytest.param(CooldownPolicy(disabled=True), [LIMITED], 0.0, id="disabled"),
        pytest.param(
            CooldownPolicy(cooldown_time=0), [errors.RateLimitError("x", retry_after=9.0)], 0.0, id="no time"
        ),
        pytest.param(CooldownPolicy(cooldown_time=90), [LIMITED], 90.0, id="own time, beyond the ceiling"),
    ],
)
def test_policy(policy: CooldownPolicy, failures: list[LakewayError], expected: float) -> None:
    """What a configuration says takes the rules' place."""
    assert expected == after(*failures, policy=policy)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        pytest.param({"alone": True}, 0.0, id="a group's only one"),
        pytest.param({"cooldown_time": 30.0}, 30.0, id="the deployment's own time"),
        pytest.param({"cooldown_time": 0.0}, 0.0, id="the deployment's own: never"),
    ],
)
def test_deployment(how: dict[str, Any], expected: float) -> None:
    """The group and the row have a say."""
    assert expected == after(LIMITED, **how)


def test_the_load_is_told() -> None:
    """A failure is counted once, under its kind, and the cooldown begins."""
    load = Load()
    load.begin(NOW)
    CooldownPolicy().failed(load, LIMITED, NOW)

    assert (0, 1, {"RateLimitErrorAllowedFails": 1}) == (load.in_flight, load.failures, load.by_kind)
    assert NOW + 5.0 == load.cooling_until


def test_a_time_out_is_held_against_its_speed() -> None:
    """Whoever routes by latency hears of it."""
    load = Load()
    load.begin(NOW)
    CooldownPolicy().failed(load, errors.Timeout("x"), NOW)

    assert TIMED_OUT == load.latency(NOW, ttl=1, stream=False)


@pytest.mark.parametrize("alone", [True, False])
def test_a_mistake_leaves_no_trace(alone: bool) -> None:
    """A request that was refused for what it says has ended, and that is all."""
    load = Load()
    load.begin(NOW)
    CooldownPolicy().failed(load, errors.ContextWindowExceededError("x"), NOW, alone=alone)

    assert (0, 0, 0, 0.0) == (load.in_flight, load.failures, load.in_a_row, load.cooling_until)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.BadRequestError("x"), False),
        (errors.BadRequestError("x", status_code=413), False),
        (errors.UnprocessableEntityError("x"), False),
        (errors.ContentPolicyViolationError("x"), False),
        (errors.ContextWindowExceededError("x"), False),
        (errors.UnsupportedParamsError("x"), False),
        (errors.JSONSchemaValidationError(None, None, "{}", "{}"), False),
        (errors.BudgetExceededError(1.0, 1.0), False),
        (errors.RouterRateLimitError("x"), False),
        (errors.PaymentRequiredError("x"), True),
        (errors.APIResponseValidationError("x"), True),
        (errors.APIError(529, "x"), True),
        (errors.Timeout("x"), True),
        (REFUSED, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, LakewayError) else str(value),
)
def test_blame(error: LakewayError, expected: bool) -> None:
    """Whose fault it was."""
    assert expected is blames(error)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.ContentPolicyViolationError("x"), "ContentPolicyViolationErrorAllowedFails"),
        (errors.ContextWindowExceededError("x"), "BadRequestErrorAllowedFails"),
        (errors.BadGatewayError("x"), "BadGatewayErrorAllowedFails"),
        (errors.MidStreamFallbackError("x"), "ServiceUnavailableErrorAllowedFails"),
        (errors.PermissionDeniedError("x"), ""),
        (REFUSED, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, LakewayError) else str(value),
)
def test_kind(error: LakewayError, expected: str) -> None:
    """The narrowest of LiteLLM's names."""
    assert expected == kind_of(error)


def test_every_name_of_litellm() -> None:
    """The nine fields of its AllowedFailsPolicy (1.109.1)."""
    kinds = "BadRequest Authentication Timeout RateLimit ContentPolicyViolation InternalServer "
    kinds += "ServiceUnavailable BadGateway NotFound"

    assert {f"{kind}ErrorAllowedFails" for kind in kinds.split()} == set(KINDS)
