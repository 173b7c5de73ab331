"""How a call finds an answer: what each deployment says -> whom the router asks, how long it waits, what the
call comes to. Time and chance are arguments, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway import errors
from lakeway.auth import StaticToken
from lakeway.calls.pricing import Pricing
from lakeway.core.cooldown import CooldownPolicy
from lakeway.core.exchange import Target
from lakeway.core.http import ConnectFailed, HttpRequest
from lakeway.core.http import Timeout as Limits
from lakeway.core.load import Share
from lakeway.core.request import Leniency
from lakeway.core.retry import RetryPolicy
from lakeway.core.routing import LeastBusy, SimpleShuffle, Strategy
from lakeway.core.steps import Flow, Send, Sleep, send
from lakeway.errors import LakewayError
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.groups import Group
from lakeway.gateway.router import Router, Wish

START = 1000.0
OK = "ok"


def busy(retry_after: float | None = None) -> LakewayError:
    return errors.RateLimitError("busy", retry_after=retry_after)


def broken() -> LakewayError:
    return errors.InternalServerError("broken")


def down() -> LakewayError:
    return errors.ServiceUnavailableError("down")


def late() -> LakewayError:
    return errors.Timeout("late")


def locked() -> LakewayError:
    return errors.AuthenticationError("locked")


def forbidden() -> LakewayError:
    return errors.PermissionDeniedError("forbidden")


def missing() -> LakewayError:
    return errors.NotFoundError("missing")


def wrong() -> LakewayError:
    return errors.BadRequestError("wrong")


def too_long() -> LakewayError:
    return errors.ContextWindowExceededError("too long")


def refused() -> LakewayError:
    return errors.ContentPolicyViolationError("refused")


def unreachable() -> LakewayError:
    error = errors.APIConnectionError("unreachable")
    error.__cause__ = ConnectFailed("connection refused")
    return error


# An error each time anew: a call may put notes on it.
Result: TypeAlias = str | Callable[[], LakewayError]
# What a deployment answers, one after the other; the last answer stands for all that follow.
Script: TypeAlias = Sequence[Result | tuple[float, Result]]
# Whom it asked by id, and the seconds that it waited.
Trace: TypeAlias = list[str | float]


def deployment(identity: str, group: str = "g", **share: float) -> Deployment:
    return Deployment(
        id=identity,
        group=group,
        target=Target(provider="databricks", model="m", alias="databricks/m", credential=StaticToken("dapi")),
        limits=(Limits(), Limits()),
        control={},
        defaults=(),
        leniency=Leniency(),
        pricing=Pricing(dbu_usd=0.07),
        retries=0,
        share=Share(**share),  # type: ignore[arg-type]
    )


class World:
    """Deployments that answer as they are told, and a router before them. `a1` is the first of group a."""

    def __init__(
        self,
        scripts: dict[str, Script],
        *,
        strategy: Strategy | None = None,
        cooldowns: CooldownPolicy | None = None,
        policy: RetryPolicy | None = None,
        chance: Callable[[], float] = lambda: 0.0,
        shares: dict[str, dict[str, float]] | None = None,
    ) -> None:
        self.now = START
        self.scripts = {identity: list(script) for identity, script in scripts.items()}
        self.deployments = {
            identity: deployment(identity, identity[0], **(shares or {}).get(identity, {}))
            for identity in scripts
        }
        self.policy = RetryPolicy() if policy is None else policy
        self.told: list[tuple[str, str, float]] = []
        self.router = Router(
            clock=lambda: self.now,
            chance=chance,
            strategy=strategy or SimpleShuffle(),
            cooldowns=cooldowns or CooldownPolicy(),
            told=self._told,
        )

    def _told(self, _call: Call, failed: Deployment, error: LakewayError, cooled: float) -> None:
        self.told.append((failed.id, error.message, cooled))

    def group(self, name: str) -> Group:
        members = tuple(each for each in self.deployments.values() if each.group == name)
        return Group(name, members, self.policy)

    def call(self) -> Call:
        return Call(id="c", head=b"", endpoint="/chat/completions", caller=ANYBODY, began=self.now)

    def flow(
        self, call: Call, name: str = "a", after: str = "", timeout: float | None = None, **wish: Any
    ) -> Flow[str]:
        """`after` are the names of groups to fall back on, `timeout` the caller's own."""
        call.impatient = timeout is not None
        return self.router.carry(
            call,
            Wish(
                group=self.group(name),
                attempt=self._attempt,
                after=partial(self._after, after) if after else None,
                deadline=None if timeout is None else call.began + timeout,
                **wish,
            ),
        )

    def _after(self, names: str, name: str, _error: LakewayError) -> list[tuple[str, Group]]:
        """What follows the first group; nothing follows the others."""
        return [] if name else [(each, self.group(each)) for each in names]

    def _attempt(self, asked: Deployment, left: float | None) -> Flow[str]:
        answer: Any = yield from send(HttpRequest(method="POST", url=asked.id, timeout=Limits(total=left)))
        if isinstance(answer, LakewayError):
            raise answer
        return str(answer)

    def step(self, step: object) -> Any:
        """What comes of a step, and how late it is then."""
        if isinstance(step, Sleep):
            self.now += step.seconds
            return None
        assert isinstance(step, Send)
        seconds, result = self._next(step.request.url)
        total = step.request.timeout.total
        if total is not None and seconds >= total:
            seconds, result = total, late
        self.now += seconds
        return result if isinstance(result, str) else result()

    def _next(self, identity: str) -> tuple[float, Result]:
        script = self.scripts[identity]
        found = script.pop(0) if len(script) > 1 else script[0]
        return found if isinstance(found, tuple) else (0.0, found)

    def run(self, **wish: Any) -> tuple[Trace, str | LakewayError]:
        """The steps of a call, and what it came to; a good answer is whole at once."""
        call = self.call()
        trace, outcome = self.drive(self.flow(call, **wish))
        if not isinstance(outcome, LakewayError):
            self.router.ended(call)
        self.last = call
        return trace, outcome

    def drive(self, flow: Flow[str]) -> tuple[Trace, str | LakewayError]:
        trace: Trace = []
        answer: Any = None
        try:
            while True:
                step = flow.send(answer)
                trace.append(step.seconds if isinstance(step, Sleep) else step.request.url)  # type: ignore[union-attr]
                answer = self.step(step)
        except StopIteration as stop:
            return trace, stop.value
        except LakewayError as error:
            return trace, error


