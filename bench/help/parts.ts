/** The parts about help as two people have it: each starts all that it needs, measures, and gives rows of the table. */
import type { BenchConfig, HelpPart } from '../config.ts';
import { LOAD_CORE, settleOn } from '../pinned.ts';
import type { Row } from '../report.ts';
import { type ServedRound, type Throughput, takeTurns } from '../throughput.ts';
import { type FirstLoad, firstLoadRows, measureFirstLoad } from './first-load.ts';
import { type FirstPicture, firstPictureRow, measureFirstPicture } from './first-picture.ts';
import { type HelpStand, OURS, withHelpStand, withService } from './help-stand.ts';
import { keyRows, measureKeys } from './key-to-pixel.ts';
import type { Viewer } from './viewers.ts';
import { frameRows, measureFrames } from './window-frames.ts';

export interface HelpResult {
  readonly part: HelpPart;
  readonly throughput?: readonly Throughput[];
  readonly firstPicture?: readonly FirstPicture[];
  readonly firstLoad?: readonly FirstLoad[];
  readonly rows: readonly Row[];
}

type Tell = (line: string) => void;
type Measure = (folder: string, config: BenchConfig, tell: Tell) => Promise<HelpResult>;

/** Rounds in turn over all ways to see the screen. */
function inTurn(
  what: string,
  stand: HelpStand,
  rounds: number,
  tell: Tell,
  each: (viewer: Viewer) => Promise<ServedRound>,
) {
  const { novnc, ours, ownServer } = stand;
  const contestants = [novnc, ours, ownServer].map((viewer: Viewer) => ({
    name: viewer.name,
    measure: () => each(viewer),
  }));
  return takeTurns(what, contestants, rounds, tell);
}

const keyToPixel: Measure = (folder, { rounds, presses }, tell) =>
  withHelpStand(folder, async (stand) => {
    const throughput = await inTurn('keys', stand, rounds, tell, (viewer) => measureKeys(viewer, presses));
    return { part: 'key-to-pixel', throughput, rows: keyRows(throughput, stand.novnc.name) };
  });

const windowFrames: Measure = (folder, { rounds, frameSeconds: seconds, liveWarmUpSeconds: warmUpSeconds }, tell) =>
  withHelpStand(folder, async (stand) => {
    const measure = (viewer: Viewer) => measureFrames(stand.screen, viewer, { seconds, warmUpSeconds });
    const throughput = await inTurn('frames', stand, rounds, tell, measure);
    return { part: 'window-frames', throughput, rows: frameRows(throughput, OURS) };
  });

const firstPicture: Measure = (folder, { consents }, tell) =>
  withHelpStand(folder, async ({ ours, ownServer }) => {
    const measured = [
      await measureFirstPicture(ours, consents, tell),
      await measureFirstPicture(ownServer, consents, tell),
    ];
    return { part: 'first-picture', firstPicture: measured, rows: measured.map(firstPictureRow) };
  });

/** A browser is several processes that work at once, on a slow computer too: only here it has more than one core. */
const firstLoad: Measure = async (folder, { rounds }, tell) => {
  settleOn('all cores');
  try {
    return await withService(folder, async (service, browser) => {
      await service.device('Front desk', process.env);
      const measured = await measureFirstLoad(service, browser, rounds, tell);
      return { part: 'first-load', firstLoad: measured, rows: firstLoadRows(measured) };
    });
  } finally {
    settleOn(LOAD_CORE);
  }
};

export const HELP: Readonly<Record<HelpPart, Measure>> = {
  'key-to-pixel': keyToPixel,
  'window-frames': windowFrames,
  'first-picture': firstPicture,
  'first-load': firstLoad,
};
