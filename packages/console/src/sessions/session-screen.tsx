/** A session while it goes on: the remote screen, what can be done, and what is told. */
import {
  Badge,
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  PortalMountNodeProvider,
  Spinner,
  Text,
  tokens,
} from '@fluentui/react-components';
import { CallEndRegular, EyeRegular } from '@fluentui/react-icons';
import { useRef, useState } from 'react';
import { useSpeech } from '../i18n/text.tsx';
import { Confirm } from '../shell/confirm-dialog.tsx';
import { useNotices } from '../shell/notices.tsx';
import { Announcer } from './announcer.tsx';
import { ChatPanel } from './chat-panel.tsx';
import { ClipboardPanel } from './clipboard-panel.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import { KEY_COMBINATIONS, type KeyCombination, SPECIAL } from './keys.ts';
import { ExtendButton, LeaseClock } from './lease-clock.tsx';
import { Panel, type PanelName } from './panel.tsx';
import { PeoplePanel } from './people-panel.tsx';
import type { AttachedPicture, PictureQuality, PictureScale } from './picture.ts';
import { type PenColor, PointerLayer, type PointerTool } from './pointer-layer.tsx';
import { QualityPanel } from './quality-panel.tsx';
import { RemotePicture } from './remote-picture.tsx';
import { AskForRights } from './rights-dialog.tsx';
import { leaseWarning, standstillOf, viewOnlyReason } from './screen-words.ts';
import { SessionToolbar } from './session-toolbar.tsx';
import { InputControls, PointingControls } from './session-tools.tsx';
import { useClipboardFromThere } from './use-clipboard.ts';
import { useFullScreen } from './use-full-screen.ts';
import { useLeaving } from './use-leaving.ts';
import { clockText, useNow } from './use-now.ts';
import { useUnread } from './use-unread.ts';