def comes_to(outcome: str | LakewayError) -> str:
    return outcome.message if isinstance(outcome, LakewayError) else outcome


def row(
    name: str,
    scripts: dict[str, Script],
    trace: Trace,
    outcome: str,
    policy: RetryPolicy | None = None,
    **wish: Any,
) -> Any:
    return pytest.param(scripts, policy, wish, trace, outcome, id=name)


ONE = [
    row("an answer", {"a1": [OK]}, ["a1"], OK),
    row("a fault", {"a1": [broken, OK]}, ["a1", 0.5, "a1"], OK),
    row("an overload", {"a1": [down, OK]}, ["a1", 0.5, "a1"], OK),
    row("two faults", {"a1": [broken, busy, OK]}, ["a1", 0.5, "a1", 1.0, "a1"], OK),
    row("three faults", {"a1": [down, down, busy]}, ["a1", 0.5, "a1", 1.0, "a1"], "busy"),
    row("a timeout", {"a1": [late, OK]}, ["a1", 0.5, "a1"], OK),
    row("a connection that cannot be made", {"a1": [unreachable, OK]}, ["a1", 0.5, "a1"], OK),
    row("Retry-After", {"a1": [lambda: busy(7), OK]}, ["a1", 7, "a1"], OK),
    row("Retry-After: 0", {"a1": [lambda: busy(0), OK]}, ["a1", 0.5, "a1"], OK),
    row("a Retry-After beyond patience", {"a1": [lambda: busy(61), OK]}, ["a1"], "busy"),
    row("a mistake", {"a1": [wrong, OK]}, ["a1"], "wrong"),
    row("a prompt that is too long", {"a1": [too_long, OK]}, ["a1"], "too long"),
    row("a wrong key", {"a1": [locked, OK]}, ["a1"], "locked"),
    row("a right that is missing", {"a1": [forbidden, OK]}, ["a1"], "forbidden"),
    row("an endpoint that is missing", {"a1": [missing, OK]}, ["a1"], "missing"),
    row("no retries", {"a1": [busy, OK]}, ["a1"], "busy", RetryPolicy(retries=0)),
    row(
        "many retries",
        {"a1": [busy]},
        ["a1", 0.5, "a1", 1.0, "a1", 2.0, "a1", 4.0, "a1", 8.0, "a1", 8.0, "a1"],
        "busy",
        RetryPolicy(retries=6),
    ),
    row("the client's retries", {"a1": [busy, busy]}, ["a1", 0.5, "a1"], "busy", retries=1),
    row("none, by the client's wish", {"a1": [busy, OK]}, ["a1"], "busy", retries=0),
    row(
        "a kind that is tried more often",
        {"a1": [busy, busy, busy, OK]},
        ["a1", 0.5, "a1", 1.0, "a1", 2.0, "a1"],
        OK,
        RetryPolicy(by_kind=((errors.RateLimitError, 3),)),
    ),
    row(
        "a kind that is never tried again",
        {"a1": [broken, busy, OK]},
        ["a1", 0.5, "a1"],
        "busy",
        RetryPolicy(by_kind=((errors.RateLimitError, 0),)),
    ),
    row(
        "a mistake that is tried again all the same",
        {"a1": [wrong, OK]},
        ["a1", 0.5, "a1"],
        OK,
        RetryPolicy(by_kind=((errors.BadRequestError, 1),)),
    ),
    row(
        "the client's number before that of a kind",
        {"a1": [busy, OK]},
        ["a1"],
        "busy",
        RetryPolicy(by_kind=((errors.RateLimitError, 5),)),
        retries=0,
    ),
]


