/** What helpers point at and draw, kept and drawn. Positions are 65,535ths of the picture's width and height. */
import type { Pointing } from './sharer-end.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Stroke {
  readonly from: string;
  readonly id: number;
  readonly color: string;
  readonly points: readonly Point[];
}

export interface Drawing {
  /** By the connection that it came from. */
  readonly pointers: ReadonlyMap<string, Point>;
  readonly strokes: readonly Stroke[];
}

export const NOTHING_DRAWN: Drawing = { pointers: new Map(), strokes: [] };

const LAST = 65_535;
const MOST_STROKES = 200;
const MOST_POINTS = 2_000;
const POINTER_RADIUS = 14;

/** What is to be seen after an event. Pure. */
export function pointed(drawing: Drawing, from: string, event: Pointing): Drawing {
  switch (event.event) {
    case 'pointer': {
      const pointers = new Map(drawing.pointers);
      if (event.isVisible) pointers.set(from, { x: event.x, y: event.y });
      else pointers.delete(from);
      return { ...drawing, pointers };
    }
    case 'pen':
      return { ...drawing, strokes: withPoints(drawing.strokes, from, event) };
    case 'penCleared':
      return { ...drawing, strokes: drawing.strokes.filter((stroke) => stroke.from !== from) };
  }
}

/** What came from a connection that is gone goes too. */
export function withoutConnection(drawing: Drawing, isThere: (from: string) => boolean): Drawing {
  const pointers = new Map([...drawing.pointers].filter(([from]) => isThere(from)));
  return { pointers, strokes: drawing.strokes.filter(({ from }) => isThere(from)) };
}

function withPoints(
  strokes: readonly Stroke[],
  from: string,
  { stroke: id, color, points }: Extract<Pointing, { event: 'pen' }>,
): readonly Stroke[] {
  const known = strokes.find((stroke) => stroke.from === from && stroke.id === id);
  const all = [...(known?.points ?? []), ...points].slice(-MOST_POINTS);
  const others = strokes.filter((stroke) => stroke !== known);
  return [...others, { from, id, color, points: all }].slice(-MOST_STROKES);
}

const COLORS: Readonly<Record<string, string>> = {
  red: '#d13438',
  yellow: '#f9e300',
  green: '#13a10e',
  blue: '#0f6cbd',
  black: '#000000',
  white: '#ffffff',
};

/** Draws onto a canvas of any size. */
export function draw(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { width, height } = context.canvas;
  const at = ({ x, y }: Point) => [(x / LAST) * width, (y / LAST) * height] as const;
  const line = Math.max(3, width / 320);
  context.clearRect(0, 0, width, height);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const { points, color } of drawing.strokes) {
    const path = new Path2D();
    for (const [index, point] of points.entries()) {
      if (index === 0) path.moveTo(...at(point));
      path.lineTo(...at(point));
    }
    // A rim, so that each colour is seen on every ground.
    strokeWith(context, path, color === 'white' || color === 'yellow' ? '#00000099' : '#ffffff99', line * 1.8);
    strokeWith(context, path, COLORS[color] ?? '#d13438', line);
  }
  const radius = Math.max(POINTER_RADIUS / 2, (POINTER_RADIUS * width) / 1_280);
  for (const point of drawing.pointers.values()) {
    const [x, y] = at(point);
    const ring = new Path2D();
    ring.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = '#d1343855';
    context.fill(ring);
    strokeWith(context, ring, '#ffffff', line * 1.4);
    strokeWith(context, ring, '#d13438', line * 0.8);
  }
}

function strokeWith(context: CanvasRenderingContext2D, path: Path2D, style: string, width: number): void {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.stroke(path);
}
