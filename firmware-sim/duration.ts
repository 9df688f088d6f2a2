const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
/** `5s`, `3min` to ms; throws with what is expected. */
export function milliseconds(text: unknown, where: string): number {
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|min|m|h|d)$/.exec(String(text)) ?? [];
  if (number === undefined || unit === undefined) throw new Error(`${where} is ${JSON.stringify(text)}; a duration such as 5s or 3min is expected`);
  return Number(number) * (UNIT_MS[unit] ?? 0);
}
