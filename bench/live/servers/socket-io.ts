/** Socket.IO as its documentation shows rooms; only its WebSocket transport. Argument: port. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const [port] = process.argv.slice(2);
const server = createServer((_, response) => response.end());
const io = new Server(server, { transports: ['websocket'], serveClient: false });
io.on('connection', (socket) => {
  const { group, listens } = socket.handshake.query as { group: string; listens: string };
  if (listens === 'true') void socket.join(group);
  socket.on('m', (text: string) => socket.to(group).emit('m', text));
});
server.listen(Number(port), '127.0.0.1');
