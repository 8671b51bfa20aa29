/** A node of the tree that the beginnings of some names make. */
export interface Branch {
  /** Index of the parent; -1 at the root. */
  parent: number;
  /** Of the parent's beginning; -1 at the root. */
  parentLength: number;
  /** Index of a name that begins so. */
  readonly first: number;
  /** How many characters all names here and below have in common. */
  readonly length: number;
  /** Whether one of the names is no longer than that. */
  readonly isName: boolean;
  /** Names here and below. */
  readonly count: number;
  readonly children: readonly number[];
}

interface Open {
  readonly first: number;
  readonly length: number;
  isName: boolean;
  count: number;
  readonly children: number[];
}

/**
 * The tree of common beginnings of sorted, distinct names, in postorder; its root is the empty beginning. `common` gives how many characters
 * two neighbours share; fewer than they really do makes a coarser tree.
 */
export function branch(names: readonly string[], common: (a: string, b: string) => number): Branch[] {
  const branches: Branch[] = [];
  const close = ({ first, length, isName, count, children }: Open): number => {
    for (const child of children) {
      const below = branches[child];
      if (below !== undefined) Object.assign(below, { parent: branches.length, parentLength: length });
    }
    return branches.push({ parent: -1, parentLength: -1, first, length, isName, count, children }) - 1;
  };
  const root: Open = { first: 0, length: 0, isName: false, count: 0, children: [] };
  const stack: Open[] = [root];
  const closeLongerThan = (length: number): void => {
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.length <= length) {
        stack.push(top);
        return;
      }
      const { first, count } = top;
      const below = stack.at(-1);
      const child = close(top);
      if (below === undefined || below.length < length) {
        stack.push({ first, length, isName: false, count, children: [child] });
      } else {
        below.children.push(child);
        below.count += count;
      }
    }
  };
  for (const [index, name] of names.entries()) {
    closeLongerThan(index === 0 ? 0 : common(names[index - 1] ?? '', name));
    if (name === '') Object.assign(root, { isName: true, count: 1 });
    else stack.push({ first: index, length: name.length, isName: true, count: 1, children: [] });
  }
  closeLongerThan(0);
  close(root);
  return branches;
}

/** Characters that two names have in common, up to where a prefix may end anywhere: never inside an escaped character. */
export function commonAnywhere(a: string, b: string): number {
  return beforeBrokenEscape(a, commonLength(a, b));
}

/** The same, where a prefix ends with a name or a slash. Names are sorted with `/` before everything else. */
export function commonSegments(a: string, b: string): number {
  const length = commonLength(a, b);
  const isEnd = (name: string): boolean => length === name.length || name[length] === '/';
  return isEnd(a) && isEnd(b) ? length : a.slice(0, length).lastIndexOf('/') + 1;
}

function commonLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

/** The end of the last whole character in the first `length` characters of percent-encoded UTF-8. */
function beforeBrokenEscape(name: string, length: number): number {
  let end = length;
  if (name[end - 1] === '%') end -= 1;
  else if (name[end - 2] === '%') end -= 2;
  for (let start = end - 3, bytes = 1; name[start] === '%'; start -= 3, bytes++) {
    const byte = Number.parseInt(name.slice(start + 1, start + 3), 16);
    // 10xxxxxx goes on, anything else begins a character of as many bytes as it says.
    if (byte >> 6 === 0b10) continue;
    const whole = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return bytes < whole ? start : end;
  }
  return end;
}
