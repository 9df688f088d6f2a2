/** Who an MQTT client is: by a checked certificate, by name and secret, or - from this machine, where that is allowed - without either. */
import { ANYBODY_HERE, principalOf, type MqttAccess, type SignInAttempt } from './mqtt-principal.ts';
import type { CredentialBook } from './credential-book.ts';

export function mqttAccess(book: Pick<CredentialBook, 'check' | 'named'>, anonymousLoopback: boolean): MqttAccess {
  return {
    signIn: ({ username, password, loopback, certificateName }: SignInAttempt) => {
      // Whoever shows a name is held to it: a wrong secret is never the same as none.
      const credential = username !== null ? book.check(username, password ?? '') : certificateName !== null ? book.named(certificateName) : null;
      if (credential !== null) return principalOf(credential);
      return username === null && certificateName === null && loopback && anonymousLoopback ? ANYBODY_HERE : null;
    },
  };
}
