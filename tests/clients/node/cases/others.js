// Embeddings, the list of models, old completions, and Azure's client.

import { AzureOpenAI } from "openai";

const FRANCE = [{ role: "user", content: "What is the capital of France?" }];
const TEXTS = ["good morning", "good evening"];

export async function embed(client, given) {
  return client.embeddings.create({ model: "bge", input: TEXTS, ...given });
}

export async function models(client) {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  return names;
}

export async function model(client, { name }) {
  return client.models.retrieve(name);
}

export async function oldCompletion(client, { stream }) {
  const asked = { model: "llama", prompt: FRANCE[0].content };
  if (!stream) return client.completions.create(asked);
  const chunks = [];
  for await (const chunk of await client.completions.create({ ...asked, stream: true })) chunks.push(chunk);
  return chunks;
}

function azureClient({ address, key }) {
  return new AzureOpenAI({ endpoint: address, apiKey: key, apiVersion: "2024-10-21", maxRetries: 0 });
}

export async function azure(_, { stream }, place) {
  const client = azureClient(place);
  const asked = { model: "llama", messages: FRANCE };
  if (!stream) return client.chat.completions.create(asked);
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) chunks.push(chunk);
  return chunks;
}

export async function azureEmbed(_, __, place) {
  return azureClient(place).embeddings.create({ model: "bge", input: TEXTS });
}