@pytest.mark.parametrize(("scripts", "policy", "wish", "trace", "outcome"), ONE)
def test_one_deployment(
    scripts: dict[str, Script], policy: RetryPolicy, wish: dict[str, Any], trace: Trace, outcome: str
):
    """It is asked again after a while that doubles, or that it names itself, as long as that may help."""
    steps, found = World(scripts, policy=policy).run(**wish)

    assert (trace, outcome) == (steps, comes_to(found))


SEVERAL = [
    row("a fault", {"a1": [broken], "a2": [OK]}, ["a1", "a2"], OK),
    row("a limit", {"a1": [busy], "a2": [OK]}, ["a1", "a2"], OK),
    row("a limit with Retry-After", {"a1": [lambda: busy(30)], "a2": [OK]}, ["a1", "a2"], OK),
    row("a timeout", {"a1": [late], "a2": [OK]}, ["a1", "a2"], OK),
    row("a host that is gone", {"a1": [unreachable], "a2": [OK]}, ["a1", "a2"], OK),
    row("a key that has expired", {"a1": [locked], "a2": [OK]}, ["a1", "a2"], OK),
    row("a right that is missing", {"a1": [forbidden], "a2": [OK]}, ["a1", "a2"], OK),
    row("an endpoint that is missing", {"a1": [missing], "a2": [OK]}, ["a1", "a2"], OK),
    row("a mistake", {"a1": [wrong], "a2": [OK]}, ["a1"], "wrong"),
    row("three of them", {"a1": [busy], "a2": [down], "a3": [OK]}, ["a1", "a2", "a3"], OK),
    row("all fail", {"a1": [busy], "a2": [down], "a3": [broken]}, ["a1", "a2", "a3"], "broken"),
    row("all fail for good", {"a1": [locked], "a2": [missing]}, ["a1", "a2"], "missing"),
    row("both, and again", {"a1": [broken, OK], "a2": [broken]}, ["a1", "a2", 1.0, "a1"], OK),
    row("both, and a healthy one", {"a1": [busy], "a2": [broken, OK]}, ["a1", "a2", 1.0, "a2"], OK),
    row("no retries", {"a1": [busy], "a2": [OK]}, ["a1"], "busy", RetryPolicy(retries=0)),
    row("no retries, by the client's wish", {"a1": [locked], "a2": [OK]}, ["a1"], "locked", retries=0),
    row("one retry", {"a1": [busy], "a2": [busy], "a3": [OK]}, ["a1", "a2"], "busy", retries=1),
    row(
        "a kind that is not tried elsewhere",
        {"a1": [locked], "a2": [OK]},
        ["a1"],
        "locked",
        RetryPolicy(by_kind=((errors.AuthenticationError, 0),)),
    ),
    row(
        "a kind that is tried elsewhere",
        {"a1": [busy], "a2": [busy], "a3": [OK]},
        ["a1", "a2", "a3"],
        OK,
        RetryPolicy(retries=0, by_kind=((errors.RateLimitError, 2),)),
    ),
    row(
        "a mistake that is tried again",
        {"a1": [wrong], "a2": [OK]},
        ["a1", 0.5, "a2"],
        OK,
        RetryPolicy(by_kind=((errors.BadRequestError, 1),)),
    ),
]


