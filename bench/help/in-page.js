// Runs in every page before its own scripts: says when the mark on the remote screen has another colour in the canvas.
// noVNC draws each complete frame from a canvas of its own to the visible one, and so does every page measured here.
(() => {
  const { drawImage } = CanvasRenderingContext2D.prototype;
  const wallClock = () => performance.timeOrigin + performance.now();
  const picture = { frames: 0, changes: 0, shownAt: 0, colour: '' };
  const nobody = () => undefined;
  let changed = nobody;
  let shown = nobody;

  CanvasRenderingContext2D.prototype.drawImage = function (...image) {
    drawImage.apply(this, image);
    if (!this.canvas.isConnected || this.canvas.width !== WIDTH) return;
    const [red, green, blue] = this.getImageData(MARK_X, MARK_Y, 1, 1).data;
    if (red + green + blue === 0) return;
    picture.frames += 1;
    if (picture.shownAt === 0) {
      picture.shownAt = wallClock();
      shown();
    }
    const colour = [red, green, blue].map((part) => (part > 127 ? 1 : 0)).join('');
    if (colour === picture.colour) return;
    picture.colour = colour;
    picture.changes += 1;
    changed();
  };

  // biome-ignore lint/style/noRestrictedGlobals: no clock.ts comes into pages of others.
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const PATIENCE_MS = 10_000;
  const within = (promise, what) =>
    Promise.race([promise, pause(PATIENCE_MS).then(() => Promise.reject(new Error(`${what} did not come.`)))]);

  globalThis.remotePicture = {
    picture,
    forget() {
      Object.assign(picture, { frames: 0, changes: 0, shownAt: 0, colour: '' });
    },
    /** Milliseconds since 1970 at which the first frame was in the canvas. */
    async firstFrame() {
      if (picture.shownAt > 0) return picture.shownAt;
      await within(
        new Promise((resolve) => {
          shown = resolve;
        }),
        'A picture',
      );
      return picture.shownAt;
    },
    /** Presses a key so many times, each after the last was seen; milliseconds of each from key to changed pixel. */
    async press(selector, count) {
      const canvas = document.querySelector(selector);
      const key = { code: 'KeyA', key: 'a', bubbles: true, cancelable: true };
      const times = [];
      for (let pressed = 0; pressed < count; pressed++) {
        // At every moment of whatever goes on in a rhythm.
        await pause(20 + ((pressed * 7) % 40));
        const change = new Promise((resolve) => {
          changed = () => resolve(performance.now());
        });
        const pressedAt = performance.now();
        canvas.dispatchEvent(new KeyboardEvent('keydown', key));
        canvas.dispatchEvent(new KeyboardEvent('keyup', key));
        times.push((await within(change, 'A changed pixel')) - pressedAt);
      }
      return times;
    },
  };
})();
