/** VNC servers for a running X display: which are there, and with which words each is started. */
import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Part of a desktop, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface VncProgram {
  /** `unixSocket`: one process for a session, which listens; `inherited`: one for each connection, which it is given. */
  readonly kind: 'unixSocket' | 'inherited';
  readonly path: string;
  readonly name: string;
}

/** In the order in which they are preferred: TigerVNC answers a key in half the time. */
const KNOWN: readonly Pick<VncProgram, 'kind' | 'name'>[] = [
  { name: 'X0tigervnc', kind: 'unixSocket' },
  { name: 'x0vncserver', kind: 'unixSocket' },
  { name: 'x11vnc', kind: 'inherited' },
];

/** @param path as the variable of that name */
export function vncProgramsOn(path: string): readonly VncProgram[] {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return KNOWN.flatMap(({ name, kind }) => {
    const found = folders.map((folder) => join(folder, name)).find(isProgram);
    return found === undefined ? [] : [{ name, kind, path: found }];
  });
}

/** Debian's x0vncserver is a script around X0tigervnc that reads settings of its own: scripts are passed over. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const file = openSync(path, 'r');
    try {
      const start = Buffer.alloc(2);
      readSync(file, start);
      return start.toString('latin1') !== '#!';
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** X0tigervnc(1): no TCP, nobody but the owner of the socket, and nobody for a minute is the end. */
export function tigerVncWords(path: string, display: string, socket: string, area: Area | undefined): string[] {
  return [
    path,
    ...['-display', display, '-desktop', 'Desktop'],
    ...['-rfbport=-1', '-rfbunixpath', socket, '-rfbunixmode', '0600', '-SecurityTypes', 'None'],
    ...['-AlwaysShared', '-AcceptSetDesktopSize=0', '-MaxDisconnectionTime', '60', '-Log', '*:stderr:10'],
    ...(area ? ['-Geometry', `${area.width}x${area.height}+${area.x}+${area.y}`] : []),
  ];
}

/** x11vnc(1): one client, on its standard input, of which nothing is heard after that. */
export function x11VncWords(path: string, display: string, area: Area | undefined): string[] {
  return [
    path,
    ...['-inetd', '-norc', '-nopw', '-display', display],
    // No clipboard, no chat, no file transfer, no remote control of the server itself, no listening anywhere.
    ...['-nosel', '-safer', '-nocmds', '-nobell', '-rfbport', '0', '-no6', '-noxrecord'],
    ...(area ? ['-clip', `${area.width}x${area.height}+${area.x}+${area.y}`] : []),
  ];
}
