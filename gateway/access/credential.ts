/** Who may sign in, and for what. Kept as one state row of the journal each; the secret itself is never kept. */
import { isId } from '../model/ids.ts';
import type { WallTime } from '../model/time.ts';

export const CREDENTIAL_KINDS = ['device', 'link-agent', 'edge', 'panel'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

export interface Credential {
  /** The user name, and the client id or its first part. */
  readonly id: string;
  readonly kind: CredentialKind;
  /** What it may publish for; empty for an edge means every known device, or link. A panel publishes for nobody. */
  readonly devices: readonly string[];
  readonly links: readonly string[];
  readonly hash: string;
  readonly issuedAt: WallTime;
  readonly rotatedAt: WallTime | null;
  readonly revokedAt: WallTime | null;
}
/** What may be shown of it. */
export type CredentialView = Omit<Credential, 'hash'>;

export const CREDENTIAL_PREFIX = 'credential/';

/** What somebody asks to be issued. Null where the words make no sense, else the credential without its secret. */
export function describeCredential(kind: string, id: string, devices: readonly string[], links: readonly string[]): { readonly type: 'described'; readonly kind: CredentialKind; readonly devices: readonly string[]; readonly links: readonly string[] } | { readonly type: 'wrong'; readonly because: string } {
  if (!(CREDENTIAL_KINDS as readonly string[]).includes(kind)) return { type: 'wrong', because: `kind is ${JSON.stringify(kind)}; expected one of ${CREDENTIAL_KINDS.join(', ')}` };
  const wrong = [id, ...devices, ...links].find((each) => !isId(each));
  if (wrong !== undefined) return { type: 'wrong', because: `id is ${JSON.stringify(wrong)}; letters, digits, . _ : -, at most 64, are expected` };
  switch (kind as CredentialKind) {
    case 'device': return { type: 'described', kind: 'device', devices: devices.length > 0 ? devices : [id], links: [] };
    case 'link-agent': return { type: 'described', kind: 'link-agent', devices: [], links: links.length > 0 ? links : [id] };
    case 'edge': return { type: 'described', kind: 'edge', devices, links };
    case 'panel': return { type: 'described', kind: 'panel', devices: [], links: [] };
  }
}
