"""The little the models know: capitals, sums, greetings, and what they were just told."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

CAPITALS = {
    "argentina": "Buenos Aires",
    "australia": "Canberra",
    "austria": "Vienna",
    "belgium": "Brussels",
    "brazil": "Brasília",
    "canada": "Ottawa",
    "china": "Beijing",
    "denmark": "Copenhagen",
    "egypt": "Cairo",
    "england": "London",
    "finland": "Helsinki",
    "france": "Paris",
    "germany": "Berlin",
    "greece": "Athens",
    "india": "New Delhi",
    "ireland": "Dublin",
    "italy": "Rome",
    "japan": "Tokyo",
    "kenya": "Nairobi",
    "mexico": "Mexico City",
    "the netherlands": "Amsterdam",
    "norway": "Oslo",
    "poland": "Warsaw",
    "portugal": "Lisbon",
    "spain": "Madrid",
    "sweden": "Stockholm",
    "switzerland": "Bern",
    "the united kingdom": "London",
    "the united states": "Washington, D.C.",
}
SKY = (
    "The sky is blue because air scatters the short, blue waves of sunlight far more than the long, red ones "
    "(Rayleigh scattering), so blue light reaches us from every direction."
)
DATABRICKS = (
    "Databricks is a data and AI platform built around the lakehouse; its Foundation Model APIs serve models "
    "such as Claude, GPT, Gemini and Llama."
)
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SUM = re.compile(r"(?<![\d.])\d[\d.]{0,30}(?:\s*[-+*/x×]\s*\d[\d.]{0,30}){1,20}")
_CAPITAL = re.compile(r"capital(?: city)? of ([a-z ]+)", re.IGNORECASE)
_REPEAT = re.compile(
    r"^\s*(?:say|reply with|repeat(?: after me)?|respond with|answer with)[:\s]+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"\bcount (?:from (\d+) )?(?:up )?to (\d+)", re.IGNORECASE)
_WORDS = re.compile(r"\b(\d+)[- ]words?\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\s*(?:hello|hi|hey|good (?:morning|evening|afternoon))\b(?!\s+world)", re.IGNORECASE
)
_THANKS = re.compile(r"\s*thank", re.IGNORECASE)
_EMPHASIS = re.compile(r"^(?:exactly|only|just)?[:\s]*", re.IGNORECASE)
_READ = 10_000
_LAKE = """lakes carry quiet water past tall reeds and the wind reads every ripple aloud"""
_FILLER = _LAKE.split()


def reply(question: str) -> str:
    """A short, sensible answer to `question`, by its beginning."""
    question = question[:_READ]
    for answer in (_repeated, _capital, _counted, _lengthy, _calculated, _known, _greeted):
        found = answer(question)
        if found:
            return found
    return _echo(question)


def is_small_talk(question: str) -> bool:
    """Whether nothing but a greeting or thanks was said, so that no tool is called for."""
    return len(question) < 60 and bool(_GREETING.match(question) or _THANKS.match(question))


def _repeated(question: str) -> str | None:
    found = _REPEAT.match(question)
    if not found:
        return None
    return _EMPHASIS.sub("", found[1].strip()).strip("\"'") or None


def _capital(question: str) -> str | None:
    found = _CAPITAL.search(question)
    if not found:
        return None
    asked = found[1].strip().lower()
    names = (asked, f"the {asked}", " ".join(asked.split()[:1]), " ".join(asked.split()[:3]))
    country = next((name for name in names if name in CAPITALS), None)
    if country is None:
        return None
    shown = " ".join(word if word == "the" else word.capitalize() for word in country.split())
    return f"The capital of {shown} is {CAPITALS[country].rstrip('.')}."


def _counted(question: str) -> str | None:
    found = _COUNT.search(question)
    if not found:
        return None
    first, last = int(found[1] or 1), int(found[2])
    return ", ".join(str(number) for number in range(first, min(last, first + 2000) + 1))


def _lengthy(question: str) -> str | None:
    found = _WORDS.search(question)
    if not found:
        return None
    count = min(int(found[1]), 20_000)
    return " ".join(_FILLER[index % len(_FILLER)] for index in range(count))


def _calculated(question: str) -> str | None:
    found = _SUM.search(question)
    if not found or re.fullmatch(r"\d+(-\d+)+", found[0]):
        return None
    expression = found[0].rstrip(".").replace("x", "*").replace("×", "*")
    try:
        value = float(_evaluate(ast.parse(expression, mode="eval").body))
    except (SyntaxError, ZeroDivisionError, OverflowError, ValueError):
        return None
    return f"{found[0].rstrip('.')} = {value:.12g}"


def _evaluate(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_evaluate(left), _evaluate(right))
    raise SyntaxError("not a sum")


def _known(question: str) -> str | None:
    lowered = question.lower()
    if "sky" in lowered and "blue" in lowered:
        return SKY
    if "what is databricks" in lowered:
        return DATABRICKS
    return None


def _greeted(question: str) -> str | None:
    if not _GREETING.match(question):
        return None
    well = " I'm doing well, thank you." if "how are you" in question.lower() else ""
    return f"Hello!{well} How can I help you today?"


def _echo(question: str) -> str:
    text = " ".join(question.split())
    if not text:
        return "There was nothing to answer."
    shown = text if len(text) <= 160 else text[:157] + "..."
    return f'You said: "{shown}" This is the emulator speaking, so take it as an echo, not as advice.'
