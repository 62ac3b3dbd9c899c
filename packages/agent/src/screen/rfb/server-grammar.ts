/**
 * What a VNC server may send to a helper (docs/spec/screen.md): the handshake is answered here, rectangles pass once
 * they are read to the byte, its clipboard and its bell do not, and what was not asked for ends the connection.
 */
import * as encoding from './encodings.ts';
import type { Extensions } from './extensions.ts';
import { RfbError } from './rfb-error.ts';
import { drop, type Grammar, instead, pass, type Step, take } from './rfb-stream.ts';
import { type Framebuffer, rectangles, refuseHugeFramebuffer } from './server-rectangles.ts';
import { vncAuthResponse } from './vnc-auth.ts';
import {
  PIXEL_FORMAT_BYTES,
  refuseUnless,
  SECURITY_NONE,
  SECURITY_VNC_AUTHENTICATION,
  s32,
  u16,
  u32,
  VERSION,
  VERSION_BYTES,
} from './words.ts';

export interface ServerGrammarOptions {
  /** Hands bytes back to the server. */
  readonly reply: (bytes: Uint8Array) => void;
  readonly password?: string;
  /** Is told what the server says that it knows. */
  readonly extensions: Extensions;
}

const SERVER = {
  framebufferUpdate: 0,
  bell: 2,
  serverCutText: 3,
  endOfContinuousUpdates: 150,
  fence: 248,
} as const;

const SERVER_INIT_BYTES = 24;
const CHALLENGE_BYTES = 16;
const MOST_NAME = 1_024;
const MOST_CUT_TEXT = 16 * 1024 * 1024;
const MOST_FENCE_PAYLOAD = 64;

/** Reads a server's end. ServerInit is the first that goes on. */
export function* serverGrammar(options: ServerGrammarOptions): Grammar {
  const { extensions } = options;
  yield* handshake(options);
  const framebuffer = yield* serverInit();
  for (;;) {
    const type = (yield take(1))[0];
    switch (type) {
      case SERVER.framebufferUpdate:
        yield* rectangles(framebuffer, extensions);
        break;
      case SERVER.bell:
        yield drop();
        break;
      case SERVER.serverCutText: {
        // rfbproto: a negative length is that of the extended clipboard.
        const length = Math.abs(s32(yield take(7), 3));
        refuseUnless(length <= MOST_CUT_TEXT, 'A clipboard was too long.');
        yield drop(length);
        break;
      }
      case SERVER.endOfContinuousUpdates:
        extensions.announced(encoding.CONTINUOUS_UPDATES);
        yield pass();
        break;
      case SERVER.fence: {
        const length = (yield take(8))[7] ?? 0;
        refuseUnless(length <= MOST_FENCE_PAYLOAD, 'A fence was too long.');
        extensions.announced(encoding.FENCE);
        yield pass(length);
        break;
      }
      default:
        throw new RfbError(`An unknown message of a server: ${type}.`);
    }
  }
}

/** As a client (RFC 6143, 7.1 to 7.3.1). */
function* handshake({ reply, password }: ServerGrammarOptions): Grammar {
  const version = String.fromCharCode(...(yield take(VERSION_BYTES)));
  // Later ones, such as Apple's 3.889 and RealVNC's 5.0, speak 3.8 with who asks for it.
  const [, major, minor] = /^RFB (\d{3})\.(\d{3})\n$/.exec(version) ?? [];
  refuseUnless(Number(major) * 1_000 + Number(minor) >= 3_008, 'No server of RFB 3.8.');
  yield drop();
  reply(VERSION);
  const count = (yield take(1))[0] ?? 0;
  if (count === 0) throw new RfbError('The VNC server refuses connections.');
  const offered = [...(yield take(count))];
  yield drop();
  if (offered.includes(SECURITY_NONE)) reply(Uint8Array.of(SECURITY_NONE));
  else {
    refuseUnless(offered.includes(SECURITY_VNC_AUTHENTICATION), 'The VNC server asks for more than a password.');
    if (password === undefined) throw new RfbError('The VNC server asks for a password, and none is set.');
    reply(Uint8Array.of(SECURITY_VNC_AUTHENTICATION));
    reply(vncAuthResponse(password, yield take(CHALLENGE_BYTES)));
    yield drop();
  }
  refuseUnless(u32(yield take(4), 0) === 0, 'The VNC server refuses the password.');
  yield drop();
  // ClientInit: other helpers' connections stay.
  reply(Uint8Array.of(1));
}

/** RFC 6143, 7.3.2, without the name: it may say who works at which machine, and helpers are told that elsewhere. */
function* serverInit(): Generator<Step, Framebuffer, Uint8Array> {
  const init = Uint8Array.from(yield take(SERVER_INIT_BYTES));
  const framebuffer = { width: u16(init, 0), height: u16(init, 2) };
  refuseHugeFramebuffer(framebuffer);
  const nameBytes = u32(init, 4 + PIXEL_FORMAT_BYTES);
  refuseUnless(nameBytes <= MOST_NAME, 'The name of a desktop was too long.');
  yield instead(init.fill(0, 4 + PIXEL_FORMAT_BYTES));
  yield drop(nameBytes);
  return framebuffer;
}
