/** Devices: found by name, person or number, narrowed by what they are, and helped with from here. */
import {
  Dropdown,
  Field,
  makeStyles,
  Option,
  SearchBox,
  TableCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components';
import { PhoneLaptopRegular } from '@fluentui/react-icons';
import { MANAGED_DEVICES } from '@open-remote-help/protocol';
import { useState } from 'react';
import { systemClock } from '../clock.ts';
import { useFormat, useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { StartSession } from '../sessions/start-session.tsx';
import { CutText } from '../shell/cut-text.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { LinkButton } from '../shell/link.tsx';
import { Filters, ListOf, phrase, ScrollTable, usePaged, useRested } from '../shell/list.tsx';
import { Page } from '../shell/page.tsx';
import { useQueryValue } from '../shell/router.ts';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { DEVICES, type Device, filterText, isOnline, ROW } from './device-list.ts';
import { ComplianceBadge, OnlineBadge } from './device-states.tsx';

const PAGE_SIZE = 50;
const REFRESH_MS = 30_000;
const SYSTEMS = ['Windows', 'macOS', 'Linux', 'iOS', 'Android'];
const COMPLIANCE = ['compliant', 'noncompliant', 'inGracePeriod', 'unknown'] as const;

const NARROW = '@media (max-width: 760px)';

const useStyles = makeStyles({
  search: { flexGrow: 1, minWidth: '200px', maxWidth: '420px' },
  choice: { minWidth: '150px', width: '150px' },
  table: { tableLayout: 'fixed', minWidth: '320px' },
  state: { width: '110px' },
  wide: { paddingBlock: tokens.spacingVerticalXS, [NARROW]: { display: 'none' } },
  compliance: { width: '130px', [NARROW]: { display: 'none' } },
  seen: { width: '120px', [NARROW]: { display: 'none' } },
  action: { width: '110px', [NARROW]: { display: 'none' } },
  second: { color: tokens.colorNeutralForeground3 },
});

export default function DevicesPage() {
  const t = useText().devices;
  const [typed, setTyped] = useQueryValue('search');
  const [online, setOnline] = useQueryValue('online');
  const [compliance, setCompliance] = useQueryValue('compliance');
  const [system, setSystem] = useQueryValue('system');
  const search = useRested(typed);
  const filter = filterText({ online, compliance, system }, systemClock.now());
  const query = {
    search: phrase(search),
    filter,
    select: ROW.join(','),
    orderby: 'deviceName',
    top: PAGE_SIZE,
    count: true,
  };
  const list = usePaged<Device>(DEVICES, query, REFRESH_MS);
  const isNarrowed = search.trim() !== '' || filter !== undefined;
  const count = list.data?.pages[0]?.count;
  return (
    <Page title={t.title}>
      <Filters label={t.filters}>
        <DeviceSearch value={typed} onChange={setTyped} />
        <Choice label={t.state} value={online} onChange={setOnline} words={{ yes: t.online, no: t.offline }} />
        <Choice
          label={t.complianceLabel}
          value={compliance}
          onChange={setCompliance}
          words={Object.fromEntries(COMPLIANCE.map((state) => [state, t.compliance[state]]))}
        />
        <Choice
          label={t.system}
          value={system}
          onChange={setSystem}
          words={Object.fromEntries(SYSTEMS.map((name) => [name, name]))}
        />
      </Filters>
      <Text role="status" size={200}>
        {count === undefined ? '\u00a0' : t.count(count)}
      </Text>
      <ListOf list={list} empty={<NoDevices isNarrowed={isNarrowed} />}>
        {(devices) => <DeviceTable devices={devices} />}
      </ListOf>
    </Page>
  );
}

/** Typed into by itself, so that a slow list never holds up a letter. */
function DeviceSearch({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const styles = useStyles();
  const t = useText().devices;
  const [typed, setTyped] = useState(value);
  const change = (text: string) => {
    setTyped(text);
    onChange(text);
  };
  return (
    <SearchBox
      className={styles.search}
      value={typed}
      aria-label={t.searchHint}
      placeholder={t.searchHint}
      onChange={(_, data) => change(data.value)}
    />
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly words: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}) {
  const { label, value, words, onChange } = props;
  const { any } = useText().devices;
  return (
    <Field label={label}>
      <Dropdown
        className={useStyles().choice}
        value={words[value] ?? any}
        selectedOptions={[value]}
        onOptionSelect={(_, { optionValue }) => onChange(optionValue ?? '')}
      >
        <Option value="">{any}</Option>
        {Object.entries(words).map(([name, word]) => (
          <Option key={name} value={name}>
            {word}
          </Option>
        ))}
      </Dropdown>
    </Field>
  );
}

function NoDevices({ isNarrowed }: { readonly isNarrowed: boolean }) {
  const t = useText().devices;
  const { may } = useSignedIn();
  if (isNarrowed) {
    return (
      <EmptyState icon={<PhoneLaptopRegular />} title={t.noneFoundTitle}>
        {t.noneFound}
      </EmptyState>
    );
  }
  const action = may(MANAGED_DEVICES.write) ? (
    <LinkButton to={pathTo('enrolment')} appearance="primary">
      {t.enrol}
    </LinkButton>
  ) : undefined;
  return (
    <EmptyState icon={<PhoneLaptopRegular />} title={t.noneTitle} action={action}>
      {t.none}
    </EmptyState>
  );
}

function DeviceTable({ devices }: { readonly devices: readonly Device[] }) {
  const styles = useStyles();
  const texts = useText();
  const t = texts.devices;
  const mayStart = useSignedIn().may(MANAGED_DEVICES.write);
  const columns = [
    { heading: t.name },
    { heading: t.state, className: styles.state },
    { heading: t.user, className: styles.wide },
    { heading: t.system, className: styles.wide },
    { heading: t.complianceLabel, className: styles.compliance },
    { heading: t.lastSeen, className: styles.seen },
    ...(mayStart ? [{ heading: texts.common.actions, className: styles.action }] : []),
  ];
  return (
    <ScrollTable label={t.title} columns={columns} className={styles.table}>
      {devices.map((device) => (
        <DeviceRow key={device.id} device={device} mayStart={mayStart} />
      ))}
    </ScrollTable>
  );
}

function DeviceRow({ device, mayStart }: { readonly device: Device; readonly mayStart: boolean }) {
  const styles = useStyles();
  const t = useText().devices;
  const format = useFormat();
  const now = systemClock.now();
  const isUp = isOnline(device, now);
  return (
    <TableRow>
      <TableCell>
        <CutText text={device.deviceName ?? device.id} to={pathTo('device', { deviceId: device.id })} />
      </TableCell>
      <TableCell>
        <OnlineBadge device={device} isOnline={isUp} />
      </TableCell>
      <TableCell className={styles.wide}>
        <CutText text={device.userDisplayName ?? device.userPrincipalName ?? ''} />
        {device.userDisplayName && device.userPrincipalName ? (
          <Text block size={200} className={styles.second}>
            <CutText text={device.userPrincipalName} />
          </Text>
        ) : null}
      </TableCell>
      <TableCell className={styles.wide}>
        <CutText text={[device.operatingSystem, device.osVersion].filter((part) => part !== null).join(' ')} />
      </TableCell>
      <TableCell className={styles.compliance}>
        <ComplianceBadge state={device.complianceState} />
      </TableCell>
      <TableCell className={styles.seen}>
        <span title={format.dateTime(device.lastSyncDateTime)}>
          {format.relative(device.lastSyncDateTime, now) ?? t.neverSeen}
        </span>
      </TableCell>
      {mayStart ? (
        <TableCell className={styles.action}>
          <StartSession device={{ ...device, isOnline: isUp }} appearance="secondary" size="small" />
        </TableCell>
      ) : null}
    </TableRow>
  );
}
