/** Pointing and drawing over a picture that can't be controlled: the other end shows it to the sharer, this one to the helper. */
import { makeStyles } from '@fluentui/react-components';
import type { PeerEventOf } from '@open-remote-help/protocol/events';
import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { systemClock } from '../clock.ts';
import { type Drawing, draw, NOTHING_DRAWN, pointed } from '../share/pointing.ts';

export type PointerTool = 'pointer' | 'pen';
export type PenColor = PeerEventOf<'pen'>['color'];
export type PointingEvent = PeerEventOf<'pointer' | 'pen' | 'penCleared'>;

const LAST = 65_535;
/** Often enough for an eye, and far below what the connection carries. */
const EVERY_MS = 40;
/** Of one event (EV-9). */
const MOST_POINTS = 64;
const OWN = 'own';

const useStyles = makeStyles({
  layer: { position: 'absolute', inset: 0, cursor: 'crosshair', touchAction: 'none' },
  canvas: { position: 'absolute', pointerEvents: 'none' },
});

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where in an element of this size a picture of that size lies when it is scaled to fit. */
export function boxWithin(
  room: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
): Box {
  const scale = Math.min(room.width / picture.width, room.height / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { left: (room.width - width) / 2, top: (room.height - height) / 2, width, height };
}

/** A place within a box in 65,535ths; undefined outside. */
export function positionIn(box: Box, x: number, y: number): { readonly x: number; readonly y: number } | undefined {
  const [across, down] = [(x - box.left) / box.width, (y - box.top) / box.height];
  if (!(across >= 0 && across <= 1 && down >= 0 && down <= 1)) return undefined;
  return { x: Math.round(across * LAST), y: Math.round(down * LAST) };
}

export function PointerLayer(props: {
  readonly tool: PointerTool;
  readonly color: PenColor;
  /** In pixels of the remote screen. */
  readonly size: { readonly width: number; readonly height: number };
  readonly screen: number;
  /** Grows when the drawing is cleared. */
  readonly cleared: number;
  readonly send: (event: PointingEvent) => void;
}) {
  const { tool, size, cleared } = props;
  const styles = useStyles();
  const layer = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointing = usePointing(props, canvas);
  // biome-ignore lint/correctness/useExhaustiveDependencies: cleared once for each time.
  useEffect(() => {
    if (cleared > 0) pointing.clear();
  }, [cleared]);
  const place = (event: PointerEvent) => {
    const room = layer.current?.getBoundingClientRect();
    return room && positionIn(boxWithin(room, size), event.clientX - room.left, event.clientY - room.top);
  };
  return (
    <div
      ref={layer}
      className={styles.layer}
      data-testid="pointer-layer"
      onPointerDown={(event) => {
        if (tool !== 'pen') return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pointing.begin(place(event));
      }}
      onPointerMove={(event) => pointing.move(place(event))}
      onPointerUp={() => pointing.finish()}
      onPointerCancel={() => pointing.finish()}
      onPointerLeave={() => pointing.leave()}
    >
      <canvas
        ref={canvas}
        className={styles.canvas}
        width={size.width}
        height={size.height}
        style={{ inset: 0, width: '100%', height: '100%', objectFit: 'contain' }}
        aria-hidden
      />
    </div>
  );
}

type Point = NonNullable<ReturnType<typeof positionIn>>;

/** Gathers movements, sends them at a steady pace, and draws what was sent. */
function usePointing(
  props: {
    readonly tool: PointerTool;
    readonly color: PenColor;
    readonly screen: number;
    readonly send: (event: PointingEvent) => void;
  },
  canvas: RefObject<HTMLCanvasElement | null>,
) {
  const latest = useRef(props);
  latest.current = props;
  const drawing = useRef<Drawing>(NOTHING_DRAWN);
  const stroke = useRef(0);
  const isDrawing = useRef(false);
  const points = useRef<Point[]>([]);
  const pending = useRef<(() => void) | undefined>(undefined);
  useEffect(() => () => pending.current?.(), []);

  const emit = (event: PointingEvent) => {
    latest.current.send(event);
    drawing.current = pointed(drawing.current, OWN, event);
    const context = canvas.current?.getContext('2d');
    if (context) draw(context, drawing.current);
  };
  const flush = (isLast: boolean) => {
    pending.current?.();
    pending.current = undefined;
    const { tool, color, screen } = latest.current;
    const gathered = points.current.splice(0);
    const last = gathered.at(-1);
    if (tool === 'pointer' && last) emit({ event: 'pointer', screen, ...last, isVisible: true });
    if (tool === 'pen' && (gathered.length > 0 || isLast)) {
      emit({ event: 'pen', screen, stroke: stroke.current, color, points: gathered, isLast });
    }
  };
  const gather = (point: Point | undefined) => {
    if (!point) return;
    points.current.push(point);
    if (points.current.length >= MOST_POINTS) flush(false);
    else pending.current ??= systemClock.at(systemClock.now() + EVERY_MS, () => flush(false));
  };
  return {
    begin(point: Point | undefined) {
      isDrawing.current = true;
      stroke.current += 1;
      gather(point);
    },
    move(point: Point | undefined) {
      if (latest.current.tool === 'pointer' || isDrawing.current) gather(point);
    },
    finish() {
      if (!isDrawing.current) return;
      isDrawing.current = false;
      flush(true);
    },
    leave() {
      if (latest.current.tool !== 'pointer') return;
      points.current = [];
      emit({ event: 'pointer', screen: latest.current.screen, x: 0, y: 0, isVisible: false });
    },
    clear() {
      points.current = [];
      emit({ event: 'penCleared', screen: latest.current.screen });
    },
  };
}
