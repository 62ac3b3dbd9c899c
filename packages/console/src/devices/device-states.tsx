/** Online and compliance as badges: a word each, never a colour alone. */
import { Badge } from '@fluentui/react-components';
import { useText } from '../i18n/text.tsx';
import { type Device, isUnenrolled } from './device-list.ts';

/** Whether the device is connected, or has left. */
export function OnlineBadge({ device, isOnline }: { readonly device: Device; readonly isOnline: boolean }) {
  const t = useText().devices;
  if (isUnenrolled(device)) return <Badge appearance="tint">{t.unenrolled}</Badge>;
  return (
    <Badge appearance="tint" color={isOnline ? 'success' : 'informative'}>
      {isOnline ? t.online : t.offline}
    </Badge>
  );
}

const GOOD = ['compliant', 'configManager'];
const BAD = ['noncompliant', 'conflict', 'error'];

/** Whether the device meets the policies. */
export function ComplianceBadge({ state }: { readonly state: string }) {
  const t = useText().devices;
  const word = t.compliance[state as keyof typeof t.compliance] ?? state;
  const color = GOOD.includes(state) ? 'success' : BAD.includes(state) ? 'danger' : 'warning';
  return (
    <Badge appearance="tint" color={state === 'unknown' ? 'informative' : color}>
      {word}
    </Badge>
  );
}

/** Whether somebody ought to be warned before helping with it. */
export function isOutOfCompliance(state: string): boolean {
  return BAD.includes(state);
}
