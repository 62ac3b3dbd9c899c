// Runs on any Node before the tests: sees to the programs that they start and npm can't bring.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Any one of `names` on the path will do; `apt` is the package of Debian and Ubuntu that brings it. */
const PROGRAMS = [
  // Counts the syncs behind acknowledged writes; a killed process can't show a missing one.
  { names: ['strace'], apt: 'strace' },
  // The browser of helpers and of sharers who install nothing.
  { names: ['chromium', 'chromium-browser', 'google-chrome'], apt: 'chromium' },
  // A desktop without a screen, what serves its picture, and programs on it.
  { names: ['Xvfb'], apt: 'xvfb' },
  { names: ['X0tigervnc', 'x0tigervncserver', 'x0vncserver'], apt: 'tigervnc-scraping-server' },
  { names: ['x11vnc'], apt: 'x11vnc' },
  { names: ['Xvnc'], apt: 'tigervnc-standalone-server' },
  { names: ['zenity'], apt: 'zenity' },
  { names: ['xterm'], apt: 'xterm' },
  { names: ['xdotool'], apt: 'xdotool' },
  { names: ['xrandr', 'xsetroot', 'xmodmap'], apt: 'x11-xserver-utils' },
  { names: ['xclip'], apt: 'xclip' },
  { names: ['xev'], apt: 'x11-utils' },
  { names: ['setxkbmap'], apt: 'x11-xkb-utils' },
];

const missing = PROGRAMS.filter(({ names }) => !names.some(isOnPath));
if (missing.length > 0) install(missing);

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function install(programs) {
  if (process.getuid?.() !== 0) fail(programs, 'and this user may not install anything');
  const apt = (...words) =>
    spawnSync('apt-get', ['-q', ...words], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const add = () => apt('install', '-y', '--no-install-recommends', ...programs.map((program) => program.apt));
  // The package lists of a fresh container are empty, those of an old machine name what is gone.
  if (!add() && !(apt('update') && add())) fail(programs, 'and apt-get could not install it');
  const still = programs.filter(({ names }) => !names.some(isOnPath));
  if (still.length > 0) fail(still, 'and the package of that name did not bring it');
}

function fail(programs, reason) {
  const wanted = programs.map(({ names }) => names.join(' or '));
  const packages = programs.map(({ apt }) => apt).join(' ');
  process.stderr.write(`The tests need ${wanted.join(', ')}, which is missing, ${reason}.\n`);
  process.stderr.write(`Install it (on Debian and Ubuntu: ${packages}), then run the tests again.\n`);
  process.exit(1);
}