@pytest.mark.parametrize(("scripts", "policy", "wish", "trace", "outcome"), SEVERAL)
def test_several_deployments(
    scripts: dict[str, Script], policy: RetryPolicy, wish: dict[str, Any], trace: Trace, outcome: str
):
    """Another one is asked at once, each before any is asked again; the error told is the last one's own."""
    steps, found = World(scripts, policy=policy).run(**wish)

    assert (trace, outcome) == (steps, comes_to(found))


def test_the_effort_is_told():
    """In the call, for the headers, and in the error, as the SDK has it."""
    world = World({"a1": [locked], "a2": [missing]})
    _, error = world.run()

    assert isinstance(error, LakewayError)
    assert (1, 0) == (world.last.retries, world.last.fallbacks)
    assert (1, 1) == (error.num_retries, error.max_retries)
    assert "a2" == (world.last.deployment and world.last.deployment.id)


LATE = [
    row("time for all", {"a1": [busy, OK]}, ["a1", 0.5, "a1"], OK, timeout=1.0),
    row("no time to wait", {"a1": [busy, OK]}, ["a1"], "busy", timeout=0.5),
    row("no time for Retry-After", {"a1": [lambda: busy(5), OK]}, ["a1"], "busy", timeout=5),
    row("no time for a second wait", {"a1": [busy]}, ["a1", 0.5, "a1"], "busy", timeout=1.4),
    row("an attempt is cut short", {"a1": [(9.0, OK)]}, ["a1"], "late", timeout=2.0),
    row("the second one is", {"a1": [(1.0, busy), (9.0, OK)]}, ["a1", 0.5, "a1"], "late", timeout=2.0),
    row("no time for another one", {"a1": [(2.0, OK)], "a2": [OK]}, ["a1"], "late", timeout=2.0),
    row("some time for another one", {"a1": [(1.0, busy)], "a2": [(0.9, OK)]}, ["a1", "a2"], OK, timeout=2),
    row("no time for a fallback", {"a1": [(2.0, OK)], "b1": [OK]}, ["a1"], "late", after="b", timeout=2),
    row("some time for a fallback", {"a1": [busy], "b1": [OK]}, ["a1", "b1"], OK, after="b", timeout=0.4),
]


@pytest.mark.parametrize(("scripts", "policy", "wish", "trace", "outcome"), LATE)
def test_a_deadline(
    scripts: dict[str, Script], policy: RetryPolicy, wish: dict[str, Any], trace: Trace, outcome: str
):
    """No attempt and no wait goes beyond it."""
    world = World(scripts, policy=policy)
    steps, found = world.run(**wish)

    assert (trace, outcome) == (steps, comes_to(found))
    assert world.now <= START + wish["timeout"]


def test_a_call_that_waited_too_long_for_its_turn():
    """Its deadline has passed before anybody was asked: no deployment is to blame, and none is named."""
    world = World({"a1": [OK], "b1": [OK]})
    call = world.call()
    flow = world.flow(call, after="b", timeout=1.0)
    world.now += 2.0
    trace, error = world.drive(flow)

    assert ([], "The deadline of the call has passed.") == (trace, comes_to(error))
    assert isinstance(error, errors.Timeout)
    assert (None, 0, []) == (call.deployment, call.fallbacks, world.told)
    assert [0, 0] == [each.load.requests for each in world.deployments.values()]


