/** The English catalogue, which is the type of every other. A value is a text, or a function of what is filled in. */
import { audit } from './audit.ts';
import { common } from './common.ts';
import { devices } from './devices.ts';
import { enrolment } from './enrolment.ts';
import { failures } from './failures.ts';
import { invitations } from './invitations.ts';
import { roles } from './roles.ts';
import { screen } from './screen.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { share } from './share.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';

export const en = {
  audit,
  common,
  devices,
  enrolment,
  failures,
  invitations,
  roles,
  settings,
  screen,
  sessions,
  share,
  shell,
  signIn,
};

/** What a catalogue holds. */
export type Texts = typeof en;
