/** Whether a value is an object with keys, and no list or instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Configuration modules may run in a realm of their own, whose Object is another one.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
