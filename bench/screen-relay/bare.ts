/** The limit: `ws`, which hands each message of one end to the other as it is. Argument: port. */
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

const [port] = process.argv.slice(2);
const waiting = new Map<string, WebSocket>();
const server = createServer((_, response) => response.end());
const webSockets = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false });
webSockets.on('connection', (webSocket, { url = '' }) => {
  const other = waiting.get(url);
  if (!other) {
    waiting.set(url, webSocket);
    return;
  }
  waiting.delete(url);
  join(webSocket, other);
  join(other, webSocket);
});
server.listen(Number(port), '127.0.0.1');

function join(from: WebSocket, to: WebSocket): void {
  from.on('message', (data: Buffer, isBinary) => to.send(data, { binary: isBinary }));
  from.on('close', () => to.terminate());
}
