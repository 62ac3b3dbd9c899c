/** An agent that opens a screen, says so, and is then killed by the test. */
import { systemClock } from '../src/clock.ts';
import { vncProgramsOn } from '../src/screen/vnc-programs.ts';
import { X11Screens } from '../src/screen/x11-screens.ts';

const [display = '', name] = process.argv.slice(2);
const programs = vncProgramsOn(process.env.PATH ?? '').filter((program) => program.name === name);
const source = await new X11Screens({ display, env: process.env, clock: systemClock, programs }).open(null);
const connection = await source.connect();
connection.resume();
process.stdout.write('open\n');