@pytest.mark.parametrize(
    ("script", "timeout", "cooled"),
    [
        pytest.param([(9.0, OK)], 2.0, False, id="the caller's own limit"),
        pytest.param([(1.99, late)], 2.0, False, id="the caller's own limit, by a clock that is slow"),
        pytest.param([(1.0, late)], 2.0, False, id="sooner, whichever limit it was"),
        pytest.param([(1.0, late)], None, True, id="the deployment's, without one of the caller"),
        pytest.param([(2.0, busy)], 3.0, True, id="an error in time"),
    ],
)
def test_the_callers_impatience_is_not_the_deployments_fault(
    script: Script, timeout: float | None, cooled: bool
):
    """A client with a short time limit must not take a deployment from all the others."""
    world = World({"a1": script, "a2": [OK]})
    world.run(timeout=timeout, retries=0)
    load = world.deployments["a1"].load

    assert cooled == (load.cooling_until > world.now)
    assert (0, int(cooled)) == (load.in_flight, load.failures)


FALLBACKS = [
    row("not needed", {"a1": [OK], "b1": [OK]}, ["a1"], OK, after="b"),
    row("at once where no retry would help", {"a1": [wrong], "b1": [OK]}, ["a1", "b1"], OK, after="b"),
    row("after the retries", {"a1": [busy], "b1": [OK]}, ["a1", 0.5, "a1", 1.0, "a1", "b1"], OK, after="b"),
    row("after the other deployments", {"a1": [missing], "a2": [locked], "b1": [OK]}, ["a1", "a2", "b1"], OK,
        after="b"),
    row("with retries of its own", {"a1": [wrong], "b1": [busy, OK]}, ["a1", "b1", 0.5, "b1"], OK, after="b"),
    row("with deployments of its own", {"a1": [wrong], "b1": [locked], "b2": [OK]}, ["a1", "b1", "b2"], OK,
        after="b"),
    row("the second one", {"a1": [wrong], "b1": [missing], "c1": [OK]}, ["a1", "b1", "c1"], OK, after="bc"),
    row("none helps", {"a1": [wrong], "b1": [missing], "c1": [locked]}, ["a1", "b1", "c1"], "wrong",
        after="bc"),
    row("the client's retries hold there", {"a1": [busy], "b1": [busy]}, ["a1", "b1"], "busy", after="b",
        retries=0),
]  # fmt: skip


@pytest.mark.parametrize(("scripts", "policy", "wish", "trace", "outcome"), FALLBACKS)
def test_fallbacks(
    scripts: dict[str, Script], policy: RetryPolicy, wish: dict[str, Any], trace: Trace, outcome: str
):
    """Other groups, once the first has no answer; when none has, the first group's error counts."""
    world = World(scripts, policy=policy)
    steps, found = world.run(**wish)

    assert (trace, outcome) == (steps, comes_to(found))
    assert len({str(each)[0] for each in trace if isinstance(each, str)}) - 1 == world.last.fallbacks


def test_failed_fallbacks_are_noted():
    """Whoever reads the first error learns what else went wrong."""
    _, error = World({"a1": [wrong], "b1": [missing], "c1": [locked]}).run(after="bc")

    assert isinstance(error, LakewayError)
    assert [
        "Fallback b failed too: NotFoundError: missing",
        "Fallback c failed too: AuthenticationError: locked",
    ] == error.__notes__


@pytest.mark.parametrize("kind", [busy, wrong, too_long, refused])
def test_fallbacks_depend_on_the_error(kind: Callable[[], LakewayError]):
    """They are asked for with the error that the first group failed with, its last one."""
    world = World({"a1": [broken, kind], "b1": [OK]}, policy=RetryPolicy(retries=1))
    asked: list[LakewayError] = []
    call = world.call()
    wish = Wish(
        group=world.group("a"),
        attempt=world._attempt,
        after=lambda _, error: asked.append(error) or [("b", world.group("b"))],  # type: ignore[func-returns-value]
    )

    assert (["a1", 0.5, "a1", "b1"], OK) == world.drive(world.router.carry(call, wish))
    assert [type(kind())] == [type(error) for error in asked]


@pytest.mark.parametrize(
    ("failure", "traces"),
    [
        (lambda: busy(30), [["a1", "a2"], ["a2"], ["a2"]]),
        (locked, [["a1", "a2"], ["a2"], ["a1", "a2"]]),
        (unreachable, [["a1", "a2"], ["a2"], ["a1", "a2"]]),
        (broken, [["a1", "a2"], ["a1", "a2"], ["a1", "a2"]]),
        (wrong, [["a1"], ["a1"], ["a1"]]),
    ],
)
def test_a_deployment_that_failed_is_left_alone(failure: Callable[[], LakewayError], traces: list[Trace]):
    """By the calls that follow, for a while: here one 4 s after the first, and one 4 s later."""
    world = World({"a1": [failure], "a2": [OK]})
    found = []
    for _ in traces:
        found.append(world.run()[0])
        world.now += 4.0

    assert traces == found


