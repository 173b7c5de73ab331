// Carries out one case for each line of standard input, and answers each with one line.
//
//     {"case": "stream", "address": "http://…", "key": "sk-…", "options": {…}, "given": {…}}
//     {"returned": …}  or  {"thrown": {"class": "RateLimitError", "status": 429, …}}
//
// `options` go to the client, `given` to the case. What is right and what is wrong, the tests in Python say.

import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import OpenAI from "openai";
import * as chat from "./cases/chat.js";
import * as failures from "./cases/failures.js";
import * as others from "./cases/others.js";
import * as tools from "./cases/tools.js";

const CASES = { ...chat, ...failures, ...others, ...tools };
const LIMIT = 20_000; // milliseconds; an answer that never comes would leave the tests waiting

async function carryOut({ case: name, address, key, options, given }) {
  const settings = { baseURL: `${address}/v1`, apiKey: key, maxRetries: 0, timeout: 15_000, ...options };
  return CASES[name](new OpenAI(settings), given, { address, key });
}

function described(error) {
  const { name, message, status, code, type, param, requestID } = error;
  const headers = error.headers && Object.fromEntries(error.headers);
  const openai = error instanceof OpenAI.OpenAIError;
  return { class: error.constructor.name, openai, name, message, status, code, type, param, requestID, headers };
}

async function late() {
  await pause(LIMIT, undefined, { ref: false });
  throw new Error(`The case has not ended within ${LIMIT} ms.`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await Promise.race([carryOut(JSON.parse(line)), late()]).then(
    (returned) => ({ returned }),
    (error) => ({ thrown: described(error) }),
  );
  console.log(JSON.stringify(answer));
}
