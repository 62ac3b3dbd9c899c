/** What is counted of codes that are claimed. */
import { Counter, type Registry } from 'prom-client';

export class ShareMetrics {
  readonly #claims: Counter<'outcome'>;
  readonly #alarms: Counter;

  constructor(registry: Registry) {
    this.#claims = new Counter({
      name: 'remote_help_invitation_claims_total',
      help: 'Codes of invitations that were tried: claimed, refused, or slowed down unseen.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.#alarms = new Counter({
      name: 'remote_help_invitation_guessing_total',
      help: 'How often so many codes were wrong within an hour that somebody seems to be guessing.',
      registers: [registry],
    });
  }

  countClaim(outcome: 'claimed' | 'refused' | 'slowed'): void {
    this.#claims.inc({ outcome });
  }

  countAlarm(): void {
    this.#alarms.inc();
  }
}
