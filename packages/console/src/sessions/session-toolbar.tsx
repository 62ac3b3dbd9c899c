/** Everything that can be done in a live session, in one bar. */
import {
  Button,
  CounterBadge,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  ToggleButton,
  Toolbar,
  ToolbarDivider,
  tokens,
} from '@fluentui/react-components';
import {
  ChatRegular,
  ClipboardRegular,
  DesktopRegular,
  FullScreenMaximizeRegular,
  FullScreenMinimizeRegular,
  GaugeRegular,
  KeyCommandRegular,
  PeopleTeamRegular,
  ResizeRegular,
} from '@fluentui/react-icons';
import type { ReactElement, ReactNode } from 'react';
import { useText } from '../i18n/text.tsx';
import { Choice } from './choice.tsx';
import type { HelperState } from './helper-state.ts';
import { KEY_COMBINATION_NAMES, type KeyCombination } from './keys.ts';
import type { PanelName } from './panel.tsx';
import type { PictureScale } from './picture.ts';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    rowGap: tokens.spacingVerticalXXS,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS}`,
    backgroundColor: tokens.colorNeutralBackground2,
    borderBottom: `${tokens.strokeWidthThin} solid ${tokens.colorNeutralStroke2}`,
  },
  fill: { flexGrow: 1 },
  icons: { '@media (max-width: 1280px)': { minWidth: 'auto', paddingInline: tokens.spacingHorizontalXS } },
  word: { '@media (max-width: 1280px)': { display: 'none' } },
  badge: { position: 'relative', insetInlineStart: '-6px', top: '-8px', marginInlineEnd: '-12px' },
});

export interface ToolbarProps {
  readonly state: HelperState;
  readonly panel: PanelName | undefined;
  readonly onPanel: (panel: PanelName | undefined) => void;
  readonly unread: number;
  readonly scale: PictureScale;
  readonly onScale: (scale: PictureScale) => void;
  readonly isFullScreen: boolean;
  readonly onFullScreen: () => void;
  readonly onScreen: (screen: number | null) => void;
  readonly mayPress: boolean;
  readonly onPress: (keys: KeyCombination) => void;
  /** The input, more rights, the lease and the end. */
  readonly children: ReactNode;
}

export function SessionToolbar(props: ToolbarProps) {
  const { state, scale, onScale, isFullScreen, onFullScreen, onScreen, mayPress, onPress, children } = props;
  const styles = useStyles();
  const t = useText().screen;
  const { panel, onPanel, unread } = props;
  const panels = { panel, onPanel, unread };
  const { picture } = state;
  const screens = picture.kind === 'live' ? picture.screens : [];
  return (
    <Toolbar aria-label={t.toolbar} size="small" className={styles.bar}>
      <Choice
        icon={<ResizeRegular />}
        label={t.scale}
        value={scale}
        options={[
          ['fit', t.fit],
          ['actual', t.actual],
        ]}
        onChoice={(value) => onScale(value as PictureScale)}
      />
      <Button
        appearance="subtle"
        icon={isFullScreen ? <FullScreenMinimizeRegular /> : <FullScreenMaximizeRegular />}
        aria-label={isFullScreen ? t.leaveFullScreen : t.fullScreen}
        title={isFullScreen ? t.leaveFullScreen : t.fullScreen}
        onClick={onFullScreen}
      />
      {picture.kind === 'live' && screens.length > 1 ? (
        <Choice
          icon={<DesktopRegular />}
          label={t.screens}
          value={String(picture.screen ?? '')}
          options={[
            ['', t.wholeDesktop],
            ...screens.map(({ id, name, width, height, isPrimary }): readonly [string, string] => [
              String(id),
              `${t.screenOf(name, width, height)}${isPrimary ? ` (${t.primary})` : ''}`,
            ]),
          ]}
          onChoice={(value) => onScreen(value === '' ? null : Number(value))}
        />
      ) : null}
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            appearance="subtle"
            icon={<KeyCommandRegular />}
            className={styles.icons}
            disabled={!mayPress}
            aria-label={t.keys}
            title={t.keys}
          >
            <span className={styles.word}>{t.keys}</span>
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {KEY_COMBINATION_NAMES.map((name) => (
              <MenuItem key={name} onClick={() => onPress(name)}>
                {t.keyNames[name]}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      <ToolbarDivider />
      <PanelButton {...panels} name="chat" icon={<ChatRegular />} label={t.chat}>
        {unread > 0 ? (
          <CounterBadge className={styles.badge} count={unread} size="small" color="danger" aria-hidden />
        ) : null}
      </PanelButton>
      <PanelButton {...panels} name="clipboard" icon={<ClipboardRegular />} label={t.clipboard} />
      <PanelButton {...panels} name="quality" icon={<GaugeRegular />} label={t.quality} />
      <PanelButton {...panels} name="people" icon={<PeopleTeamRegular />} label={t.people} />
      <span className={styles.fill} />
      {children}
    </Toolbar>
  );
}

function PanelButton(
  props: Pick<ToolbarProps, 'panel' | 'onPanel' | 'unread'> & {
    readonly name: PanelName;
    readonly icon: ReactElement;
    readonly label: string;
    readonly children?: ReactNode;
  },
) {
  const { name, icon, label, panel, onPanel, unread, children } = props;
  const t = useText().screen;
  const spoken = name === 'chat' && unread > 0 ? t.chatUnread(unread) : label;
  return (
    <>
      <ToggleButton
        appearance="subtle"
        icon={icon}
        checked={panel === name}
        aria-label={spoken}
        title={spoken}
        data-panel={name}
        onClick={() => onPanel(panel === name ? undefined : name)}
      />
      {children}
    </>
  );
}
