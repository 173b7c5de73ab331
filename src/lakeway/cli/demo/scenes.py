"""The SDK's scenes: the calls of LiteLLM's Databricks page, and what that page says does not work.

A function whose name begins with `call_` is what a user would write: it is run, and its source is shown.
"""

from __future__ import annotations

import math
from typing import Any

from lakeway.cli.demo.stage import Stage
from lakeway.cli.demo.world import World
from lakeway.errors import BadRequestError


def call_first(chat: str) -> Any:
    from lakeway import completion

    return completion(
        model=chat,
        messages=[{"content": "Hello, how are you?", "role": "user"}],
    )


def first(stage: Stage, world: World) -> None:
    """The page's first call"""
    stage.say("The page asks databricks-dbrx-instruct, which is retired; this is a current model.")
    stage.code(call_first, chat=world.models.chat)
    response, seconds = stage.timed(lambda: call_first(world.models.chat))
    stage.line("answer", response.choices[0].message.content)
    stage.cost(world.models.chat, response.usage, seconds)


def call_with_parameters(chat: str) -> Any:
    from lakeway import completion

    return completion(
        model=chat,
        messages=[{"content": "Count to 40", "role": "user"}],
        max_tokens=20,
        temperature=0.5,
    )


def parameters(stage: Stage, world: World) -> None:
    """max_tokens and temperature"""
    stage.code(call_with_parameters, chat=world.models.chat)
    response, seconds = stage.timed(lambda: call_with_parameters(world.models.chat))
    choice = response.choices[0]
    stage.line("answer", choice.message.content)
    stage.line("ended by", choice.finish_reason)
    stage.cost(world.models.chat, response.usage, seconds)


def call_with_effort(claude: str) -> Any:
    from lakeway import completion

    return completion(
        model=claude,
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        reasoning_effort="low",
    )


def effort(stage: Stage, world: World) -> None:
    """reasoning_effort on Claude"""
    stage.code(call_with_effort, claude=world.models.claude)
    response, seconds = stage.timed(lambda: call_with_effort(world.models.claude))
    _show_thoughts(stage, response)
    stage.cost(world.models.claude, response.usage, seconds)


def call_with_thinking(claude: str) -> Any:
    from lakeway import completion

    return completion(
        model=claude,
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        thinking={"type": "enabled", "budget_tokens": 1024},
    )


def thinking(stage: Stage, world: World) -> None:
    """thinking, with its own budget"""
    stage.code(call_with_thinking, claude=world.models.claude)
    response, seconds = stage.timed(lambda: call_with_thinking(world.models.claude))
    _show_thoughts(stage, response)
    stage.line("signed", _short(response.choices[0].message.thinking_blocks[0]["signature"]))
    stage.cost(world.models.claude, response.usage, seconds)


def _show_thoughts(stage: Stage, response: Any) -> None:
    message = response.choices[0].message
    stage.line("thought", message.reasoning_content, "italic")
    stage.line("answer", message.content)


def call_streaming(claude: str) -> Any:
    from lakeway import completion

    return completion(
        model=claude,
        messages=[{"role": "user", "content": "Why is the sky blue?"}],
        reasoning_effort="low",
        stream=True,
    )


def streaming(stage: Stage, world: World) -> None:
    """A stream of thoughts and words"""
    stage.code(call_streaming, claude=world.models.claude)
    response, seconds = stage.timed(lambda: show_stream(stage, call_streaming(world.models.claude)))
    stage.cost(world.models.claude, response.usage, seconds)


def show_stream(stage: Stage, chunks: Any) -> Any:
    """Print a stream as it comes; answers the object that was iterated over."""
    part = None
    for chunk in chunks:
        for choice in chunk.choices:
            thought = getattr(choice.delta, "reasoning_content", None)
            label, text = ("thought", thought) if thought else ("answer", choice.delta.content)
            if not text:
                continue
            if part is None or part.label != label:
                if part is not None:
                    part.end()
                part = stage.live(label, "italic" if label == "thought" else "")
            part.write(text)
    if part is not None:
        part.end()
    return chunks


