/** Everything that help needs, on one machine, and three ways to see its screen. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { openBrowser } from '../../test/e2e/browser.ts';
import { person, watchPictures } from './browser.ts';
import { type ScreenStand, startScreen } from './screen-stand.ts';
import { type ServiceStand, startService } from './service-stand.ts';
import { ConsoleViewer, NovncViewer } from './viewers.ts';

export interface HelpStand {
  readonly screen: ScreenStand;
  /** The console with the VNC server that the agent finds. */
  readonly ours: ConsoleViewer;
  /** The console with the agent's own RFB server. */
  readonly ownServer: ConsoleViewer;
  readonly novnc: NovncViewer;
}

export const OURS = 'console, TigerVNC';
const OWN_SERVER = "console, agent's own server";

type Closing = { close(): Promise<unknown> };

/** Ends all that was begun, the newest first, however `use` went. */
async function closingAll<T>(use: (begun: <C extends Closing>(each: C) => C) => Promise<T>): Promise<T> {
  const closing: Closing[] = [];
  try {
    return await use((each) => {
      closing.unshift(each);
      return each;
    });
  } finally {
    for (const each of closing) await each.close();
  }
}

/** A service without any device, and a browser. */
export function withService<T>(
  folder: string,
  use: (service: ServiceStand, browser: Browser) => Promise<T>,
): Promise<T> {
  return closingAll(async (begun) => use(begun(await startService(folder)), begun(await openBrowser())));
}

export function withHelpStand<T>(folder: string, use: (stand: HelpStand) => Promise<T>): Promise<T> {
  return withService(folder, (service, browser) =>
    closingAll(async (begun) => {
      const screen = begun(await startScreen());
      const novnc = begun(await NovncViewer.start(folder, screen, await watching(browser)));
      const desk = await service.device('Front desk', screen.env);
      const ours = begun(await ConsoleViewer.start(OURS, service, desk, await watching(browser)));
      // Where no VNC server is to be found, the agent serves the screen itself.
      const office = await service.device('Back office', screen.env, mkdtempSync(join(folder, 'empty-')));
      const ownServer = begun(await ConsoleViewer.start(OWN_SERVER, service, office, await watching(browser)));
      return use({ screen, novnc, ours, ownServer });
    }),
  );
}

async function watching(browser: Browser): Promise<BrowserContext> {
  const context = await person(browser);
  await watchPictures(context);
  return context;
}
