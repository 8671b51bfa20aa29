import type { Body } from '../model.ts';
import { type ByteBudget, takeRoom } from './budget.ts';
import type { Call } from './contract.ts';

/** One part of an upload: takes its number, from 1 on, and answers what the store calls it. */
export type Part<T> = (number: number, call: Call) => Promise<T>;

/**
 * Sends parts, `atOnce` at the same time, and gives their answers in order. Waits for every part that was begun, also after a failure:
 * one that arrives after an abort would stay and be paid for.
 */
export async function sendParts<T>(parts: AsyncIterable<Part<T>>, call: Call, atOnce: number): Promise<T[]> {
  const failed = new AbortController();
  const partCall = { ...call, signal: AbortSignal.any([call.signal, failed.signal]) };
  const answers: T[] = [];
  const running = new Set<Promise<void>>();
  let number = 0;
  try {
    for await (const part of parts) {
      const at = number++;
      const run: Promise<void> = part(number, partCall)
        .then((answer) => {
          answers[at] = answer;
        })
        .catch((error: unknown) => failed.abort(error))
        .finally(() => running.delete(run));
      running.add(run);
      if (running.size >= atOnce) await Promise.race(running);
      partCall.signal.throwIfAborted();
    }
  } catch (error) {
    failed.abort(error);
    throw error;
  } finally {
    await Promise.all(running);
  }
  partCall.signal.throwIfAborted();
  return answers;
}

/**
 * A part that fails is sent again by itself: its number makes that harmless, and a large body would hardly get through a poor network in one
 * piece. Without a wrapper around the origin there is one attempt.
 */
export function retried<T>({ again }: Call, attempt: () => Promise<T>): Promise<T> {
  return again ? again(attempt) : attempt();
}

/** The parts of a body. Room in the budget is taken before bytes are read, so that a part that waits for it holds none. */
export async function* partsOf<T>(
  body: Body,
  partBytes: number,
  { budget, call }: { readonly budget: ByteBudget; readonly call: Call },
  upload: (bytes: Buffer, number: number, call: Call) => Promise<T>,
): AsyncIterable<Part<T>> {
  let room = await takeRoom(budget, partBytes, call);
  try {
    for await (const bytes of body.chunks(partBytes)) {
      const giveBack = room;
      room = () => undefined;
      yield async (number, partCall) => {
        const sent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const answer = await retried(partCall, () => upload(sent, number, partCall)).finally(giveBack);
        partCall.onBytes?.(bytes.byteLength);
        return answer;
      };
      room = await takeRoom(budget, partBytes, call);
    }
  } finally {
    room();
  }
}
