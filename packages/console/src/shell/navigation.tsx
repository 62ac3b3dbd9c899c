/** The main navigation: beside the page where there is room, else in a drawer. */
import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  mergeClasses,
  OverlayDrawer,
  tokens,
} from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import { useEffect } from 'react';
import { useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { NAVIGATION, type NavigationEntry } from '../routes.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { followLink, usePlace } from './router.ts';

const useStyles = makeStyles({
  side: {
    width: '220px',
    overflowY: 'auto',
    padding: tokens.spacingVerticalS,
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground2,
    borderInlineEndWidth: tokens.strokeWidthThin,
    borderInlineEndStyle: 'solid',
    borderInlineEndColor: tokens.colorNeutralStroke2,
    '@media (max-width: 899px)': { display: 'none' },
  },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: tokens.spacingVerticalXXS },
  entry: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    minHeight: '40px',
    paddingInline: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground2Hover },
    ':focus-visible': { outline: `${tokens.strokeWidthThick} solid ${tokens.colorStrokeFocus2}` },
  },
  current: {
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorNeutralBackground2Selected,
    borderInlineStartWidth: tokens.strokeWidthThicker,
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: tokens.colorCompoundBrandStroke,
  },
  icon: { display: 'flex', fontSize: '20px' },
});

/** The navigation; `isOpen` is about the drawer alone. */
export function Navigation({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const styles = useStyles();
  const t = useText();
  const { path } = usePlace();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the drawer.
  useEffect(onClose, [path]);
  return (
    <>
      <nav className={styles.side} aria-label={t.shell.navigation}>
        <Entries path={path} />
      </nav>
      <OverlayDrawer open={isOpen} onOpenChange={onClose} size="small">
        <DrawerHeader>
          <DrawerHeaderTitle
            action={
              <Button appearance="subtle" icon={<DismissRegular />} aria-label={t.common.close} onClick={onClose} />
            }
          >
            {t.shell.navigation}
          </DrawerHeaderTitle>
        </DrawerHeader>
        <DrawerBody>
          <nav aria-label={t.shell.navigation}>
            <Entries path={path} />
          </nav>
        </DrawerBody>
      </OverlayDrawer>
    </>
  );
}

function Entries({ path }: { readonly path: string }) {
  const styles = useStyles();
  const t = useText();
  const { may } = useSignedIn();
  const entries = NAVIGATION.filter(({ needs }) => needs === undefined || may(needs));
  return (
    <ul className={styles.list}>
      {entries.map(({ route, label, icon: Icon }: NavigationEntry) => {
        const to = pathTo(route);
        const isCurrent = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
        return (
          <li key={route}>
            <a
              href={to}
              className={mergeClasses(styles.entry, isCurrent && styles.current)}
              {...(isCurrent ? { 'aria-current': 'page' } : {})}
              onClick={(event) => followLink(event, to)}
            >
              <span className={styles.icon} aria-hidden>
                <Icon />
              </span>
              {label(t)}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
