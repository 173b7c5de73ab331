// Chat completions, whole and streamed.

const FRANCE = [{ role: "user", content: "What is the capital of France?" }];
const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const FORM = { type: "json_schema", json_schema: { name: "answer", schema: SCHEMA } };

export async function complete(client, given) {
  return client.chat.completions.create({ model: "llama", messages: FRANCE, ...given });
}

export async function stream(client, given) {
  const events = await client.chat.completions.create({ model: "llama", messages: FRANCE, stream: true, ...given });
  const chunks = [];
  for await (const chunk of events) chunks.push(chunk);
  return chunks;
}

export async function streamHelper(client) {
  const deltas = [];
  const run = client.chat.completions.stream({ model: "llama", messages: FRANCE });
  run.on("content", (delta) => deltas.push(delta));
  const final = await run.finalChatCompletion();
  return { deltas, final };
}

export async function structured(client, given) {
  const run = { model: "claude", messages: FRANCE, response_format: FORM };
  if (given.stream) return client.chat.completions.stream(run).finalContent().then(JSON.parse);
  const reply = await client.chat.completions.create(run);
  return JSON.parse(reply.choices[0].message.content);
}

export async function together(client, { countries }) {
  const answer = async (country) => {
    const messages = [{ role: "user", content: `What is the capital of ${country}?` }];
    const reply = await complete(client, { messages });
    return reply.choices[0].message.content;
  };
  return Promise.all(countries.map(answer));
}

export async function withResponse(client) {
  const { data, response } = await client.chat.completions
    .create({ model: "llama", messages: FRANCE }, { headers: { "x-litellm-call-id": "call-of-mine" } })
    .withResponse();
  return { model: data.model, status: response.status, headers: Object.fromEntries(response.headers) };
}

export async function streamWithResponse(client) {
  const { data, response } = await client.chat.completions
    .create({ model: "llama", messages: FRANCE, stream: true })
    .withResponse();
  let chunks = 0;
  for await (const _ of data) chunks += 1;
  return { chunks, headers: Object.fromEntries(response.headers) };
}
