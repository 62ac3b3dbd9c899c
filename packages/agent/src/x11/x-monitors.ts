/** The monitors of an X display, as RandR 1.5 names them (randrproto, RRGetMonitors): mirrored ones are one. */

import { toLine } from '@open-remote-help/protocol/events';
import type { ScreenInfo } from '@open-remote-help/protocol/relay';
import type { XExtension } from 'x11';
import type { XDisplay } from './x-display.ts';

const RR_GET_MONITORS = 42;
const MONITOR_BYTES = 24;
/** What peer events and controls of relays have numbers for. */
const MOST_SCREENS = 32;
const MOST_NAME = 100;

interface Monitor extends Omit<ScreenInfo, 'id' | 'name'> {
  readonly nameAtom: number;
}

/** All monitors, numbered from 0 in the display's order; the whole desktop as one where it has no RandR 1.5. */
export async function monitorsOf(display: XDisplay): Promise<readonly ScreenInfo[]> {
  const { client, screen } = display;
  const whole = { x: 0, y: 0, width: screen.pixel_width, height: screen.pixel_height, isPrimary: true };
  const randr = await display.ask<XExtension>((reply) => client.QueryExtension('RANDR', reply));
  const monitors = randr.present ? await getMonitors(display, randr.majorOpcode).catch(() => []) : [];
  if (monitors.length === 0) return [{ id: 0, name: 'Desktop', ...whole }];
  return Promise.all(
    monitors.slice(0, MOST_SCREENS).map(async ({ nameAtom, ...place }, id) => {
      const name = await display.ask<string>((reply) => client.GetAtomName(nameAtom, reply));
      return { id, name: toLine(name, MOST_NAME) || `Screen ${id + 1}`, ...place };
    }),
  );
}

function getMonitors(display: XDisplay, opcode: number): Promise<readonly Monitor[]> {
  const { client, screen } = display;
  return display.ask((reply) => {
    const request = Buffer.alloc(12);
    const [lengthInWords, onlyActive] = [3, 1];
    request.writeUInt8(opcode, 0);
    request.writeUInt8(RR_GET_MONITORS, 1);
    request.writeUInt16LE(lengthInWords, 2);
    request.writeUInt32LE(screen.root, 4);
    request.writeUInt8(onlyActive, 8);
    client.seq_num++;
    client.replies[client.seq_num] = [readMonitors, reply as never];
    client.pack_stream.put(request);
    client.pack_stream.submit(true);
  });
}

/** @param body what follows the first eight bytes of the reply */
function readMonitors(body: Buffer): readonly Monitor[] {
  const count = body.readUInt32LE(4);
  const monitors: Monitor[] = [];
  for (let at = 24, i = 0; i < count; i++) {
    monitors.push({
      nameAtom: body.readUInt32LE(at),
      isPrimary: body.readUInt8(at + 4) !== 0,
      x: body.readInt16LE(at + 8),
      y: body.readInt16LE(at + 10),
      width: body.readUInt16LE(at + 12),
      height: body.readUInt16LE(at + 14),
    });
    at += MONITOR_BYTES + body.readUInt16LE(at + 6) * 4;
  }
  return monitors;
}
