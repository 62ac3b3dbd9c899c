/** The limit: `node:http` and SQLite, no token, no validation. Arguments: port, database file. */
import { createServer } from 'node:http';
import type { Members } from '../records.ts';
import { BareStore } from './bare-store.ts';

const [port, file] = process.argv.slice(2) as [string, string];
const store = new BareStore(file);

createServer((request, response) => {
  const id = request.url?.slice(1) ?? '';
  const answer = (row: object | undefined) => {
    const body = JSON.stringify(row);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  if (request.method === 'GET') {
    answer(store.read(id));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    store.changeGrouped(id, JSON.parse(Buffer.concat(chunks).toString()) as Members, answer);
  });
}).listen(Number(port), '127.0.0.1');
