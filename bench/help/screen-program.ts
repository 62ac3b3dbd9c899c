/**
 * All that is on the X screen (DISPLAY): a window over the whole of it, with a mark that changes at each key press, and
 * with moving stripes when its parent says so. The same frames in the same order in every run.
 */
import { setInterval as every } from 'node:timers';
import { XDisplay } from '../../packages/agent/src/x11/x-display.ts';
import { COLOURS, FRAME_MS, MARK, SCREEN, type ScreenMode, STRIPES } from './screen.ts';

const KEY_PRESS_MASK = 1;
const INPUT_OUTPUT = 1;
const BACKGROUND = 0x2b5d8a;

const display = await XDisplay.open(process.env.DISPLAY ?? '');
const { client, screen } = display;
const window = client.AllocID();
const { width, height } = SCREEN;
client.CreateWindow(window, screen.root, 0, 0, width, height, 0, 0, INPUT_OUTPUT, 0, {
  backgroundPixel: BACKGROUND,
  overrideRedirect: 1,
  eventMask: KEY_PRESS_MASK,
});
client.MapWindow(window);
const brush = client.AllocID();
client.CreateGC(brush, window, { foreground: BACKGROUND });
client.SetInputFocus(window, 1);

let marks = 0;
let frames = 0;

function fill(colour: number, rectangles: readonly number[]): void {
  client.ChangeGC(brush, { foreground: colour });
  client.PolyFillRectangle(window, brush, rectangles);
}

function mark(): void {
  marks += 1;
  fill(COLOURS[marks % COLOURS.length] as number, [MARK.x, MARK.y, MARK.size, MARK.size]);
}

/** Every pixel of the stripes is drawn anew, most of them in another shade. */
function frame(): void {
  const { x, y, width, height, each } = STRIPES;
  const count = width / each;
  for (let stripe = 0; stripe < count; stripe++) {
    const shade = ((stripe + frames) * 37) % 256;
    fill((shade << 16) | ((255 - shade) << 8) | ((shade * 3) % 256), [x + stripe * each, y, each, height]);
  }
  frames += 1;
  mark();
}

client.on('event', ({ name }: { name: string }) => {
  if (name === 'KeyPress') mark();
});
client.on('error', (error: unknown) => {
  throw error;
});
let timer: NodeJS.Timeout | undefined;
process.on('message', (mode: ScreenMode) => {
  clearInterval(timer);
  if (mode === 'moving') timer = every(frame, FRAME_MS);
});
process.on('disconnect', () => process.exit());
mark();
await display.settled();
process.send?.('ready');
