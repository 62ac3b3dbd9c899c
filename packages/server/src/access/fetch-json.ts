/** Fetches a small JSON document from a server that is trusted by name but may hang, redirect or never end. */
import type { Clock } from '../clock.ts';

const TIMEOUT_MS = 5_000;
const MOST_BYTES = 512 * 1024;

/** @throws Error unless the answer is 200, JSON, at most 512 KiB and complete within 5 s; redirects are not followed */
export async function fetchJson(
  url: string,
  { fetch, clock }: { readonly fetch: typeof globalThis.fetch; readonly clock: Clock },
): Promise<unknown> {
  const controller = new AbortController();
  const cancel = clock.at(clock.now() + TIMEOUT_MS, () => controller.abort(new Error(`${url} took too long.`)));
  try {
    const headers = { accept: 'application/json' };
    const response = await fetch(url, { redirect: 'error', headers, signal: controller.signal });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}.`);
    return JSON.parse(await readText(response, url));
  } finally {
    cancel();
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > MOST_BYTES) throw new Error(`${url} is larger than ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
