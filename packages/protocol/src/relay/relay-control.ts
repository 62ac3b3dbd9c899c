/** Controls: what the ends of a relay tell each other beside the stream, as JSON in records of their own. */
import { type Bytes, decodeUtf8, encodeUtf8 } from '../events/bytes.ts';
import {
  boolean,
  integer,
  jsonIn,
  line,
  list,
  malformed,
  membersOf,
  nullable,
  object,
  oneOf,
  type Shape,
  type TypeOf,
  token,
} from '../events/shape.ts';
import type { Direction } from '../events/words.ts';
import { RELAY_CONTROL_BYTES } from './limits.ts';

/** The numbers that peer events name screens by. */
const screenId = integer(0, 63);
const MOST_SCREENS = 32;
const edge = integer(-65_535, 65_535);
const extent = integer(1, 65_535);

/** A monitor, in pixels of the whole desktop, whose origin may lie anywhere in it. */
const screenInfo = object({
  id: screenId,
  name: line(100),
  x: edge,
  y: edge,
  width: extent,
  height: extent,
  isPrimary: boolean,
});
export type ScreenInfo = TypeOf<typeof screenInfo>;

interface Declaration<S extends Shape<object>> {
  readonly direction: Direction;
  readonly shape: S;
}

const declare = <S extends Shape<object>>(direction: Direction, shape: S): Declaration<S> => ({ direction, shape });

const DECLARATIONS = {
  /** The first thing a helper's end sends; null: the whole desktop. Another screen is another relay. */
  start: declare('toSharer', object({ screen: nullable(screenId) })),
  /** Keys that a browser can't type. They need the grant `control`, and the input. */
  specialKeys: declare('toSharer', object({ keys: oneOf(['ctrlAltDel', 'win']) })),
  /** What may be chosen, and what is shown: RFB follows. */
  started: declare('toHelper', object({ screens: list(screenInfo, MOST_SCREENS), screen: nullable(screenId) })),
  /** There is no picture; `text` is a line for the helper. */
  refused: declare(
    'toHelper',
    object({ why: oneOf(['notGranted', 'noScreen', 'wayland', 'noSource', 'other'], 'other'), text: line(500) }),
  ),
  /** The sharer's end drops input, and shows that it does. */
  frozen: declare('toHelper', object({ isFrozen: boolean, cause: oneOf(['prompt', 'paused'], 'paused') })),
} as const;

export type RelayControlName = keyof typeof DECLARATIONS;

export const RELAY_CONTROL_NAMES = Object.keys(DECLARATIONS) as readonly RelayControlName[];

/** The members of one control, by its name. */
export type RelayControlOf<N extends RelayControlName> = N extends RelayControlName
  ? { readonly control: N } & TypeOf<(typeof DECLARATIONS)[N]['shape']>
  : never;

export type RelayControl = RelayControlOf<RelayControlName>;

/** A control of a name that this package does not know: skip it. */
export interface UnknownControl {
  readonly control: 'unknown';
  readonly name: string;
}

/** JSON in UTF-8. @throws EventRefusal `malformed` as `decodeControl` */
export function encodeControl(control: RelayControl, direction: Direction): Bytes {
  const shape = shapeOf(control.control, direction);
  const bytes = encodeUtf8(JSON.stringify({ control: control.control, ...shape(control, '') }));
  if (bytes.length > RELAY_CONTROL_BYTES) throw malformed('control', `has more than ${RELAY_CONTROL_BYTES} bytes`);
  return bytes;
}

/** @throws EventRefusal `malformed` with the member at fault, also for one that may not go this way */
export function decodeControl(bytes: Uint8Array, direction: Direction): RelayControl | UnknownControl {
  if (bytes.length > RELAY_CONTROL_BYTES) throw malformed('control', `has more than ${RELAY_CONTROL_BYTES} bytes`);
  const members = membersOf(jsonIn(decodeUtf8(bytes), 'control'), 'control');
  const name = token(64)(members.control, 'control');
  if (!isControlName(name)) return { control: 'unknown', name };
  return { control: name, ...shapeOf(name, direction)(members, '') } as RelayControl;
}

function shapeOf(name: RelayControlName, direction: Direction): Shape<object> {
  const declaration = DECLARATIONS[name];
  if (declaration.direction !== direction) throw malformed('control', `does not go ${direction}`);
  return declaration.shape;
}

function isControlName(name: string): name is RelayControlName {
  return Object.hasOwn(DECLARATIONS, name);
}
