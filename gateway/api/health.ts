/** Whether the parts that the gateway cannot do without are usable: journal, broker, history. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** One sentence; null while it is well. */
  readonly because: string | null;
}
export interface HealthReport { readonly checks: readonly HealthCheck[] }
