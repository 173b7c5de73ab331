// What fails, or is given up.

const FRANCE = [{ role: "user", content: "What is the capital of France?" }];

// The chunks before the failure, and the failure as whoever reads the stream meets it.
export async function streamUntilFailure(client) {
  let text = "";
  try {
    const events = await client.chat.completions.create({ model: "llama", messages: FRANCE, stream: true });
    for await (const chunk of events) text += chunk.choices[0].delta.content ?? "";
  } catch (error) {
    return { text, class: error.constructor.name, message: error.message, code: error.code, type: error.type };
  }
  return { text };
}

export async function abort(client, { after }) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), after);
  return client.chat.completions.create({ model: "llama", messages: FRANCE }, { signal: controller.signal });
}

// The first chunk is read, the rest is not wanted.
export async function abortStream(client) {
  const events = await client.chat.completions.create({ model: "llama", messages: FRANCE, stream: true });
  for await (const _ of events) {
    events.controller.abort();
    return events.controller.signal.aborted;
  }
}
