/** Which page stands at which path, and what the navigation shows. The first page comes with the console, each other by itself. */
import {
  HistoryRegular,
  KeyRegular,
  PeopleRegular,
  PhoneLaptopRegular,
  ScreenPersonRegular,
  SettingsRegular,
  ShareScreenStartRegular,
} from '@fluentui/react-icons';
import { AUDIT, MANAGED_DEVICES, RBAC, SERVICE_CONFIG } from '@open-remote-help/protocol';
import { type ComponentType, lazy } from 'react';
import DevicesPage from './devices/devices-page.tsx';
import type { Texts } from './i18n/en/index.ts';
import { type PlainRouteName, pathTo, type RouteName } from './route-paths.ts';
import { Redirect } from './shell/link.tsx';

/** What a page is given: what stood in its path. */
export interface PageProps {
  readonly parameters: Readonly<Record<string, string>>;
}

/** Names that another part of the console answers: the sign-in. */
type PageName = Exclude<RouteName, 'signedIn' | 'signedOut'>;

/** The page of each path. */
export const PAGES: Readonly<Record<PageName, ComponentType<PageProps>>> = {
  home: () => <Redirect to={pathTo('devices')} />,
  devices: DevicesPage,
  device: lazy(() => import('./devices/device-page.tsx')),
  sessions: lazy(() => import('./sessions/sessions-page.tsx')),
  session: lazy(() => import('./sessions/session-record-page.tsx')),
  sessionScreen: lazy(() => import('./sessions/session-screen-page.tsx')),
  invite: lazy(() => import('./share/invite-page.tsx')),
  settings: lazy(() => import('./settings/settings-page.tsx')),
  roles: lazy(() => import('./roles/roles-page.tsx')),
  enrolment: lazy(() => import('./enrolment/enrolment-page.tsx')),
  audit: lazy(() => import('./audit/audit-page.tsx')),
};

/** An entry of the navigation. */
export interface NavigationEntry {
  readonly route: PlainRouteName;
  readonly label: (t: Texts) => string;
  readonly icon: ComponentType;
  /** Shown to those who have one of these permissions; to all when left out. */
  readonly needs?: readonly string[];
}

/** The navigation, from top to bottom. */
export const NAVIGATION: readonly NavigationEntry[] = [
  { route: 'devices', label: (t) => t.devices.title, icon: PhoneLaptopRegular, needs: MANAGED_DEVICES.read },
  { route: 'sessions', label: (t) => t.sessions.title, icon: ScreenPersonRegular, needs: MANAGED_DEVICES.read },
  { route: 'invite', label: (t) => t.invitations.short, icon: ShareScreenStartRegular, needs: MANAGED_DEVICES.write },
  { route: 'enrolment', label: (t) => t.enrolment.title, icon: KeyRegular, needs: MANAGED_DEVICES.read },
  { route: 'roles', label: (t) => t.roles.title, icon: PeopleRegular, needs: RBAC.read },
  { route: 'settings', label: (t) => t.settings.title, icon: SettingsRegular, needs: SERVICE_CONFIG.read },
  { route: 'audit', label: (t) => t.audit.title, icon: HistoryRegular, needs: AUDIT.read },
];
