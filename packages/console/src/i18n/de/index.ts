/** The German catalogue. */
import type { Texts } from '../en/index.ts';
import { audit } from './audit.ts';
import { common } from './common.ts';
import { devices } from './devices.ts';
import { enrolment } from './enrolment.ts';
import { failures } from './failures.ts';
import { roles } from './roles.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';

export const de: Texts = { audit, common, devices, enrolment, failures, roles, settings, shell, signIn };
