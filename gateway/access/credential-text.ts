/** What the timeline says of a credential. */
import type { Bilingual } from '../model/text.ts';
import type { TimelineEntry } from '../model/timeline.ts';
import type { CredentialView } from './credential.ts';

const WORDS = { 'credential-issued': ['发放凭据', 'issued'], 'credential-rotated': ['更换凭据', 'rotated'], 'credential-revoked': ['吊销凭据', 'revoked'] } as const;

export function credentialText(what: keyof typeof WORDS, { id, kind }: CredentialView): { readonly text: Bilingual; readonly detail: TimelineEntry['detail'] } {
  const [zh, en] = WORDS[what];
  return { text: { zh: `${zh}:${id}(${kind})`, en: `credential of ${id} (${kind}) ${en}` }, detail: { credential: id, kind } };
}
