/** What is shared, with what helpers point at and draw over it. */
import { useEffect, useRef, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { type Drawing, draw } from './pointing.ts';

export function Preview({ track, drawing }: { readonly track: MediaStreamTrack; readonly drawing: Drawing }) {
  const t = useText().share;
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 16, height: 9 });
  useEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    element.srcObject = new MediaStream([track]);
    const sized = () => {
      const { videoWidth: width, videoHeight: height } = element;
      if (width > 0) setSize({ width, height });
    };
    element.addEventListener('resize', sized);
    element.addEventListener('loadedmetadata', sized);
    // One that is not shown starts when it is.
    element.play().catch(() => undefined);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context) draw(context, drawing);
  }, [drawing]);
  return (
    <div className="preview" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
      <video ref={video} muted autoPlay playsInline disablePictureInPicture aria-label={t.preview} />
      <canvas ref={canvas} width={1_280} height={Math.round((1_280 * size.height) / size.width)} aria-hidden />
    </div>
  );
}
