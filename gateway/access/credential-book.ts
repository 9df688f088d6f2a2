/** The credentials of machines: issued, rotated, revoked, and checked at sign-in. Every change is durable before it counts. */
import type { Clock } from '../model/ports/clock.ts';
import type { Journal, StateRow } from '../model/ports/journal.ts';
import type { WallTime } from '../model/time.ts';
import { CREDENTIAL_PREFIX, describeCredential, type Credential, type CredentialView } from './credential.ts';
import { newSecret, SecretHash } from './secret.ts';

export type IssueOutcome =
  /** The secret is in this answer and nowhere else. */
  | { readonly type: 'issued'; readonly credential: CredentialView; readonly secret: string }
  | { readonly type: 'refused'; readonly because: string };
export type RevokeOutcome =
  | { readonly type: 'revoked'; readonly credential: CredentialView }
  | { readonly type: 'refused'; readonly because: string };
export interface CredentialBookOptions {
  readonly rows: readonly StateRow[];
  readonly key: Buffer;
  readonly journal: Pick<Journal, 'commit'>;
  readonly clock: Clock;
  /** A credential was rotated or revoked: whoever came in with it has to go. */
  readonly ended: (id: string) => void;
  /** For the timeline. */
  readonly noted: (what: 'credential-issued' | 'credential-rotated' | 'credential-revoked', credential: CredentialView) => void;
}

export class CredentialBook {
  readonly #options: CredentialBookOptions;
  readonly #hash: SecretHash;
  readonly #byId = new Map<string, Credential>();

  constructor(options: CredentialBookOptions) {
    this.#options = options;
    this.#hash = new SecretHash(options.key);
    for (const { key, json } of options.rows) {
      // Written by `#keep` below and by nothing else.
      if (json !== null && key.startsWith(CREDENTIAL_PREFIX)) this.#byId.set(key.slice(CREDENTIAL_PREFIX.length), JSON.parse(json) as Credential);
    }
  }

  list(): readonly CredentialView[] {
    return [...this.#byId.values()].map(view).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async issue(kind: string, id: string, devices: readonly string[], links: readonly string[]): Promise<IssueOutcome> {
    const described = describeCredential(kind, id, devices, links);
    if (described.type === 'wrong') return { type: 'refused', because: described.because };
    const before = this.#byId.get(id);
    if (before !== undefined && before.revokedAt === null) return { type: 'refused', because: `${id} has a credential already (${before.kind}); rotate it, or revoke it first` };
    return this.#store({ id, ...described, issuedAt: this.#now(), rotatedAt: null }, 'credential-issued');
  }

  /** A new secret; the old one, and every connection that used it, ends at once. */
  async rotate(id: string): Promise<IssueOutcome> {
    const before = this.#byId.get(id);
    if (before === undefined || before.revokedAt !== null) return { type: 'refused', because: `there is no credential ${JSON.stringify(id)}` };
    return this.#store({ ...before, rotatedAt: this.#now() }, 'credential-rotated');
  }

  async revoke(id: string): Promise<RevokeOutcome> {
    const before = this.#byId.get(id);
    if (before === undefined || before.revokedAt !== null) return { type: 'refused', because: `there is no credential ${JSON.stringify(id)}` };
    const revoked: Credential = { ...before, revokedAt: this.#now() };
    const failed = await this.#keep(revoked);
    if (failed !== null) return { type: 'refused', because: failed };
    this.#options.noted('credential-revoked', view(revoked));
    this.#options.ended(id);
    return { type: 'revoked', credential: view(revoked) };
  }

  /** The credential that this name and secret belong to; null for any other pair, whatever is wrong with it. */
  check(id: string, secret: string): CredentialView | null {
    const credential = this.#byId.get(id);
    // Hashed in any case, so that the time of the answer does not tell which names there are.
    const matches = this.#hash.matches(secret, credential?.hash ?? '');
    return credential !== undefined && matches && credential.revokedAt === null ? view(credential) : null;
  }
  /** For a client certificate that was checked already: its subject's common name. */
  named(id: string): CredentialView | null {
    const credential = this.#byId.get(id);
    return credential === undefined || credential.revokedAt !== null ? null : view(credential);
  }

  async #store(described: Omit<Credential, 'hash' | 'revokedAt'>, what: 'credential-issued' | 'credential-rotated'): Promise<IssueOutcome> {
    const secret = newSecret();
    const { id, kind, devices, links, issuedAt, rotatedAt } = described;
    const credential: Credential = { id, kind, devices, links, issuedAt, rotatedAt, revokedAt: null, hash: this.#hash.of(secret) };
    const failed = await this.#keep(credential);
    if (failed !== null) return { type: 'refused', because: failed };
    this.#options.noted(what, view(credential));
    this.#options.ended(id);
    return { type: 'issued', credential: view(credential), secret };
  }
  async #keep(credential: Credential): Promise<string | null> {
    const outcome = await this.#options.journal.commit({ state: [{ key: CREDENTIAL_PREFIX + credential.id, json: JSON.stringify(credential) }] });
    if (outcome.type === 'failed') return `it could not be stored: ${outcome.because}`;
    this.#byId.set(credential.id, credential);
    return null;
  }
  #now(): WallTime { return this.#options.clock.now().wall; }
}

const view = ({ id, kind, devices, links, issuedAt, rotatedAt, revokedAt }: Credential): CredentialView => ({ id, kind, devices, links, issuedAt, rotatedAt, revokedAt });
