/** Who asks, and what a route demands of him. Until sign-in exists, loopback is trusted and nobody else is known. */
import type { IncomingMessage } from 'node:http';

export const ROLES = ['administrator', 'radio-admin', 'duty-officer', 'carrier-liaison', 'viewer'] as const;
export type Role = (typeof ROLES)[number];
/** For routes that show nothing about one carrier or one person that another role may not see. */
export const EVERY_ROLE: readonly Role[] = ROLES;

export interface Principal {
  readonly role: Role;
  readonly via: 'loopback';
}
/** Null: nobody that we know; the answer is 401. */
export type ResolvePrincipal = (request: IncomingMessage) => Principal | null;

/** True for 127.0.0.0/8 and ::1, also where IPv4 arrives on an IPv6 socket. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address));
}

export const loopbackPrincipal: ResolvePrincipal = (request) =>
  (isLoopback(request.socket.remoteAddress) ? { role: 'administrator', via: 'loopback' } : null);

/** Throws where a route was registered without roles: that is a hole, and the gateway does not start with one. */
export function requireRoles(route: { readonly method: string | readonly string[]; readonly url: string; readonly roles: readonly Role[] | undefined }): void {
  if (route.roles !== undefined && route.roles.length > 0) return;
  throw new Error(`route ${String(route.method)} ${route.url} declares no roles; give it config.roles, one or more of ${ROLES.join(', ')}`);
}
