// Runs on any Node before the tests: sees to the programs that they start and npm can't bring.
import { spawnSync } from 'node:child_process';

/** Counts the syncs behind acknowledged writes; a killed process can't show a missing one. */
const PROGRAMS = ['strace'];

const missing = PROGRAMS.filter((program) => !isInstalled(program));
if (missing.length > 0) install(missing);

function isInstalled(program) {
  return spawnSync(program, ['-V'], { stdio: 'ignore' }).error === undefined;
}

function install(programs) {
  if (process.getuid?.() !== 0) fail(programs, 'and this user may not install anything');
  const apt = (...words) =>
    spawnSync('apt-get', ['-q', ...words], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const add = () => apt('install', '-y', '--no-install-recommends', ...programs);
  // The package lists of a fresh container are empty, those of an old machine name what is gone.
  if (!add() && !(apt('update') && add())) fail(programs, 'and apt-get could not install it');
}

function fail(programs, reason) {
  process.stderr.write(`The tests need ${programs.join(', ')}, which is missing, ${reason}.\n`);
  process.stderr.write(
    'Install it with your package manager (the package has the same name), then run the tests again.\n',
  );
  process.exit(1);
}
