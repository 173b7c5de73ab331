"""Token estimates: close enough to real tokenizers, and the same every time."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.tokens import _PIECE, WINDOW, estimate, estimate_messages

PROSE = (
    "The lake was calm that morning, and the small boat drifted slowly towards the northern shore. Nobody "
    "on board had slept; they had spent the whole night discussing whether the instruments could be trusted, "
    "and what they would report to the committee if the measurements turned out to be wrong after all."
)
CODE = '''
def read_lines(path, encoding="utf-8"):
    """Return the lines of a file without their endings."""
    with open(path, encoding=encoding) as stream:
        return [line.rstrip("\\n") for line in stream if not line.startswith("#")]

class LineCounter:
    def __init__(self, limit=100):
        self.limit = limit
        self._counts = {}

    def add(self, name, count=1):
        if name not in self._counts:
            self._counts[name] = 0
        self._counts[name] += min(count, self.limit)
'''
CHINESE = (
    "数据库管理员需要定期检查备份文件是否完整。"
    "如果发现错误，应该立即通知负责的工程师，并在系统日志中记录详细的信息。"
)
JAPANESE = (
    "このモデルは長い文章を読んで、質問に答えることができます。"
    "設定ファイルを変更したあとは、サーバーを再起動してください。"
)


@pytest.mark.parametrize(
    ("text", "cl100k", "o200k", "tolerance"),
    [
        pytest.param(PROSE, 57, 58, 0.10, id="English prose"),
        pytest.param(CODE, 124, 125, 0.16, id="Python"),
        pytest.param(CHINESE, 46, 31, 0.22, id="Chinese"),
        pytest.param(JAPANESE, 57, 37, 0.20, id="Japanese"),
    ],
)
def test_accuracy(text, cl100k, o200k, tolerance):
    """The estimate is within the documented distance of what OpenAI's tokenizers counted (tiktoken)."""
    assert estimate(text) == pytest.approx((cl100k + o200k) / 2, rel=tolerance)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" ", 1),
        ("hello", 1),
        ("Hello, world!", 4),
        ("getElementById", 4),
        ("snake_case_name", 3),
        ("1234567", 3),
        ("\n\n    return", 2),
        ("数据", 2),
        ("数据库管", 3),
        ("é", 1),
        ("\x00", 1),
    ],
)
def test_pieces(text, expected):
    """Text is cut at words, capitals, groups of three digits, indents and ideographs."""
    assert expected == estimate(text)


@given(st.text(), st.text())
def test_an_estimate_grows_with_the_text(first, second):
    """Every text counts for something, no more than its length, and joining never adds pieces."""
    assert bool(first) <= estimate(first) <= len(first)
    assert estimate(first + second) <= estimate(first) + estimate(second) + 1


def test_a_long_text_is_its_windows():
    """Between them one token may be cut in two, no more."""
    text = "A word, then 17 others.\n" * 20_000

    assert len(_PIECE.findall(text)) <= estimate(text) <= len(_PIECE.findall(text)) + len(text) // WINDOW


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 10_000}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"role": "user", "content": "hello"}, 4),
        ({"role": "user", "content": "hello", "name": "ann"}, 6),
        ({"role": "user", "content": None}, 3),
        ({"role": "user"}, 3),
        (
            {
                "role": "user",
                "content": [{"type": "text", "text": "hello"}, {"type": "text", "text": "world"}],
            },
            5,
        ),
        ({"role": "user", "content": [IMAGE]}, 3 + 765),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x", "detail": "low"}}]},
            3 + 85,
        ),
        (
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_abcdefghijk",
                        "type": "function",
                        "function": {"name": "add", "arguments": "{}"},
                    }
                ],
            },
            3 + 2,
        ),
        (
            {
                "role": "assistant",
                "content": "hello",
                "reasoning_content": "hmm",
                "thinking_blocks": [{"type": "thinking", "thinking": "hmm", "signature": "S" * 400}],
            },
            3 + 2,
        ),
        ({"role": "assistant", "content": "hello", "reasoning_content": "hmm"}, 3 + 2),
        (
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t", "name": "add", "input": {"number": 7}}],
            },
            3 + 1 + 5,
        ),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "seven"}]}, 4),
        (
            {
                "role": "assistant",
                "content": [
                    {
                        "type": "reasoning",
                        "summary": [{"type": "summary_text", "text": "hmm", "signature": "S"}],
                    },
                    {"type": "text", "text": "hello"},
                ],
            },
            5,
        ),
    ],
)
def test_messages(message, expected):
    """A message counts for what the model reads: no ids, no signatures, no picture's bytes."""
    before = copy.deepcopy(message)

    assert 3 + expected == estimate_messages([message])
    assert before == message


@pytest.mark.parametrize("kind", [None, 1, [], {}, [{}]])
def test_parts_of_no_known_type(kind):
    """Whatever stands where a type should, the text counts."""
    assert 3 + 4 == estimate_messages([{"role": "user", "content": [{"type": kind, "text": "hello"}]}])


def test_messages_and_tools_add_up():
    """The reply is primed once, each message is framed, and tool definitions count."""
    message = {"role": "user", "content": "hello"}
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}

    assert 3 == estimate_messages([])
    assert 3 + 2 * 4 == estimate_messages([message, message])
    assert estimate_messages([message], [tool]) > estimate_messages([message]) + 10
