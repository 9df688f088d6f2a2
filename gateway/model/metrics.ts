/** The one table of known metrics: their unit. A metric that is not here is kept as well; its unit is its suffix. */
export const METRIC_NAME: RegExp = /^[a-z][a-z0-9_]{0,63}$/;
export const MAX_METRICS = 64;
export const MAX_SAMPLES = 500;

const UNIT_BY_SUFFIX: readonly (readonly [string, string])[] = [
  ['_dbm', 'dBm'], ['_db', 'dB'], ['_mm', 'mm'], ['_mps', 'm/s'], ['_m3s', 'm³/s'], ['_m3', 'm³'], ['_m', 'm'], ['_c', '°C'], ['_pct', '%'],
  ['_hz', 'Hz'], ['_ms', 'ms'], ['_s', 's'], ['_kw', 'kW'], ['_w', 'W'], ['_v', 'V'], ['_a', 'A'], ['_min', 'min'], ['_l', 'L'], ['_kpa', 'kPa'], ['_rpm', 'rpm'], ['_bytes', 'B'],
];

/** Unit to show behind a value; empty for a bare count or ratio. */
export function unitOf(metric: string): string {
  for (const [suffix, unit] of UNIT_BY_SUFFIX) if (metric.endsWith(suffix)) return unit;
  return '';
}
