/** MQTT over WebSocket at /mqtt of the HTTP port. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { MAX_PACKET_BYTES } from './frame-guard.ts';

/** A WebSocket message may hold several MQTT packets. */
const MAX_MESSAGE_BYTES = 2 * MAX_PACKET_BYTES;

/** Takes upgrades at `/mqtt` that `mayUpgrade` allows; every other upgrade is answered 404 or 403 and closed. */
export function acceptWebSockets(
  server: Server, mayUpgrade: (request: IncomingMessage) => { readonly type: string }, handle: (stream: Duplex, request: IncomingMessage) => void,
): Disposable {
  const sockets = new WebSocketServer({
    noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const refuse = (status: string): void => { socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`); };
    socket.on('error', () => undefined);
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== '/mqtt') return refuse('404 Not Found');
    if (mayUpgrade(request).type === 'refused') return refuse('403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = createWebSocketStream(webSocket);
      stream.on('error', () => undefined);
      handle(stream, request);
    });
  };
  server.on('upgrade', upgrade);
  return {
    [Symbol.dispose]: () => {
      server.off('upgrade', upgrade);
      sockets.close();
    },
  };
}
