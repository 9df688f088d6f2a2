/** The PEM files of the TLS listener. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { GatewayConfig } from '../arrangement/gateway-config.ts';
import type { TlsListener } from './broker.ts';

/** Throws with one sentence that names the key of gateway.yaml and the file. */
export function readTls({ mqtt: { tls } }: Pick<GatewayConfig, 'mqtt'>): TlsListener | null {
  if (tls === null) return null;
  const read = (key: string, file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new Error(`mqtt.tls.${key} names ${file}, which cannot be read: ${(error as Error).message}`, { cause: error });
    }
  };
  const files = { cert: read('cert', tls.cert), key: read('key', tls.key), clientCa: tls.clientCa === null ? null : read('clientCa', tls.clientCa) };
  try {
    createSecureContext({ cert: files.cert, key: files.key });
  } catch (error) {
    throw new Error(`mqtt.tls.cert ${tls.cert} and mqtt.tls.key ${tls.key} do not belong together or are no PEM: ${(error as Error).message}`, { cause: error });
  }
  return { host: tls.host, port: tls.port, ...files };
}
