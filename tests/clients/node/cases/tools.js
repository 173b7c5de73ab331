// Tools and reasoning: turns that go back to the model as the client received them.

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

function user(content) {
  return { role: "user", content };
}

function answered(calls) {
  return calls.map(({ id, function: { arguments: text } }) => {
    const content = `${JSON.parse(text).city}: 18 degrees`;
    return { role: "tool", tool_call_id: id, content };
  });
}

// Two turns: the model asks for tools, they answer, the model says what it makes of it.
async function loop(client, messages, asked, turnOf) {
  const turn = await turnOf(client, { messages, tools: [WEATHER], ...asked });
  const history = [...messages, turn, ...answered(turn.tool_calls)];
  const last = await turnOf(client, { messages: history, tools: [WEATHER], ...asked });
  return { turn, text: last.content };
}

async function wholeTurn(client, asked) {
  const reply = await client.chat.completions.create(asked);
  return reply.choices[0].message;
}

async function streamedTurn(client, asked) {
  const run = client.chat.completions.stream(asked);
  const thinking = { type: "thinking", thinking: "", signature: "" };
  run.on("chunk", ({ choices: [choice] }) => {
    for (const block of choice?.delta.thinking_blocks ?? []) {
      thinking.thinking += block.thinking ?? "";
      thinking.signature += block.signature ?? "";
    }
  });
  const message = await run.finalMessage();
  const { role, content, tool_calls } = message;
  const calls = tool_calls?.map(({ id, type, function: { name, arguments: text } }) => {
    return { id, type, function: { name, arguments: text } };
  });
  const turn = { role, content, ...(calls && { tool_calls: calls }) };
  return thinking.signature ? { ...turn, thinking_blocks: [thinking] } : turn;
}

export async function toolLoop(client, { stream, model = "llama", prompt, ...asked }) {
  return loop(client, [user(prompt)], { model, ...asked }, stream ? streamedTurn : wholeTurn);
}

// The client's own loop, which parses arguments, calls the functions and sends what they return.
export async function runTools(client, { prompt }) {
  const asked = [];
  const weather = {
    type: "function",
    function: {
      ...WEATHER.function,
      parse: JSON.parse,
      function: ({ city }) => {
        asked.push(city);
        return `${city}: 18 degrees`;
      },
    },
  };
  const run = client.chat.completions.runTools({ model: "llama", messages: [user(prompt)], tools: [weather] });
  return { text: await run.finalContent(), asked };
}
