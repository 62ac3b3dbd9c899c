/** The limit on PostgreSQL: `node:http` and `pg`, one prepared UPDATE for each request. Arguments: port, database URL. */
import { createServer, type ServerResponse } from 'node:http';
import { Pool } from 'pg';
import { type Members, TENANT, valuesOf } from '../records.ts';
import { CHANGE, READ } from './bare-postgres-table.ts';

const [port, url] = process.argv.slice(2) as [string, string];
const pool = new Pool({ connectionString: url });

createServer((request, response) => {
  const id = request.url?.slice(1) ?? '';
  if (request.method === 'GET') {
    void answer(response, pool.query({ name: 'read', text: READ, values: [TENANT, id] }));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const members = JSON.parse(Buffer.concat(chunks).toString()) as Members;
    void answer(response, pool.query({ name: 'change', text: CHANGE, values: [...valuesOf(members), TENANT, id] }));
  });
}).listen(Number(port), '127.0.0.1');

async function answer(response: ServerResponse, result: Promise<{ rows: unknown[] }>): Promise<void> {
  const body = JSON.stringify((await result).rows[0]);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
