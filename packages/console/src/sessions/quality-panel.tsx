/** How good the picture is, measured each second, and how good it should be. */
import { Field, makeStyles, Radio, RadioGroup, tokens } from '@fluentui/react-components';
import { type RefObject, useEffect, useState } from 'react';
import { systemClock } from '../clock.ts';
import { useSpeech } from '../i18n/text.tsx';
import type { AttachedPicture, LivePicture, PictureQuality } from './picture.ts';

const EVERY_MS = 1_000;

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    margin: 0,
    '& dt': { color: tokens.colorNeutralForeground2 },
    '& dd': { margin: 0, textAlign: 'end', fontVariantNumeric: 'tabular-nums' },
  },
});

interface Measured {
  readonly roundTripMs: number | undefined;
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
}

export function QualityPanel(props: {
  readonly attached: RefObject<AttachedPicture | undefined>;
  readonly picture: LivePicture | undefined;
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly quality: PictureQuality;
  readonly onQuality: (quality: PictureQuality) => void;
}) {
  const { attached, picture, size, quality, onQuality } = props;
  const styles = useStyles();
  const { texts, format } = useSpeech();
  const t = texts.screen;
  const measured = useMeasured(attached);
  const mayChoose = attached.current?.can.quality ?? true;
  const facts: readonly (readonly [string, string])[] = [
    [
      t.roundTrip,
      measured?.roundTripMs === undefined
        ? t.unmeasured
        : t.milliseconds(format.number(Math.round(measured.roundTripMs))),
    ],
    [t.framesPerSecond, measured ? format.number(Math.round(measured.framesPerSecond)) : t.unmeasured],
    [t.bandwidth, measured ? t.perSecond(format.bytes(measured.bytesPerSecond)) : t.unmeasured],
    [t.size, size ? t.pixels(size.width, size.height) : t.unmeasured],
    [t.way, picture ? t.ways[picture.way] : t.unmeasured],
  ];
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <FactRow key={name} name={name} value={value} />
        ))}
      </dl>
      {mayChoose ? (
        <Field label={t.qualityLevel}>
          <RadioGroup value={quality} onChange={(_, { value }) => onQuality(value as PictureQuality)}>
            {(['sharp', 'balanced', 'lean'] as const).map((level) => (
              <Radio key={level} value={level} label={t.qualityLevels[level]} />
            ))}
          </RadioGroup>
        </Field>
      ) : null}
    </>
  );
}

function FactRow({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function useMeasured(attached: RefObject<AttachedPicture | undefined>): Measured | undefined {
  const [measured, setMeasured] = useState<Measured>();
  useEffect(() => {
    let isOver = false;
    let cancel: () => void = () => undefined;
    let before = systemClock.now();
    attached.current?.measure();
    const measure = async () => {
      const picture = attached.current;
      const now = systemClock.now();
      const seconds = (now - before) / 1_000;
      before = now;
      const { frames, bytes } = picture?.measure() ?? { frames: 0, bytes: 0 };
      // A picture that is over has no other end.
      const roundTripMs = await picture?.roundTrip().catch(() => undefined);
      if (isOver) return;
      setMeasured({ roundTripMs, framesPerSecond: frames / seconds, bytesPerSecond: bytes / seconds });
      cancel = systemClock.at(now + EVERY_MS, () => void measure());
    };
    cancel = systemClock.at(before + EVERY_MS, () => void measure());
    return () => {
      isOver = true;
      cancel();
    };
  }, [attached]);
  return measured;
}
