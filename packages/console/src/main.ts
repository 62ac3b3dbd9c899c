/** Starts the console in its page: the sign-in at once, and what draws as soon as somebody stays to see it. */
import './app.css';
import { systemClock } from './clock.ts';
import { arrive, leadsAway } from './sign-in/arrival.ts';

/** Who is not at the issuer by then is told what goes on. */
const LONGEST_BLANK_MS = 1_000;

const arrival = arrive();
if (leadsAway(location.pathname)) {
  const isLate = new Promise<void>((resolve) => {
    systemClock.at(systemClock.now() + LONGEST_BLANK_MS, resolve);
  });
  await Promise.race([isLate, arrival.then(({ kind }) => (kind === 'busy' ? isLate : undefined))]);
}
const { drawConsole } = await import('./console.tsx');
await drawConsole(arrival);
