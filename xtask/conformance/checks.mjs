// Checks of a client against the emulator, told one a line in the Test Anything Protocol.

import { isDeepStrictEqual } from "node:util";
import { Mistral } from "@mistralai/mistralai";

export const URL = process.env.MISTRAL_BASE_URL;
export const RETIRED_URL = process.env.RETIRED_BASE_URL;

const VERSION = process.env.CLIENT_VERSION;

let failures = 0;

/** Whether the client is as young as this version. */
export function since(...numbers) {
  const own = VERSION.split(".").map(Number);
  const at = own.findIndex((number, at) => number !== numbers[at]);
  return at < 0 || own[at] > numbers[at];
}

export const client = (url = URL, options = {}) => new Mistral({ apiKey: "any", serverURL: url, ...options });

/** Runs one check; what it throws is what is wrong. */
export async function check(name, work) {
  try {
    const result = await work();
    console.log(`ok - ${name}`);
    return result;
  } catch (error) {
    failures += 1;
    console.log(`not ok - ${name} # ${String(error).replace(/\s+/g, " ").slice(0, 300)}`);
  }
}

export const finish = () => process.exit(failures ? 1 : 0);

export function same(seen, expected, what = "value") {
  if (!isDeepStrictEqual(seen, expected)) {
    throw new Error(`${what}: saw ${JSON.stringify(seen)}, expected ${JSON.stringify(expected)}`);
  }
}

/** Fails unless the client throws an error of this status. */
export async function refused(status, work) {
  let answer;
  try {
    answer = await work();
  } catch (error) {
    if (error.statusCode === undefined) throw error;
    return same(error.statusCode, status, "status");
  }
  throw new Error(`expected ${status}, was answered ${JSON.stringify(answer)}`);
}

/** Looks until the status is reached; another end is a failure. */
export async function until(status, look, seconds = 20) {
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const job = await look();
    if (job.status === status) return job;
    if (["SUCCESS", "FAILED", "FAILED_VALIDATION", "CANCELLED", "TIMEOUT_EXCEEDED"].includes(job.status) || Date.now() > deadline) {
      throw new Error(`the job is ${job.status}, expected ${status}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
