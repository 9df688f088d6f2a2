/** What `lianqin credentials` asks for, answered by the running gateway or, where none runs, by the data folder itself. */
import { CredentialBook, type IssueOutcome, type RevokeOutcome } from '../access/credential-book.ts';
import type { CredentialView } from '../access/credential.ts';
import { readOrMakeKey } from '../access/secret.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Log } from '../model/ports/log.ts';
import { openJournal } from '../store/journal.ts';
import type { JournalLimits } from '../store/journal-calls.ts';
import { credentialText } from '../access/credential-text.ts';

export const CREDENTIAL_ACTIONS = ['issue', 'rotate', 'revoke', 'list'] as const;
export interface CredentialRequest {
  readonly action: (typeof CREDENTIAL_ACTIONS)[number];
  readonly kind: string;
  readonly id: string;
  readonly devices: readonly string[];
  readonly links: readonly string[];
}
export type CredentialReply = IssueOutcome | RevokeOutcome | { readonly type: 'listed'; readonly credentials: readonly CredentialView[] };
/** Bytes that anything on the socket may have written; null where they make no request. */
export function parseCredentialRequest(value: Readonly<Record<string, unknown>>): CredentialRequest | null {
  const action = CREDENTIAL_ACTIONS.find((each) => each === value['action']);
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  const list = (name: string): string[] => (Array.isArray(value[name]) ? value[name].filter((each): each is string => typeof each === 'string') : []);
  return action === undefined ? null : { action, kind: text('kind'), id: text('id'), devices: list('devices'), links: list('links') };
}

export async function answerCredentialRequest(book: CredentialBook, { action, kind, id, devices, links }: CredentialRequest): Promise<CredentialReply> {
  switch (action) {
    case 'issue': return book.issue(kind, id, devices, links);
    case 'rotate': return book.rotate(id);
    case 'revoke': return book.revoke(id);
    case 'list': return { type: 'listed', credentials: book.list() };
  }
}

/** With no gateway running: opens the folder under its lock, which fails where one does run. */
export async function answerFromFolder(dataDir: string, request: CredentialRequest, limits: JournalLimits, clock: Clock, log: Log): Promise<CredentialReply> {
  const opened = await openJournal({ dataDir, log, now: clock.now().wall, ...limits });
  if (opened.type !== 'opened') return { type: 'refused', because: opened.type === 'locked' ? `a gateway has the data folder ${dataDir} and does not answer` : opened.because };
  await using journal = opened.journal;
  let seq = (await journal.status()).timelineSeq;
  const notes: Promise<unknown>[] = [];
  const book = new CredentialBook({
    rows: await journal.loadState(), key: readOrMakeKey(dataDir), journal, clock, ended: () => undefined,
    noted: (what, credential) => {
      seq += 1;
      const { text, detail } = credentialText(what, credential);
      notes.push(journal.commit({ timeline: [{ seq, at: clock.now().wall, type: what, alert: null, by: 'command-line', text, detail }] }));
    },
  });
  const reply = await answerCredentialRequest(book, request);
  await Promise.all(notes);
  return reply;
}