def test_when_all_are_left_alone_the_next_one_is_asked():
    """Its real error is told, and not a 429 of our own; and its answer is, if it has one."""
    world = World({"a1": [locked], "a2": [missing, missing, OK]})
    world.run()
    trace, error = world.run()
    assert (["a1", "a2"], "missing") == (trace, comes_to(error))

    assert (["a1", "a2"], OK) == world.run()


def test_the_only_deployment_is_never_left_alone():
    """There would be nobody to ask."""
    world = World({"a1": [locked, locked, OK]})

    assert [(["a1"], "locked"), (["a1"], "locked"), (["a1"], OK)] == [
        (trace, comes_to(outcome)) for trace, outcome in (world.run() for _ in range(3))
    ]


@pytest.mark.parametrize(("failure", "asked"), [(missing, "a1"), (forbidden, "a1"), (locked, "a2")])
def test_behind_a_wildcard_a_model_may_be_missing(failure: Callable[[], LakewayError], asked: str):
    """One that nobody knows takes none of the deployments from the others."""
    world = World({"a1": [failure], "a2": [failure, OK]})
    for identity in world.deployments:
        world.deployments[identity] = deployment(identity, "a*")
    call = world.call()
    wish = Wish(group=world.group("a*"), attempt=world._attempt)
    world.drive(world.router.carry(call, wish))
    world.deployments["a2"].load.cooling_until = 0.0

    trace, _ = world.drive(world.router.carry(world.call(), wish))

    assert asked == trace[0]


def test_every_failed_attempt_is_told():
    """With the seconds for which its deployment is left alone."""
    world = World({"a1": [lambda: busy(30)], "a2": [broken], "b1": [wrong]})
    world.run(after="b", retries=1)

    assert [("a1", "busy", 30.0), ("a2", "broken", 0.0), ("b1", "wrong", 0.0)] == world.told


def test_a_cooldown_of_the_rows_own():
    """`cooldown_time` of a row holds before the general one."""
    world = World({"a1": [locked], "a2": [OK]})
    world.deployments["a1"] = msgspec.structs.replace(world.deployments["a1"], cooldown_time=77.0)
    world.run()

    assert [("a1", "locked", 77.0)] == world.told


def test_the_strategy_chooses():
    """And it knows of calls under way, those whose answers still stream among them."""
    world = World({"a1": [OK], "a2": [OK]}, strategy=LeastBusy())
    streaming = world.call()

    assert ["a1"] == world.drive(world.flow(streaming))[0]
    assert [["a2"], ["a2"]] == [world.run()[0], world.run()[0]]
    world.router.ended(streaming)
    assert ["a1"] == world.run()[0]


def test_a_conversation_stays_where_it_is():
    """Whatever chance says."""
    luck = iter(range(10**6))
    world = World({"a1": [OK], "a2": [OK]}, chance=lambda: next(luck) * 0.37 % 1)
    homes = {
        prefix: {str(world.run(prefix=prefix)[0]) for _ in range(20)} for prefix in (b"a" * 16, b"c" * 16)
    }

    assert {1} == {len(home) for home in homes.values()}
    assert {"['a1']", "['a2']"} == {str(world.run()[0]) for _ in range(20)}


