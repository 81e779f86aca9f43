/** Makes a switch that forgets a member a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${String(value)}`);
}