def question() -> Any:
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    city = {"city": {"type": "string"}}
    takes = {"type": "object", "properties": city, "required": ["city"]}
    function = {"name": "get_weather", "parameters": takes}
    get_weather = {"type": "function", "function": function}
    return messages, get_weather


def call_for_tool(claude: str, messages: Any, get_weather: Any) -> Any:
    from lakeway import completion

    return completion(
        model=claude,
        messages=messages,
        tools=[get_weather],
        thinking={"type": "enabled", "budget_tokens": 1024},
    )


def turn(messages: Any, response: Any) -> Any:
    message = response.choices[0].message
    messages.append(message)  # with its thinking, as it came
    for call in message.tool_calls:
        found = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}
        messages.append(found)


def tool_loop(stage: Stage, world: World) -> None:
    """Thinking goes back in a tool loop"""
    stage.say("The page lists this under known limitations. Here it works, streamed or not.")
    claude = world.models.claude
    messages, get_weather = question()
    stage.code(question)
    stage.code(call_for_tool, claude=claude)
    response, seconds = stage.timed(lambda: call_for_tool(claude, messages, get_weather))
    call = response.choices[0].message.tool_calls[0]
    stage.line("thought", response.choices[0].message.reasoning_content, "italic")
    stage.line("calls", f"{call.function.name}({call.function.arguments})")
    stage.cost(claude, response.usage, seconds)
    turn(messages, response)
    stage.code(turn)
    stage.say("\n  And the same call again, now that the tool has answered:")
    response, seconds = stage.timed(lambda: call_for_tool(claude, messages, get_weather))
    stage.line("answer", response.choices[0].message.content)
    stage.cost(claude, response.usage, seconds)
    stage.line("proof", _refusal(claude, messages, get_weather))


def _refusal(claude: str, messages: list[Any], get_weather: Any) -> str:
    """What the workspace says to the same turn with a forged thought: so it did check the real one."""
    forged = messages[1].model_copy(deep=True)
    for block in forged.thinking_blocks:
        block["thinking"] = "I was never thought."
    try:
        call_for_tool(claude, [messages[0], forged, *messages[2:]], get_weather)
    except BadRequestError as error:
        return f"with a forged thought the workspace refuses the turn: {error.message}"
    raise AssertionError("the workspace took a forged thought")


def call_embedding(embedding: str) -> Any:
    import lakeway

    return lakeway.embedding(
        model=embedding,
        input=[
            "good morning from litellm",
            "good morning from lakeway",
            "the invoice is overdue",
        ],
        instruction="Represent this sentence for searching relevant passages:",
    )


def embeddings(stage: Stage, world: World) -> None:
    """Embeddings with an instruction"""
    stage.code(call_embedding, embedding=world.models.embedding)
    response, seconds = stage.timed(lambda: call_embedding(world.models.embedding))
    show_vectors(stage, [row["embedding"] for row in response.data])
    stage.cost(world.models.embedding, response.usage, seconds)


def show_vectors(stage: Stage, vectors: list[list[float]]) -> None:
    first_vector, like, unlike = vectors
    stage.line("vectors", f"{len(vectors)} of {len(first_vector)} numbers")
    stage.line("cosine", f"{cosine(first_vector, like):.2f} to the greeting that is like it")
    stage.line("", f"{cosine(first_vector, unlike):.2f} to the invoice")


def cosine(one: list[float], other: list[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


def call_mistaken(chat: str) -> Any:
    from lakeway import completion

    return completion(
        model=chat,
        messages=[{"role": "user", "content": "Hello"}],
        seed=7,
    )


def mistake(stage: Stage, world: World) -> None:
    """An error says what is wrong"""
    stage.code(call_mistaken, chat=world.models.chat)
    try:
        call_mistaken(world.models.chat)
    except BadRequestError as error:
        stage.error("error", error)
        return
    raise AssertionError("a parameter that the model does not know went through")


def _short(signature: str) -> str:
    return f"{signature[:24]}... ({len(signature)} characters)"


ALL = (first, parameters, effort, thinking, streaming, tool_loop, embeddings, mistake)
