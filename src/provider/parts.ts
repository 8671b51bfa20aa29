/** Sends the parts of one invalidation and gives what `send` answered for each, in order. */
export type SendParts<Part> = (
  nonce: string,
  parts: readonly Part[],
  send: (part: Part) => Promise<string>,
) => Promise<readonly string[]>;

/**
 * For vendors that know no reference of the caller's: remembers which parts of a call were accepted, so that a retry with the same nonce
 * goes on where the last attempt stopped, and one whose last answer came asks for nothing. `atOnce` parts are under way at a time; none is
 * started after one has failed.
 */
export function createParts<Part>(atOnce: number): SendParts<Part> {
  const accepted = new Map<string, (string | undefined)[]>();
  return async (nonce, parts, send) => {
    const answers = accepted.get(nonce) ?? parts.map(() => undefined);
    accepted.set(nonce, answers);
    const left = [...parts.entries()].filter(([index]) => answers[index] === undefined);
    let failure: { error: unknown } | undefined;
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined && failure === undefined; next = left.shift()) {
        const [index, part] = next;
        try {
          answers[index] = await send(part);
        } catch (error) {
          failure ??= { error };
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, work));
    if (failure !== undefined) throw failure.error;
    return answers.map((answer) => answer ?? '');
  };
}
