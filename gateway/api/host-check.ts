/**
 * Guard against DNS rebinding and foreign pages. Loopback is trusted, so a web page anywhere could make the officer's browser
 * ask us under a name of its own that resolves to 127.0.0.1: the Host header betrays that, and Origin betrays a foreign page's WebSocket.
 */
import type { IncomingHttpHeaders } from 'node:http';

export type HostVerdict = { readonly type: 'allowed' } | { readonly type: 'refused'; readonly because: string };
export type HostCheck = (headers: Pick<IncomingHttpHeaders, 'host' | 'origin'>) => HostVerdict;

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Allows loopback names on any port (a tunnel may change it) and the host of `publicUrl`; an Origin must be the page's own. */
export function hostCheck(publicUrl: string | null): HostCheck {
  const ours = publicUrl === null ? null : new URL(publicUrl);
  return ({ host, origin }) => {
    if (host === undefined || !(LOOPBACK_HOST.test(host) || host.toLowerCase() === ours?.host)) {
      return { type: 'refused', because: `Host must be localhost, 127.0.0.1, [::1]${ours === null ? '' : ` or ${ours.host}`}` };
    }
    if (origin !== undefined && origin !== ours?.origin && !sameHost(origin, host)) {
      return { type: 'refused', because: 'Origin must be the page of this gateway' };
    }
    return { type: 'allowed' };
  };
}

function sameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === host.toLowerCase();
}
