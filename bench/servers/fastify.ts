/** A bare Fastify route with one durable UPDATE for each request. Arguments: port, database file. */
import Fastify from 'fastify';
import type { Members } from '../records.ts';
import { BareStore } from './bare-store.ts';

const [port, file] = process.argv.slice(2) as [string, string];
const store = new BareStore(file);

const server = Fastify();
server.get<{ Params: { id: string } }>('/:id', async ({ params }) => store.read(params.id));
server.patch<{ Params: { id: string }; Body: Members }>('/:id', async ({ params, body }) =>
  store.change(params.id, body),
);
await server.listen({ port: Number(port), host: '127.0.0.1' });
