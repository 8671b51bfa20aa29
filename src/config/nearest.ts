import { distance } from 'fastest-levenshtein';

/** The known word that was probably meant; undefined when none is close. */
export function findNearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A third of the letters may be wrong, or two be swapped; more would suggest words that only share their length.
  let least = word.length < 4 ? Math.min(2, word.length) : Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps >= least) continue;
    least = steps;
    best = candidate;
  }
  return best;
}

/** `; did you mean …?`, or nothing when no known word is close. */
export function renderNearest(word: string, known: Iterable<string>): string {
  const nearest = findNearest(word, known);
  return nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
}