const useStyles = makeStyles({
  whole: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minHeight: 0,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  middle: { position: 'relative', display: 'flex', flexGrow: 1, minHeight: 0 },
  stage: { position: 'relative', display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  over: {
    position: 'absolute',
    insetInline: 0,
    top: '50%',
    transform: 'translateY(-50%)',
    display: 'flex',
    justifyContent: 'center',
    padding: tokens.spacingHorizontalM,
    pointerEvents: 'none',
  },
  card: {
    pointerEvents: 'auto',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    gap: tokens.spacingVerticalS,
    maxWidth: '44ch',
    padding: tokens.spacingHorizontalXL,
    borderRadius: tokens.borderRadiusLarge,
    boxShadow: tokens.shadow16,
    border: `${tokens.strokeWidthThin} solid ${tokens.colorTransparentStroke}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflowWrap: 'anywhere',
  },
  // A badge has the height of one line, and the reason may take two.
  state: { height: 'auto', minHeight: '20px' },
  strip: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalL,
    minHeight: '24px',
    padding: `${tokens.spacingVerticalXXS} ${tokens.spacingHorizontalM}`,
    color: tokens.colorNeutralForeground2,
    backgroundColor: tokens.colorNeutralBackground2,
    borderTop: `${tokens.strokeWidthThin} solid ${tokens.colorNeutralStroke2}`,
  },
});

export function SessionScreen({ end, state }: { readonly end: HelperEnd; readonly state: HelperState }) {
  const styles = useStyles();
  const { texts } = useSpeech();
  const t = texts.screen;
  const notices = useNotices();
  const [now] = useState(() => () => end.now());
  const instant = useNow(now);
  const [panel, setPanel] = useState<PanelName>();
  const [scale, setScale] = useState<PictureScale>('fit');
  const [quality, setQuality] = useState<PictureQuality>('balanced');
  const [isWanted, setWanted] = useState(true);
  const [tool, setTool] = useState<PointerTool>();
  const [color, setColor] = useState<PenColor>('red');
  const [cleared, setCleared] = useState(0);
  const [isEnding, setEnding] = useState(false);
  const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
  const attached = useRef<AttachedPicture>(undefined);
  const whole = useRef<HTMLDivElement>(null);
  const fullScreen = useFullScreen(whole);
  const unread = useUnread(state.chat, panel === 'chat');
  const clipboard = useClipboardFromThere(state.clipboard?.text);
  const leaving = useLeaving();

  const { picture, session } = state;
  // A page in a browser can't be controlled: there one points and draws.
  const isPage = session.isUnenrolled;
  const live = picture.kind === 'live' ? picture : undefined;
  const viewOnly = viewOnlyReason(t, state, isWanted);
  const standstill = standstillOf(t, state, instant);
  const takesInput = viewOnly === undefined && standstill === undefined;
  const press = (name: KeyCombination) => {
    const special = SPECIAL[name];
    if (!special || !end.pressSpecial(special)) attached.current?.press(KEY_COMBINATIONS[name]);
    attached.current?.focus();
  };
  const closePanel = () => {
    const opener = whole.current?.querySelector<HTMLElement>(`[data-panel="${panel}"]`);
    setPanel(undefined);
    opener?.focus();
  };
  const backToPage = () => whole.current?.querySelector<HTMLElement>('[role="toolbar"] button:not(:disabled)')?.focus();
  return (
    // Menus and questions lie within it: in full screen nothing else is seen, and they belong to the page's main part.
    <PortalMountNodeProvider value={whole.current ?? undefined}>
      <div ref={whole} className={styles.whole}>
        <SessionToolbar
          {...{ state, panel, unread, scale }}
          onPanel={setPanel}
          onScale={setScale}
          isFullScreen={fullScreen.is}
          onFullScreen={fullScreen.toggle}
          onScreen={(screen) => end.chooseScreen(screen)}
          mayPress={takesInput}
          onPress={press}
        >
          {isPage ? (
            <PointingControls
              {...{ tool, color }}
              onTool={setTool}
              onColor={setColor}
              onClear={() => setCleared((times) => times + 1)}
            />
          ) : null}
          <InputControls
            {...{ state, isWanted }}
            onWanted={setWanted}
            onInput={(wants) => void end.wantInput(wants).catch(notices.failed)}
          />
          <AskForRights end={end} state={state} />
          <LeaseClock end={end} state={state} now={instant} />
          <Button size="small" icon={<CallEndRegular />} onClick={() => setEnding(true)}>
            {t.end}
          </Button>
        </SessionToolbar>
        <Warnings end={end} state={state} leftMs={state.expiresAt - instant} />
        <div className={styles.middle}>
          <div className={styles.stage}>
            <RemotePicture
              source={live?.source}
              {...{ takesInput, quality, attached }}
              scale={tool ? 'fit' : scale}
              label={t.picture(session.deviceName)}
              description={takesInput ? t.pictureHint : t.pictureViewOnly}
              onShown={(width, height) => setSize({ width, height })}
              onEscape={backToPage}
            >
              {tool && size && live ? (
                <PointerLayer
                  {...{ tool, color, size, cleared }}
                  screen={live.screen ?? 0}
                  send={(event) => void end.point(event).catch(() => setTool(undefined))}
                />
              ) : null}
              {standstill ? (
                <div className={styles.over}>
                  <div className={styles.card}>
                    {standstill.mayRetry && picture.kind === 'refused' ? null : (
                      <Spinner size="small" aria-hidden role="presentation" />
                    )}
                    <Text weight="semibold">{standstill.title}</Text>
                    {standstill.detail === undefined ? null : <Text>{standstill.detail}</Text>}
                    {standstill.mayRetry ? (
                      <Button onClick={() => end.tryPictureAgain()}>{texts.common.retry}</Button>
                    ) : null}
                  </div>
                </div>
              ) : null}
            </RemotePicture>
            <div className={styles.strip}>
              {viewOnly === undefined ? (
                <Text size={200} data-testid="input-state">
                  {takesInput ? t.leaveGrab : ''}
                </Text>
              ) : (
                <Badge
                  appearance="filled"
                  color="important"
                  icon={<EyeRegular />}
                  className={styles.state}
                  data-testid="input-state"
                >
                  {viewOnly}
                </Badge>
              )}
              <Announcer state={state} standstill={standstill?.title} leftMs={state.expiresAt - instant} />
            </div>
          </div>
          {panel === undefined ? null : (
            <Panel key={panel} title={t[panel]} onClose={closePanel}>
              {panel === 'chat' ? <ChatPanel end={end} state={state} /> : null}
              {panel === 'clipboard' ? (
                <ClipboardPanel {...{ end, state }} isAutomatic={clipboard.is} onAutomatic={clipboard.set} />
              ) : null}
              {panel === 'quality' ? (
                <QualityPanel {...{ attached, size, quality }} picture={live} onQuality={setQuality} />
              ) : null}
              {panel === 'people' ? <PeoplePanel state={state} /> : null}
            </Panel>
          )}
        </div>
        <Confirm
          title={t.endTitle}
          action={t.endIt}
          isOpen={isEnding}
          onClose={() => setEnding(false)}
          onConfirm={() => end.end()}
        >
          {t.endText(session.deviceName)}
        </Confirm>
        <Confirm
          title={t.leaveTitle}
          action={t.leave}
          isOpen={leaving.to !== undefined}
          onClose={leaving.stay}
          onConfirm={async () => leaving.leave()}
        >
          {t.leaveText}
        </Confirm>
      </div>
    </PortalMountNodeProvider>
  );
}

function Warnings(props: { readonly end: HelperEnd; readonly state: HelperState; readonly leftMs: number }) {
  const { end, state, leftMs } = props;
  const t = useSpeech().texts.screen;
  const isSoon = leaseWarning(leftMs) !== undefined;
  return (
    <>
      {state.isPairRefused ? (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{t.pairRefused}</MessageBarBody>
        </MessageBar>
      ) : null}
      {isSoon && leftMs > 0 ? (
        <MessageBar intent="warning">
          <MessageBarBody>{t.leaseSoon(clockText(leftMs))}</MessageBarBody>
          <MessageBarActions>
            <ExtendButton end={end} state={state} appearance="primary" />
          </MessageBarActions>
        </MessageBar>
      ) : null}
    </>
  );
}