def impatient(call: Call) -> Call:
    call.impatient = True
    return call


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        pytest.param(lambda world, call: world.router.ended(call), (1, 0, 0.0), id="as it should"),
        pytest.param(lambda world, call: world.router.left(call), (0, 0, 0.0), id="its client left"),
        pytest.param(
            lambda world, call: world.router.failed(call, locked(), alone=False), (0, 1, 5.0), id="it broke"
        ),
        pytest.param(
            lambda world, call: world.router.failed(call, wrong(), alone=False), (0, 0, 0.0), id="a mistake"
        ),
        pytest.param(
            lambda world, call: world.router.failed(impatient(call), late(), alone=False),
            (0, 0, 0.0),
            id="the caller's patience",
        ),
    ],
)
def test_how_a_stream_ends(ends: Callable[[World, Call], None], expected: tuple[int, int, float]):
    """An attempt that succeeded is open until its answer is over; only then is it known how well it went."""
    world = World({"a1": [OK], "a2": [OK]})
    call = world.call()
    world.drive(world.flow(call))
    load = world.deployments["a1"].load
    assert (True, 1, 0) == (call.open, load.in_flight, load.successes)

    for _ in range(2):  # a second time it changes nothing
        ends(world, call)
        assert (False, 0) == (call.open, load.in_flight)
        assert expected == (load.successes, load.failures, max(0.0, load.cooling_until - world.now))


def test_what_an_answer_says_of_its_deployment():
    """Its pace, the time to its first chunk, and the tokens of this minute."""
    world = World({"a1": [(1.5, OK)], "a2": [OK]})
    call = world.call()
    world.drive(world.flow(call))
    call.first, call.usage = world.now, {"completion_tokens": 10, "total_tokens": 30}
    world.now += 0.5
    world.router.ended(call)
    load = world.deployments["a1"].load

    assert (30, [(world.now, 0.2)], [(world.now, 1.5)]) == (
        load.tokens,
        list(load.paces),
        list(load.first_tokens),
    )


RESULTS = st.tuples(
    st.floats(0, 3), st.sampled_from([OK, OK, busy, broken, late, locked, missing, wrong, unreachable])
)
SCRIPTS = st.dictionaries(
    st.sampled_from(["a1", "a2", "a3", "b1", "b2", "c1"]),
    st.lists(RESULTS, min_size=1, max_size=4),
    min_size=1,
)
ENDS = st.sampled_from(["ended", "left", "failed"])
# After how many steps the client leaves, if it does.
CALLS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 6)),
        ENDS,
        st.one_of(st.none(), st.floats(0.1, 5)),
        st.one_of(st.none(), st.integers(0, 4)),
    ),
    min_size=1,
    max_size=4,
)


@given(SCRIPTS, CALLS, st.floats(0, 1, exclude_max=True))
def test_nothing_is_left_over(
    scripts: dict[str, Script],
    calls: list[tuple[int | None, str, float | None, int | None]],
    chance: float,
):
    """However calls go and end, no deployment believes that one is still under way; deadlines hold; nobody
    is asked more often than he may be; and an error is one that a deployment gave."""
    scripts.setdefault("a1", [OK])
    world = World(scripts, chance=lambda: chance)
    after = "".join(name for name in "bc" if world.group(name).members)
    open_calls: list[tuple[Call, str]] = []
    for leaves, end, timeout, retries in calls:
        call, began = world.call(), world.now
        flow = world.flow(call, after=after, timeout=timeout, retries=retries)
        asked = _steps(world, flow, leaves)
        if call.open:
            open_calls.append((call, end))
        most = (retries if retries is not None else 2) + 1
        assert all(sum(each[0] == name for each in asked) <= most for name in "abc")
        assert timeout is None or world.now <= began + timeout + 1e-9
    in_flight = sum(each.load.in_flight for each in world.deployments.values())
    assert len(open_calls) == in_flight

    for call, end in open_calls:
        _end(world, call, end)

    assert {0} == {each.load.in_flight for each in world.deployments.values()}
    assert {error for _, error, _ in world.told} <= {
        "busy", "broken", "late", "locked", "missing", "wrong", "unreachable",
    }  # fmt: skip


def _steps(world: World, flow: Flow[str], leaves: int | None) -> list[str]:
    """Whom a call asked; after so many steps its client leaves, in the middle of the next one."""
    asked: list[str] = []
    answer: Any = None
    try:
        while leaves is None or leaves > 0:
            step = flow.send(answer)
            leaves = None if leaves is None else leaves - 1
            if isinstance(step, Send):
                asked.append(step.request.url)
            if leaves == 0:
                break
            answer = world.step(step)
    except (StopIteration, LakewayError):
        return asked
    flow.close()
    return asked


def _end(world: World, call: Call, end: str) -> None:
    if end == "failed":
        world.router.failed(call, broken(), alone=False)
    else:
        getattr(world.router, end)(call)
