/** Secrets that a unit seals anew with a changed one may be sealed with a key that another process made a moment ago. */
import { type Sealer, UnknownKey } from '../../store/store.ts';

/** Runs a unit; once more, with the keys as they are now, where it lacked one. */
export function withKeys<T>(sealer: Sealer, run: () => Promise<T>): Promise<T> {
  return run().catch(async (error: unknown) => {
    if (!(error instanceof UnknownKey) || !sealer.reload) throw error;
    await sealer.reload();
    return run();
  });
}
