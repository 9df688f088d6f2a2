/** Says in time that the TLS certificate runs out: on that day every device is locked out at once. */
import { X509Certificate } from 'node:crypto';
import type { Clock } from '../model/ports/clock.ts';
import type { Bilingual } from '../model/text.ts';
import { minutes, type Millis } from '../model/time.ts';

const LOOK_EVERY: Millis = minutes(60);
const DAY_MS = 86_400_000;
const WARN_DAYS = 21;

export interface CertificateWatchOptions {
  /** PEM of the certificate in force; null without a TLS listener. */
  readonly certificate: () => string | null;
  readonly clock: Clock;
  /** Null: it is good for long enough. */
  readonly expiring: (because: Bilingual | null) => void;
}

/** Looks at once, every hour, and when it is told that there is a new one; disposing ends it. */
export function watchCertificate({ certificate, clock, expiring }: CertificateWatchOptions): Disposable & { renewed(): void } {
  let said: string | null | undefined;
  let cancel = (): void => undefined;
  const look = (): void => {
    cancel();
    cancel = clock.after(LOOK_EVERY, look);
    const pem = certificate();
    const until = pem === null ? Number.POSITIVE_INFINITY : Date.parse(new X509Certificate(pem).validTo);
    const days = Math.floor((until - clock.now().wall) / DAY_MS);
    const because = days >= WARN_DAYS ? null
      : days < 0 ? { zh: 'MQTT的TLS证书已过期,其他机器上的设备无法接入', en: 'the TLS certificate of MQTT has expired: no device on another machine can connect' }
        : { zh: `MQTT的TLS证书${days}天后过期,请更换后重新载入`, en: `the TLS certificate of MQTT expires in ${days} days; replace it and reload` };
    if (because?.zh === said) return;
    said = because?.zh ?? null;
    expiring(because);
  };
  look();
  return { renewed: look, [Symbol.dispose]: () => { cancel(); } };
}
