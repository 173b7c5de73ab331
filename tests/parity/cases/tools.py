"""Tools as they are declared, chosen, and answered."""

from typing import Any

from parity.case import ADAPTIVE, ALWAYS, CLAUDE, GEMINI, GPT, LLAMA, Case, call, chat, completion

PARAMETERS = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
FUNCTION: dict[str, Any] = {"name": "f", "description": "d", "parameters": PARAMETERS}
TOOL: dict[str, Any] = {"type": "function", "function": FUNCTION}
FAMILIES = {"claude": CLAUDE, "llama": LLAMA, "gpt": GPT, "gemini": GEMINI}
REFERENCE = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/A"}},
    "$defs": {"A": {"type": "string"}},
}
DECLARED: dict[str, Any] = {
    "openai": TOOL,
    "strict": {**TOOL, "function": {**FUNCTION, "strict": True}},
    "no-parameters": {"type": "function", "function": {"name": "f"}},
    "$schema": {**TOOL, "function": {**FUNCTION, "parameters": {**PARAMETERS, "$schema": "http://s"}}},
    "$ref": {**TOOL, "function": {**FUNCTION, "parameters": REFERENCE}},
    "cache_control": {**TOOL, "cache_control": {"type": "ephemeral"}},
    "anthropic": {"name": "f", "description": "d", "input_schema": PARAMETERS},
}
CHOICES: dict[str, Any] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    "function": {"type": "function", "function": {"name": "f"}},
    "anthropic-auto": {"type": "auto"},
    "anthropic-any": {"type": "any"},
    "anthropic-tool": {"type": "tool", "name": "f"},
}
TURN = {"role": "assistant", "content": None, "tool_calls": [call(None), call(None, "g") | {"id": "call_1"}]}
RESULTS = [
    {"role": "tool", "tool_call_id": "call_1", "content": "one"},
    {"role": "tool", "tool_call_id": "call_0", "content": "nought"},
]
ASKED = [{"role": "user", "content": "go"}]


def _history(name: str, model: str, *turns: Any) -> Case:
    return completion(name, model, messages=[*ASKED, *turns], tools=[TOOL])


CASES: tuple[Case, ...] = (
    *(
        completion(f"declared-{form}-{family}", model, tools=[tool])
        for form, tool in DECLARED.items()
        for family, model in FAMILIES.items()
        if not (form == "anthropic" and family != "claude") and not (family == "gemini" and form != "openai")
    ),
    completion("declared-anthropic-llama", tools=[DECLARED["anthropic"]]),
    completion("declared-functions", functions=[FUNCTION], says="function"),
    completion("declared-not-a-tool", tools=["f"]),
    completion("declared-none-of-them", tools=[]),
    *(
        completion(f"choice-{form}-{family}", FAMILIES[family], tools=[TOOL], tool_choice=choice)
        for form, choice in CHOICES.items()
        for family in ("claude", "llama")
    ),
    completion("choice-unknown", tools=[TOOL], tool_choice={"type": "odd"}, says="tool choice"),
    completion("choice-without-tools", tool_choice="auto"),
    completion("choice-forced-adaptive", ADAPTIVE, tools=[TOOL], tool_choice="required"),
    completion(
        "choice-forced-always-thinks", ALWAYS, tools=[TOOL], tool_choice="required", says="tool_choice"
    ),
    completion("parallel_tool_calls-claude", CLAUDE, tools=[TOOL], parallel_tool_calls=True),
    *(_history(f"results-parallel-{family}", model, TURN, *RESULTS) for family, model in FAMILIES.items()),
    _history("results-incomplete-llama", LLAMA, TURN, RESULTS[0]),
    _history("results-one-llama", LLAMA, {**TURN, "tool_calls": [call(None)]}, RESULTS[1]),
    _history("results-text-beside-llama", LLAMA, {**TURN, "content": "let me see"}, *RESULTS),
    _history(
        "arguments-as-object",
        LLAMA,
        {"role": "assistant", "tool_calls": [call(None, arguments={"x": 1})]},  # type: ignore[arg-type]
        RESULTS[1],
    ),
    _history(
        "arguments-empty", CLAUDE, {"role": "assistant", "tool_calls": [call(None, arguments="")]}, RESULTS[1]
    ),
    _history(
        "tool_calls-cache_control",
        CLAUDE,
        {"role": "assistant", "tool_calls": [call(None, cache_control={"type": "ephemeral"})]},
        RESULTS[1],
    ),
    _history(
        "tool_calls-thoughtSignature",
        GEMINI,
        {"role": "assistant", "tool_calls": [call(None, thoughtSignature="sig")]},
        RESULTS[1],
    ),
    _history(
        "result-content-list-llama",
        LLAMA,
        {"role": "assistant", "tool_calls": [call(None)]},
        {**RESULTS[1], "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
    ),
    _history(
        "result-content-list-claude",
        CLAUDE,
        {"role": "assistant", "tool_calls": [call(None)]},
        {**RESULTS[1], "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
    ),
    _history(
        "result-named", LLAMA, {"role": "assistant", "tool_calls": [call(None)]}, {**RESULTS[1], "name": "f"}
    ),
    _history(
        "result-empty",
        CLAUDE,
        {"role": "assistant", "tool_calls": [call(None)]},
        {**RESULTS[1], "content": ""},
    ),
    completion(
        "function-role",
        messages=[
            *ASKED,
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
        ],
    ),
    completion("answer-one", CLAUDE, chat(None, finish="tool_calls", tool_calls=[call(None)]), tools=[TOOL]),
    completion(
        "answer-two",
        LLAMA,
        chat(None, finish="tool_calls", tool_calls=[call(None), call(None, "g") | {"id": "call_1"}]),
        tools=[TOOL],
    ),
    completion("answer-finish-stop", LLAMA, chat(None, tool_calls=[call(None)]), tools=[TOOL]),
    completion(
        "answer-with-text", CLAUDE, chat("so", finish="tool_calls", tool_calls=[call(None)]), tools=[TOOL]
    ),
    completion("answer-empty-list", LLAMA, chat("so", tool_calls=[]), tools=[TOOL]),
    completion(
        "answer-thoughtSignature",
        GEMINI,
        chat(None, finish="tool_calls", tool_calls=[call(None, thoughtSignature="sig")]),
        tools=[TOOL],
    ),
)
